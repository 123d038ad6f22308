"""The routes: what each answers. infra.py says who may call them and what a body must look like."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from urllib.parse import urlencode

from sls_infra.runtime import HttpError, Request, Response

from . import listing, rules, store
from .store import Order

EVERYONES = "orders:all"
"""The scope of those who may see and change the orders of others."""


def browse(request: Request) -> Response:
    """GET /orders: a page of orders, newest first, and where the next one is."""
    wanted = listing.parse(request)
    filters = dict(wanted.filters)
    if not _sees_all(request):
        filters["owner"] = _caller(request)
    found = store.page(filters, wanted.limit + 1, wanted.after)  # one more than shown: is there a next page?
    shown = found[: wanted.limit]
    following = None
    if len(found) > len(shown):
        query = {**{name: request.query[name] for name in request.query}, "cursor": listing.cursor(shown[-1])}
        following = f"/orders?{urlencode(query)}"
    return Response.json({"orders": [_public(order) for order in shown], "next": following})


def create(request: Request) -> Response:
    """POST /orders: places an order, which belongs to the caller."""
    now = listing.moment(datetime.now(UTC))
    order = {
        "id": uuid.uuid4().hex,
        "owner": _caller(request),
        "status": "open",
        **rules.fields(request.json()),
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
    store.insert(order)
    return _answer(order, status=201, location=f"/orders/{order['id']}")


def read(request: Request) -> Response:
    """GET /orders/{id}: the order, or 304 where the caller has this version already (`If-None-Match`)."""
    order = _order(request)
    known = _tags(request, "if-none-match")
    if known is not None and ("*" in known or _tag(order) in [tag.removeprefix("W/") for tag in known]):
        return Response.empty(304, headers={"etag": _tag(order)})
    return _answer(order)


def update(request: Request) -> Response:
    """PUT /orders/{id}: the order as it should be from now on, if it is still the version that the caller has seen."""
    order = _seen(request)
    body = request.json()
    wanted = rules.fields(body)
    rules.check_change(order, wanted, body["status"])
    changed = {
        **order,
        **wanted,
        "status": body["status"],
        "updated_at": listing.moment(datetime.now(UTC)),
        "version": order["version"] + 1,
    }
    if not store.replace(changed, order["version"]):
        raise _outdated()
    return _answer(changed)


def delete(request: Request) -> Response:
    """DELETE /orders/{id}: gone, if it is still the version that the caller has seen."""
    order = _seen(request)
    rules.check_removal(order)
    if not store.remove(order["id"], order["version"]):
        raise _outdated()
    return Response.empty()


def health(request: Request) -> Response:
    """GET /health: whether orders can be reached; open to anybody, and so says nothing else."""
    store.ready()
    return Response.json({"status": "ok"})


def _sees_all(request: Request) -> bool:
    granted = request.claims.get("scope") or request.claims.get("scp") or ""  # as issuers differ
    return EVERYONES in (granted.split() if isinstance(granted, str) else granted)


def _caller(request: Request) -> str:
    subject = request.claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise HttpError(403, "the token names nobody whose orders these could be: it has no claim `sub`")
    return subject


def _order(request: Request) -> Order:
    """The order of the path. One of somebody else is answered as if there were none: ids tell nobody anything."""
    order = store.get(request.path_params["id"])
    if order is None or not (_sees_all(request) or order["owner"] == _caller(request)):
        raise HttpError(404, "there is no such order")
    return order


def _seen(request: Request) -> Order:
    """The order of the path, if the caller says in `If-Match` that this is the version it has seen."""
    order = _order(request)
    tags = _tags(request, "if-match")
    if tags is None:
        raise HttpError(428, "send the order's ETag as If-Match, so that nobody's change is overwritten unseen")
    if "*" not in tags and _tag(order) not in tags:
        raise _outdated()
    return order


def _outdated() -> HttpError:
    return HttpError(412, "the order has changed since: read it again, and decide again")


def _tags(request: Request, header: str) -> list[str] | None:
    """The entity tags in a header; None where it is missing."""
    values = request.headers.get_all(header)
    return [tag.strip() for value in values for tag in value.split(",")] if values else None


def _tag(order: Order) -> str:
    return f'"{order["version"]}"'


def _public(order: Order) -> Order:
    return {name: value for name, value in order.items() if name != "version"}


def _answer(order: Order, *, status: int = 200, location: str | None = None) -> Response:
    headers = {"etag": _tag(order)}
    if location is not None:
        headers["location"] = location
    return Response.json(_public(order), status=status, headers=headers)
