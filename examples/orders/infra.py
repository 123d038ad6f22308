"""What the orders API is. Pure data: no cloud, no pulumi."""

from sls_infra import Api, Cors, Function, Input, OAuth2, Public, RateLimit, Route

from .src.shop.models import NewOrder, OrderChange

SCOPES = {
    "orders:read": "See one's own orders",
    "orders:write": "Place, change and delete one's own orders",
    "orders:all": "Likewise with the orders of everybody",
}


def api(
    issuer: Input[str] = "https://id.example.com/", database: Input[str] | None = None, limited: bool = True
) -> Api:
    """What a deployment decides is a parameter: `issuer` of the tokens; `database`, the file that orders are kept in
    (None: one in the folder for temporary files); `limited=False` leaves the rate limits out, for targets whose front
    can't count: they refuse the spec with them."""
    env = {} if database is None else {"ORDERS_DB": database}
    shop = Function("shop", code="src", memory=256, timeout=10, env=env)
    reads, writes, few = ["orders:read"], ["orders:write"], RateLimit(10, per="second") if limited else None
    return Api(
        "orders",
        description="The orders of a shop",
        auth=OAuth2(issuer=issuer, audience="orders", scopes=SCOPES),
        rate_limit=RateLimit(100, per="second", burst=200) if limited else None,
        cors=Cors(
            origins=["https://shop.example.com"],
            headers=["authorization", "content-type", "if-match", "if-none-match"],
            expose=["etag", "location", "retry-after"],
        ),
        routes=[
            Route("GET", "/orders", shop, handler="shop.api:browse", scopes=reads),
            Route("POST", "/orders", shop, handler="shop.api:create", scopes=writes, request=NewOrder, rate_limit=few),
            Route("GET", "/orders/{id}", shop, handler="shop.api:read", scopes=reads),
            Route("PUT", "/orders/{id}", shop, handler="shop.api:update", scopes=writes, request=OrderChange),
            Route("DELETE", "/orders/{id}", shop, handler="shop.api:delete", scopes=writes),
            Route("GET", "/health", shop, handler="shop.api:health", auth=Public()),
        ],
    )
