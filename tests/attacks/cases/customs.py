"""Authorizers of one's own: what they answer, and whose answer is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..model import Answer, Attack, Control, Headers, Shot
from ..world import World, bearer

FAMILY = "customs"
WORDS = ("", "bad", "Good", "good ,", "raises", "exits", "refuses", "true", "text", "number", "list", "pairs",
         "response", "object", "unsendable", "keys", "set", "bytes")  # fmt: skip
PLACES = {"in the function itself": "/custom", "in a function of its own": "/asked"}
FAILED = {"raises", "exits"}
OTHERS: dict[str, Callable[[World], Headers]] = {
    "nothing": lambda w: [],
    "another word": lambda w: [("x-pass", "bad")],
    "two words": lambda w: [("x-pass", "bad"), ("x-pass", "good")],
    "the word in another header": lambda w: [("x-passed", "good")],
    "a token": lambda w: bearer(w.token()),
    "an API key": lambda w: [("x-api-key", w.keys["mobile"])],
}


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for where, path in PLACES.items():
        for word in WORDS:
            status = (401, 403, 500, 502, 503) if word in FAILED | {"refuses"} else (401, 500, 502)
            yield Attack(FAMILY, f"an authorizer {where} that answers {word!r}", _word(path, word), status)
        for name, headers in OTHERS.items():
            yield Attack(FAMILY, f"after a good caller, {where}: {name}", _after(path, headers))
        yield Attack(FAMILY, f"a good caller at a path that is refused, {where}", _elsewhere(path))
        yield Attack(FAMILY, f"a good caller's answer by another method, {where}", _method(path), (401, 404, 405))


def controls() -> Iterator[Control]:
    """Who it lets in."""
    for where, path in PLACES.items():
        yield Control(FAMILY, where, _word(path, "good"), _ann)
        yield Control(FAMILY, f"once more, {where}", _word(path, "good"), _ann)


def _word(path: str, word: str) -> Callable[[World], Shot]:
    return lambda w: Shot(f"{path}/1", [("x-pass", word)] if word else [])


def _after(path: str, headers: Callable[[World], Headers]) -> Callable[[World], Sequence[Shot]]:
    return lambda w: [Shot(f"{path}/1", [("x-pass", "good")]), Shot(f"{path}/1", headers(w))]


def _elsewhere(path: str) -> Callable[[World], Sequence[Shot]]:
    good = [("x-pass", "good")]
    return lambda w: [Shot(f"{path}/1", good), Shot(f"{path}/denied", good)]


def _method(path: str) -> Callable[[World], Sequence[Shot]]:
    return lambda w: [
        Shot(f"{path}/1", [("x-pass", "good")]),
        Shot(f"{path}/1", method="POST", route=f"GET {path}/{{id}}"),
    ]


def _ann(answer: Answer) -> None:
    assert answer.json()["claims"]["sub"] == "ann"
