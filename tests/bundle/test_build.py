from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from sls_infra.bundle import Bundle, SizeLimit, build, resolver
from sls_infra.errors import BundleError

from .conftest import Tree, names, spec_of
from .wheels import wheel

MANIFEST = b'{"version": 1}'


def test_code_dependencies_runtime_and_generated_files(shop: Path, cache: Path) -> None:
    bundle = build(spec_of(shop, files={"sls_manifest.json": MANIFEST}, entries=("aws",)), cache=cache)
    found = names(bundle)
    assert found == sorted(found)
    assert {name for name in found if not name.startswith("sls_infra/")} == {
        "aa-1.5.dist-info/METADATA", "aa-1.5.dist-info/WHEEL", "aa-1.5.dist-info/entry_points.txt", "aa/__init__.py",
        "aa/run.so", "requirements.txt", "shop/__init__.py", "shop/api.py", "shop/menü.txt", "sls_manifest.json",
    }  # fmt: skip
    assert {"sls_infra/__init__.py", "sls_infra/runtime/__init__.py", "sls_infra/runtime/dispatch.py"} < set(found)
    with zipfile.ZipFile(bundle.path) as archive:
        assert archive.read("sls_manifest.json") == MANIFEST
        assert len(archive.read("sls_infra/__init__.py").splitlines()) == 1
        assert bundle.unpacked == sum(info.file_size for info in archive.infolist())
    assert bundle.size == bundle.path.stat().st_size
    assert bundle.sha256 == _sha256sum(bundle.path)


def _sha256sum(path: Path) -> str:
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("no sha256sum on this machine")
    return subprocess.run([program, path], check=True, capture_output=True, text=True).stdout.split()[0]


def entry_modules(bundle: Bundle) -> set[str]:
    return {name.rpartition("/")[2] for name in names(bundle) if name.startswith("sls_infra/runtime/entry/")}


def test_only_the_entries_asked_for_and_what_they_import(tree: Tree, cache: Path) -> None:
    code = tree({"a.py": ""})
    assert entry_modules(build(spec_of(code), cache=cache)) == {"__init__.py"}
    local = entry_modules(build(spec_of(code, entries=("local",)), cache=cache))
    aws = entry_modules(build(spec_of(code, entries=("aws",)), cache=cache))
    assert {"__init__.py", "local.py"} <= local
    assert {"__init__.py", "aws.py"} <= aws
    assert "aws.py" not in local
    assert "local.py" not in aws
    with pytest.raises(BundleError, match=r"no entry module 'nimbus'; there is .*aws"):
        build(spec_of(code, entries=("nimbus",)), cache=cache)


@pytest.mark.parametrize(
    ("entries", "platforms"),
    [
        (("aws",), {"aws"}),
        (("azure",), {"azure"}),
        (("local",), {"local"}),
        (("aws_authorizer",), {"aws"}),
        ((), set()),
    ],
)
def test_what_the_runtime_has_once_a_platform_is_the_entries_own(
    tree: Tree, cache: Path, entries: tuple[str, ...], platforms: set[str]
) -> None:
    found = names(build(spec_of(tree({"a.py": ""}), entries=entries), cache=cache))
    inside = [name.removeprefix("sls_infra/runtime/").split("/") for name in found]
    drivers = {parts[1] for parts in inside if parts[0] == "links" and len(parts) > 2}
    services = {parts[1].removesuffix(".py") for parts in inside if parts[0] == "services"}
    assert drivers == platforms
    assert services & {"aws", "azure", "gcp", "local"} == platforms
    assert {"__init__", "cache", "calling"} <= services
    assert {"sls_infra/runtime/events/consumer.py", "sls_infra/runtime/links/tables.py"} <= set(found)


@pytest.mark.parametrize("entry", ["aws", "local"])
def test_the_unpacked_zip_runs_by_itself(shop: Path, cache: Path, tmp_path: Path, entry: str) -> None:
    bundle = build(
        spec_of(shop, entries=(entry,), files={"sls_manifest.json": b'{"version": 1, "routes": []}'}), cache=cache
    )
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(tmp_path / "task")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    script = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "import sls_infra.runtime, aa, shop.api, importlib\n"
        f"importlib.import_module('sls_infra.runtime.entry.{entry}')\n"
        "answer = shop.api.read(None)\n"
        "assert answer.status == 200, answer\n"
        "for name, module in sys.modules.items():\n"
        "    if name.split('.')[0] in ('sls_infra', 'shop', 'aa'):\n"
        "        assert module.__file__.startswith(sys.argv[1]), module\n"
        "print(sls_infra.__doc__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-W", "error", "-c", script, str(tmp_path / "task")],
        cwd=elsewhere, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "runtime of sls-infra" in done.stdout


BUILD = """
import json, sys
from pathlib import Path
from sls_infra.bundle import BundleSpec, build
code, cache = map(Path, sys.argv[1:])
spec = BundleSpec(function="shop", code=code, python="3.12", platform="x86_64-manylinux2014", entries=("aws",),
                  files={"b.json": b"{}", "a.json": b"[]"})
print(build(spec, cache=cache).path)
"""


def build_elsewhere(python: str, code: Path, cache: Path, *, umask: int = 0o022, **environment: str) -> bytes:
    """Build in another process, under other circumstances; return the zip."""
    library = Path(__file__).parents[2]
    path = os.pathsep.join([str(library), sysconfig.get_path("purelib")])
    done = subprocess.run(
        [python, "-c", BUILD, code, cache], env={**os.environ, "PYTHONPATH": path, **environment}, umask=umask,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip()).read_bytes()


def copied_backwards(code: Path, other: Path) -> Path:
    """The same files, made in another order, at other times, with other modes."""
    for number, path in enumerate(sorted(code.rglob("*"), reverse=True)):
        if path.is_file():
            copy = other / path.relative_to(code)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o700 if number % 2 else 0o444)
            os.utime(copy, (number * 1e6, number * 1e6))
    return other


def test_the_same_bytes_under_other_circumstances(shop: Path, tmp_path: Path) -> None:
    here = build_elsewhere(sys.executable, shop, tmp_path / "cache-a", PYTHONHASHSEED="1", TZ="UTC")
    copy = copied_backwards(shop, tmp_path / "somewhere/else/entirely")
    shutil.copy(shop / "../wheels.txt", copy / "../wheels.txt")
    there = build_elsewhere(
        sys.executable, copy, tmp_path / "b" / "cache", umask=0o077, PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C",
        SOURCE_DATE_EPOCH="1700000000", UV_LINK_MODE="hardlink", UV_COMPILE_BYTECODE="1",
    )  # fmt: skip
    assert here == there
    for path in (str(tmp_path), sys.executable, str(Path.home())):
        assert all(path.encode() not in content for content in contents(tmp_path / "b" / "cache"))


def contents(cache: Path) -> list[bytes]:
    (zipped,) = (cache / "bundles").glob("*.zip")
    with zipfile.ZipFile(zipped) as archive:
        return [archive.read(name) for name in archive.namelist()]


def interpreter(version: str) -> str | None:
    """A Python of this version: of pyenv, or one that uv finds."""
    for path in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")):
        return str(path)
    asked = [resolver.find(), "python", "find", "--no-project", "--no-python-downloads", version]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or None


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_the_same_bytes_with_another_python(shop: Path, tmp_path: Path, version: str) -> None:
    other = interpreter(version)
    if other is None:
        pytest.skip(f"no Python {version} on this machine")
    here = build_elsewhere(sys.executable, shop, tmp_path / "cache-a")
    assert here == build_elsewhere(other, shop, tmp_path / "cache-b")


def test_code_without_dependencies_needs_no_uv(tree: Tree, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "find", lambda: pytest.fail("uv was looked for"))
    said: list[str] = []
    assert "a.py" in names(build(spec_of(tree({"a.py": ""})), cache=cache, progress=said.append))
    assert said == []


def test_the_line_goes_to_stderr_by_default(shop: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(spec_of(shop), cache=cache)
    assert capsys.readouterr() == (
        "",
        'function "shop": fetching dependencies for Python 3.12 on x86_64-manylinux2014 (requirements.txt)\n',
    )


def test_dependencies_may_have_a_folder_of_their_own(shop: Path, cache: Path) -> None:
    found = names(build(spec_of(shop, dependencies_in=".python_packages/lib/site-packages"), cache=cache))
    assert ".python_packages/lib/site-packages/aa/__init__.py" in found
    assert "aa/__init__.py" not in found
    assert "sls_infra/runtime/__init__.py" in found


@pytest.mark.parametrize("folder", ["/lib", "../lib", "lib/", "./lib", "a//b"])
def test_a_folder_outside_is_refused(shop: Path, cache: Path, folder: str) -> None:
    with pytest.raises(BundleError, match="is not a folder in the bundle"):
        build(spec_of(shop, dependencies_in=folder), cache=cache)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"sls_infra/x.py": ""}, r"sls_infra/x\.py is where the runtime goes"),
        ({"SLS_Infra/x.py": ""}, r"SLS_Infra/x\.py is where the runtime goes"),
        ({"sls_infra.py": ""}, r"sls_infra\.py is where the runtime goes"),
        ({"sls_infra": ""}, "sls_infra is where the runtime goes"),
        ({"sls_manifest.json": ""}, r"sls_manifest\.json is where the generated file"),
        ({"SLS_manifest.json": ""}, r"SLS_manifest\.json is where the generated file sls_manifest\.json goes"),
        ({"sls_manifest.json/x": ""}, r"sls_manifest\.json/x can't be put below sls_manifest\.json, which is a file"),
        ({"aa/__init__.py": ""}, r"aa/ and aa 1\.5 \(dependency\) both hold aa/__init__\.py"),
        ({"aa": ""}, r"aa/__init__\.py can't be put below aa, which is a file"),
    ],
)
def test_two_things_for_one_place_are_refused(shop: Path, cache: Path, files: dict[str, str], message: str) -> None:
    for name, content in files.items():
        (shop / name).parent.mkdir(exist_ok=True)
        (shop / name).write_text(content)
    with pytest.raises(BundleError, match=f'function "shop": {message}'):
        build(spec_of(shop, files={"sls_manifest.json": MANIFEST}), cache=cache)


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../x", "", ".", "sls_infra/__init__.py"])
def test_a_generated_file_needs_a_place_of_its_own(tree: Tree, cache: Path, name: str) -> None:
    with pytest.raises(BundleError, match="has no place of its own"):
        build(spec_of(tree({"a.py": ""}), files={name: b""}), cache=cache)


def test_a_dependency_that_brings_our_package_is_refused(shop: Path, wheelhouse: Path, cache: Path) -> None:
    wheel(wheelhouse, "impostor", files={"sls_infra/runtime/auth.py": ""})
    with pytest.raises(BundleError, match=r"impostor 1\.0 brings sls_infra/runtime/auth\.py"):
        build(
            spec_of(shop, requirements=(f"impostor @ file://{wheelhouse}/impostor-1.0-py3-none-any.whl",)), cache=cache
        )


def incompressible(size: int) -> bytes:
    return os.urandom(size)


@pytest.fixture
def heavy(tree: Tree, wheelhouse: Path) -> Path:
    """Twelve parts besides the runtime, of known sizes: four dependencies, a folder, files."""
    for number, size in enumerate((90_000, 80_000, 70_000, 100)):
        files = {f"dep{number}/a.bin": incompressible(size // 2), f"dep{number}/b.bin": incompressible(size // 2)}
        wheel(wheelhouse, f"dep{number}", files=files)
    return tree(
        {
            "requirements.txt": f"--no-index\n--find-links {wheelhouse}\ndep0\ndep1\ndep2\ndep3\n",
            "assets/a.bin": incompressible(50_000),
            "assets/deep/b.bin": incompressible(50_000),
            "zeros.bin": bytes(2_000_000),
            **{f"file{number}.bin": incompressible(60_000 + number * 1_000) for number in range(6)},
        }
    )


def listed(error: BundleError) -> list[str]:
    lines = str(error).splitlines()
    return [line.split(maxsplit=2)[2] for line in lines[1:] if not line.startswith("fix:")]


def test_over_the_limit_the_ten_largest_parts_are_named(heavy: Path, cache: Path) -> None:
    limit = SizeLimit(500_000, "AWS Lambda for a zip in a direct upload", "https://example.com/limits")
    for _ in range(2):  # the second time from the cache
        with pytest.raises(BundleError) as caught:
            build(spec_of(heavy, max_zip=limit), cache=cache)
        assert len(listed(caught.value)) == 10
        others = [part for part in listed(caught.value) if "(the runtime)" not in part]
        assert others == [
            "assets/", "dep0 1.0 (dependency)", "dep1 1.0 (dependency)", "dep2 1.0 (dependency)",
            "file5.bin", "file4.bin", "file3.bin", "file2.bin", "file1.bin",
        ]  # fmt: skip
        first, *rows = str(caught.value).splitlines()
        assert first.startswith('function "shop": the zip has ')
        assert first.endswith(
            "over the limit of AWS Lambda for a zip in a direct upload: 488.3 KiB (https://example.com/limits). "
            "Its largest parts:"
        )
        assert next(row for row in rows if "(the runtime)" not in row).split() == ["97.7", "KiB", "assets/"]


def test_unpacked_size_is_counted_unpacked(heavy: Path, cache: Path) -> None:
    limit = SizeLimit(1_000_000, "AWS Lambda, unpacked", "https://example.com/limits")
    with pytest.raises(
        BundleError, match=r"the unpacked bundle has [23]\.\d MiB \([23],\d\d\d,\d\d\d bytes\)"
    ) as caught:
        build(spec_of(heavy, max_unpacked=limit), cache=cache)
    others = [part for part in listed(caught.value) if "(the runtime)" not in part]
    assert others[:3] == ["zeros.bin", "assets/", "dep0 1.0 (dependency)"]
    assert len(listed(caught.value)) == 10


def test_exactly_the_limit_is_taken(heavy: Path, cache: Path) -> None:
    bundle = build(spec_of(heavy), cache=cache)
    for by, accepted in ((0, True), (-1, False)):
        zipped = SizeLimit(bundle.size + by, "x", "y")
        unpacked = SizeLimit(bundle.unpacked + by, "x", "y")
        for spec in (spec_of(heavy, max_zip=zipped), spec_of(heavy, max_unpacked=unpacked)):
            if accepted:
                assert build(spec, cache=cache) == bundle
            else:
                with pytest.raises(BundleError, match="over the limit"):
                    build(spec, cache=cache)
