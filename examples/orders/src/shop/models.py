"""What callers may send: pydantic models, for infra.py alone.

They become JSON schemas in the deployment, and the runtime checks bodies by those: no handler imports this module, so
that pydantic is not shipped and costs no cold start. What a schema can't say is in rules.py.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Item(BaseModel):
    """One line of an order."""

    model_config = ConfigDict(extra="forbid")

    sku: str = Field(pattern=r"^[A-Z0-9][A-Z0-9-]{0,39}$", examples=["TEA-250"])
    quantity: int = Field(ge=1, le=1000)
    unit_price: int = Field(ge=0, le=10_000_000, description="In the currency's smallest unit: cents.")


class NewOrder(BaseModel):
    """An order as it is placed."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$", description="A number or an e-mail address.")
    currency: Literal["EUR", "GBP", "USD"]
    items: list[Item] = Field(min_length=1, max_length=100)
    note: str = Field(default="", max_length=500)


class OrderChange(NewOrder):
    """An order as it should be from now on: everything but what the shop itself decides."""

    status: Literal["open", "paid", "shipped", "cancelled"]
