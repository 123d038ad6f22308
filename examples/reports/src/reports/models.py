"""What callers send; for the description of the API alone."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Sale(BaseModel):
    """Something that was sold."""

    model_config = ConfigDict(extra="forbid")

    article: Annotated[str, Field(min_length=1, max_length=40)]
    quantity: Annotated[int, Field(ge=1, le=1000)]
    cents: Annotated[int, Field(ge=0, le=10_000_000)]
