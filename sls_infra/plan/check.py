"""All mistakes of a spec, told together: within itself, then against what a cloud can do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..errors import Problem, SpecError
from ..spec.api import Api
from .capabilities import Bound, Capabilities, Refused
from .check_auth import check_auth
from .check_events import check_events
from .check_functions import check_functions
from .check_limits import check_limits
from .check_names import check_domain, check_secrets
from .check_resources import check_resources
from .check_routes import check_routes
from .model import FunctionPlan, Plan
from .names import bad_name
from .resolve import ROUTE_METHODS, resolve


def plan(api: Api, capabilities: Capabilities) -> Plan:
    """The Plan of an Api for a cloud; raises one `SpecError` with every mistake, where there is one."""
    planned, problems = look(api, capabilities)
    if problems:
        raise SpecError(problems)
    return planned


def look(api: Api, *clouds: Capabilities) -> tuple[Plan, list[Problem]]:
    """The Plan of an Api as far as it goes, and every mistake: in itself, and against each of the clouds."""
    planned = resolve(api)
    problems = list(within(api))
    for cloud in clouds:
        problems += against(planned, cloud)
    return planned, list(dict.fromkeys(problems))


def fitting(api: Api, fronts: Sequence[Capabilities], forced: str | None = None) -> tuple[Plan, Capabilities]:
    """The Plan of an Api, and the cloud's front that it gets (see `fronts.choose`); raises one `SpecError` with every
    mistake, where there is one."""
    from .fronts import choose

    planned = resolve(api)
    front = choose(planned, fronts, forced)
    if problems := [*dict.fromkeys((*within(api), *front.problems))]:
        raise SpecError(problems)
    return planned, front.capabilities


def within(api: Api) -> Iterator[Problem]:
    """Mistakes that are mistakes on every cloud."""
    yield from _name(api)
    yield from check_routes(api)
    yield from check_auth(api)
    yield from check_limits(api)
    yield from check_secrets(api)
    yield from check_resources(api)
    yield from check_events(api)
    yield from check_domain(api)
    yield from check_functions(api)
    yield from _cors(api)
    yield from _tags(api)


def against(planned: Plan, cloud: Capabilities) -> Iterator[Problem]:
    """What this cloud refuses, and what is past its bounds."""
    for requirement in planned.requirements:
        meeting = cloud.meeting(requirement.kind)
        if isinstance(meeting, Refused):
            what = f"{requirement.kind} ({requirement.detail})" if requirement.detail else requirement.kind
            yield Problem(requirement.where, f"{what} is refused on {cloud.title}: {meeting.why}", meeting.fix)
    for size in planned.sizes:
        bound = cloud.bounds.get(size.kind)
        if bound is not None:
            yield from _out_of_bounds(size.where, size.kind, size.value, bound, cloud)
    for function in planned.functions:
        if cloud.pythons and function.python not in cloud.pythons:
            yield Problem(
                f"{function.where}.runtime",
                f"python{function.python} is none of {cloud.title}'s: {', '.join(cloud.pythons)}",
                f"write runtime='python{cloud.pythons[-1]}'",
            )
        if function.architecture and function.architecture not in cloud.architectures:
            yield Problem(
                f"{function.where}.architecture",
                f"{function.architecture} is none of {cloud.title}'s: {', '.join(cloud.architectures)}",
                "leave architecture out: it is the target's own then",
            )
        yield from _reserved_env(function, cloud)
    yield from _tags_there(planned, cloud)
    for rule in cloud.rules:
        yield from rule(planned)


def _reserved_env(function: FunctionPlan, cloud: Capabilities) -> Iterator[Problem]:
    for name in function.env:
        if any(name.startswith(word[:-1]) if word.endswith("*") else name == word for word in cloud.reserved_env):
            message = f"{name} is a name that {cloud.title} keeps for itself"
            yield Problem(f"{function.where}.env", message, "use another name")


def _tags_there(planned: Plan, cloud: Capabilities) -> Iterator[Problem]:
    for key, value in planned.tags.items():
        if cloud.tag and not re.fullmatch(cloud.tag, f"{key}={value}"):
            yield Problem("api.tags", f"{cloud.title} does not take the tag {key}={value}", cloud.tag_fix)


def _out_of_bounds(where: str, kind: str, value: float, bound: Bound, cloud: Capabilities) -> Iterator[Problem]:
    source = f" ({bound.source})" if bound.source else ""
    unit = f" {bound.unit}" if bound.unit else ""
    if bound.high is not None and value > bound.high:
        message = f"{kind} is {value:g}{unit}; {cloud.title} takes at most {bound.high:g}{unit}{source}"
        yield Problem(where, message, f"use at most {bound.high:g}{unit}")
    elif bound.low is not None and value < bound.low:
        message = f"{kind} is {value:g}{unit}; {cloud.title} takes at least {bound.low:g}{unit}{source}"
        yield Problem(where, message, f"use at least {bound.low:g}{unit}")
    elif bound.choices and value not in bound.choices:
        choices = ", ".join(f"{choice:g}" for choice in bound.choices)
        yield Problem(
            where, f"{kind} is {value:g}{unit}; {cloud.title} takes only {choices}{source}", "use one of them"
        )


def _name(api: Api) -> Iterator[Problem]:
    yield from bad_name("api.name", api.name)
    if not api.routes and not api.events:
        yield Problem("api.routes", "the Api has neither routes nor events", "give it at least one Route")


def _cors(api: Api) -> Iterator[Problem]:
    cors = api.cors
    if cors is None:
        return
    if not cors.origins:
        yield Problem("api.cors.origins", "no origin is named", "name one, or leave cors out")
    for index, origin in enumerate(cors.origins):
        yield from _origin(f"api.cors.origins[{index}]", origin)
    if cors.credentials and "*" in cors.origins:
        fix = "name the origins, or leave credentials out"
        yield Problem("api.cors.origins", "browsers refuse credentials with the origin '*'", fix)
    if cors.credentials and ("*" in cors.headers or "*" in cors.methods or "*" in cors.expose):
        fix = "name the headers and methods, or leave credentials out"
        yield Problem("api.cors", "browsers take '*' literally where credentials are sent", fix)
    yield from _words("api.cors.methods", cors.methods, (*ROUTE_METHODS, "*"))
    if cors.max_age < 0:
        yield Problem("api.cors.max_age", f"{cors.max_age} s is less than nothing", "use 0 for no caching")


def _words(where: str, given: Iterable[str], known: tuple[str, ...]) -> Iterator[Problem]:
    for word in given:
        if word not in known:
            yield Problem(where, f"{word!r} is none of {', '.join(known)}", "write one of those, in capitals")


def _origin(where: str, origin: str) -> Iterator[Problem]:
    from urllib.parse import urlsplit

    if origin in ("*", "null"):
        return
    fix = "write scheme, host and port alone, as 'https://shop.example.com'"
    try:
        parts = urlsplit(origin)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or True)
    except ValueError:
        good = False
    else:
        good = good and origin == f"{parts.scheme}://{parts.netloc}" and "@" not in origin and "*" not in origin
    if not good:
        yield Problem(where, f"{origin!r} is no origin", fix)


def _tags(api: Api) -> Iterator[Problem]:
    for key in api.tags:
        if not key or len(key) > 63:
            yield Problem("api.tags", f"the tag {key!r} has {len(key)} characters", "use 1 to 63")
