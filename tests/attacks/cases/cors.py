"""Pages of other origins: the browser keeps them out, as long as nothing here says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..model import Answer, Attack, Control, Shot
from ..world import ORIGIN, World, bearer

FAMILY = "cors"
HOST = ORIGIN.removeprefix("https://")
ORIGINS: dict[str, list[str]] = {
    "null": ["null"],
    "nothing": [""],
    "a star": ["*"],
    "another host": ["https://evil.example.com"],
    "its name as a prefix": [f"{ORIGIN}.evil.com"],
    "its name as a prefix, with a dash": [f"{ORIGIN}-evil.com"],
    "its name as a suffix": [f"https://evil{HOST}"],
    "its name as a suffix, after a dot": [f"https://evil.{HOST}"],
    "a dot that is any letter": [f"https://{HOST.replace('.', 'x', 1)}"],
    "its parent": ["https://example.com"],
    "http": [f"http://{HOST}"],
    "another scheme": [f"ftp://{HOST}"],
    "no scheme": [HOST],
    "another port": [f"{ORIGIN}:8443"],
    "the default port": [f"{ORIGIN}:443"],
    "upper case": [ORIGIN.upper()],
    "a slash after": [f"{ORIGIN}/"],
    "a path after": [f"{ORIGIN}/evil"],
    "a dot after": [f"{ORIGIN}."],
    "its name as a user": [f"{ORIGIN}@evil.com"],
    "a user before": [f"https://evil@{HOST}"],
    "a backslash": [f"{ORIGIN}\\.evil.com"],
    "an underscore": [f"{ORIGIN}_.evil.com"],
    "a grave accent": [f"{ORIGIN}`.evil.com"],
    "a comma": [f"{ORIGIN},https://evil.com"],
    "a list, the good one last": [f"https://evil.com, {ORIGIN}"],
    "a space": [f"{ORIGIN} https://evil.com"],
    "a look-alike in punycode": ["https://xn--shp-0na.example.com"],
    "a look-alike in Unicode": ["https://sh\u043ep.example.com"],
    "two headers, the good one last": ["https://evil.com", ORIGIN],
    "the loopback": ["http://localhost:3000"],
}


_ELSEWHERE = "its gateway answers preflights and adds the headers: tests/contract tries that"
NOT_ON = {"aws-http": _ELSEWHERE, "local-worker": _ELSEWHERE}


def attacks() -> Iterator[Attack]:
    """Every attack of this family."""
    return (replace(attack, not_on=NOT_ON) for attack in _attacks())


def _attacks() -> Iterator[Attack]:
    for name, origins in ORIGINS.items():
        yield Attack(FAMILY, f"{name}: a call", _call(origins), (200, 400), ("GET /open",), _unreadable)
        yield Attack(FAMILY, f"{name}: a preflight", _preflight(origins), (204, 400), (), _unreadable)
    yield Attack(FAMILY, "a refusal can't be read by another page", _refused, (401,), check=_not_evils)
    yield Attack(FAMILY, "a preflight is no way in", _preflight([ORIGIN], "/jwt"), (204,))
    yield Attack(FAMILY, "a preflight with a body is no way in", _preflight([ORIGIN], "/jwt", b"{}"), (204, 400))
    yield Attack(FAMILY, "credentials never go with a star", _call([ORIGIN]), (200,), ("GET /open",), _exact)
    yield Attack(FAMILY, "a method that is not said", _preflight([ORIGIN], method="EVIL"), (204,), check=_not_evil)
    yield Attack(FAMILY, "a method and another", _preflight([ORIGIN], method="GET, EVIL"), (204,), check=_not_evil)
    yield Attack(FAMILY, "a header that is not said", _preflight([ORIGIN], names="x-evil"), (204,), check=_not_evil)


def controls() -> Iterator[Control]:
    """The page that may."""
    yield Control(FAMILY, "the origin that is said", _good, _exact, NOT_ON)


def _call(origins: list[str]) -> Callable[[World], Shot]:
    return lambda w: Shot("/open", [("origin", origin) for origin in origins])


def _good(world: World) -> Shot:
    return Shot("/jwt", [*bearer(world.token()), ("origin", ORIGIN)])


def _refused(world: World) -> Shot:
    return Shot("/jwt", [("origin", "https://evil.com")])


def _preflight(
    origins: list[str], target: str = "/open", body: bytes = b"", method: str = "GET", names: str = "authorization"
) -> Callable[[World], Shot]:
    asked = [("access-control-request-method", method), ("access-control-request-headers", names)]
    return lambda w: Shot(target, [*(("origin", origin) for origin in origins), *asked], "OPTIONS", body)


def _unreadable(answer: Answer) -> None:
    assert answer.header("access-control-allow-origin") is None, answer
    assert answer.header("access-control-allow-credentials") is None, answer


def _not_evils(answer: Answer) -> None:
    """A gateway's own responses may name the one origin that is allowed, whoever asks: no other page can read them."""
    assert answer.header("access-control-allow-origin") in (None, ORIGIN)


def _exact(answer: Answer) -> None:
    assert [value for name, value in answer.headers if name == "access-control-allow-origin"] == [ORIGIN]
    assert answer.header("access-control-allow-credentials") == "true"
    assert "Origin" in (answer.header("vary") or "")


def _not_evil(answer: Answer) -> None:
    assert "evil" not in answer.text().lower()
