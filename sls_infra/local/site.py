"""What a gateway serves at one moment: routes with their ways in, limits and workers. Replaced as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import LocalError
from ..runtime.cors import Cors
from ..runtime.paths import Matcher, PathError
from .gate import Gate
from .limits import Limiter, Limiters
from .pool import Pool
from .visit import NOTED
from .ways import Ways

if TYPE_CHECKING:
    from .journal import Journal
    from .launch import Launch
    from .model import GatewaySpec, RouteSpec
    from .own_keys import Secrets
    from .quotas import Quotas


class Entry:
    """One route, ready to be called."""

    __slots__ = ("by_client", "by_ip", "by_route", "counts", "function", "gate", "key", "pool")

    def __init__(self, route: RouteSpec, gate: Gate, limiters: Limiters, pool: Pool) -> None:
        self.key = route.key
        self.function = route.function
        self.gate = gate
        self.pool = pool

        def of(by: str) -> tuple[Limiter, ...]:
            each = dict.fromkeys(limit for limit in route.limits if limit.by == by)
            return tuple(limiters.of(route.key, limit) for limit in each)

        self.by_ip, self.by_route, self.by_client = of("ip"), of("route"), of("client")
        self.counts = bool(self.by_route or self.by_client)
        """Whether callers who were let in are counted."""


class Site:
    """A gateway's spec with everything that it takes to serve it. `Site.open` makes one, from parts of the one before
    it where these are the same: workers stay warm, limits go on counting, and callers remain known."""

    def __init__(
        self,
        spec: GatewaySpec,
        pools: Mapping[str, Pool],
        journal: Journal,
        secrets: Secrets,
        quotas: Quotas,
        before: Site | None,
    ) -> None:
        self.spec = spec
        self.pools = pools
        self.quotas = quotas
        self.active = 0
        """Requests that are being served."""
        self._idle: asyncio.Future[None] | None = None
        self.limiters: Limiters = Limiters(before.limiters.made if before else None)
        self.cors: Cors | None = None
        try:
            if spec.cors is not None:
                cors = spec.cors
                self.cors = Cors(cors.origins, cors.methods, cors.headers, cors.expose, cors.credentials, cors.max_age)
            self.ways: Ways = Ways(spec, pools, self.limiters, journal, secrets, before.ways if before else None)
            entries = [
                Entry(route, self.ways.gate(route.auth), self.limiters, pools[route.function]) for route in spec.routes
            ]
            self.matcher = Matcher(
                (route.method, route.path, entry) for route, entry in zip(spec.routes, entries, strict=True)
            )
        except (PathError, ValueError) as error:
            raise LocalError(f"api {spec.api!r}: {error}") from error
        self.noted = NOTED.union(*(way.headers for entry in entries for way in entry.gate.ways))
        """Headers that are looked at."""

    @classmethod
    async def open(
        cls,
        spec: GatewaySpec,
        launches: Mapping[str, Launch],
        journal: Journal,
        secrets: Secrets,
        quotas: Quotas,
        before: Site | None,
    ) -> Site:
        """A site whose workers are ready. Raises LocalError, with nothing left running, where one can't be made."""
        running = {pool.launch: pool for pool in before.pools.values()} if before else {}
        pools = {name: running.get(launch) or Pool(launch, journal.printed) for name, launch in launches.items()}
        site = cls(spec, pools, journal, secrets, quotas, before)
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
