"""An Api on this machine from its working tree: what `dev` serves, and `invoke` and `redrive` look into.

What it keeps lies in `.sls/dev/<api>` (below SLS_INFRA_ROOT, where that is set): queues, topics, buckets and tables
with all that they hold, and the state of schedules. It stays until that folder is removed.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from ..errors import LocalError, Problem, SlsError, SpecError
from ..plan import check
from ..plan.manifest import manifest
from ..plan.model import ApiKeyPlan, FunctionPlan, Plan
from ..providers.local.auth import api_keys, ways_in
from ..providers.local.events import event_of, subscribed
from ..providers.local.existing import of as resources_of
from ..providers.local.gateway import cors_of, route_of
from ..providers.local.place import ROOT
from ..providers.local.rules import by_runtime
from ..providers.local.storage import described, kept
from ..providers.registry import capabilities
from ..spec.api import Api
from ..spec.values import is_output

try:
    from ..local import dev_secrets, files, storage
    from ..local.accounts import digest
    from ..local.dev import DevFunction
    from ..local.model import GatewaySpec
except ModuleNotFoundError as error:
    raise SlsError(f"this needs {error.name}, which is not installed: pip install 'sls-infra[local]'") from None

Refs = dict[str, dict[str, str]]
"""Kind → name → path."""


class Held:
    """What one run keeps over reloads: the keys of clients. And the values of secrets, as they were last loaded."""

    def __init__(self, tell: Callable[[str], None] = lambda line: None) -> None:
        """`tell`: takes a line about each key that is made."""
        self.keys: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self._tell = tell

    def take(self, planned: Plan) -> None:
        """Makes the keys that there are not yet, and tells them; reads the secrets."""
        values = dict(dev_secrets.values(planned, os.environ))
        for way in planned.api_keys:
            for client in way.clients:
                if client.name not in self.keys:
                    self.keys[client.name] = secrets.token_urlsafe(32)
                    self._tell(f"Key of {client.name}: send {way.header}: {self.keys[client.name]}")
            ring = {digest(self.keys[client.name]): client.name for client in way.clients}
            values[_keyring(way)] = json.dumps(ring)
        self.values = values

    def read(self, ref: str) -> str:
        """The value of a secret. LocalError where there is none."""
        return dev_secrets.reader(self.values)(ref)

    def digests(self) -> dict[str, list[str]]:
        """Client → the SHA-256 of its key, the only one."""
        return {client: [digest(key)] for client, key in self.keys.items()}


def state_folder(api: str) -> Path:
    """Where an Api of that name keeps its state; nothing is made."""
    base = Path.cwd() / Path(os.environ.get(ROOT) or ".sls").expanduser()
    return base / "dev" / api


@contextmanager
def claimed(api: str) -> Generator[None]:
    """Keeps others from serving the same state. LocalError where somebody does."""
    folder = state_folder(api)
    files.claim_root(folder)
    fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not files.try_lock(fd):
            raise LocalError(f"another sls-infra dev serves {api!r} from {folder}: end it first, or set {ROOT}")
        yield
    finally:
        os.close(fd)


def planned_here(api: Api) -> Plan:
    """The Api's Plan for this machine. `SpecError` for what can't be done here, or only a deployment knows."""
    planned = check.plan(api, capabilities("local"))
    _plain(planned)
    return planned


def refs_of(planned: Plan, *, make: bool = True) -> Refs:
    """The paths of the Api's resources; those that are not there are made, and all get the settings that the spec says.
    LocalError for one that can't have them. `make`: without it, nothing is."""
    root = state_folder(planned.name)
    refs: Refs = {"queue": {}, "topic": {}, "bucket": {}, "table": {}}
    for kind, resource in resources_of(planned):
        if resource.ref is not None:
            refs[kind][resource.name] = str(resource.ref)
        elif make:
            urn = f"dev::{kind}::{resource.name}"
            refs[kind][resource.name] = storage.keep(root, kind, resource.name, described(resource), urn=urn)[1]
        else:
            refs[kind][resource.name] = str(root / f"{kind}s" / resource.name)
    return refs


def subscribers_of(planned: Plan) -> dict[str, str]:
    """Event source → its name as a subscriber."""
    names = {event.name for event in planned.events if subscribed(event) is not None}
    return {name: f"dev/{state_folder(planned.name)}/{name}" for name in names}


def subscribe(planned: Plan, refs: Refs) -> None:
    """Has every event source told of what it listens to, and none that is gone."""
    subscribers = subscribers_of(planned)
    wanted: dict[tuple[str, str], dict[str, dict[str, object]]] = {}
    for event in planned.events:
        told = subscribed(event)
        if told is not None:
            kind, source, filter = told
            wanted.setdefault((kind, refs[kind][source]), {})[subscribers[event.name]] = filter
    for kind in ("topic", "bucket", "table"):
        for path in refs[kind].values():
            current = wanted.get((kind, path), {})
            storage.unsubscribe_others(kind, path, f"dev/{state_folder(planned.name)}/", current)
            for name, filter in current.items():
                storage.subscribe(kind, path, name, filter)


def leave(planned: Plan, refs: Refs) -> None:
    """Ends subscriptions to what is another stack's: nobody would take what comes there."""
    for kind, resource in resources_of(planned):
        if resource.ref is not None and kind != "queue":
            path = refs[kind][resource.name]
            storage.unsubscribe_others(kind, path, f"dev/{state_folder(planned.name)}/", ())


def gateway_of(planned: Plan, held: Held, refs: Refs) -> GatewaySpec:
    """What the gateway serves."""
    known = {secret.name: secret.name for secret in planned.secrets}
    subscribers = subscribers_of(planned)
    spec = {
        "api": planned.name,
        "cors": None if planned.cors is None else cors_of(planned.cors),
        "routes": [route_of(route, ways_in(route, known)) for route in planned.routes],
        "functions": {function.name: function.name for function in planned.functions},
        "api_keys": api_keys(planned, held.digests()),
        "events": [event_of(event, refs, subscribers) for event in planned.events],
        "kept": kept(planned, refs),
    }
    return GatewaySpec.from_json(spec)


def function_of(planned: Plan, function: FunctionPlan, refs: Refs) -> DevFunction:
    """A function as it lies in the working tree."""
    keyrings = {way.name: _keyring(way) for way in planned.api_keys}
    env = {key: str(value) for key, value in function.env.items()}
    return DevFunction(
        name=function.name,
        code=function.code,
        manifest=manifest(planned, function, by_runtime=by_runtime),
        env={**env, **dev_secrets.variables(planned, function, by_runtime, keyrings, refs)},
        timeout=function.timeout,
        max_instances=function.max_instances,
    )


def _keyring(way: ApiKeyPlan) -> str:
    """What its keyring is known by: no secret of a spec has such a name."""
    return f"keyring of {way.name}"


def _plain(planned: Plan) -> None:
    """No deployment is there to know the value of an Output."""
    places: list[tuple[str, object]]
    places = [(f"{f.where}.env", value) for f in planned.functions for value in f.env.values()]
    places += [("auth.issuer", token.issuer) for token in planned.jwts]
    places += [("auth.audience", audience) for token in planned.jwts for audience in token.audience]
    places += [("auth.jwks_uri", token.jwks_uri) for token in planned.jwts]
    places += [(f"{resource.where}.ref", resource.ref) for _, resource in resources_of(planned)]
    fix = "make the value a parameter with a plain default"
    wrong = [
        Problem(where, "holds an Output, which only a deployment knows", fix) for where, v in places if is_output(v)
    ]
    if wrong:
        raise SpecError(wrong)
