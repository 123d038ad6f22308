"""Packages that the cloud installs: a requirements.txt with everything pinned, tried by pip itself."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sls_infra.bundle import build, fingerprint, requirements
from sls_infra.errors import BundleError

from .conftest import CountedUv, names, spec_of
from .test_dependencies import lock, served
from .wheels import sdist, wheel

Tree = Callable[..., Path]
Indexes = tuple[Path, str]


def listed(code: Path, cache: Path, **fields: object) -> str:
    """The requirements.txt in the bundle; "" where there is none."""
    bundle = build(spec_of(code, dependencies="listed", **fields), cache=cache, progress=lambda _: None)
    with zipfile.ZipFile(bundle.path) as archive:
        return archive.read("requirements.txt").decode() if "requirements.txt" in archive.namelist() else ""


def pins(text: str) -> list[str]:
    return [line.rstrip(" \\") for line in text.splitlines() if not line.startswith((" ", "-"))]


def asking(address: str, lines: str) -> str:
    return f"--index-url {address}/public/simple\n{lines}\n"


def test_every_package_is_pinned_and_none_is_in_the_zip(tree: Tree, indexes: Indexes, cache: Path) -> None:
    root, address = indexes
    wheel(root / "public", "aa", "1.5", requires=["bb-lib>=2"])
    wheel(root / "public", "bb-lib", "2.0")
    wheel(root / "public", "worker", "7.0", requires=["cc"])
    wheel(root / "public", "cc")
    code = tree({"shop/api.py": "", "requirements.txt": asking(address, "aa")})
    text = listed(code, cache, platform_requirements=("worker==7.0",))
    assert pins(text) == ["aa==1.5", "bb-lib==2.0", "cc==1.0", "worker==7.0"]
    assert text.count("--hash=sha256:") == 4
    bundle = build(spec_of(code, dependencies="listed", platform_requirements=("worker==7.0",)), cache=cache)
    assert names(bundle) == sorted(names(bundle))
    assert not [name for name in names(bundle) if name.startswith(("aa", "bb", "cc", "worker"))]


def test_pip_installs_what_is_listed_with_hashes(tree: Tree, indexes: Indexes, cache: Path, tmp_path: Path) -> None:
    root, address = indexes
    tags = ("cp312-cp312-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_28_aarch64", "cp311-cp311-win_amd64")
    for tag in tags:
        wheel(root / "public", "aa", files={"aa.py": f"tag = {tag!r}"}, requires=["bb"], tag=tag)
    wheel(root / "public", "bb")
    code = tree({"requirements.txt": asking(address, "aa")})
    file = tmp_path / "listed.txt"
    file.write_text(listed(code, cache, platform="x86_64-manylinux_2_28"))
    command = [sys.executable, "-m", "pip", "install", "--require-hashes", "-r", str(file), "--target", "there"]
    command += ["--disable-pip-version-check", "--no-cache-dir", "--python-version", "3.12"]
    command += ["--platform", "manylinux_2_28_x86_64", "--implementation", "cp", "--only-binary", ":all:"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there/aa.py").read_text() == f"tag = {tags[0]!r}"
    assert (tmp_path / "there/bb/__init__.py").is_file()


def test_the_same_bytes_again_and_from_an_empty_cache(
    tree: Tree, indexes: Indexes, cache: Path, tmp_path: Path, uv: CountedUv
) -> None:
    root, address = indexes
    wheel(root / "public", "aa")
    code = tree({"a.py": "", "requirements.txt": asking(address, "aa")})
    spec = spec_of(code, dependencies="listed")
    first = build(spec, cache=cache)
    assert build(spec, cache=cache) == first
    assert uv.calls == ["pip compile"], "nothing is installed, and nothing resolved twice"
    assert build(spec, cache=tmp_path / "empty").sha256 == first.sha256


def test_what_decides_the_list_decides_the_fingerprint(tree: Tree) -> None:
    code = tree({"a.py": "", "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["aa"]\n'})
    installed = spec_of(code, platform_requirements=("worker==7.0",))
    found = {
        fingerprint(installed),
        fingerprint(spec_of(code)),
        fingerprint(spec_of(code, platform_requirements=("worker==7.1",))),
        fingerprint(spec_of(code, dependencies="listed", platform_requirements=("worker==7.0",))),
    }
    assert len(found) == 4
    plain = fingerprint(spec_of(code, dependencies="listed"))
    text = (code / "pyproject.toml").read_text()
    (code / "pyproject.toml").write_text(text + '[[tool.uv.index]]\nurl = "https://example.com/simple"\n')
    assert fingerprint(spec_of(code, dependencies="listed")) != plain


def test_files_that_tell_a_build_what_to_do_stay_out_at_the_root_alone(tree: Tree, cache: Path) -> None:
    wild = ["setup.py", "Pipfile", "Pipfile.lock", "poetry.lock", "Procfile", ".python-version", "project.toml"]
    code = tree(dict.fromkeys([*wild, *(f"shop/data/{name}" for name in [*wild, "requirements.txt"])], "x"))
    (code / "pyproject.toml").write_text("[tool.ruff]\n")
    bundle = build(spec_of(code, dependencies="listed", exclude=("!Procfile", "!/setup.py")), cache=cache)
    users = {name for name in names(bundle) if not name.startswith("sls_infra/")}
    assert users == {f"shop/data/{name}" for name in [*wild, "requirements.txt"]}
    assert set(wild) < set(names(build(spec_of(code), cache=cache))), "installed ones need no build"


@pytest.mark.parametrize("kind", ["file", "project", "list"])
def test_two_sides_that_do_not_fit_are_both_named(tree: Tree, indexes: Indexes, cache: Path, kind: str) -> None:
    root, address = indexes
    wheel(root / "public", "worker", "7.0", requires=["flask>=2"])
    for version in ("1.0", "2.0"):
        wheel(root / "public", "flask", version)
    files = {
        "file": {"requirements.txt": asking(address, "flask<2")},
        "project": {"pyproject.toml": served(address, dependencies='["flask<2"]')},
        "list": {"uv.toml": f'[[index]]\nurl = "{address}/public/simple"\ndefault = true\n'},
    }
    label = {"file": "requirements.txt", "project": "pyproject.toml", "list": "the list in `requirements`"}[kind]
    asked = ("flask<2",) if kind == "list" else None
    with pytest.raises(BundleError, match=rf"(?s){label} does not go with .*\(worker==7\.0\): .*flask<2.*\nfix: "):
        listed(tree(files[kind]), cache, platform_requirements=("worker==7.0",), requirements=asked)


def test_requirements_that_contradict_themselves_are_not_blamed_on_the_platform(
    tree: Tree, indexes: Indexes, cache: Path
) -> None:
    root, address = indexes
    for name in ("aa", "worker"):
        wheel(root / "public", name)
    code = tree({"requirements.txt": asking(address, "aa<1\naa>=1")})
    with pytest.raises(BundleError, match="aa<1") as caught:
        listed(code, cache, platform_requirements=("worker",))
    assert "does not go with" not in str(caught.value)


def test_a_lock_stays_as_it_is_and_the_platform_fits_in(tree: Tree, indexes: Indexes, cache: Path) -> None:
    root, address = indexes
    for version in ("1.0", "2.0"):
        wheel(root / "public", "flask", version)
    wheel(root / "public", "aa", requires=["only-windows; sys_platform == 'win32'"])
    wheel(root / "public", "only-windows")
    wheel(root / "public", "worker", "7.0", requires=["flask", "only-windows; sys_platform == 'linux'"])
    code = tree({"pyproject.toml": served(address, dependencies='["aa", "flask<2"]')})
    lock(code)
    text = listed(code, cache, platform_requirements=("worker==7.0",))
    assert pins(text) == ["aa==1.0", "flask==1.0", "only-windows==1.0", "worker==7.0"]
    alone = pins(listed(code, cache))
    assert [pin.replace('"', "'") for pin in alone] == [
        "aa==1.0",
        "flask==1.0",
        "only-windows==1.0 ; sys_platform == 'win32'",
    ]
    wheel(root / "public", "worker", "8.0", requires=["flask>=2"])
    with pytest.raises(BundleError, match=r"(?s)uv\.lock does not go with .*\(worker==8\.0\).*flask"):
        listed(code, cache, platform_requirements=("worker==8.0",))


def test_a_lock_with_no_wheel_for_the_target_is_refused(tree: Tree, indexes: Indexes, cache: Path) -> None:
    root, address = indexes
    wheel(root / "public", "aa", tag="cp312-cp312-win_amd64")
    code = tree({"pyproject.toml": served(address, dependencies='["aa"]')})
    lock(code)
    with pytest.raises(BundleError, match=r"(?s)aa.*wheel.*\nfix: only wheels"):
        listed(code, cache)


def test_a_lock_without_hashes_is_refused(tree: Tree, indexes: Indexes, cache: Path) -> None:
    root, address = indexes
    wheel(root / "public", "aa")
    (root / "public/no-hashes").touch()
    code = tree({"pyproject.toml": served(address, dependencies='["aa"]')})
    lock(code)
    with pytest.raises(BundleError, match=r"uv\.lock has no hash for aa==1\.0"):
        listed(code, cache)


def test_source_is_refused(tree: Tree, wheelhouse: Path, indexes: Indexes, cache: Path) -> None:
    root, address = indexes
    sdist(wheelhouse, "aa")
    (root / "public").mkdir()
    with pytest.raises(BundleError, match=r"asks for an editable install"):
        listed(tree({"requirements.txt": "-e ./lib"}), cache)
    with pytest.raises(BundleError, match=r"\nfix: "):
        listed(tree({"requirements.txt": asking(address, "aa")}), cache)


@pytest.mark.parametrize("line", ["aa @ file://{0}", "{0}", "../wheelhouse/{1}", "file:{0}"])
def test_a_wheel_on_this_machine_is_refused(tree: Tree, wheelhouse: Path, cache: Path, line: str) -> None:
    path = wheel(wheelhouse, "aa")
    with pytest.raises(BundleError, match=r"wheel .*lies on this machine.*publish it to an index"):
        listed(tree({"requirements.txt": line.format(path, path.name)}), cache)


def test_a_wheel_by_its_address_is_listed(tree: Tree, indexes: Indexes, cache: Path) -> None:
    root, address = indexes
    path = wheel(root / "public", "aa")
    where = f"aa @ {address}/public/files/{path.name}"
    text = listed(tree({"requirements.txt": where}), cache)
    assert re.fullmatch(rf"--only-binary :all:\n{re.escape(where)} \\\n    --hash=sha256:[0-9a-f]{{64}}\n", text)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("--no-index", "takes packages from this machine"),
        ("--find-links ../wheelhouse", "takes packages from this machine"),
        ("--extra-index-url https://me:secret@example.com/simple", "an index with a secret in its address"),
        ("--extra-index-url https://${TOKEN}.example.com/simple", "an index with a secret in its address"),
    ],
)
def test_an_index_that_only_this_machine_can_ask_is_refused(
    tree: Tree, wheelhouse: Path, cache: Path, line: str, reason: str
) -> None:
    wheel(wheelhouse, "aa")
    with pytest.raises(BundleError, match=rf"requirements\.txt .*{reason}") as caught:
        listed(tree({"requirements.txt": f"{line}\naa\n"}), cache)
    assert "me:secret" not in str(caught.value)


def test_the_indexes_of_a_project_are_named(tree: Tree, indexes: Indexes, cache: Path) -> None:
    root, address = indexes
    wheel(root / "corp", "private-lib", "3.0")
    wheel(root / "public", "aa")
    code = tree({"pyproject.toml": served(address, dependencies='["private-lib", "aa"]', corporate=True)})
    text = listed(code, cache)
    assert text.startswith(
        f"--index-url {address}/public/simple\n--extra-index-url {address}/corp/simple\n--only-binary :all:\naa==1.0"
    )


def test_nothing_to_install_is_no_file(tree: Tree, cache: Path) -> None:
    assert listed(tree({"a.py": "", "requirements.txt": "sls-infra\n"}), cache) == ""


def test_what_the_platform_needs_is_installed_too(tree: Tree, indexes: Indexes, cache: Path) -> None:
    root, address = indexes
    wheel(root / "public", "aa")
    wheel(root / "public", "worker", requires=["cc"])
    wheel(root / "public", "cc")
    code = tree({"a.py": "", "requirements.txt": asking(address, "aa")})
    bundle = build(spec_of(code, platform_requirements=("worker",), dependencies_in=".python_packages/x"), cache=cache)
    assert {name.split("/")[2] for name in names(bundle) if name.startswith(".python_packages/x/")} >= {
        "aa", "cc", "worker"
    }  # fmt: skip


def test_the_platform_alone_is_a_request_of_its_own(tree: Tree) -> None:
    request = requirements.find(tree({}), None, ("worker==7.0",))
    assert request is not None
    assert request.label == "the platform's own requirements"
