"""`sls-infra dev`: the API on this machine, from the working tree, reloading as files change."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from ..errors import Problem, SlsError, SpecError
from ..plan import check
from ..plan.manifest import manifest
from ..plan.model import FunctionPlan, Plan
from ..providers.local.auth import ways_in
from ..providers.local.gateway import cors_of, route_of
from ..providers.registry import capabilities
from ..spec.api import Api
from ..spec.values import is_output
from .load import load

try:
    from ..local.dev import DevFunction, serve
    from ..local.model import GatewaySpec
except ModuleNotFoundError as error:
    raise SlsError(f"dev needs {error.name}, which is not installed: pip install 'sls-infra[local]'") from None


def dev(reference: str, port: int) -> int:
    """Serves until it is interrupted."""
    known = set(sys.modules)

    def fresh() -> tuple[GatewaySpec, list[DevFunction]]:
        _forget(known)
        return _described(load(reference))

    load(reference)  # a mistake in the reference, or a spec that does not load, ends it here
    serve(
        fresh,
        port=port,
        watch=_watched(reference),
        on_ready=lambda url: print(f"Serving on {url}", flush=True),
        on_message=lambda line: print(line, flush=True),
    )
    return 0


def _described(api: Api) -> tuple[GatewaySpec, list[DevFunction]]:
    planned = check.plan(api, capabilities("local"))
    _plain(planned)
    spec = {
        "api": planned.name,
        "cors": None if planned.cors is None else cors_of(planned.cors),
        "routes": [route_of(route, ways_in(route)) for route in planned.routes],
        "functions": {function.name: function.name for function in planned.functions},
    }
    return GatewaySpec.from_json(spec), [_function(planned, function) for function in planned.functions]


def _function(planned: Plan, function: FunctionPlan) -> DevFunction:
    return DevFunction(
        name=function.name,
        code=function.code,
        manifest=manifest(planned, function),
        env={key: str(value) for key, value in function.env.items()},
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
