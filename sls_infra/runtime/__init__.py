"""What handlers import: `from sls_infra.runtime import HttpError, Request, Response, links`.

Ships in every bundle and is part of every cold start: standard library only, and what costs is imported on first use.
"""

from __future__ import annotations

from . import links
from .errors import HttpError, NotLinked
from .http import Request, Response

__all__ = ["HttpError", "NotLinked", "Request", "Response", "links"]
