"""What callers send. Read when the API is described; handlers see checked JSON."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Reservation(BaseModel):
    """So many of an article, set aside."""

    model_config = ConfigDict(extra="forbid")

    quantity: Annotated[int, Field(ge=1, le=500)]
    reference: Annotated[str, Field(min_length=1, max_length=64)]
