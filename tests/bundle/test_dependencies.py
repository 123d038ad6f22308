"""Against the real uv, with wheels made here: no index is asked."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sls_infra.bundle import dependencies, requirements, resolver
from sls_infra.bundle.cache import Cache
from sls_infra.errors import BundleError

from .conftest import CountedUv
from .wheels import sdist, wheel

Tree = Callable[..., Path]


def fetch(
    code: Path, cache: Path, asked: Path | tuple[str, ...] | None = None, platform: str = "x86_64-manylinux2014"
) -> dict[str, bytes]:
    """What is fetched, by `<owner>/<path>`."""
    request = requirements.find(code, asked)
    assert request is not None
    kept = dependencies.fetch(request, "3.12", platform, Cache(cache), lambda _: None)
    if kept is None:
        return {}
    with zipfile.ZipFile(kept.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def from_wheelhouse(tree: Tree, wheelhouse: Path) -> Callable[[str], Path]:
    """Make code whose requirements.txt is served from the wheelhouse alone."""
    wheelhouse.mkdir()
    return lambda lines: tree({"requirements.txt": f"--no-index\n--find-links ../{wheelhouse.name}\n{lines}\n"})


def project(*, dependencies: str, more: str = "") -> str:
    return (
        f'[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = {dependencies}\n'
        f'{more}\n[tool.uv]\nno-index = true\nfind-links = ["../wheelhouse"]\n'
    )


def lock(folder: Path) -> None:
    subprocess.run([resolver.find(), "lock", "--quiet", "--no-python-downloads"], cwd=folder, check=True, timeout=60)


def test_what_is_required_and_what_that_requires(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path
) -> None:
    wheel(wheelhouse, "aa", "1.5", requires=["bb-lib>=2", "cc; python_version < '3'"])
    wheel(wheelhouse, "bb-lib", "2.0", {"bb/__init__.py": "x = 1\n", "bb/data.bin": b"\0\1"})
    wheel(wheelhouse, "cc")
    found = fetch(from_wheelhouse("aa"), cache)
    assert {name for name in found if "dist-info" not in name} == {
        "aa 1.5/aa/__init__.py", "bb-lib 2.0/bb/__init__.py", "bb-lib 2.0/bb/data.bin"
    }  # fmt: skip
    assert found["bb-lib 2.0/bb/data.bin"] == b"\0\1"


def test_nothing_of_this_machine_is_kept(from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path) -> None:
    wheel(
        wheelhouse, "aa", files={"aa/__init__.py": "", "aa/__pycache__/x.cpython-312.pyc": "x"}, scripts={"aa": "aa:f"}
    )
    found = fetch(from_wheelhouse("aa"), cache)
    assert {name.removeprefix("aa 1.0/") for name in found} == {
        "aa/__init__.py", "aa-1.0.dist-info/METADATA", "aa-1.0.dist-info/WHEEL", "aa-1.0.dist-info/entry_points.txt"
    }  # fmt: skip


def test_a_package_that_is_called_bin_is_kept(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path
) -> None:
    wheel(wheelhouse, "aa", files={"bin/__init__.py": "", "bin/tool.py": ""})
    assert "aa 1.0/bin/tool.py" in fetch(from_wheelhouse("aa"), cache)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_target_chooses_the_wheel(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path, machine: str
) -> None:
    for python in ("cp311", "cp312", "cp313"):
        for each in ("manylinux2014_x86_64", "manylinux2014_aarch64", "macosx_11_0_arm64", "win_amd64"):
            tag = f"{python}-{python}-{each}"
            wheel(wheelhouse, "aa", files={"aa/which.txt": tag}, tag=tag)
    found = fetch(from_wheelhouse("aa"), cache, platform=f"{machine}-manylinux2014")
    assert found["aa 1.0/aa/which.txt"].decode() == f"cp312-cp312-manylinux2014_{machine}"


def test_source_is_never_built(from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path) -> None:
    sdist(wheelhouse, "aa")
    with pytest.raises(BundleError, match=r"(?s)aa.* has no usable wheels.*\nfix: only wheels go into a bundle"):
        fetch(from_wheelhouse("aa"), cache)


def test_an_older_wheel_is_taken_before_newer_source(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path
) -> None:
    wheel(wheelhouse, "aa", "1.0")
    sdist(wheelhouse, "aa", "2.0")
    assert "aa 1.0/aa/__init__.py" in fetch(from_wheelhouse("aa"), cache)


def test_a_folder_of_source_is_refused(tree: Tree, cache: Path, tmp_path: Path) -> None:
    tree({"pyproject.toml": '[project]\nname = "lib"\nversion = "1"\n'}, "lib")
    with pytest.raises(BundleError, match=r"asks for lib, which is source code, .* name the wheel's path"):
        fetch(tree({}), cache, (f"lib @ file://{tmp_path}/lib",))


def test_no_wheel_for_the_target(from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path) -> None:
    wheel(wheelhouse, "aa", tag="cp312-cp312-win_amd64")
    with pytest.raises(BundleError, match=r"(?s)Python 3\.12 on x86_64-manylinux2014.*platform.*\nfix: only wheels"):
        fetch(from_wheelhouse("aa"), cache)


def test_requirements_that_contradict_each_other(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path
) -> None:
    wheel(wheelhouse, "aa", requires=["cc<2"])
    wheel(wheelhouse, "bb", requires=["cc>=2"])
    wheel(wheelhouse, "cc", "1.0")
    wheel(wheelhouse, "cc", "2.0")
    with pytest.raises(BundleError, match=r"(?s)bb.*cc>=2.*\nfix: change the requirements"):
        fetch(from_wheelhouse("aa\nbb"), cache)


def test_our_own_library_is_left_out_with_what_only_it_needs(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path
) -> None:
    wheel(wheelhouse, "sls-infra", requires=["heavy", "shared"])
    wheel(wheelhouse, "heavy")
    wheel(wheelhouse, "shared")
    wheel(wheelhouse, "aa", requires=["sls_infra>=1", "shared"])
    owners = {name.split("/")[0] for name in fetch(from_wheelhouse("aa\nsls-infra"), cache)}
    assert owners == {"aa 1.0", "shared 1.0"}


def test_two_wheels_with_one_path_come_out_the_same_each_time(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, tmp_path: Path
) -> None:
    for name in ("aa", "bb", "cc"):
        wheel(wheelhouse, name, files={f"{name}.py": "", "tests/__init__.py": f"# {name}", "same.txt": "same"})
    code = from_wheelhouse("aa\nbb\ncc")
    for attempt in range(3):
        found = fetch(code, tmp_path / f"cache{attempt}")
        assert found["cc 1.0/tests/__init__.py"] == b"# cc"
        assert len([name for name in found if name.endswith("tests/__init__.py")]) == 1
        assert {"aa 1.0/aa.py", "bb 1.0/bb.py", "cc 1.0/cc.py"} < set(found)


def test_a_list_with_a_wheel_by_path(tree: Tree, wheelhouse: Path, cache: Path) -> None:
    path = wheel(wheelhouse, "aa", files={"aa.py": "x = 1"})
    found = fetch(tree({}), cache, (f"aa @ file://{path}",))
    assert set(found) == {"aa 1.0/aa.py", "aa 1.0/aa-1.0.dist-info/METADATA", "aa 1.0/aa-1.0.dist-info/WHEEL"}
    assert fetch(tree({}), cache, (f"../{wheelhouse.name}/{path.name}",))["aa 1.0/aa.py"] == b"x = 1"
    wheel(wheelhouse, "aa", files={"aa.py": "x = 2"})
    assert fetch(tree({}), cache, (f"aa @ file://{path}",))["aa 1.0/aa.py"] == b"x = 2"


def test_a_requirements_file_elsewhere(tree: Tree, wheelhouse: Path, cache: Path) -> None:
    wheel(wheelhouse, "aa")
    wheel(wheelhouse, "bb")
    other = tree(
        {
            "deps/prod.txt": "-r more/base.txt\n--no-index\naa\n",
            "deps/more/base.txt": "--find-links ../../../wheelhouse\nbb\n",
        },
        "other",
    )
    owners = {name.split("/")[0] for name in fetch(tree({}), cache, other / "deps/prod.txt")}
    assert owners == {"aa 1.0", "bb 1.0"}


def test_a_project(tree: Tree, wheelhouse: Path, cache: Path) -> None:
    wheel(wheelhouse, "aa")
    wheel(wheelhouse, "dev")
    code = tree({"pyproject.toml": project(dependencies='["aa"]', more='[dependency-groups]\ndev = ["dev"]')})
    assert {name.split("/")[0] for name in fetch(code, cache)} == {"aa 1.0"}


def test_a_lock_decides_the_version(tree: Tree, wheelhouse: Path, cache: Path) -> None:
    wheel(wheelhouse, "aa", "1.0")
    wheel(wheelhouse, "dev")
    wheel(wheelhouse, "sls-infra", requires=["heavy"])
    wheel(wheelhouse, "heavy")
    groups = '[dependency-groups]\ndev = ["dev"]\nlint = ["dev"]'
    text = project(dependencies='["aa", "sls-infra"]', more=groups)
    code = tree({"pyproject.toml": f'{text}default-groups = ["dev", "lint"]\n'})
    lock(code)
    wheel(wheelhouse, "aa", "2.0")
    assert {name.split("/")[0] for name in fetch(code, cache)} == {"aa 1.0"}


def test_a_lock_with_nothing_but_our_own_library(tree: Tree, wheelhouse: Path, cache: Path) -> None:
    wheel(wheelhouse, "sls-infra", requires=["heavy"])
    wheel(wheelhouse, "heavy")
    code = tree({"pyproject.toml": project(dependencies='["sls-infra"]')})
    lock(code)
    assert fetch(code, cache) == {}


def test_the_lock_of_a_workspace_above_is_not_taken(tree: Tree, wheelhouse: Path, cache: Path) -> None:
    wheel(wheelhouse, "aa", "1.0")
    code = tree({"pyproject.toml": project(dependencies='["aa"]')}, "outer/code")
    (code / "pyproject.toml").write_text(project(dependencies='["aa"]').replace("../wheelhouse", "../../wheelhouse"))
    lock(code)
    wheel(wheelhouse, "aa", "2.0")
    outer = project(dependencies="[]", more='[tool.uv.workspace]\nmembers = ["code"]').replace('"shop"', '"outer"')
    (code.parent / "pyproject.toml").write_text(outer)
    lock(code.parent)
    assert 'version = "2.0"' in (code.parent / "uv.lock").read_text()
    assert {name.split("/")[0] for name in fetch(code, cache)} == {"aa 1.0"}


def test_a_lock_with_source_in_it_is_refused(tree: Tree, cache: Path) -> None:
    lib = '[project]\nname = "lib"\nversion = "1"\n'
    shop = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["lib"]\n'
    sources = '[tool.uv.sources]\nlib = { path = "lib" }\n'
    code = tree({"pyproject.toml": shop + sources, "lib/pyproject.toml": lib})
    lock(code)
    with pytest.raises(BundleError, match=r"uv\.lock asks for \./lib, which is source code"):
        fetch(code, cache)


def served(address: str, *, dependencies: str, corporate: bool = False) -> str:
    public = f'[[tool.uv.index]]\nurl = "{address}/public/simple"\ndefault = true\n'
    corp = (
        f'[[tool.uv.index]]\nname = "corp"\nurl = "{address}/corp/simple"\nexplicit = true\n'
        '[tool.uv.sources]\nprivate-lib = { index = "corp" }\n'
    )
    project = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'
    return f"{project}dependencies = {dependencies}\n{public}{corp if corporate else ''}"


def test_a_file_that_is_not_what_was_locked_is_refused(tree: Tree, indexes: tuple[Path, str], cache: Path) -> None:
    root, address = indexes
    wheel(root / "public", "aa", files={"aa.py": "x = 1"})
    code = tree({"pyproject.toml": served(address, dependencies='["aa"]')})
    lock(code)
    wheel(root / "public", "aa", files={"aa.py": "steal()"})
    with pytest.raises(BundleError, match=r"(?si)hash mismatch.*\nfix: the index serves other files"):
        fetch(code, cache)


@pytest.mark.parametrize("locked", [True, False])
def test_a_package_from_an_index_of_its_own(tree: Tree, indexes: tuple[Path, str], cache: Path, locked: bool) -> None:
    """The index also holds an outdated copy of a public package, and the public one a package that poses as private."""
    root, address = indexes
    wheel(root / "corp", "private-lib", "3.0", {"private_lib.py": "corporate"})
    wheel(root / "corp", "aa", "0.1")
    wheel(root / "public", "private-lib", "3.0", {"private_lib.py": "steal()"})
    wheel(root / "public", "private-lib", "9.0", {"private_lib.py": "steal()"})
    wheel(root / "public", "aa", "1.0")
    code = tree({"pyproject.toml": served(address, dependencies='["private-lib", "aa"]', corporate=True)})
    if locked:
        lock(code)
    found = fetch(code, cache)
    assert {name.split("/")[0] for name in found} == {"aa 1.0", "private-lib 3.0"}
    assert found["private-lib 3.0/private_lib.py"] == b"corporate"


def test_a_lock_without_hashes_is_not_trusted_with_two_indexes(
    tree: Tree, indexes: tuple[Path, str], cache: Path
) -> None:
    root, address = indexes
    wheel(root / "corp", "private-lib", "3.0", {"private_lib.py": "corporate"})
    wheel(root / "public", "private-lib", "3.0", {"private_lib.py": "steal()"})
    wheel(root / "public", "aa", "1.0")
    (root / "corp/no-hashes").touch()
    code = tree({"pyproject.toml": served(address, dependencies='["private-lib", "aa"]', corporate=True)})
    lock(code)
    with pytest.raises(BundleError, match=r"(?s)private-lib==3\.0.*\nfix: the lock has no hashes"):
        fetch(code, cache)


def test_what_was_resolved_stays(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path, uv: CountedUv, tmp_path: Path
) -> None:
    wheel(wheelhouse, "aa", "1.0")
    code = from_wheelhouse("aa")
    assert "aa 1.0/aa/__init__.py" in fetch(code, cache)
    assert uv.calls == ["pip compile", "pip install"]
    wheel(wheelhouse, "aa", "2.0")
    assert "aa 1.0/aa/__init__.py" in fetch(code, cache)
    assert len(uv.calls) == 2, "nothing changed, so uv was not needed"
    for kept in (cache / "dependencies").iterdir():
        kept.unlink()
    assert "aa 1.0/aa/__init__.py" in fetch(code, cache), "fetched again, but in the version it was resolved to"
    assert uv.calls[2:] == ["pip install"]
    assert "aa 2.0/aa/__init__.py" in fetch(code, tmp_path / "empty-cache")
    code = from_wheelhouse("aa>=1")
    assert "aa 2.0/aa/__init__.py" in fetch(code, cache), "other requirements are resolved anew"


def test_the_line_is_said_once_and_only_when_something_is_fetched(
    from_wheelhouse: Callable[[str], Path], wheelhouse: Path, cache: Path
) -> None:
    wheel(wheelhouse, "aa")
    request = requirements.find(from_wheelhouse("aa"), None)
    assert request is not None
    said: list[str] = []
    for _ in range(2):
        dependencies.fetch(request, "3.12", None, Cache(cache), said.append)
    assert said == ["fetching dependencies for Python 3.12 on this machine (requirements.txt)"]


def test_targets_do_not_share_what_was_resolved(from_wheelhouse: Callable[[str], Path], wheelhouse: Path) -> None:
    wheel(wheelhouse, "aa")
    request = requirements.find(from_wheelhouse("aa"), None)
    assert request is not None
    targets = [
        ("3.12", "x86_64-manylinux2014"),
        ("3.12", "aarch64-manylinux2014"),
        ("3.13", "aarch64-manylinux2014"),
        ("3.12", None),
    ]
    assert len({dependencies.key(request, *target) for target in targets}) == len(targets)
