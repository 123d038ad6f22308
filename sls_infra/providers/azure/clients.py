"""Clients with keys, where API Management looks the keys up: what the policy does about them.

A key is a subscription of the service, named `<client>.<generation>`; who sends it in the header, or in the query where
the header is absent, has called with that subscription (API Management: "Subscriptions"). The query is not taken here.
"""

from __future__ import annotations

import hashlib
import json

from ...plan.model import ApiKeyPlan
from . import policy
from .ways import Way

CLIENT = "sls-client"
"""Variable of a request: the client whose key was sent."""
HEADER = "x-sls-client"
"""What the function is told it by."""


def way(key: ApiKeyPlan) -> Way:
    """Its operations are called by header and clients: one that changes is another way in (see `tokens.way`)."""
    names = sorted(client.name for client in key.clients)
    id = "k" + hashlib.sha256(json.dumps([key.header, names]).encode()).hexdigest()[:10]
    client = f'{absent(key.header)} ? "" : context.Subscription?.Name?.Split(\'.\').First() ?? ""'
    known = f'{policy.csharp_list(names)}.Contains((string)context.Variables["{CLIENT}"])'
    return Way(
        id,
        (
            policy.variable(CLIENT, f"@({client})"),
            policy.choose((f"@(!{known})", [policy.variable(policy.REFUSED, "401")])),
            policy.set_header(HEADER, f'@((string)context.Variables["{CLIENT}"])'),
        ),
    )


def absent(header: str) -> str:
    """The condition that a request has no such header."""
    return f'context.Request.Headers.GetValueOrDefault({policy.csharp(header)}, "") == ""'


def subscription(client: str, generation: int) -> str:
    """The name of the subscription that is a client's key. No name of a client holds a dot."""
    return f"{client}.{generation}"
