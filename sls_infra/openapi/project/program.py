"""infra.py: the Api, as somebody would have written it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..reading.model import CUSTOM, PUBLIC, Description, ReadRoute, Way
from .names import handlers
from .words import Call, Code, expression, printable, prose, wrapped

ISSUER = "https://id.example.com/"
_SAID_ELSEWHERE = ("the operation id is written", "is deprecated", "its way in has no word", "links to", "extensions")
"""Starts of remarks that stand in IMPORTED.md alone: there is nothing to do about them at the route."""


def infra(name: str, package: str, read: Description) -> str:
    """The module's text."""
    auth = _default(read)
    routes = [
        _route(route, f"{package}.handlers.{module}:{function}", auth, read)
        for route, (module, function) in handlers(read.routes).items()
    ]
    arguments: list[tuple[str, Any]] = [("", name)]
    if read.text:
        arguments.append(("description", printable(read.text)[:100]))
    arguments += [("version", printable(read.version)), ("auth", _ways(auth)), ("routes", routes)]
    api = _exploded("Api", arguments)
    issued = any(("issuer", "") in way.arguments for way in read.ways)
    parameter = f'issuer: Input[str] = "{ISSUER}"' if issued else ""
    body = [line for way in read.ways for line in _way(way, package)]
    lines = [
        f'"""What {prose(read.title)[:60]} is. Pure data: no cloud, no pulumi. IMPORTED.md says what is not in it."""',
        "",
        *_imports(read, issued),
        "",
        f'app = Function("{name}", code="src")',
        "",
        "",
        f"def api({parameter}) -> Api:",
        *(['    """`issuer` is who signs the tokens, to the letter: a deployment decides."""'] if issued else []),
        *body,
        f"    return {api}",
    ]
    return "\n".join(lines) + "\n"


def _imports(read: Description, issued: bool) -> list[str]:
    names = {"Api", "Function", "Route", *(way.kind for way in read.ways)}
    if issued:
        names.add("Input")
    if any(PUBLIC in route.ways for route in read.routes):
        names.add("Public")
    if any(route.limits for route in read.routes):
        names.add("RateLimit")
    if any(way.kind == "Webhook" for way in read.ways):
        names.add("Secret")
    lines = [f"from sls_infra import {', '.join(sorted(names))}"]
    if any(route.request or route.response or route.query for route in read.routes):
        lines += ["", "from schemas import schema"]
    return lines


def _default(read: Description) -> tuple[str, ...]:
    """The ways in of most routes: the Api's own."""
    return Counter(route.ways for route in read.routes).most_common(1)[0][0]


def _ways(ways: tuple[str, ...]) -> Any:
    codes = [Code(way) for way in ways]
    return codes[0] if len(codes) == 1 else codes


def _way(way: Way, package: str) -> list[str]:
    comments = wrapped(printable(way.why), "    # ") if way.why else []
    arguments: list[tuple[str, Any]] = []
    for key, value in way.arguments:
        if key == "issuer":
            arguments.append((key, value or Code("issuer")))
        elif way.kind == "Webhook" and not key:
            arguments.append(("", Call("Secret", (("", value),))))
        elif way.variable == CUSTOM:
            arguments += [("", Code("app")), (key, f"{package}.{value}")]
        elif isinstance(value, dict):
            arguments.append((key, {str(k): printable(v) if isinstance(v, str) else v for k, v in value.items()}))
        else:
            arguments.append((key, value))
    start = f"{way.variable} = "
    return [*comments, f"    {start}{expression(Call(way.kind, tuple(arguments)), 4, len(start))}"]


def _route(route: ReadRoute, handler: str, auth: tuple[str, ...], read: Description) -> Call:
    arguments: list[tuple[str, Any]] = [("", route.method), ("", route.path), ("", Code("app")), ("handler", handler)]
    if route.ways != auth:
        arguments.append(("auth", _ways(route.ways)))
    if route.scopes:
        arguments.append(("scopes", list(route.scopes)))
    if route.limits:
        limits = [_limit(*limit) for limit in route.limits]
        arguments.append(("rate_limit", limits[0] if len(limits) == 1 else limits))
    for field in ("request", "response", "query"):
        schema = getattr(route, field)
        if schema is not None:
            arguments.append((field, Call("schema", (("", schema),))))
    if route.summary:
        arguments.append(("summary", printable(route.summary)[:90]))
    if route.operation_id:
        arguments.append(("operation_id", route.operation_id))
    said = [what for what in read.remarks.at(route.where) if not what.startswith(_SAID_ELSEWHERE)]
    comments = [line for what in said for line in wrapped(printable(what), "")]
    return Call("Route", tuple(arguments), tuple(each[:100] for each in comments))


def _limit(requests: int, per: str, burst: int, by: str) -> Call:
    """A limit, with what differs from the defaults."""
    given = (("per", per, "second"), ("burst", burst, requests), ("by", by, "route"))
    return Call("RateLimit", (("", requests), *((name, value) for name, value, usual in given if value != usual)))


def _exploded(name: str, arguments: list[tuple[str, Any]]) -> str:
    """A call in the body of a function, each argument on its own line."""
    lines = [f"{name}("]
    for key, value in arguments:
        head = f"{key}=" if key else ""
        lines.append(f"        {head}{_listed(value) if key == 'routes' else expression(value, 8, len(head), 1)},")
    return "\n".join([*lines, "    )"])


def _listed(routes: list[Call]) -> str:
    lines = ["["]
    for route in routes:
        lines += [f"            # {comment}" for comment in route.comments]
        lines.append(f"            {expression(Call(route.name, route.arguments), 12, 0, 1)},")
    return "\n".join([*lines, "        ]"])
