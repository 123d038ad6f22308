"""What the functions of an Api are given where they are called in process: secrets, keys and resources."""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from ..errors import Problem, SpecError
from ..local import dev_secrets
from ..plan.model import ApiKeyPlan, FunctionPlan, Plan
from ..providers.local.rules import by_runtime
from ..runtime import deployed, services
from ..runtime.errors import ServiceError
from ..runtime.events.delivery import DeadLetter
from .resources import Links, Resources
from .signing import made_up


class World:
    """Secrets by name, and the key of each client. A secret that is given no value gets one that is made up."""

    fresh = 0.0
    fresh_environment = 0.0

    def __init__(self, plan: Plan, given: Mapping[str, str]) -> None:
        """Raises `SpecError` for a value of a secret that the spec doesn't name."""
        names = [secret.name for secret in plan.secrets]
        fix = f"it names {', '.join(names) or 'none'}"
        problems = [
            Problem("secrets", f"the spec names no secret {name!r}", fix) for name in given if name not in names
        ]
        if problems:
            raise SpecError(problems)
        written = {secret.name: secret.value for secret in plan.secrets if isinstance(secret.value, str)}
        self.secrets = {name: given.get(name) or written.get(name) or made_up() for name in names}
        self.keys = {client.name: random.token_urlsafe(32) for way in plan.api_keys for client in way.clients}
        self.resources = Resources(plan)
        self.links = Links(plan, self.resources)
        self._plan = plan

    def link(self, kind: str, name: str, address: object, described: object) -> Any:
        """The driver of a resource, for `runtime.links.resources`."""
        return self.resources.driver(kind, name)

    def dead_letter(self, address: object, letter: DeadLetter) -> None:
        """Never needed: the client buries what failed for the last time."""
        raise ServiceError("dead letters are written by the client")

    def secret(self, ref: str) -> str:
        """What a function asks its platform for."""
        for way in self._plan.api_keys:
            if ref == _keyring(way):
                return json.dumps({digest(self.keys[client.name]): client.name for client in way.clients})
        if ref not in self.secrets:
            raise ServiceError(f"there is no secret {ref!r}")
        return self.secrets[ref]

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        """Never needed: the client asks authorizers of other functions itself."""
        raise ServiceError("authorizers are asked by the client")

    def deployed(self, function: FunctionPlan) -> Mapping[str, object]:
        """What a deployment would tell the function of itself."""
        keyrings = {way.name: _keyring(way) for way in self._plan.api_keys}
        resources = self.resources.addresses(function)
        told = dev_secrets.variables(self._plan, function, by_runtime, keyrings, resources)
        known: Mapping[str, object] = json.loads(told.get(deployed.VARIABLE, "{}"))
        return known

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Functions find this one while it lasts."""
        before = services._name, services._platform
        services.use("memory", self)
        try:
            yield
        finally:
            services._name, services._platform, services._cache = *before, None
            deployed.use(None)
            self.resources.close()


def digest(key: str) -> str:
    """What a key is known by."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _keyring(way: ApiKeyPlan) -> str:
    return f"keyring of {way.name}"
