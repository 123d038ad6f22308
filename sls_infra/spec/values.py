"""The value types that specs are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar, Union

from pydantic import AfterValidator, BaseModel, BeforeValidator, GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class OutputLike(Protocol[T_co]):
    """What a `pulumi.Output` looks like from here, where pulumi is not imported."""

    def future(self, with_unknowns: bool | None = None) -> Awaitable[T_co | None]: ...
    def is_known(self) -> Awaitable[bool]: ...
    def is_secret(self) -> Awaitable[bool]: ...


def is_output(value: object) -> bool:
    """Whether `value` is known only to a deployment."""
    cls = type(value)  # quicker than isinstance of a Protocol, which every value of every spec would pay for
    return hasattr(cls, "future") and hasattr(cls, "is_known") and hasattr(cls, "is_secret")


class _OrOutput:
    """Lets an Output pass where a plain value is validated."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        plain = handler.generate_schema(source.__args__[0])  # the plain arm of Union[T, OutputLike[T]]

        def take(value: Any, validate: Callable[[Any], Any]) -> Any:
            return value if is_output(value) else validate(value)

        return core_schema.no_info_wrap_validator_function(take, plain)


Input = Annotated[T | OutputLike[T], _OrOutput()]
"""A plain value, or a `pulumi.Output` of one where only a deployment knows it."""

Many = Annotated[Sequence[T], AfterValidator(tuple)]
"""Any sequence, kept as a tuple."""


if TYPE_CHECKING:
    OneOrMany = Union[T, Sequence[T]]  # noqa: UP007 - mypy takes `T | …` for a variable
else:
    OneOrMany = T | Many[T]
"""One, or a sequence of them, kept as a tuple."""


def as_tuple(value: Any) -> tuple[Any, ...]:
    """What a `OneOrMany` field holds, as a tuple; a string is one value."""
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(value)
    return (value,)


def _to_schema(value: Any) -> Any:
    if isinstance(value, type) and issubclass(value, BaseModel):
        return value.model_json_schema()
    if isinstance(value, Mapping):
        return dict(value)
    raise PydanticCustomError("json_schema", "Input should be a pydantic model class or a JSON schema (a mapping)")


if TYPE_CHECKING:
    JsonSchema = type[BaseModel] | Mapping[str, Any]
else:
    JsonSchema = Annotated[dict[str, Any], BeforeValidator(_to_schema)]
"""A pydantic model or a JSON schema; kept as the JSON schema (2020-12)."""

if TYPE_CHECKING:
    from typing import Literal

    Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY"]
    Period = Literal["second", "minute", "hour", "day"]
    QuotaPeriod = Literal["day", "week", "month"]
    CountedBy = Literal["route", "client", "ip"]
    Architecture = Literal["arm64", "x86_64"]
else:
    # A type checker tells a wrong word at once; at run time all wrong words are told together, when the Api is planned.
    Method = Period = QuotaPeriod = CountedBy = Architecture = str
