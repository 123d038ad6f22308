"""`sls-infra dev`: the API on this machine, from the working tree, reloading as files change."""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import sys
from pathlib import Path

from ..errors import Problem, SlsError, SpecError
from ..plan import check
from ..plan.manifest import manifest
from ..plan.model import ApiKeyPlan, FunctionPlan, Plan
from ..providers.local.auth import api_keys, ways_in
from ..providers.local.gateway import cors_of, route_of
from ..providers.local.rules import by_runtime
from ..providers.registry import capabilities
from ..spec.api import Api
from ..spec.values import is_output
from .load import load

try:
    from ..local import dev_secrets
    from ..local.accounts import digest
    from ..local.dev import DevFunction, serve
    from ..local.model import GatewaySpec
except ModuleNotFoundError as error:
    raise SlsError(f"dev needs {error.name}, which is not installed: pip install 'sls-infra[local]'") from None


def dev(reference: str, port: int) -> int:
    """Serves until it is interrupted."""
    known = set(sys.modules)

    held = _Held()

    def fresh() -> tuple[GatewaySpec, list[DevFunction]]:
        _forget(known)
        return _described(load(reference), held)

    load(reference)  # a mistake in the reference, or a spec that does not load, ends it here
    serve(
        fresh,
        port=port,
        watch=_watched(reference),
        on_ready=held.ready,
        on_message=_say,
        secrets=lambda ref: dev_secrets.reader(held.values)(ref),
    )
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


class _Held:
    """What one run keeps over reloads: the keys of clients. And the values of secrets, as they were last loaded."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self._untold: list[str] | None = []
        """What is to be said once it answers; None: it does."""

    def ready(self, url: str) -> None:
        """Tells where it answers, and by which keys."""
        _say(f"Serving on {url}")
        for line in self._untold or ():
            _say(line)
        self._untold = None

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

    def _tell(self, line: str) -> None:
        if self._untold is None:
            _say(line)
        else:
            self._untold.append(line)

    def digests(self) -> dict[str, list[str]]:
        """Client → the SHA-256 of its key, the only one."""
        return {client: [digest(key)] for client, key in self.keys.items()}


def _keyring(way: ApiKeyPlan) -> str:
    """What its keyring is known by: no secret of a spec has such a name."""
    return f"keyring of {way.name}"


def _described(api: Api, held: _Held) -> tuple[GatewaySpec, list[DevFunction]]:
    planned = check.plan(api, capabilities("local"))
    _plain(planned)
    held.take(planned)
    refs = {secret.name: secret.name for secret in planned.secrets}
    spec = {
        "api": planned.name,
        "cors": None if planned.cors is None else cors_of(planned.cors),
        "routes": [route_of(route, ways_in(route, refs)) for route in planned.routes],
        "functions": {function.name: function.name for function in planned.functions},
        "api_keys": api_keys(planned, held.digests()),
    }
    return GatewaySpec.from_json(spec), [_function(planned, function) for function in planned.functions]


def _function(planned: Plan, function: FunctionPlan) -> DevFunction:
    keyrings = {way.name: _keyring(way) for way in planned.api_keys}
    env = {key: str(value) for key, value in function.env.items()}
    return DevFunction(
        name=function.name,
        code=function.code,
        manifest=manifest(planned, function, by_runtime=by_runtime),
        env={**env, **dev_secrets.variables(planned, function, by_runtime, keyrings)},
        timeout=function.timeout,
        max_instances=function.max_instances,
    )


def _plain(planned: Plan) -> None:
    """No deployment is there to know the value of an Output."""
    places: list[tuple[str, object]]
    places = [(f"{f.where}.env", value) for f in planned.functions for value in f.env.values()]
    places += [("auth.issuer", token.issuer) for token in planned.jwts]
    places += [("auth.audience", audience) for token in planned.jwts for audience in token.audience]
    places += [("auth.jwks_uri", token.jwks_uri) for token in planned.jwts]
    fix = "make the value a parameter with a plain default"
    wrong = [
        Problem(where, "holds an Output, which only a deployment knows", fix) for where, v in places if is_output(v)
    ]
    if wrong:
        raise SpecError(wrong)


def _watched(reference: str) -> list[Path]:
    found = importlib.util.find_spec(reference.partition(":")[0])
    return [Path(found.origin).parent] if found is not None and found.origin else []


def _forget(known: set[str]) -> None:
    """So that the next import sees the files as they are now: what was imported from the working folder since."""
    here = os.getcwd() + os.sep
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name not in known and file.startswith(here) and "site-packages" not in file:
            del sys.modules[name]
