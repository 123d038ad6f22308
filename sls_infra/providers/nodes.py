"""The resources under a ServerlessApi, found by class and by the spec's own names."""

from __future__ import annotations

from typing import TypeVar

import pulumi

from ..errors import NotFoundError

R = TypeVar("R", bound=pulumi.Resource)


class Nodes:
    """Everything a ServerlessApi made, in order: nothing is out of reach."""

    def __init__(self) -> None:
        self._made: list[tuple[str, pulumi.Resource]] = []
        self.spoken: dict[str, str] = {}
        """Logical name → the spec's own name."""

    def add(self, logical: str, resource: pulumi.Resource) -> None:
        """Takes note of a resource that is being made."""
        self._made.append((logical, resource))

    def all(self, cls: type[R]) -> list[R]:
        """Every resource of a class: `nodes.all(aws.lambda_.Function)`."""
        return [resource for _, resource in self._made if isinstance(resource, cls)]

    def one(self, cls: type[R], name: str | None = None) -> R:
        """The resource of a class with the spec's own name: `nodes.one(aws.lambda_.Function, "shop")`.

        Raises `NotFoundError` where there is none, or more than one; the message lists those there are.
        """
        found = [
            (logical, resource)
            for logical, resource in self._made
            if isinstance(resource, cls) and name in (None, logical, self.spoken.get(logical))
        ]
        if len(found) == 1:
            return found[0][1]
        names = [self.spoken.get(logical, logical) for logical, resource in self._made if isinstance(resource, cls)]
        asked = f"{cls.__name__} named {name!r}" if name else cls.__name__
        raise NotFoundError(f"{len(found)} nodes are a {asked}; of that class there are: {', '.join(names) or 'none'}")
