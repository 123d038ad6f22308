"""Security schemes → ways in. What a spec has no word for becomes an authorizer to be written: never an open route."""

from __future__ import annotations

import keyword
import re
from typing import Any
from urllib.parse import urlsplit

from ...plan.check_auth import HEADER, TAKEN_HEADERS
from ...plan.check_routes import SCOPE
from ...runtime.ways.schemes import SCHEMES
from .model import CUSTOM, PUBLIC, Remarks, Way
from .nodes import Document, listed, mapping, text

_SIGNATURES = {scheme.header: name for name, scheme in SCHEMES.items()}
_WELL_KNOWN = re.compile(r"/?\.well-known/openid-configuration$")
_RESERVED = {"api", "issuer", "app", "schema", CUSTOM}


class Security:
    """The ways in of one document."""

    def __init__(self, document: Document, name: str, remarks: Remarks) -> None:
        self._document = document
        self._name = name
        self._remarks = remarks
        self._schemes = mapping(mapping(document.root.get("components")).get("securitySchemes"))
        self._made: dict[str, Way] = {}
        self._scopes: dict[str, dict[str, str]] = {}
        self._unwritten: dict[str, None] = {}
        self._silent = not self._schemes and "security" not in document.root

    def ways(self, operation: dict[str, Any], where: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ways into an operation, and the scopes that it asks for."""
        asked = operation.get("security", self._document.root.get("security"))
        if not listed(asked):
            if self._silent:
                self._remarks.add("security", "the description names no way in: every route is written as open")
            return (PUBLIC,), ()
        ways: dict[str, None] = {}
        wanted: list[tuple[str, ...]] = []
        for requirement in listed(asked):
            way, scopes = self._one(mapping(requirement), where)
            ways[way] = None
            if scopes and scopes not in wanted:
                wanted.append(scopes)
        return self._together(list(ways), wanted, where)

    def finished(self) -> tuple[Way, ...]:
        """The ways in that routes use."""
        made = [self._described(variable, way) for variable, way in self._made.items()]
        if self._unwritten:
            why = f"stands in for {', '.join(self._unwritten)}: nobody gets in by it until it is written"
            made.append(Way(CUSTOM, "Custom", (("handler", "authorizers:authorize"),), why))
        return tuple(made)

    def _together(
        self, ways: list[str], wanted: list[tuple[str, ...]], where: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        kinds: dict[str, str] = {}
        for way in list(ways):
            kind = self._made[way].kind if way in self._made else way
            if kind in ("ApiKey", "Webhook") and kind in kinds:
                ways[ways.index(way)] = self._custom(f"{way} beside {kinds[kind]}", where)
            kinds.setdefault(kind, way)
        ways = list(dict.fromkeys(ways))
        scopes = tuple(dict.fromkeys(scope for each in wanted for scope in each))
        if len(wanted) > 1:
            self._remarks.add(where, "takes one set of scopes or another; the route asks for all of them")
        if scopes and PUBLIC in ways:
            self._remarks.add(where, "scopes are left out, since callers without a token are let in too")
            scopes = ()
        if scopes and any(kind in kinds for kind in ("ApiKey", "Webhook")):
            self._remarks.add(where, "scopes are asked of every caller: one with a key or a signature alone gets 403")
        return tuple(ways), scopes

    def _one(self, requirement: dict[str, Any], where: str) -> tuple[str, tuple[str, ...]]:
        """The way in and the scopes of one alternative."""
        if not requirement:
            return PUBLIC, ()
        if len(requirement) > 1:
            return self._custom(" and ".join(requirement), where), ()
        [(name, roles)] = requirement.items()
        scopes = tuple(str(role) for role in listed(roles))
        scheme = self._document.followed(self._schemes.get(name))
        variable = _variable(name)
        if variable not in self._made:
            way = self._way(name, variable, scheme)
            if way is None:
                return self._custom(f"{name} ({_words(scheme)})", where), ()
            self._made[variable] = way
        if scopes and (not _tokens(self._made[variable]) or not all(map(SCOPE.fullmatch, scopes))):
            return self._custom(f"{name} with {' '.join(scopes)}"[:100], where), ()
        known = self._scopes.setdefault(variable, {})
        for scope in scopes:
            known.setdefault(scope, "")
        return variable, scopes

    def _custom(self, what: str, where: str) -> str:
        self._unwritten["".join(char for char in what if char.isprintable())] = None
        self._remarks.add(where, "its way in has no word in a spec: an authorizer stands in for it, to be written")
        return CUSTOM

    def _way(self, name: str, variable: str, scheme: dict[str, Any]) -> Way | None:
        audience = listed(scheme.get("x-sls-audience")) or [self._name]
        token: list[tuple[str, Any]] = [("audience", audience[0] if len(audience) == 1 else tuple(map(str, audience)))]
        issuer = text(scheme.get("x-sls-issuer"))
        match scheme.get("type"):
            case "openIdConnect":
                url = text(scheme.get("openIdConnectUrl"))
                found = issuer or (_WELL_KNOWN.sub("/", url) if _WELL_KNOWN.search(url) else "")
                self._guessed(name, "" if found else "issuer", scheme)
                described = mapping(scheme.get("x-sls-scopes"))
                self._scopes[variable] = {str(scope): text(said) for scope, said in described.items()}
                kind = "OAuth2" if described else "Jwt"
                return Way(variable, kind, (("issuer", _https(found)), *token))
            case "oauth2":
                return self._oauth(name, variable, scheme, [("issuer", _https(issuer)), *token])
            case "http" if text(scheme.get("scheme")).lower() == "bearer" or issuer:
                self._guessed(name, "" if issuer else "issuer", scheme)
                word = text(scheme.get("scheme"))
                other = [("scheme", word)] if word.lower() != "bearer" else []
                return Way(variable, "Jwt", (("issuer", _https(issuer)), *token, *other))
            case "apiKey" if scheme.get("in") == "header":
                return self._header(name, variable, text(scheme.get("name")), scheme)
        return None

    def _oauth(self, name: str, variable: str, scheme: dict[str, Any], token: list[tuple[str, Any]]) -> Way:
        flows = [mapping(flow) for flow in mapping(scheme.get("flows")).values()]
        urls = []
        for field, member in (("authorization_url", "authorizationUrl"), ("token_url", "tokenUrl")):
            given = [_https(text(flow.get(member))) for flow in flows]
            if any(given):
                urls.append((field, next(filter(None, given))))
            elif any(flow.get(member) for flow in flows):
                self._remarks.add(f"security scheme {name}", f"the {member} is left out: it is no https URL")
        scopes = {str(k): text(v) for flow in flows for k, v in mapping(flow.get("scopes")).items()}
        self._scopes[variable] = {scope: words for scope, words in scopes.items() if SCOPE.fullmatch(scope)}
        self._guessed(name, "" if token[0][1] else "issuer", scheme)
        return Way(variable, "OAuth2", (*token, *urls))

    def _header(self, name: str, variable: str, header: str, scheme: dict[str, Any]) -> Way | None:
        kind = text(scheme.get("x-sls-webhook")) or _SIGNATURES.get(header.lower(), "")
        if kind in _SIGNATURES.values():
            return Way(variable, "Webhook", (("", f"{variable}-secret"), ("scheme", kind)))
        if scheme.get("x-sls-custom") or not HEADER.fullmatch(header) or header.lower() in TAKEN_HEADERS:
            return None
        if scheme.get("x-sls-clients"):
            self._remarks.add(f"security scheme {name}", "the limits of its clients are not carried over")
        self._remarks.add(f"security scheme {name}", "its clients are not described: one is written, to be renamed")
        return Way(variable, "ApiKey", (("clients", {f"{variable}-client"[-40:]: ()}), ("header", header)))

    def _guessed(self, name: str, what: str, scheme: dict[str, Any]) -> None:
        audience = "" if scheme.get("x-sls-audience") else "audience"
        missing = " and ".join(word for word in (what, audience) if word)
        if missing:
            self._remarks.add(
                f"security scheme {name}", f"the {missing} of tokens is not described: set it in infra.py"
            )

    def _described(self, variable: str, way: Way) -> Way:
        """An OAuth2 with all scopes, those too that only routes name."""
        scopes = self._scopes.get(variable)
        if way.kind != "OAuth2" or not scopes:
            return way
        return Way(variable, way.kind, (*way.arguments[:2], ("scopes", scopes), *way.arguments[2:]), way.why)


def _tokens(way: Way) -> bool:
    return way.kind in ("Jwt", "OAuth2")


def _words(scheme: dict[str, Any]) -> str:
    """What a scheme is, in short."""
    said = [text(scheme.get(key)) for key in ("type", "scheme", "in", "name")]
    return " ".join(word for word in said if word) or "not described"


def _https(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and parts.hostname and not parts.fragment and "@" not in parts.netloc
    except ValueError:
        return ""
    return url if good and url.isprintable() else ""


def _variable(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    found = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower() or "way"
    if not found[0].isalpha():
        found = f"way_{found}"
    return f"{found}_way" if found in _RESERVED or keyword.iskeyword(found) else found
