from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sls_infra.bundle import requirements
from sls_infra.bundle.reqfile import name_of
from sls_infra.errors import BundleError

from .wheels import wheel

Tree = Callable[[Mapping[str, str | bytes]], Path]
PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["idna"]\n'
LOCK = """
[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "idna" }]
"""


def kind(code: Path, asked: Path | tuple[str, ...] | None = None) -> str | None:
    found = requirements.find(code, asked)
    return None if found is None else found.kind


def inputs(code: Path, asked: Path | tuple[str, ...] | None = None) -> Mapping[str, str]:
    found = requirements.find(code, asked)
    assert found is not None
    return found.inputs


def test_the_first_of_three_that_is_there(tree: Tree) -> None:
    code = tree({"uv.lock": LOCK, "pyproject.toml": PROJECT, "requirements.txt": "idna\n"})
    assert kind(code) == "lock"
    (code / "uv.lock").unlink()
    assert kind(code) == "project"
    (code / "pyproject.toml").unlink()
    assert kind(code) == "file"
    (code / "requirements.txt").unlink()
    assert kind(code) is None


def test_folders_above_are_not_searched(tree: Tree) -> None:
    code = tree({"uv.lock": LOCK, "pyproject.toml": PROJECT, "requirements.txt": "idna\n", "src/a.py": ""})
    assert kind(code / "src") is None


def test_a_file_or_a_list_comes_first(tree: Tree) -> None:
    code = tree({"uv.lock": LOCK, "pyproject.toml": PROJECT, "more/prod.txt": "idna\n"})
    assert kind(code, code / "more/prod.txt") == "file"
    assert kind(code, Path("more/prod.txt")) == "file"
    assert kind(code, Path("pyproject.toml")) == "project"
    assert kind(code, ("idna",)) == "list"
    assert kind(code, ()) is None
    with pytest.raises(BundleError, match=r"not a file: .*gone\.txt"):
        kind(code, Path("gone.txt"))


@pytest.mark.parametrize(
    "pyproject",
    [
        "[tool.ruff]\nline-length = 100\n",
        '[project]\nname = "shop"\nversion = "1"\n',
        "project = 3\n[tool.poetry.dependencies]\nidna = '*'\n",
    ],
)
def test_a_pyproject_for_tools_gives_way_to_requirements_txt(tree: Tree, pyproject: str) -> None:
    assert kind(tree({"pyproject.toml": pyproject, "requirements.txt": "idna\n"})) == "file"


def test_a_project_without_dependencies_needs_none(tree: Tree) -> None:
    empty = '[project]\nname = "shop"\nversion = "1"\ndependencies = []\n'
    assert kind(tree({"pyproject.toml": empty, "requirements.txt": "idna\n"})) is None


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"pyproject.toml": "[project\n"}, "not valid TOML"),
        ({"pyproject.toml": '[project]\nname = "a"\ndynamic = ["dependencies"]\n'}, "dynamic"),
        ({"pyproject.toml": '[project]\nname = "a"\ndependencies = "idna"\n'}, "not a list of strings"),
        ({"pyproject.toml": "[tool.poetry.dependencies]\nidna = '*'\n"}, r"\[tool.poetry\] only"),
        ({"uv.lock": LOCK}, r"no pyproject\.toml beside it"),
        ({"uv.lock": LOCK, "pyproject.toml": PROJECT.replace("idna", "B_c>=4")}, "does not know b-c; run `uv lock`"),
        ({"requirements.txt": "-e ../lib\n"}, r"editable install \(../lib\)"),
        ({"requirements.txt": "--editable=../lib\n"}, r"editable install \(../lib\)"),
        ({"requirements.txt": "-r base.txt\n"}, r"base\.txt can't be read: No such file"),
        ({"requirements.txt": "-r base.txt\n", "base.txt": "-c gone.txt\n"}, r"gone\.txt can't be read"),
        ({"requirements.txt": b"\xff\xfe"}, "not UTF-8"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(tree: Tree, files: dict[str, str | bytes], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        kind(tree(files))


@pytest.mark.parametrize("line", ["-e .", "--index-url https://example.com", "-r base.txt", "idna\nattrs"])
def test_a_list_takes_requirements_only(tree: Tree, line: str) -> None:
    with pytest.raises(BundleError, match="is no requirement"):
        kind(tree({}), (line,))


@pytest.mark.parametrize("ours", ["sls-infra", "sls_infra[local]>=0.1", " SLS.Infra ; python_version > '3'"])
def test_our_own_library_alone_is_nothing_to_install(tree: Tree, ours: str) -> None:
    code = tree(
        {
            "requirements.txt": f"# the library\n{ours}\n",
            "pyproject.toml": f'[project]\nname="a"\ndependencies=["{ours}"]\n',
        }
    )
    assert kind(code) is None
    assert kind(code, Path("requirements.txt")) is None
    assert kind(code, (ours,)) is None
    assert kind(code, (ours, "idna")) == "list"


def test_constraints_alone_ask_for_nothing(tree: Tree) -> None:
    assert (
        kind(tree({"requirements.txt": "-c limits.txt\n", "limits.txt": "-r more.txt\nidna<4\n", "more.txt": "a\n"}))
        is None
    )


def test_every_file_with_a_say_counts(tree: Tree, tmp_path: Path) -> None:
    code = tree(
        {
            "requirements.txt": "-r more/base.txt\n--constraint=limits.txt\nidna \\\n  >=3 # why\n"
            "./wheels/a-1.0-py3-none-any.whl\n",
            "more/base.txt": "-rdeep.txt\nattrs\n-r base.txt\n",
            "more/deep.txt": "-r https://example.com/r.txt\n-r ${HOME}/r.txt\n",
            "limits.txt": "urllib3<3\n",
        }
    )  # fmt: skip
    wheel(code / "wheels", "a")
    before = inputs(code)
    assert set(before) == {
        "requirements.txt", "more/base.txt", "more/deep.txt", "limits.txt", "a-1.0-py3-none-any.whl"
    }  # fmt: skip
    for name in before:
        path = code / ("wheels/" + name if name.endswith(".whl") else name)
        content = path.read_bytes()
        path.write_bytes(content + b"\n# changed")
        assert inputs(code) != before, name
        path.write_bytes(content)
    assert inputs(code) == before


@pytest.mark.parametrize("form", ["{path}", "a @ file://{path}", "a @ {path}", "a@file:{path} ; python_version > '3'"])
def test_a_wheel_of_a_list_counts(tree: Tree, tmp_path: Path, form: str) -> None:
    path = wheel(tmp_path / "wheels", "a", files={"a.py": "x = 1"})
    asked = (form.format(path=path),)
    before = inputs(tree({}), asked)
    assert len(before) == 2
    wheel(tmp_path / "wheels", "a", files={"a.py": "x = 2"})
    assert inputs(tree({}), asked) != before


def test_indexes_of_a_requirements_file_are_found_again(tree: Tree) -> None:
    code = tree(
        {
            "requirements.txt": "-i https://example.com/simple\n--extra-index-url=https://${USER}@example.org/simple\n"
            "-r more/base.txt\n--no-index\n--pre\nidna\n",
            "more/base.txt": "-f ../wheels\n--find-links https://example.com/wheels\n",
            "wheels/x": "",
        }
    )
    found = requirements.find(code, None)
    assert found is not None
    assert found.options == (
        "-i https://example.com/simple",
        "--extra-index-url https://${USER}@example.org/simple",
        f"-f {code}/more/../wheels",
        "--find-links https://example.com/wheels",
        "--no-index",
    )


def test_indexes_that_uv_asks_only_for_packages_that_name_them(tree: Tree) -> None:
    indexes = """
    [[tool.uv.index]]
    name = "corp"
    url = "https://example.com/simple"
    explicit = true
    [[tool.uv.index]]
    name = "all"
    url = "https://example.org/simple"
    """
    found = requirements.find(tree({"pyproject.toml": PROJECT + indexes}), None)
    assert found is not None
    assert found.indexes == ("corp=https://example.com/simple",)


@pytest.mark.parametrize(
    ("requirement", "name"),
    [("idna", "idna"), ("Foo_.-Bar [x] >=1", "foo-bar"), ("a@ file:///x", "a"), ("./x.whl", ""), ("", "")],
)
def test_names_are_normalized(requirement: str, name: str) -> None:
    assert name_of(requirement) == name
