"""Routes with several ways in, one of them open: a bad credential of one is not made good by another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model import Answer, Attack, Control, Headers, Shot
from ..world import World, bearer

FAMILY = "several"
BAD_TOKENS: dict[str, Callable[[World], Headers]] = {
    "a word": lambda w: bearer("rubbish"),
    "the scheme alone": lambda w: [("authorization", "Bearer")],
    "the scheme and a space": lambda w: [("authorization", "Bearer ")],
    "expired": lambda w: bearer(w.token(exp=1)),
    "unsigned": lambda w: bearer(w.forged({"alg": "none"})),
    "of another": lambda w: bearer(w.stranger.sign(w.claims())),
    "two headers": lambda w: [*bearer(w.token()), *bearer(w.token())],
    "two headers, the first good": lambda w: [*bearer(w.token()), *bearer("x")],
    "too long": lambda w: bearer(w.token() + "A" * 20_000),
}


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for name, headers in BAD_TOKENS.items():
        yield Attack(FAMILY, f"optional, a bad token is no anonymous caller: {name}", _at("/optional", headers))
        yield Attack(FAMILY, f"token or key, a bad token: {name}", _at("/several", headers))
    yield Attack(FAMILY, "token or key: nothing", _at("/several", lambda w: []))
    yield Attack(FAMILY, "token or key: a bad key", _at("/several", lambda w: [("x-api-key", "bad")]))
    yield Attack(FAMILY, "token or key: both bad", _at("/several", lambda w: [("x-api-key", "bad"), *bearer("x")]))
    yield Attack(FAMILY, "token or key: the key as the token", _at("/several", lambda w: bearer(w.keys["mobile"])))
    yield Attack(FAMILY, "token or key: the token as the key", _at("/several", lambda w: [("x-api-key", w.token())]))
    yield Attack(FAMILY, "signature or key: nothing", _hook(lambda w: []))
    yield Attack(FAMILY, "signature or key: a bad signature", _hook(lambda w: [("x-hub-signature-256", "sha256=00")]))
    yield Attack(FAMILY, "signature or key: a bad key", _hook(lambda w: [("x-api-key", "bad")]))
    yield Attack(FAMILY, "signature or key: signed otherwise", _hook(lambda w: w.hook("standard")))


def controls() -> Iterator[Control]:
    """Each of the ways, and nobody where that is one."""
    yield Control(FAMILY, "optional: nobody", _at("/optional", lambda w: []), _nobody)
    yield Control(FAMILY, "optional: a good token", _at("/optional", lambda w: bearer(w.token())), _is("somebody"))
    yield Control(FAMILY, "token or key: a good token", _at("/several", lambda w: bearer(w.token())), _is("somebody"))
    key: Callable[[World], Headers] = lambda w: [("x-api-key", w.keys["mobile"])]  # noqa: E731
    yield Control(FAMILY, "token or key: a good key", _at("/several", key), _is("mobile"))
    yield Control(FAMILY, "signature or key: a good signature", _hook(lambda w: w.hook("github")))
    yield Control(FAMILY, "signature or key: a good key", _hook(key), _is("mobile"))


def _at(target: str, headers: Callable[[World], Headers]) -> Callable[[World], Shot]:
    return lambda w: Shot(target, headers(w))


def _hook(headers: Callable[[World], Headers]) -> Callable[[World], Shot]:
    return lambda w: Shot("/hook/several", headers(w), "POST", w.body)


def _nobody(answer: Answer) -> None:
    seen = answer.json()
    assert (seen["claims"], seen["authenticated"]) == ({}, False)


def _is(subject: str) -> Callable[[Answer], None]:
    def check(answer: Answer) -> None:
        assert answer.json()["claims"]["sub"] == subject

    return check
