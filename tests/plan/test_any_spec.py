"""Whatever a spec says, it renders on a target or is refused with Problems: never a traceback of another kind.

More examples than usual: `ANY_SPEC_EXAMPLES=500 pytest tests/plan/test_any_spec.py`, of which each run draws others.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from sls_infra import Api, SpecError
from sls_infra.plan import check
from sls_infra.plan.fronts import choose
from sls_infra.plan.resolve import resolve
from sls_infra.providers.registry import BUILT, TARGETS, fronts
from sls_infra.spec.targets import Target
from sls_infra.testing import render

from .any_spec import odd_specs, tame_specs
from .specs import code

MORE = os.environ.get("ANY_SPEC_EXAMPLES")
QUIET: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "derandomize": MORE is None,
    "phases": (Phase.explicit, Phase.generate, Phase.shrink),  # to explain a failure would take minutes more
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return code(tmp_path_factory.mktemp("code"))


@settings(max_examples=int(MORE or 300), **QUIET)
@given(data=st.data())
def test_any_spec_is_planned_or_refused(folder: Path, data: st.DataObject) -> None:
    api = data.draw(odd_specs(folder))
    for target in BUILT:
        for front in fronts(target):
            _, problems = check.look(api, front)
            assert all(problem.path.startswith("api") and problem.message and problem.fix for problem in problems)


@settings(max_examples=int(MORE or 40), **QUIET)
@given(data=st.data())
def test_what_is_not_refused_renders(folder: Path, data: st.DataObject) -> None:
    api = data.draw(tame_specs(folder))
    event("valid" if not list(check.within(api)) else "with mistakes")
    preview = data.draw(st.booleans())
    for target in BUILT:
        for options in _targets(target):
            _rendered_or_refused(api, options, preview=preview)


def _targets(name: str) -> list[Target]:
    """With the front that is chosen, and with each that is forced."""
    kind: Any = TARGETS[name]
    return [kind(), *(kind(front=front.front_name) for front in fronts(name) if front.front_name)]


def _rendered_or_refused(api: Api, target: Target, *, preview: bool) -> None:
    front = getattr(target, "front", None)
    refused = [*dict.fromkeys((*check.within(api), *choose(resolve(api), fronts(target.name), front).problems))]
    event(f"{target.name} {front}: {'refused' if refused else 'rendered'}")
    if refused:
        with pytest.raises(SpecError) as raised:
            render(api, target, preview=preview)
        assert list(raised.value.problems) == refused
    else:
        assert render(api, target, preview=preview).outputs["url"]
