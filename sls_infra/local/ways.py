"""The ways into a site, each made once whatever the number of routes that it opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .accounts import ApiKeys
from .authorizers import Authorizer
from .gate import Gate
from .journal import Journal
from .keys import Keys
from .limits import Limiters
from .model import AuthSpec, GatewaySpec
from .own_keys import OwnKeys, Secrets
from .pool import Pool
from .tokens import Verifier
from .visit import Way


class Ways:
    """Those of one site. What the site before it had too is kept: tokens and answers of authorizers remain known."""

    def __init__(
        self,
        spec: GatewaySpec,
        pools: Mapping[str, Pool],
        limiters: Limiters,
        journal: Journal,
        secrets: Secrets,
        before: Ways | None,
    ) -> None:
        self._realm = spec.api
        self._pools = pools
        self._journal = journal
        self._secrets = secrets
        self._before = before
        self._keys: dict[tuple[str, str | None], Keys] = before._keys if before else {}
        self._api_keys = {each.name: ApiKeys(each, limiters.of) for each in spec.api_keys}
        self._made: dict[AuthSpec, Way] = {}

    def gate(self, auth: Sequence[AuthSpec]) -> Gate:
        """The ways into one route. Raises LocalError for one that can't be used."""
        asking = [way for way in auth if way.kind not in ("public", "runtime")]
        # An authorizer is asked last: it takes a call.
        ways = sorted(map(self._way, asking), key=lambda way: isinstance(way, Authorizer))
        return Gate(self._realm, ways, is_open=len(asking) < len(auth))

    def _way(self, spec: AuthSpec) -> Way:
        if spec not in self._made:
            known = self._before._made.get(spec) if self._before else None
            self._made[spec] = self._kept(spec, known) or self._new(spec)
        return self._made[spec]

    def _kept(self, spec: AuthSpec, known: Way | None) -> Way | None:
        if isinstance(known, Authorizer):
            return known if known.pool is self._pools[spec.function] else None
        return known if isinstance(known, Verifier) else None

    def _new(self, spec: AuthSpec) -> Way:
        match spec.kind:
            case "api_key":
                return self._api_keys[spec.name]
            case "custom":
                return Authorizer(spec, self._pools[spec.function])
        if spec.key is not None:
            return Verifier(spec, OwnKeys(spec.key, spec.algorithms, self._secrets))
        place = (spec.issuer, spec.jwks_uri)
        if place not in self._keys:
            self._keys[place] = Keys(*place, lambda message: self._journal.event("error", message))
        return Verifier(spec, self._keys[place])
