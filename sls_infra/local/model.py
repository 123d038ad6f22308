"""What the local target serves, as plain values that travel as JSON: to the daemon's files, and to and from Pulumi.

Every class has `to_json` (dicts, lists, strings, numbers, booleans and None only) and `from_json`, which takes numbers
as floats too: that is how Pulumi hands them over. `from_json` raises `LocalError` on what is not such a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ..errors import LocalError

LOOPBACK = "127.0.0.1"
MAX_BODY = 6 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSpec:
    """One way in: nobody is asked ("public"), or a token that `issuer` signed ("jwt")."""

    kind: Literal["public", "jwt"]
    issuer: str = ""
    """The `iss` of tokens, to the letter; discovery starts below it."""
    audience: tuple[str, ...] = ()
    """Any one of these is enough: looked for in `aud`, in `client_id` where a token has no `aud`."""
    jwks_uri: str | None = None
    """Where the signing keys are; None: where the issuer's discovery document says."""
    algorithms: tuple[str, ...] = ("RS256",)
    """Signature algorithms accepted; asymmetric ones only."""
    leeway: float = 0
    """Seconds by which clocks may differ."""
    scheme: str = "Bearer"
    """The word before the token in `Authorization`."""

    def to_json(self) -> dict[str, Any]:
        if self.kind == "public":
            return {"kind": "public"}
        return {**asdict(self), "audience": list(self.audience), "algorithms": list(self.algorithms)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> AuthSpec:
        with _Reading("auth", value):
            if value["kind"] == "public":
                return cls(kind="public")
            if value["kind"] != "jwt":
                raise ValueError(f"unknown kind {value['kind']!r}")
            return cls(
                kind="jwt",
                issuer=_text(value["issuer"]),
                audience=tuple(map(_text, value["audience"])),
                jwks_uri=_text(value["jwks_uri"]) if value.get("jwks_uri") is not None else None,
                algorithms=tuple(map(_text, value.get("algorithms") or ("RS256",))),
                leeway=float(value.get("leeway") or 0),
                scheme=_text(value.get("scheme", "Bearer")),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSpec:
    """A token bucket: `burst` calls at once, refilled by `requests` every `seconds`."""

    requests: int
    seconds: float
    burst: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> LimitSpec:
        with _Reading("limit", value):
            requests, seconds = int(value["requests"]), float(value["seconds"])
            burst = int(value["burst"]) if value.get("burst") is not None else requests
            if requests < 1 or seconds <= 0 or burst < 1:
                raise ValueError("requests and burst are at least 1, seconds above 0")
            return cls(requests=requests, seconds=seconds, burst=burst)


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
        with _Reading("cors", value):
            return cls(
                origins=tuple(map(_text, value["origins"])),
                methods=tuple(map(_text, value["methods"])),
                headers=tuple(map(_text, value.get("headers") or ())),
                expose=tuple(map(_text, value.get("expose") or ())),
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
    limit: LimitSpec | None = None

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
            "limit": self.limit.to_json() if self.limit else None,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> RouteSpec:
        with _Reading("route", value):
            auth = tuple(AuthSpec.from_json(way) for way in value["auth"])
            if not auth:
                raise ValueError("auth is empty: a route that is open says so")
            return cls(
                method=_text(value["method"]),
                path=_text(value["path"]),
                function=_text(value["function"]),
                auth=auth,
                limit=LimitSpec.from_json(value["limit"]) if value.get("limit") else None,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySpec:
    """One API on one port."""

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

    def to_json(self) -> dict[str, Any]:
        return {
            "api": self.api,
            "host": self.host,
            "port": self.port,
            "max_body": self.max_body,
            "cors": self.cors.to_json() if self.cors else None,
            "routes": [route.to_json() for route in self.routes],
            "functions": dict(self.functions),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> GatewaySpec:
        with _Reading("gateway", value):
            spec = cls(
                api=_text(value["api"]),
                host=_text(value.get("host") or LOOPBACK),
                port=int(value.get("port") or 0),
                max_body=int(value["max_body"]) if value.get("max_body") is not None else MAX_BODY,
                cors=CorsSpec.from_json(value["cors"]) if value.get("cors") else None,
                routes=tuple(RouteSpec.from_json(route) for route in value["routes"]),
                functions={_text(name): _text(id) for name, id in value["functions"].items()},
            )
            missing = sorted({route.function for route in spec.routes} - set(spec.functions))
            if missing:
                raise ValueError(f"routes name functions that are not given: {', '.join(missing)}")
            return spec


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
        with _Reading("function", value):
            return cls(
                id=_text(value["id"]),
                name=_text(value["name"]),
                sha256=_text(value.get("sha256") or ""),
                folder=_text(value.get("folder") or ""),
                env={_text(name): _text(text) for name, text in (value.get("env") or {}).items()},
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


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r}")
    return value


class _Reading:
    """Turns what goes wrong while a value is read into a `LocalError` that names the value's kind."""

    def __init__(self, kind: str, value: object) -> None:
        self.kind = kind
        if not isinstance(value, Mapping):
            raise LocalError(f"local {kind}: expected an object, got {type(value).__name__}")

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KeyError):
            raise LocalError(f"local {self.kind}: {error.args[0]!r} is missing") from None
        if isinstance(error, (TypeError, ValueError, AttributeError, OverflowError)):
            raise LocalError(f"local {self.kind}: {error}") from None
