"""Functions on disk: what becomes current, what does not, and what is found damaged."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from sls_infra.errors import LocalError
from sls_infra.local import control
from sls_infra.local.model import FunctionSpec
from tests.local.harness import Stack, get, make_bundle

CODE = {"app.py": "import helper\ndef ok(request): return helper.VALUE", "helper.py": "VALUE = 1"}
ROUTES = [get("/ok", "app:ok")]


def test_a_staged_function_is_read_back(stack: Stack) -> None:
    state = stack.stage("app", CODE, ROUTES, env={"A": "1"}, timeout=7, memory=1024, min_instances=1, max_instances=2)
    assert control.read_function(stack.root, "app") == state
    assert (state.spec.env, state.spec.timeout, state.spec.memory) == ({"A": "1"}, 7, 1024)
    assert len(state.sha256) == 64
    assert (Path(state.folder) / "helper.py").read_text() == "VALUE = 1"
    control.remove_function(stack.root, "app")
    assert control.read_function(stack.root, "app") is None
    assert not stack.state.exists()


def test_the_same_bundle_again_is_the_same_revision(stack: Stack) -> None:
    first = stack.stage("app", CODE, ROUTES)
    bundle = next(stack.folder.glob("*.zip"))
    spec = FunctionSpec(id="app", name="app", env={"NEW": "1"}, sha256=first.sha256)
    second = control.stage_function(stack.root, spec, bundle, urn=stack.urn("Function", "app"))
    assert (second.folder, second.sha256) == (first.folder, first.sha256)
    assert second.spec.env == {"NEW": "1"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ({"app.py": "import nothing_of_that_name"}, "No module named 'nothing_of_that_name'"),
        ({"app.py": "def ok(request:"}, "SyntaxError"),
        ({"app.py": "other = 1"}, "has no attribute 'ok'"),
        ({"app.py": "ok = 1"}, "'app:ok'"),
        ({"app.py": "raise SystemExit('configure me')"}, "configure me"),
        ({"app.py": "import os; os._exit(7)"}, "status 7"),
        ({"app.py": "import os; os.kill(os.getpid(), 11)"}, "status -11"),
        ({"app.py": "1 / 0"}, "division by zero\n  at app.py, line 1"),
        ({"app.py": "import helper", "helper.py": "\n\nnobody"}, "not defined\n  at helper.py, line 3"),
        ({"app.py": "import pulumi"}, "No module named 'pulumi'"),
        ({}, "No module named 'app'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_handlers_that_can_not_be_imported(stack: Stack, code: dict[str, str], said: str) -> None:
    before = stack.stage("app", CODE, ROUTES)
    with pytest.raises(LocalError) as caught:
        stack.stage("app", code, ROUTES)
    assert said in str(caught.value)
    assert "app" in str(caught.value)
    assert control.read_function(stack.root, "app") == before
    with pytest.raises(LocalError):
        stack.stage("new", code, [get("/ok", "app:ok", function="new")])
    assert not (stack.root / "functions" / "new").exists()


def test_where_it_failed_is_told_in_short_below_a_link_too(tmp_path: Path) -> None:
    (tmp_path / "real/deeper").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real/deeper")
    with pytest.raises(LocalError, match=r"\n  at app\.py, line 1"):
        Stack(tmp_path / "link").stage("app", {"app.py": "1 / 0"}, ROUTES)


def test_importing_that_takes_for_ever(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sls_infra.local.launch.START_TIMEOUT", 0.5)
    with pytest.raises(LocalError, match="took longer"):
        stack.stage("app", {"app.py": "import time; time.sleep(600)"}, ROUTES)


def test_threads_of_a_module_do_not_hold_the_check_up(stack: Stack) -> None:
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\ndef ok(request): ..."
    stack.stage("app", {"app.py": code}, ROUTES)  # the check's own time-out would be an error


@pytest.mark.parametrize("damage", ["removed", "cut", "folder", "spec", "index"])
def test_damage_is_seen(stack: Stack, damage: str) -> None:
    state = stack.stage("app", CODE, ROUTES)
    folder = Path(state.folder)
    if damage == "removed":
        (folder / "helper.py").unlink()
    elif damage == "cut":
        (folder / "helper.py").write_text("")
    elif damage == "folder":
        shutil.rmtree(folder)
    elif damage == "spec":
        (stack.root / "functions/app/spec.json").write_text('{"id": "app"')
    else:
        folder.with_name(f"{folder.name}.json").unlink()
    assert control.read_function(stack.root, "app") is None
    assert stack.stage("app", CODE, ROUTES).sha256 == state.sha256
    assert control.read_function(stack.root, "app") is not None


def test_the_wrong_zip(stack: Stack, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "b.zip", CODE, "app", ROUTES)
    urn = stack.urn("Function", "app")
    with pytest.raises(LocalError, match="not the one that was planned"):
        control.stage_function(stack.root, FunctionSpec(id="app", name="app", sha256="0" * 64), bundle, urn=urn)
    with pytest.raises(LocalError, match="can't be read"):
        control.stage_function(stack.root, FunctionSpec(id="app", name="app"), tmp_path / "none.zip", urn=urn)
    (tmp_path / "text.zip").write_text("no zip at all")
    with pytest.raises(LocalError, match="can't be unpacked"):
        control.stage_function(stack.root, FunctionSpec(id="app", name="app"), tmp_path / "text.zip", urn=urn)
    assert not stack.state.exists()


@pytest.mark.parametrize("name", ["../out.py", "/tmp/out.py", "a/../../out.py", "a\\..\\out.py", "link"])
def test_a_zip_that_reaches_out(stack: Stack, tmp_path: Path, name: str) -> None:
    bundle = make_bundle(tmp_path / "b.zip", CODE, "app", ROUTES)
    with zipfile.ZipFile(bundle, "a") as archive:
        entry = zipfile.ZipInfo(name)
        if name == "link":
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(LocalError, match="no plain file"):
        control.stage_function(stack.root, FunctionSpec(id="a", name="a"), bundle, urn=stack.urn("Function", "a"))
    assert not stack.state.exists()
    assert not list(tmp_path.rglob("out.py"))


def test_programs_in_a_bundle_can_be_run(stack: Stack, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "b.zip", CODE, "app", ROUTES)
    with zipfile.ZipFile(bundle, "a") as archive:
        entry = zipfile.ZipInfo("bin/tool")
        entry.external_attr = (stat.S_IFREG | 0o755) << 16
        archive.writestr(entry, "#!/bin/sh\necho hello\n")
    state = control.stage_function(stack.root, FunctionSpec(id="a", name="a"), bundle, urn=stack.urn("Function", "a"))
    assert os.access(Path(state.folder) / "bin/tool", os.X_OK)
    assert not os.access(Path(state.folder) / "helper.py", os.X_OK)


def test_an_older_folder_of_the_same_urn_is_cleared(stack: Stack) -> None:
    stack.stage("app", CODE, ROUTES, id="app-1")
    stack.stage("other", CODE, ROUTES)
    stack.stage("app", CODE, ROUTES, id="app-2")
    assert control.read_function(stack.root, "app-1") is None
    assert control.read_function(stack.root, "app-2") is not None
    assert control.read_function(stack.root, "other") is not None


def test_a_state_folder_that_was_there_before_stays(stack: Stack) -> None:
    stack.state.mkdir()
    stack.stage("app", CODE, ROUTES)
    control.remove_function(stack.root, "app")
    assert list(stack.state.iterdir()) == [stack.state / "demo"]


def test_urns_that_are_none(tmp_path: Path) -> None:
    for urn in ("", "urn:pulumi:dev", "urn:x:dev::demo::t::n", "urn:pulumi:dev::::t::n"):
        with pytest.raises(LocalError, match="urn"):
            control.stack_folder(tmp_path, urn)
    folder = control.stack_folder(tmp_path, "urn:pulumi:../up::.hidden::a::b")
    assert folder.resolve().is_relative_to(tmp_path)
    assert folder.parent.parent == tmp_path
