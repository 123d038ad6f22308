"""Handlers that show who they are told calls, and an authorizer."""

from __future__ import annotations

from sls_infra.runtime import Request


def show(request: Request) -> dict[str, object]:
    """Who calls."""
    return {"claims": request.claims, "authenticated": request.authenticated, "route": request.route}


def judge(request: Request) -> dict[str, object] | None:
    """Lets in who says so."""
    return {"sub": "judged", "path": request.path} if request.headers.get("x-pass") == "good" else None
