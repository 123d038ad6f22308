"""Which messages a subscription is for: the attributes of a spec as a rule of Service Bus. The runtime looks again."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST = 1024
"""Characters of a SQL filter's condition (Service Bus: "Quotas", size of a SQL filter or action condition)."""


def correlation(attributes: Mapping[str, tuple[str, ...]]) -> dict[str, str] | None:
    """Attribute → the value that it must have; None where more than one will do. Service Bus finds these quickest."""
    if all(len(set(values)) == 1 for values in attributes.values()):
        return {name: values[0] for name, values in attributes.items()}
    return None


def sql(attributes: Mapping[str, tuple[str, ...]]) -> str | None:
    """A condition in Service Bus's SQL: each of these has one of its values; None where it would be too long."""
    terms = [
        f"user.[{name}] IN ({', '.join(_text(value) for value in dict.fromkeys(values))})"
        for name, values in attributes.items()
    ]
    condition = " AND ".join(terms)
    return condition if len(condition) <= LONGEST else None


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
