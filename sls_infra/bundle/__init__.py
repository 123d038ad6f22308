"""A function's code, its dependencies and the runtime, in one zip: the same bytes from the same input, anywhere.

spec.py          what goes in, what comes out
selection.py     the user's files: which, and under what name      globs.py
requirements.py  what the code depends on, as written              reqfile.py, pyproject.py
dependencies.py  resolved, fetched, kept                           pinning.py, resolver.py (uv), installed.py
listing.py       or named, for a cloud that fetches them itself
shipped.py       the runtime's files
contents.py      all of it, by path                                sizes.py
archive.py       the zip
cache.py         what was made before
building.py      the order of it all
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .building import build, fingerprint
    from .spec import Bundle, BundleSpec, SizeLimit

__all__ = ["Bundle", "BundleSpec", "SizeLimit", "build", "fingerprint"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # building is loaded by those who build

    value = getattr(import_module(".building" if name in ("build", "fingerprint") else ".spec", __name__), name)
    globals()[name] = value
    return value
