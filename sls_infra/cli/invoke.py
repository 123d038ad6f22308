"""`sls-infra invoke`: one event or one request, to its handler, with what `sls-infra dev` keeps."""

from __future__ import annotations

import argparse
import json
import sys

from ..errors import SlsError
from ..plan.model import Plan
from ..runtime.paths import Matcher
from .load import load

try:
    from ..local import once
    from . import occasions, world
except ModuleNotFoundError as error:
    raise SlsError(f"invoke needs {error.name}, which is not installed: pip install 'sls-infra[local]'") from None


def invoke(args: argparse.Namespace) -> int:
    """Calls the handler once, and prints what became of it: 0 where it was done, 1 where it failed."""
    planned = world.planned_here(load(args.api))
    held = world.Held()
    held.take(planned)
    if " " in args.name.strip():
        occasions.only(args, args.name, "route", "a request")
        return _request(planned, held, args)
    return _event(planned, held, args)


def _event(planned: Plan, held: world.Held, args: argparse.Namespace) -> int:
    event = next((each for each in planned.events if each.name == args.name), None)
    if event is None:
        names = ", ".join([*(each.name for each in planned.events), *(f"'{route.key}'" for route in planned.routes)])
        raise SlsError(f"{planned.name} has no event source {args.name!r}; it has {names or 'none, and no routes'}")
    refs = world.refs_of(planned)
    delivery = occasions.delivery(planned, event, refs, args)
    function = next(each for each in planned.functions if each.name == event.function)
    made = world.function_of(planned, function, refs)
    if not occasions.wanted(made.manifest["events"][event.name], delivery):
        raise SlsError(f"{event.name} would not be started by this: it does not fit what {event.where} asks for")
    body = json.dumps({"deliveries": [delivery]}).encode()
    try:
        answer = once.call(made, once.event_frame(event.name), body, _printed, held.read)
    except once.Lost as lost:
        reasons = [lost.detail]
    else:
        reasons = once.failures(json.loads(answer.body))
    for reason in reasons:
        print(f"{event.name}: failed: {reason}")
    if not reasons:
        print(f"{event.name}: done")
    return 1 if reasons else 0


def _request(planned: Plan, held: world.Held, args: argparse.Namespace) -> int:
    method, _, target = args.name.strip().partition(" ")
    path, _, query = target.strip().partition("?")
    matcher = Matcher((route.method, route.path, route) for route in planned.routes)
    found = matcher.match(method.upper(), path)
    if found is None:
        routes = ", ".join(repr(route.key) for route in planned.routes)
        raise SlsError(f"{planned.name} has no route for {method.upper()} {path}; it has {routes or 'none'}")
    route = found[0]
    function = next(each for each in planned.functions if each.name == route.function)
    refs = world.refs_of(planned)
    made = world.function_of(planned, function, refs)
    body = occasions.text_of(args.body, "--body").encode() if args.body is not None else b""
    headers = [("host", "127.0.0.1"), *occasions.headers(args.header)]
    if body and not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "application/json"))
    claims = b"" if args.claims is None else json.dumps(occasions.object_of(args.claims, "--claims")).encode()
    head = once.request_frame(method.upper(), path, query, route.key, claims, headers)
    try:
        answer = once.call(made, head, body, _printed, held.read)
    except once.Lost as lost:
        print(f"{lost.status} {lost.detail}")
        return 1
    print(answer.status)
    for name, value in answer.headers:
        print(f"{name.decode('latin-1')}: {value.decode('latin-1')}")
    if answer.body:
        sys.stdout.write("\n")
        sys.stdout.flush()
        sys.stdout.buffer.write(answer.body if answer.body.endswith(b"\n") else answer.body + b"\n")
        sys.stdout.flush()
    return 0 if answer.status < 400 else 1


def _printed(line: str) -> None:
    """A line of the handler's; one of the runtime's log in words, with its traceback as Python writes it."""
    for each in _readable(line):
        print(f"  {each}", flush=True)


def _readable(line: str) -> list[str]:
    try:
        told = json.loads(line) if line.startswith("{") else None
    except ValueError:
        told = None
    if not isinstance(told, dict) or "level" not in told or "message" not in told:
        return [line]
    return [f"{told['level']}: {told['message']}", *str(told.get("traceback", "")).splitlines()]
