"""What the shipping API is: another team's, which hears of payments by their topic. Pure data: no cloud, no pulumi."""

from sls_infra import Api, Function, Input, Jwt, OnMessage, Route, Table, Topic

parcels = Table("parcels")
packer = Function("packer", code="src", memory=256, timeout=10, links=[parcels.read_write()])


def api(paid: Input[str] | None = None, issuer: Input[str] = "https://id.example.com/") -> Api:
    """`paid`: the ref of the payments API's topic, as its output `topics` gives it. None: a topic of this Api's own, to
    try it alone."""
    payments = Topic("paid") if paid is None else Topic.existing("paid", paid)
    return Api(
        "shipping",
        description="Parcels of what has been paid",
        auth=Jwt(issuer=issuer, audience="shipping"),
        routes=[Route("GET", "/parcels/{order}", packer, handler="shipping.parcels:read")],
        events=[OnMessage(payments, packer, handler="shipping.parcels:pack", attributes={"currency": ["eur", "usd"]})],
    )
