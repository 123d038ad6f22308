"""Who may call: the same status for the same call behind every front, and the same claims; or refused before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from sls_infra import Api
from sls_infra.errors import SpecError
from sls_infra.testing import render
from tools.issuer import Issuer

from .apis import ORIGIN
from .fronts.served import FRONTS, Front, Served, serving
from .fronts.ways import CASES, REFUSED, apis, routes
from .model import Answer, Call

Serve = Callable[[Front, str], Served | None]


@pytest.fixture(scope="module")
def behind(reached: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """The Api that has a route behind a front, made when it is first asked for; None where no Api there takes it."""
    made: dict[str, list[Served]] = {}
    with ExitStack() as stack:

        def started(front: Front) -> Iterator[Served]:
            for spec in apis(front.issuer(reached), front)[0]:
                folder = tmp_path_factory.mktemp(front.name)
                yield stack.enter_context(serving(front, spec, reached, folder))

        def served(front: Front, route: str) -> Served | None:
            if front.name not in made:
                made[front.name] = list(started(front))
            return next((each for each in made[front.name] if f"/{route}" in each.paths), None)

        yield served


@pytest.fixture(params=FRONTS, ids=lambda front: f"front={front.name}", scope="module")
def front(request: pytest.FixtureRequest) -> Front:
    """Each front of each target."""
    made: Front = request.param
    return made


@pytest.mark.parametrize("name", CASES)
def test_a_call_has_its_status(behind: Serve, front: Front, reached: Issuer, name: str) -> None:
    case = CASES[name]
    served = behind(front, case.route)
    if served is None:
        assert case.route in REFUSED[front.name]
        return
    answer = served.call(case.call(served.keys, front.issuer(reached)))
    assert answer.status == case.status, answer
    if answer.status == 200:
        seen = answer.json()
        assert {name: seen["claims"].get(name) for name in case.claims} == dict(case.claims)
        assert seen["authenticated"] == (bool(case.claims) or case.route in ("hook", "shared"))
    elif answer.status in (401, 403):
        _is_a_refusal(answer, front)


def _is_a_refusal(answer: Answer, front: Front) -> None:
    """Ours, wherever the vendor's own are not told of; and it never holds what a handler says."""
    assert b"claims" not in answer.body
    if answer.header("content-type") == "application/problem+json":
        assert answer.problem()["status"] == answer.status
    else:
        assert any(str(answer.status) in note for note in front.capabilities.gateway_notes), answer


def test_what_a_front_refuses_is_known(front: Front, reached: Issuer) -> None:
    _, refused = apis(front.issuer(reached), front)
    assert set(refused) == set(REFUSED.get(front.name, ()))


def test_what_is_refused_is_refused_when_it_is_rendered(front: Front, reached: Issuer) -> None:
    for name in REFUSED.get(front.name, ()):
        alone = Api("known", routes=[routes(front.issuer(reached))[name]])
        with pytest.raises(SpecError, match="refused"):
            render(alone, front.target)


def test_a_refusal_of_the_runtimes_can_be_read_by_a_page_that_may(behind: Serve, front: Front) -> None:
    served = behind(front, "optional")
    assert served is not None
    sent = Call("GET", "/optional", [("origin", ORIGIN)], token="a.b.c")
    assert served.call(sent).header("access-control-allow-origin") == ORIGIN
