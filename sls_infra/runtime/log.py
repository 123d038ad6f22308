"""One JSON line a failure, on stderr, where every cloud collects it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TRACEBACK = 50_000
"""Characters; of a longer traceback the first and last halves are kept (log lines are limited to 256 KiB on AWS)."""


def failure(message: str, error: BaseException, *, request_id: str = "", route: str = "", **known: object) -> None:
    """Writes the error and its traceback, with the request that it is of, or what is `known` of an event. Never raises:
    a log that can't be written must not fail the call."""
    try:
        import traceback

        trace = "".join(traceback.format_exception(error))
        if len(trace) > MAX_TRACEBACK:
            trace = f"{trace[: MAX_TRACEBACK // 2]}\n…\n{trace[-MAX_TRACEBACK // 2 :]}"
        said = {
            "level": "error",
            "message": message,
            **(known or {"request_id": request_id, "route": route}),
            "error": "".join(traceback.format_exception_only(error)).strip(),
            "traceback": trace,
        }
    except Exception:
        said = {"level": "error", "message": message, "request_id": request_id, "route": route}
    line(said)


def line(content: Mapping[str, object]) -> None:
    """Writes a line of its own. Never raises."""
    try:
        from json import dumps

        sys.stderr.write(dumps(content) + "\n")
        sys.stderr.flush()
    except Exception:  # noqa: S110  # there is nowhere left to tell it
        pass
