"""None gets in; and each family's good credential does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from .cases import ATTACKS, CONTROLS, FAMILIES
from .gateway import LocalGateway
from .model import Answer, Elsewhere, Shot, Target, why_not


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_does_not_get_in(target: Target, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    attack = ATTACKS[name]
    if reason := why_not(attack, target.name):
        pytest.skip(f"{target.name}: {reason}")
    target.world.renew()
    made = attack.shots(target.world)
    *before, last = [made] if isinstance(made, Shot) else made
    _let_in(target, before)
    ran = runs(target.runs)
    target.world.evil.requests.clear()
    answer = _sent(target, last)
    told = capfd.readouterr()
    assert answer.status in attack.status, answer
    strangers = [run for run in runs(target.runs)[len(ran) :] if run not in attack.may_run]
    assert strangers == [], answer
    if attack.check is not None:
        attack.check(answer)
    if attack.unfetched:
        assert not target.world.evil.requests
    for secret in () if attack.told else target.world.secrets:
        assert secret not in answer.text() + told.out + told.err
    if answer.status in (401, 403) and target.name == "local":
        assert answer.header("www-authenticate") or answer.status == 403


@pytest.mark.parametrize("name", CONTROLS)
def test_a_good_credential_gets_in(target: Target, name: str) -> None:
    control = CONTROLS[name]
    if reason := why_not(control, target.name):
        pytest.skip(f"{target.name}: {reason}")
    ran = len(runs(target.runs))
    target.world.renew()
    answer = _sent(target, control.shot(target.world))
    assert answer.status == 200, answer
    assert len(runs(target.runs)) > ran
    if control.check is not None:
        control.check(answer)


def test_each_family_has_a_control() -> None:
    attacked, controlled = ({case.family for case in cases.values()} for cases in (ATTACKS, CONTROLS))
    assert attacked == controlled
    assert len(attacked) == len(FAMILIES)


def test_each_case_is_one_of_its_own() -> None:
    assert len(ATTACKS) == sum(len(list(family.attacks())) for family in FAMILIES)
    assert len(CONTROLS) == sum(len(list(family.controls())) for family in FAMILIES)


def _let_in(target: Target, shots: Sequence[Shot]) -> None:
    for shot in shots:
        answer = _sent(target, shot)
        assert answer.status == 200, answer


def _sent(target: Target, shot: Shot) -> Answer:
    try:
        return target.send(shot)
    except Elsewhere as reason:
        pytest.skip(f"{target.name}: {reason}")


def test_the_gateways_log_holds_no_secret(target: Target) -> None:
    if not isinstance(target, LocalGateway):
        pytest.skip("what an entry logs is looked at after each attack")
    log = [
        line for line in target.logs().splitlines() if '"/key/' not in line
    ]  # where a caller wrote one into the path
    assert any('"audit": "refused"' in line or '"audit":"refused"' in line for line in log)
    for secret in target.world.secrets:
        assert not any(secret in line for line in log)


def runs(file: Path) -> list[str]:
    """The routes whose handlers have run, one a run."""
    if not file.exists():
        return []
    return [line.split(" ", 2)[2] for line in file.read_text().splitlines()]
