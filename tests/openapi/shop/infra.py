"""The Api that a generated client calls."""

from __future__ import annotations

from pydantic import BaseModel, Field

from sls_infra import Api, ApiKey, Function, Jwt, Public, RateLimit, Route


class Line(BaseModel):
    sku: str = Field(pattern="^[A-Z]{3}$")
    quantity: int = Field(ge=1)


class NewOrder(BaseModel):
    lines: list[Line] = Field(min_length=1)
    note: str | None = None


class Order(NewOrder):
    id: str
    by: str


class Orders(BaseModel):
    orders: list[Order]
    limit: int


class Search(BaseModel):
    limit: int = Field(default=10, description="So many at the most.")


class Stock(BaseModel):
    client: str


def api(issuer: str) -> Api:
    """Tokens are signed by `issuer`."""
    app = Function("app", code="src")
    return Api(
        "shop",
        auth=Jwt(issuer=issuer, audience="shop"),
        routes=[
            Route(
                "POST",
                "/orders",
                app,
                handler="app:create",
                scopes=["orders:write"],
                request=NewOrder,
                response=Order,
                operation_id="createOrder",
            ),
            Route("GET", "/orders/{id}", app, handler="app:read", response=Order, operation_id="readOrder"),
            Route(
                "GET", "/orders", app, handler="app:browse", query=Search, response=Orders, operation_id="browseOrders"
            ),
            Route(
                "GET",
                "/limited",
                app,
                handler="app:limited",
                auth=Public(),
                rate_limit=RateLimit(1, per="hour"),
                operation_id="limited",
            ),
            Route(
                "GET",
                "/stock",
                app,
                handler="app:stock",
                auth=ApiKey(clients={"mobile": []}),
                response=Stock,
                operation_id="stock",
            ),
        ],
    )
