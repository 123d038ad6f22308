"""What callers send; for the description of the API alone."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Article(BaseModel):
    """A text."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=120)]
    text: Annotated[str, Field(max_length=20_000)]
