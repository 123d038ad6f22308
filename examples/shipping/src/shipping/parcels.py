"""A parcel for each order that is paid."""

from __future__ import annotations

from sls_infra.runtime import Conflict, HttpError, Message, Request, links


def pack(message: Message) -> None:
    """Packs an order once: a payment that is told of again finds its parcel there."""
    payment = message.json()
    parcel = {"id": payment["order"], "payment": payment["id"], "state": "packed"}
    try:
        links.table("parcels").put(parcel, if_absent=True)
    except Conflict:
        return


def read(request: Request) -> dict[str, object]:
    """The parcel of an order."""
    parcel = links.table("parcels").get(request.path_params["order"])
    if parcel is None:
        raise HttpError(404, "nothing is packed for this order")
    return parcel
