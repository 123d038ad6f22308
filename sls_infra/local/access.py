"""Who may call and how often, as plain values that travel as JSON: ways in, keys, limits, quotas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from .reading import Reading, text

Kind = Literal["public", "jwt", "api_key", "custom", "runtime"]
COUNTED = ("route", "client", "ip")
PERIODS = ("day", "week", "month")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSpec:
    """One way in.

    "public": nobody is asked. "jwt": a token that `issuer` signed, or that was made with `key`. "api_key": a key of the
    gateway's `api_keys` of that name. "custom": what the authorizer `function` says. "runtime": the gateway lets all
    through, and the function's own runtime verifies the callers.
    """

    kind: Kind
    name: str = ""
    """Of a way that is looked up by it (`api_key`), asked for by it (`custom`), and told of in the journal."""
    issuer: str = ""
    """The `iss` of tokens, to the letter; discovery starts below it."""
    audience: tuple[str, ...] = ()
    """Any one of these is enough: looked for in `aud`, in `client_id` where a token has no `aud`."""
    jwks_uri: str | None = None
    """Where the signing keys are; None: where the issuer's discovery document says."""
    key: str | None = None
    """The name of the secret that tokens are verified with; then nothing is fetched."""
    algorithms: tuple[str, ...] = ("RS256",)
    """Signature algorithms accepted; asymmetric ones only, unless there is a `key`."""
    leeway: float = 0
    """Seconds by which clocks may differ."""
    scheme: str = "Bearer"
    """The word before the token in `Authorization`."""
    function: str = ""
    """The authorizer's name in `GatewaySpec.functions`."""
    ttl: float = 0
    """Seconds that an authorizer's answer is kept."""

    def to_json(self) -> dict[str, Any]:
        match self.kind:
            case "public" | "runtime":
                return {"kind": self.kind}
            case "api_key":
                return {"kind": self.kind, "name": self.name}
            case "custom":
                return {"kind": self.kind, "name": self.name, "function": self.function, "ttl": self.ttl}
        left_out = {"function", "ttl"}
        known = {name: value for name, value in asdict(self).items() if name not in left_out}
        return {**known, "audience": list(self.audience), "algorithms": list(self.algorithms)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> AuthSpec:
        with Reading("auth", value):
            match value["kind"]:
                case "public" | "runtime" as kind:
                    return cls(kind=kind)
                case "api_key":
                    return cls(kind="api_key", name=text(value["name"]))
                case "custom":
                    ttl = float(value.get("ttl") or 0)
                    return cls(kind="custom", name=text(value["name"]), function=text(value["function"]), ttl=ttl)
                case "jwt":
                    return cls._token(value)
            raise ValueError(f"unknown kind {value['kind']!r}: this gateway knows {', '.join(get_args(Kind))}")

    @classmethod
    def _token(cls, value: Mapping[str, Any]) -> AuthSpec:
        return cls(
            kind="jwt",
            name=text(value.get("name") or ""),
            issuer=text(value["issuer"]),
            audience=tuple(map(text, value["audience"])),
            jwks_uri=text(value["jwks_uri"]) if value.get("jwks_uri") is not None else None,
            key=text(value["key"]) if value.get("key") is not None else None,
            algorithms=tuple(map(text, value.get("algorithms") or ("RS256",))),
            leeway=float(value.get("leeway") or 0),
            scheme=text(value.get("scheme", "Bearer")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSpec:
    """A token bucket: `burst` calls at once, refilled by `requests` every `seconds`."""

    requests: int
    seconds: float
    burst: int
    by: str = "route"
    """Who has a bucket: the "route", each "client" or each "ip"."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> LimitSpec:
        with Reading("limit", value):
            requests, seconds = int(value["requests"]), float(value["seconds"])
            burst = int(value["burst"]) if value.get("burst") is not None else requests
            by = text(value.get("by") or "route")
            if requests < 1 or seconds <= 0 or burst < 1:
                raise ValueError("requests and burst are at least 1, seconds above 0")
            if by not in COUNTED:
                raise ValueError(f"can't count by {by!r}: use {', '.join(COUNTED)}")
            return cls(requests=requests, seconds=seconds, burst=burst, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSpec:
    """So many calls in a calendar window, in UTC; a week begins on Monday."""

    requests: int
    per: str
    """"day", "week" or "month"."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> QuotaSpec:
        with Reading("quota", value):
            requests, per = int(value["requests"]), text(value["per"])
            if requests < 1 or per not in PERIODS:
                raise ValueError(f"requests are at least 1, per one of {', '.join(PERIODS)}")
            return cls(requests=requests, per=per)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSpec:
    """A client of an API key: its live keys by their digests, and how often it may call, whichever key it uses."""

    name: str
    keys: tuple[str, ...]
    """SHA-256 of each, hex. The keys themselves are known to nobody but who deploys."""
    limits: tuple[LimitSpec, ...] = ()
    quotas: tuple[QuotaSpec, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "keys": list(self.keys),
            "limits": [limit.to_json() for limit in self.limits],
            "quotas": [quota.to_json() for quota in self.quotas],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ClientSpec:
        with Reading("client", value):
            keys = tuple(map(text, value["keys"]))
            if not all(map(_DIGEST.fullmatch, keys)):
                raise ValueError("keys are told by their SHA-256, 64 hexadecimal digits")
            return cls(
                name=text(value["name"]),
                keys=keys,
                limits=tuple(map(LimitSpec.from_json, value.get("limits") or ())),
                quotas=tuple(map(QuotaSpec.from_json, value.get("quotas") or ())),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeySpec:
    """The keys that open the routes which name it."""

    name: str
    header: str
    """In lower case."""
    clients: tuple[ClientSpec, ...]

    def to_json(self) -> dict[str, Any]:
        clients = [client.to_json() for client in self.clients]
        return {"name": self.name, "header": self.header, "clients": clients}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ApiKeySpec:
        with Reading("api_key", value):
            return cls(
                name=text(value["name"]),
                header=text(value["header"]).lower(),
                clients=tuple(map(ClientSpec.from_json, value["clients"])),
            )
