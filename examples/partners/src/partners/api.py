"""The handlers of routes."""

from typing import Any

from sls_infra.runtime import HttpError, Request, Response, links

STOCK = {"tea-250": 120, "tea-1000": 14}
PRICES = {"tea-250": 1290, "tea-1000": 4490}
RESERVED: dict[str, list[dict[str, Any]]] = {}


def catalogue(request: Request) -> dict[str, Any]:
    """What there is. Prices are for those who are signed in."""
    known = request.authenticated
    return {"articles": [{"sku": sku} | ({"price": price} if known else {}) for sku, price in PRICES.items()]}


def level(request: Request) -> dict[str, Any]:
    """How many are left, as this partner sees it."""
    sku = _article(request)
    return {"sku": sku, "left": STOCK[sku], "for": request.claims["client_id"]}


def reserve(request: Request) -> Response:
    """Sets some aside, by the warehouse's own credentials."""
    sku = _article(request)
    wanted = request.json()
    if wanted["quantity"] > STOCK[sku]:
        raise HttpError(409, "there are not so many", left=STOCK[sku])
    warehouse_token = links.secret("warehouse-token")
    if not warehouse_token:
        raise HttpError(503, "the warehouse can't be asked")
    RESERVED.setdefault(request.claims["client_id"], []).append({"sku": sku, **wanted})
    return Response.json({"sku": sku, **wanted}, status=201)


def dock(request: Request) -> dict[str, Any]:
    """What stands at a dock, for who has a badge."""
    return {"dock": request.path_params["dock"], "badge": request.claims["sub"]}


def _article(request: Request) -> str:
    sku: str = request.path_params["sku"]
    if sku not in STOCK:
        raise HttpError(404, "there is no such article")
    return sku
