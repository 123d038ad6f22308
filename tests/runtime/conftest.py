"""Settings of the runtime's tests."""

from __future__ import annotations

from hypothesis import settings

# The same cases on every run, and no verdict on how fast a busy machine is.
settings.register_profile("runtime", derandomize=True, deadline=None)
settings.load_profile("runtime")
