"""API keys that nobody was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from ..model import WIRE, Answer, Attack, Control, Headers, Shot
from ..world import World, bearer, digest

FAMILY = "keys"
HEADER = "x-api-key"
GUESSES: dict[str, Callable[[str], str]] = {
    "another": lambda key: "a" * len(key),
    "empty": lambda key: "",
    "a space": lambda key: " ",
    "a star": lambda key: "*",
    "a beginning": lambda key: key[:-1],
    "half": lambda key: key[: len(key) // 2],
    "its first character": lambda key: key[:1],
    "an end": lambda key: key[1:],
    "one longer": lambda key: f"{key}a",
    "one before": lambda key: f"a{key}",
    "twice": lambda key: key + key,
    "its last character changed": lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
    "its first character changed": lambda key: ("a" if key[0] != "a" else "b") + key[1:],
    "in the other case": lambda key: key.swapcase() if key.swapcase() != key else f"{key}A",
    "turned round": lambda key: key[::-1],
    "its digest": digest,
    "its digest in upper case": lambda key: digest(key).upper(),
    "the digest of its digest": lambda key: digest(digest(key)),
    "percent-encoded": lambda key: "".join(f"%{ord(letter):02x}" for letter in key),
    "in quotes": lambda key: f'"{key}"',
    "as a bearer token": lambda key: f"Bearer {key}",
    "in a list": lambda key: f"{key},{key}",
    "in a list, after another": lambda key: f"x, {key}",
    "with a semicolon": lambda key: f"{key};",
    "with a NUL's escape": lambda key: f"{key}%00",
    "in full-width characters": lambda key: "".join(chr(ord(letter) + 0xFEE0) for letter in key),
    "with a zero-width space": lambda key: f"{key}\u200b",
    "a client's name": lambda key: "mobile",
    "a keyring's member": lambda key: f"mobile:{key}",
    "SQL": lambda key: "' OR '1'='1",
    "a wildcard": lambda key: f"{key[:4]}%",
    "a pattern": lambda key: ".*",
    "null": lambda key: "null",
    "undefined": lambda key: "undefined",
    "30,000 characters": lambda key: key + "a" * 30_000,
    "of the test's own first guess": lambda key: "0" * 40,
}
PLACES: dict[str, Callable[[World], Shot]] = {
    "in the query": lambda w: Shot(f"/key?{HEADER}={quote(w.keys['mobile'])}&api_key={quote(w.keys['mobile'])}"),
    "in the query, as Google has it": lambda w: Shot(f"/key?key={quote(w.keys['mobile'])}"),
    "in the query, as Azure has it": lambda w: Shot(f"/key?subscription-key={quote(w.keys['mobile'])}"),
    "in Azure's header": lambda w: Shot("/key", [("ocp-apim-subscription-key", w.keys["mobile"])]),
    "in the path": lambda w: Shot(f"/key/{quote(w.keys['mobile'], safe='')}"),
    "in a cookie": lambda w: Shot("/key", [("cookie", f"{HEADER}={w.keys['mobile']}")]),
    "in Authorization": lambda w: Shot("/key", bearer(w.keys["mobile"])),
    "in Authorization, by its own word": lambda w: Shot("/key", [("authorization", f"ApiKey {w.keys['mobile']}")]),
    "by Basic": lambda w: Shot("/key", [("authorization", "Basic bW9iaWxlOg==")]),
    "in a header with underscores": lambda w: Shot("/key", [("x_api_key", w.keys["mobile"])]),
    "in a header alike": lambda w: Shot("/key", [("x-api-keys", w.keys["mobile"]), ("api-key", w.keys["mobile"])]),
    "a good token instead": lambda w: Shot("/key", bearer(w.token())),
    "nothing at all": lambda w: Shot("/key"),
}


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    for name, guess in GUESSES.items():
        yield Attack(FAMILY, f"key: {name}", _guessed(guess))
    for name, shot in PLACES.items():
        yield Attack(FAMILY, f"key {name}", shot, told=name == "in the path", not_on=NOT_ON.get(name, {}))
    for name, values in TWICE.items():
        yield Attack(FAMILY, f"two headers, {name}", _several(values))
    for client in ("revoked", "stranger"):
        yield Attack(FAMILY, f"key of a client that is {client}", _client(client))
    yield Attack(FAMILY, "octets of 8 bits", _octets, (400, 401), not_on={"entries": WIRE})


def controls() -> Iterator[Control]:
    """Good keys."""
    for client in ("mobile", "web"):
        yield Control(FAMILY, client, _client(client), _told(client))
    yield Control(FAMILY, "a header of any case", lambda w: Shot("/key", [("X-API-Key", w.keys["web"])]), _told("web"))


_WSGI = "WSGI knows no difference: its server drops such headers before"
NOT_ON = {"in a header with underscores": {"gcp": _WSGI, "gcp-load-balancer": _WSGI}}
TWICE: dict[str, tuple[str, str]] = {
    "both good": ("mobile", "mobile"),
    "of two clients": ("mobile", "web"),
    "the first good": ("mobile", "x"),
    "the last good": ("x", "mobile"),
    "the first empty": ("", "mobile"),
}


def _guessed(guess: Callable[[str], str]) -> Callable[[World], Shot]:
    return lambda w: Shot("/key", [(HEADER, guess(w.keys["mobile"]))])


def _several(clients: tuple[str, str]) -> Callable[[World], Shot]:
    def shot(world: World) -> Shot:
        headers: Headers = [(HEADER, world.keys.get(client, client)) for client in clients]
        return Shot("/key", headers)

    return shot


def _client(name: str) -> Callable[[World], Shot]:
    return lambda w: Shot("/key", [(HEADER, w.keys.get(name) or w.lost[name])])


def _octets(world: World) -> Shot:
    head = b"GET /key HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nX-Api-Key: "
    return Shot(raw=head + world.keys["mobile"].encode() + b"\xff\r\n\r\n")


def _told(client: str) -> Callable[[Answer], None]:
    def check(answer: Answer) -> None:
        seen = answer.json()
        assert seen["authenticated"] is True
        assert (seen["claims"]["sub"], seen["claims"]["client_id"]) == (client, client)

    return check
