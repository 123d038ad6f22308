"""The host's settings: the content of host.json, https://learn.microsoft.com/azure/azure-functions/functions-host-json."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from ...plan.model import EventPlan, FunctionPlan, Plan

ROUTE_PREFIX = "_sls"
"""The gateway's backend is `https://<app>/_sls`: without a prefix the host keeps paths that start with `admin`."""
BUNDLE = {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}
"""What triggers other than HTTP and timers are made of (Azure Functions: "Extension bundles")."""
MAX_QUEUE_BATCH = 32
"""Messages that the host takes of a storage queue at once, at the most (`queues.batchSize`)."""
AGAIN = "00:00:10"
"""How long an upload waits after a call that failed."""
POLLING = "00:00:05"
"""How long the host waits at most before it looks into an empty storage queue again; else a minute."""
NEXT_GROUP = "00:00:01"
"""How long a FIFO queue's group keeps its place at an instance when it is empty; else a minute."""


def host(plan: Plan, function: FunctionPlan) -> bytes:
    """host.json of a function's app. How many calls of routes run at once is set on the app. When a call is over its
    time the host ends the worker, and starts another."""
    events = plan.events_of(function)
    content: dict[str, Any] = {
        "version": "2.0",
        "functionTimeout": _span(function.timeout),
        "extensions": {"http": {"routePrefix": ROUTE_PREFIX}, **_extensions(function, events)},
        "logging": {
            "logLevel": {
                "default": "Warning",
                "Function": "Information",
                "Host.Results": "Information",
                # What the worker's process writes to stdout and stderr, the runtime's failures among it.
                "Host.Function.Console": "Information",
            }
        },
    }
    if any(event.kind != "schedule" for event in events):
        content["extensionBundle"] = BUNDLE
    return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"


def _extensions(function: FunctionPlan, events: Sequence[EventPlan]) -> dict[str, Any]:
    """One event a call: what fails comes again by itself. An instance has as many calls at once as the spec says."""
    at_once = function.concurrency or 1
    found: dict[str, Any] = {}
    if any(event.kind in ("queue", "topic") for event in events):
        found["serviceBus"] = {
            "autoCompleteMessages": True,
            "maxAutoLockRenewalDuration": _span(function.timeout),
            "maxConcurrentCalls": at_once,
            "maxConcurrentSessions": at_once,
            "prefetchCount": 0,
            "sessionIdleTimeout": NEXT_GROUP,
        }
    uploads = [event for event in events if event.kind == "upload"]
    if uploads:
        found["queues"] = {
            "batchSize": min(at_once, MAX_QUEUE_BATCH),
            # The runtime writes dead letters at each source's own last attempt; the host has one number for all.
            "maxDequeueCount": max(event.max_attempts for event in uploads) + 1,
            "maxPollingInterval": POLLING,
            "messageEncoding": "base64",
            "newBatchThreshold": 0,
            "visibilityTimeout": AGAIN,
        }
    return found


def _span(seconds: float) -> str:
    whole = max(1, math.ceil(seconds))
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
