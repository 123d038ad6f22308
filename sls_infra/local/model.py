"""What the local target serves, as plain values that travel as JSON: to the daemon's files, and to and from Pulumi.

Every class has `to_json` (dicts, lists, strings, numbers, booleans and None only) and `from_json`, which takes numbers
as floats too: that is how Pulumi hands them over. `from_json` raises `LocalError` on what is not such a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .access import ApiKeySpec, AuthSpec, ClientSpec, LimitSpec, QuotaSpec
from .model_events import EventSpec, KeptSpec
from .reading import Reading, text

__all__ = [
    "LOOPBACK",
    "MAX_BODY",
    "PROTOCOL",
    "ApiKeySpec",
    "AuthSpec",
    "ClientSpec",
    "CorsSpec",
    "EventSpec",
    "FunctionSpec",
    "FunctionState",
    "GatewaySpec",
    "GatewayState",
    "KeptSpec",
    "LimitSpec",
    "QuotaSpec",
    "RouteSpec",
]

LOOPBACK = "127.0.0.1"
MAX_BODY = 6 * 1024 * 1024

PROTOCOL = 3
"""What a daemon understands of these values. One that was started by an older version of this package would pass over
what it does not know, a limit or a way in: it is started anew instead. 1: one limit a route, tokens alone. 2: no
events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsSpec:
    """Which pages of other origins may call, and how."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int = 0
    """Seconds a browser may keep the answer to a preflight."""

    def to_json(self) -> dict[str, Any]:
        return {key: list(part) if isinstance(part, tuple) else part for key, part in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> CorsSpec:
        with Reading("cors", value):
            return cls(
                origins=tuple(map(text, value["origins"])),
                methods=tuple(map(text, value["methods"])),
                headers=tuple(map(text, value.get("headers") or ())),
                expose=tuple(map(text, value.get("expose") or ())),
                credentials=bool(value.get("credentials", False)),
                max_age=int(value.get("max_age") or 0),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSpec:
    """One route: what the gateway decides about it. Scopes and the body's schema are the runtime's, in the bundle."""

    method: str
    path: str
    function: str
    """The function's name in `GatewaySpec.functions`."""
    auth: tuple[AuthSpec, ...]
    """Any one of these lets a caller in."""
    limits: tuple[LimitSpec, ...] = ()
    """All of them must let a call through."""

    @property
    def key(self) -> str:
        """What a route is known by: `GET /orders/{id}`."""
        return f"{self.method} {self.path}"

    def to_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path,
            "function": self.function,
            "auth": [way.to_json() for way in self.auth],
            "limits": [limit.to_json() for limit in self.limits],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> RouteSpec:
        with Reading("route", value):
            auth = tuple(AuthSpec.from_json(way) for way in value["auth"])
            if not auth:
                raise ValueError("auth is empty: a route that is open says so")
            # "limit": how protocol 1 wrote down its only one.
            limits = value.get("limits") or ([value["limit"]] if value.get("limit") else [])
            return cls(
                method=text(value["method"]),
                path=text(value["path"]),
                function=text(value["function"]),
                auth=auth,
                limits=tuple(map(LimitSpec.from_json, limits)),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySpec:
    """One API on one port, and what starts its functions besides. One without routes listens too: addresses of objects
    are served there, and others are told who has the port."""

    api: str
    host: str = LOOPBACK
    port: int = 0
    """0: any free one, which is then kept over reloads and restarts."""
    max_body: int = MAX_BODY
    """Bytes of a request's body; more is 413."""
    cors: CorsSpec | None = None
    routes: tuple[RouteSpec, ...] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    """Function name → id of the staged function."""
    api_keys: tuple[ApiKeySpec, ...] = ()
    events: tuple[EventSpec, ...] = ()
    kept: KeptSpec = field(default_factory=KeptSpec)

    def to_json(self) -> dict[str, Any]:
        return {
            "api": self.api,
            "host": self.host,
            "port": self.port,
            "max_body": self.max_body,
            "cors": self.cors.to_json() if self.cors else None,
            "routes": [route.to_json() for route in self.routes],
            "functions": dict(self.functions),
            "api_keys": [keys.to_json() for keys in self.api_keys],
            "events": [event.to_json() for event in self.events],
            "kept": self.kept.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> GatewaySpec:
        with Reading("gateway", value):
            spec = cls(
                api=text(value["api"]),
                host=text(value.get("host") or LOOPBACK),
                port=int(value.get("port") or 0),
                max_body=int(value["max_body"]) if value.get("max_body") is not None else MAX_BODY,
                cors=CorsSpec.from_json(value["cors"]) if value.get("cors") else None,
                routes=tuple(RouteSpec.from_json(route) for route in value["routes"]),
                functions={text(name): text(id) for name, id in value["functions"].items()},
                api_keys=tuple(map(ApiKeySpec.from_json, value.get("api_keys") or ())),
                events=tuple(map(EventSpec.from_json, value.get("events") or ())),
                kept=KeptSpec.from_json(value.get("kept") or {}),
            )
            spec._check()
            return spec

    def _check(self) -> None:
        ways = [way for route in self.routes for way in route.auth]
        asked = {way.function for way in ways if way.kind == "custom"}
        missing = sorted(({route.function for route in self.routes} | asked) - set(self.functions))
        if missing:
            raise ValueError(f"routes name functions that are not given: {', '.join(missing)}")
        started = {event.function for event in self.events} - set(self.functions)
        if started:
            raise ValueError(f"events name functions that are not given: {', '.join(sorted(started))}")
        if len({event.name for event in self.events}) < len(self.events):
            raise ValueError("two event sources have one name")
        keys = {way.name for way in ways if way.kind == "api_key"} - {each.name for each in self.api_keys}
        if keys:
            raise ValueError(f"routes name API keys that are not given: {', '.join(sorted(keys))}")
        clients = [client.name for each in self.api_keys for client in each.clients]
        if len(set(clients)) < len(clients):
            raise ValueError("two clients have one name")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """One function as it is to be staged."""

    id: str
    """Unique in its stack, safe as a folder's name."""
    name: str
    sha256: str = ""
    """Of the bundle's zip, hex."""
    folder: str = ""
    """Of the unpacked revision, absolute. `stage_function` fills it in."""
    env: Mapping[str, str] = field(default_factory=dict)
    min_instances: int = 0
    """Worker processes kept at least; one is always kept, so that 0 and 1 are the same here."""
    max_instances: int | None = None
    """Worker processes at most; None: 8."""
    concurrency: int = 1
    """Requests at once in one worker."""
    timeout: float = 25
    """Seconds a call may take; longer is 504."""
    memory: int = 512
    """MiB. Kept for reading back; not enforced on this machine."""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "env": dict(self.env)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FunctionSpec:
        with Reading("function", value):
            return cls(
                id=text(value["id"]),
                name=text(value["name"]),
                sha256=text(value.get("sha256") or ""),
                folder=text(value.get("folder") or ""),
                env={text(name): text(content) for name, content in (value.get("env") or {}).items()},
                min_instances=int(value.get("min_instances") or 0),
                max_instances=int(value["max_instances"]) if value.get("max_instances") is not None else None,
                concurrency=int(value.get("concurrency") or 1),
                timeout=float(value.get("timeout") or 25),
                memory=int(value.get("memory") or 512),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionState:
    """A staged function, as found on disk."""

    id: str
    sha256: str
    folder: str
    spec: FunctionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayState:
    """A gateway that is alive."""

    id: str
    url: str
    """`http://127.0.0.1:8080`, without a slash at its end."""
    pid: int
    port: int
    spec: GatewaySpec
