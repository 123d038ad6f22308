"""The package's schema: its resources, as Pulumi's tools describe and check them."""

from __future__ import annotations

import importlib.metadata
import json
from typing import Any

_STRING: dict[str, Any] = {"type": "string"}
_INTEGER: dict[str, Any] = {"type": "integer"}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": _STRING}
_ANY: dict[str, Any] = {"$ref": "pulumi.json#/Any"}

FUNCTION: dict[str, dict[str, Any]] = {
    "root": {**_STRING, "description": "Folder of all local state, absolute."},
    "name": {**_STRING, "description": "The function's name."},
    "bundle": {**_STRING, "description": "Path of the bundle's zip; where it lies is no change."},
    "sha256": {**_STRING, "description": "Of the zip, hex."},
    "python": {**_STRING, "description": "The Python that the bundle was made for: 3.12."},
    "env": {**_TEXTS, "description": "Environment variables; plain in a file that only its user can read."},
    "minInstances": {**_INTEGER, "description": "Worker processes kept at least."},
    "maxInstances": {**_INTEGER, "description": "Worker processes at the most."},
    "concurrency": {**_INTEGER, "description": "Requests at once in one worker."},
    "timeout": {"type": "number", "description": "Seconds a call may take."},
    "memory": {**_INTEGER, "description": "MiB; not enforced."},
}
GATEWAY: dict[str, dict[str, Any]] = {
    "root": {**_STRING, "description": "Folder of all local state, absolute."},
    "api": {**_STRING, "description": "The Api's name."},
    "host": {**_STRING, "description": "The address it listens on: a loopback one."},
    "port": {**_INTEGER, "description": "0: any free one, kept over updates."},
    "maxBody": {**_INTEGER, "description": "Bytes of a request's body."},
    "cors": {**_ANY, "description": "Which web pages may call."},
    "routes": {"type": "array", "items": _ANY, "description": "Method, path, function, ways in and limits."},
    "functions": {**_TEXTS, "description": "Function name to id."},
    "apiKeys": {"type": "array", "items": _ANY, "description": "Keys of clients by digest, their limits and quotas."},
    "events": {
        "type": "array",
        "items": _ANY,
        "description": "What else starts functions.",
    },
    "kept": {**_ANY, "description": "Refs of the resources that it looks after."},
}
_KEPT: dict[str, dict[str, Any]] = {
    "root": {**_STRING, "description": "Folder of all local state, absolute."},
    "name": {**_STRING, "description": "The resource's name."},
}
QUEUE: dict[str, dict[str, Any]] = {
    **_KEPT,
    "fifo": {"type": "boolean", "description": "Whether messages of a group keep their order; another one is new."},
    "retention": {**_INTEGER, "description": "Seconds that a message is kept."},
}
BUCKET: dict[str, dict[str, Any]] = {
    **_KEPT,
    "versioned": {"type": "boolean", "description": "Whether older versions are kept."},
    "expireAfter": {**_INTEGER, "description": "Days after which objects are deleted."},
}
TABLE: dict[str, dict[str, Any]] = {
    **_KEPT,
    "key": {**_STRING, "description": "The key's attribute; with another one it is new."},
    "sortKey": {**_STRING, "description": "The sort key's attribute; likewise."},
    "ttl": {**_STRING, "description": "The attribute that holds an item's end of life."},
    "indexes": {**_ANY, "description": "Name to its key's attributes."},
}
SUBSCRIPTION: dict[str, dict[str, Any]] = {
    "root": {**_STRING, "description": "Folder of all local state, absolute."},
    "kind": {**_STRING, "description": "topic, bucket or table."},
    "source": {**_STRING, "description": "Ref of what is subscribed to."},
    "event": {**_STRING, "description": "The event source's name."},
    "filter": {**_ANY, "description": "What is wanted of it."},
}
KEY: dict[str, dict[str, Any]] = {
    "client": {**_STRING, "description": "Whose key it is."},
    "generation": {**_INTEGER, "description": "Which of the client's keys, from 1."},
}
SECRET: dict[str, dict[str, Any]] = {
    "root": {**_STRING, "description": "Folder of all local state, absolute."},
    "name": {**_STRING, "description": "The secret's name."},
    "value": {**_STRING, "secret": True, "description": "Kept encrypted, with a key beside it."},
}
CODE: dict[str, dict[str, Any]] = {
    "app": {**_STRING, "description": "The function app's name."},
    "host": {**_STRING, "description": "Of its SCM site: app.scm.azurewebsites.net."},
    "bundle": {**_STRING, "description": "Path of the bundle's zip; where it lies is no change."},
    "sha256": {**_STRING, "description": "Of the zip, hex."},
}


def version() -> str:
    """Of this package, as Pulumi writes versions: three numbers and what follows."""
    numbers, _, rest = importlib.metadata.version("sls-infra").partition("+")
    return numbers if not rest else f"{numbers}+{rest}"


def text() -> str:
    """The schema, as JSON."""
    return json.dumps(
        {
            "name": "sls",
            "version": version(),
            "description": "Serverless APIs: on this machine, and code on Azure.",
            "resources": {
                "sls:local:Function": _resource(
                    "A function's bundle, staged on this machine.",
                    FUNCTION,
                    ("root", "name", "bundle", "sha256", "python"),
                    {},
                ),
                "sls:local:Gateway": _resource(
                    "One Api on one port of this machine.",
                    GATEWAY,
                    ("root", "api", "routes", "functions"),
                    {"url": {**_STRING, "description": "Where it answers."}},
                ),
                "sls:local:Secret": _resource(
                    "A value that functions on this machine can be given.",
                    SECRET,
                    tuple(SECRET),
                    {"ref": {**_STRING, "description": "By which functions and gateways name it."}},
                ),
                "sls:local:Key": _resource(
                    "A key of a client, made once.",
                    KEY,
                    tuple(KEY),
                    {
                        "key": {**_STRING, "secret": True, "description": "32 random bytes in base64url."},
                        "sha256": {**_STRING, "description": "Of the key, hex."},
                    },
                ),
                **{
                    f"sls:local:{kind}": _resource(
                        f"A {kind.lower()} on this machine.",
                        inputs,
                        needed,
                        {"ref": {**_STRING, "description": "The path of its folder."}},
                    )
                    for kind, inputs, needed in (
                        ("Queue", QUEUE, ("root", "name")),
                        ("Topic", _KEPT, ("root", "name")),
                        ("Bucket", BUCKET, ("root", "name")),
                        ("Table", TABLE, ("root", "name", "key")),
                    )
                },
                "sls:local:Subscription": _resource(
                    "What an event source is told of a topic, a bucket or a table.",
                    SUBSCRIPTION,
                    tuple(SUBSCRIPTION),
                    {"subscriber": {**_STRING, "description": "Its name there."}},
                ),
                "sls:azure:Code": _resource(
                    "The code of one function app on Azure.",
                    CODE,
                    tuple(CODE),
                    {"deployment": {**_STRING, "description": "The publish's id as Azure knows it."}},
                ),
            },
        }
    )


def _resource(
    description: str,
    inputs: dict[str, dict[str, Any]],
    required: tuple[str, ...],
    outputs: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    return {
        "description": description,
        "inputProperties": inputs,
        "requiredInputs": list(required),
        "properties": {**inputs, **outputs},
        "required": [*required, *outputs],
    }
