"""What a gateway serves at one moment: routes with their ways in, limits and workers. Replaced as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import LocalError
from ..runtime.cors import Cors
from ..runtime.paths import Matcher, PathError
from .keys import Keys
from .limits import Limiter, limiters
from .pool import Pool
from .tokens import Gate, Verifier

if TYPE_CHECKING:
    from .journal import Journal
    from .launch import Launch
    from .model import AuthSpec, GatewaySpec, RouteSpec


class Entry:
    """One route, ready to be called."""

    __slots__ = ("function", "gate", "key", "limiter", "pool")

    def __init__(self, route: RouteSpec, gate: Gate, limiter: Limiter | None, pool: Pool) -> None:
        self.key = route.key
        self.function = route.function
        self.gate = gate
        self.limiter = limiter
        self.pool = pool


class Site:
    """A gateway's spec with everything that it takes to serve it. `Site.open` makes one, from parts of the one before
    it where these are the same: workers stay warm, limits go on counting, and tokens remain known."""

    def __init__(
        self,
        spec: GatewaySpec,
        pools: Mapping[str, Pool],
        journal: Journal,
        before: Site | None,
    ) -> None:
        self.spec = spec
        self.pools = pools
        self.active = 0
        """Requests that are being served."""
        self._idle: asyncio.Future[None] | None = None
        self._journal = journal
        self._keys: dict[tuple[str, str | None], Keys] = before._keys if before else {}
        self._verifiers: dict[AuthSpec, Verifier] = before._verifiers if before else {}
        self.limiters: dict[str, Limiter] = limiters(
            ((route.key, route.limit) for route in spec.routes), before.limiters if before else None
        )
        self.cors: Cors | None = None
        try:
            if spec.cors is not None:
                cors = spec.cors
                self.cors = Cors(cors.origins, cors.methods, cors.headers, cors.expose, cors.credentials, cors.max_age)
            entries = [
                Entry(
                    route,
                    Gate(spec.api, route.auth, self._verifier),
                    self.limiters.get(route.key),
                    pools[route.function],
                )
                for route in spec.routes
            ]
            self.matcher = Matcher(
                (route.method, route.path, entry) for route, entry in zip(spec.routes, entries, strict=True)
            )
        except (PathError, ValueError) as error:
            raise LocalError(f"api {spec.api!r}: {error}") from error

    @classmethod
    async def open(
        cls, spec: GatewaySpec, launches: Mapping[str, Launch], journal: Journal, before: Site | None
    ) -> Site:
        """A site whose workers are ready. Raises LocalError, with nothing left running, where one can't be made."""
        running = {pool.launch: pool for pool in before.pools.values()} if before else {}
        pools = {name: running.get(launch) or Pool(launch, journal.printed) for name, launch in launches.items()}
        site = cls(spec, pools, journal, before)
        new = [pool for pool in pools.values() if not pool.users]
        try:
            async with asyncio.TaskGroup() as group:
                for pool in new:
                    group.create_task(pool.start())
        except BaseExceptionGroup as errors:
            await asyncio.gather(*(pool.close() for pool in new))
            found = errors.exceptions[0]
            raise found from None
        for pool in pools.values():
            pool.users += 1
        return site

    async def close(self) -> None:
        """Waits for its requests, then ends the workers that no other site uses."""
        if self.active:
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle
        for pool in self.pools.values():
            pool.users -= 1
        await asyncio.gather(*(pool.close() for pool in self.pools.values() if not pool.users))

    def left(self) -> None:
        """A request is done."""
        self.active -= 1
        if not self.active and self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _verifier(self, way: AuthSpec) -> Verifier:
        """One a way in and one set of keys an issuer, whatever the number of routes."""
        if way not in self._verifiers:
            place = (way.issuer, way.jwks_uri)
            if place not in self._keys:
                self._keys[place] = Keys(*place, lambda message: self._journal.event("error", message))
            self._verifiers[way] = Verifier(way, self._keys[place])
        return self._verifiers[way]
