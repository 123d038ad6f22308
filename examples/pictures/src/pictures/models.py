"""What callers send; for the description of the API alone."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Invitation(BaseModel):
    """A picture to come."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=80)]
    content_type: Literal["image/jpeg", "image/png"] = "image/jpeg"
