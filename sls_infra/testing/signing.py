"""Signing calls as services do that send webhooks."""

from __future__ import annotations

import base64
import hmac
import secrets
import time


def signature(scheme: str, secret: str, body: bytes) -> dict[str, str]:
    """The headers of a call that is signed now: by a scheme of `Webhook`, as its service documents it."""
    now = str(int(time.time()))
    match scheme:
        case "github":
            return {"x-hub-signature-256": f"sha256={_hex(secret, body)}"}
        case "stripe":
            return {"stripe-signature": f"t={now},v1={_hex(secret, f'{now}.'.encode() + body)}"}
        case "slack":
            signed = _hex(secret, f"v0:{now}:".encode() + body)
            return {"x-slack-request-timestamp": now, "x-slack-signature": f"v0={signed}"}
    id = f"msg_{secrets.token_hex(12)}"
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    mac = hmac.digest(key, f"{id}.{now}.".encode() + body, "sha256")
    signed = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": id, "webhook-timestamp": now, "webhook-signature": signed}


def made_up() -> str:
    """A secret that every scheme can sign with."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(48)).decode()}"


def _hex(secret: str, content: bytes) -> str:
    return hmac.digest(secret.encode(), content, "sha256").hex()
