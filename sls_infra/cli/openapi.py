"""`sls-infra openapi`: the Api described for its callers, as an OpenAPI 3.1 document."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import SlsError, SpecError
from ..openapi.export.document import document
from ..openapi.export.writing import as_text
from ..plan.check import look
from .load import load


def openapi(reference: str, format: str | None, output: Path | None, servers: Sequence[str]) -> int:
    """Writes the document to a file, or to standard output. `format` is "json" or "yaml"; None: as the file is named,
    else JSON. Raises `SpecError` with every mistake of the spec."""
    for url in servers:
        _url(url)
    planned, problems = look(load(reference))
    if problems:
        raise SpecError(problems)
    named = "yaml" if output is not None and output.suffix in (".yaml", ".yml") else "json"
    text = as_text(document(planned, servers), format or named)
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SlsError(f"{output} can't be written: {error.strerror}; name another file with -o") from None
    return 0


def _url(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        good = False
    if not good:
        raise SlsError(f"--server {url!r} is no URL of a server; write it as https://api.example.com")
