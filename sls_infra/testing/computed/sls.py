"""What this project's own provider computes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


def of(type: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The computed outputs of a resource."""
    match type:
        case "sls:local:Function":
            return {"functionId": f"{name}-0123abc"}
        case "sls:local:Gateway":
            return {"url": f"http://127.0.0.1:{inputs.get('port') or 8787}"}
        case "sls:local:Secret":
            return {"ref": f"project/stack/{name}-0123abc"}
        case "sls:local:Queue" | "sls:local:Topic" | "sls:local:Bucket" | "sls:local:Table":
            kind = type.rpartition(":")[2].lower()
            return {"ref": f"{inputs.get('root')}/project/stack/{kind}s/{name}-0123abc"}
        case "sls:local:Subscription":
            return {"subscriber": f"project/stack/{inputs.get('event')}-0123abc"}
        case "sls:local:Key":
            key = f"key of {name}"
            return {"key": key, "sha256": hashlib.sha256(key.encode()).hexdigest()}
        case "sls:azure:Code":
            return {"deployment": f"{name}-0123abc"}
        case _:
            return {}
