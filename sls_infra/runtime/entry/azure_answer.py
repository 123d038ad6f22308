"""Our Response as an `azure.functions.HttpResponse`, made of the library that is handed in."""

from __future__ import annotations

from ..http import one_value_a_name
from .azure_cookies import one_apart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..http import Response


def answers(func: Any) -> Callable[[Response], Any]:
    """What makes answers, with `azure.functions` as `func`. It raises CookieError for cookies that can't pass."""
    make = func.HttpResponse
    with_cookies: Callable[..., Any] | None = None

    def to_answer(response: Response) -> Any:
        nonlocal with_cookies
        headers, cookies = one_value_a_name(response)
        # mimetype: without a content type the library says text/plain, and the host leaves an empty one out.
        answer = make(response.body, status_code=response.status, headers=headers, mimetype="")
        if not cookies:
            return answer
        if with_cookies is None:
            with_cookies = _with_cookies(func)
        return with_cookies(answer, *one_apart(cookies))

    return to_answer


def _with_cookies(func: Any) -> Callable[[Any, str, list[str]], Any]:
    """Adds cookies to an answer. The library looks for Set-Cookie headers, to take them apart, before it goes through
    all headers; the one that goes as it is only shows up then."""
    base: Any = func.HttpResponse
    plain: Any = type(base(b"").headers)

    class Headers(plain):  # type: ignore[misc]  # a class of the library's, known when it runs
        apart = ""

        def items(self, *args: Any, **more: Any) -> Iterator[tuple[str, str]]:
            yield from super().items(*args, **more)
            yield "set-cookie", self.apart

    class Answer(base):  # type: ignore[misc]
        def __init__(self, answer: Any, headers: Headers) -> None:
            super().__init__(answer.get_body(), status_code=answer.status_code, mimetype="")
            self._sent = headers

        @property
        def headers(self) -> Headers:
            return self._sent

    def add(answer: Any, apart: str, rest: list[str]) -> Any:
        headers = Headers(answer.headers)
        headers.apart = apart
        for cookie in rest:
            headers.add("Set-Cookie", cookie)
        return Answer(answer, headers)

    return add
