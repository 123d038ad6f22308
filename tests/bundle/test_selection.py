from __future__ import annotations

import os
import socket
import subprocess
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sls_infra.bundle.selection import select
from sls_infra.errors import BundleError

Tree = Callable[[Mapping[str, str | bytes]], Path]


def names(code: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    return [source.name for source in select(code, include, exclude)]


def test_takes_everything_but_the_defaults(tree: Tree) -> None:
    code = tree(
        {
            "shop/api.py": "",
            "shop/__pycache__/api.cpython-312.pyc": "",
            "shop/old.pyc": "",
            "shop/templates/a.html": "",
            "tests/test_api.py": "",
            ".git/HEAD": "",
            ".venv/lib/x.py": "",
            ".env": "PASSWORD=1",
            "shop/.env.local": "PASSWORD=1",
            ".hidden": "",
            "Pulumi.dev.yaml": "",
            "data/Pulumi.dev.yaml": "",
            "pyproject.toml": "",
            "uv.lock": "",
            "cert.pem": "-----BEGIN CERTIFICATE-----",
            "shop.egg-info/PKG-INFO": "",
        }
    )
    assert names(code) == [
        ".hidden", "cert.pem", "data/Pulumi.dev.yaml", "pyproject.toml", "shop/api.py", "shop/templates/a.html",
        "tests/test_api.py",
    ]  # fmt: skip


def test_include_and_exclude(tree: Tree) -> None:
    code = tree({"shop/api.py": "", "shop/data.csv": "", "tools/x.py": "", "readme.md": "", "shop/big/x.bin": ""})
    assert names(code, include=("shop/",), exclude=("*.csv", "shop/big/")) == ["shop/api.py"]
    assert names(code, include=("*.md", "tools")) == ["readme.md", "tools/x.py"]
    assert names(code, include=("*.py",), exclude=("/tools",)) == ["shop/api.py"]


def test_a_default_can_be_taken_back(tree: Tree) -> None:
    code = tree({".env.example": "", ".env": "", "a.py": ""})
    assert names(code, exclude=("!.env.example",)) == [".env.example", "a.py"]


def test_an_include_that_takes_nothing_is_an_error(tree: Tree) -> None:
    with pytest.raises(BundleError, match="takes no file"):
        names(tree({"a.py": ""}), include=("src/",))


def test_a_virtual_environment_is_known_by_its_marker(tree: Tree) -> None:
    assert names(tree({"a.py": "", "my-env/pyvenv.cfg": "", "my-env/lib/b.py": ""})) == ["a.py"]


def test_missing_code_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not a folder"):
        names(tmp_path / "nowhere")


def test_links_inside_are_followed(tree: Tree) -> None:
    code = tree({"shared/util.py": "x = 1", "shop/api.py": ""})
    (code / "shop/util.py").symlink_to("../shared/util.py")
    (code / "shop/lib").symlink_to(code / "shared")
    sources = {source.name: source for source in select(code, (), ())}
    assert sources["shop/util.py"].read() == sources["shop/lib/util.py"].read() == b"x = 1"


def test_code_may_itself_be_a_link(tree: Tree, tmp_path: Path) -> None:
    code = tree({"a.py": ""})
    (tmp_path / "link").symlink_to(code)
    assert names(tmp_path / "link") == ["a.py"]


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside.txt", "../outside"])
def test_a_link_that_leaves_is_refused(tree: Tree, tmp_path: Path, target: str) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    (tmp_path / "outside").mkdir()
    code = tree({"a.py": ""})
    (code / "b").symlink_to(target)
    with pytest.raises(BundleError, match="b is a link that leaves"):
        names(code)
    assert names(code, exclude=("b",)) == ["a.py"]


def test_a_link_of_a_link_that_leaves_is_refused(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.txt").write_text("secret")
    code = tree({"a/x.py": ""})
    (code / "a/inner").symlink_to("../b")
    (code / "b").symlink_to("../outside")
    with pytest.raises(BundleError, match="leaves"):
        names(code)


def test_a_link_to_nowhere_is_refused(tree: Tree) -> None:
    code = tree({"a.py": ""})
    (code / "b.py").symlink_to("gone.py")
    with pytest.raises(BundleError, match=r"b\.py is a link that leads nowhere \(to gone\.py\)"):
        names(code)


@pytest.mark.parametrize("target", [".", ".."])
def test_a_link_to_a_folder_around_it_is_refused(tree: Tree, target: str) -> None:
    code = tree({"a/b/c.py": ""})
    (code / "a/b/loop").symlink_to(target)
    with pytest.raises(BundleError, match="a/b/loop is a link to a folder that it lies in"):
        names(code)


def test_links_that_take_turns_end(tree: Tree) -> None:
    code = tree({"a/x.py": "", "b/y.py": ""})
    (code / "a/to_b").symlink_to("../b")
    (code / "b/to_a").symlink_to("../a")
    with pytest.raises(BundleError, match="lies in"):
        names(code)


def test_unicode_names_are_composed(tree: Tree) -> None:
    decomposed = unicodedata.normalize("NFD", "café/menü.py")
    code = tree({decomposed: "", "日本.txt": ""})
    assert names(code) == ["café/menü.py", "日本.txt"]
    assert names(code, exclude=(unicodedata.normalize("NFD", "menü.py"),)) == ["日本.txt"]


def test_names_that_compose_to_one_are_refused(tree: Tree) -> None:
    both = {unicodedata.normalize(form, "é.py"): form for form in ("NFC", "NFD")}
    code = tree(both)
    if len(list(code.iterdir())) == 1:
        pytest.skip("this file system composes names")
    with pytest.raises(BundleError, match="two files are named é"):
        names(code)


@pytest.mark.parametrize("pair", [("Api.py", "api.py"), ("Shop/a.py", "shop/b.py"), ("shop", "Shop/a.py")])
def test_names_that_differ_in_case_are_refused(tree: Tree, pair: tuple[str, str]) -> None:
    code = tree(dict.fromkeys(pair, ""))
    if len(list(code.rglob("*.py"))) + (code / "shop").is_file() < 2:
        pytest.skip("this file system ignores case")
    with pytest.raises(BundleError, match="one name where case is ignored"):
        names(code)


@pytest.mark.parametrize("name", ["a\\b.py", "a\nb.py", "a\x7f.py"])
def test_names_that_no_zip_should_hold_are_refused(tree: Tree, name: str) -> None:
    with pytest.raises(BundleError, match="backslash or a control character"):
        names(tree({name: ""}))


def test_a_name_that_is_not_utf8_is_refused(tree: Tree) -> None:
    code = tree({"a.py": ""})
    try:
        Path(os.fsdecode(os.fsencode(code) + b"/\xff.py")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    with pytest.raises(BundleError, match="not a file name in UTF-8"):
        names(code)
    assert names(code, exclude=("?.py", "!a.py")) == ["a.py"]


def test_what_is_no_file_is_refused(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tree({"a.py": ""})
    monkeypatch.chdir(code)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        with pytest.raises(BundleError, match="s is neither a file nor a folder"):
            names(code)
        assert names(code, exclude=("/s",)) == ["a.py"]


def test_what_cannot_be_read_is_told(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tree({"a.py": ""})

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BundleError, match=r"a\.py can't be read: Permission denied"):
        names(code)


def private_key(folder: Path) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_private_key_is_refused_unless_meant(tree: Tree, tmp_path: Path) -> None:
    code = tree({"a.py": "", "keys/signing.pem": private_key(tmp_path)})
    with pytest.raises(BundleError, match=r"keys/signing\.pem is a private key"):
        names(code)
    assert names(code, exclude=("keys/signing.pem",)) == ["a.py"]
    assert names(code, exclude=("!keys/signing.pem",)) == ["a.py", "keys/signing.pem"]


def test_a_file_that_changes_meanwhile_is_noticed(tree: Tree) -> None:
    code = tree({"a.py": "1"})
    (source,) = select(code, (), ())
    stamp = (code / "a.py").stat()
    (code / "a.py").write_text("2")
    os.utime(code / "a.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with pytest.raises(BundleError, match=r"a\.py changed while"):
        source.read()
    (code / "a.py").unlink()
    with pytest.raises(BundleError, match=r"a\.py can't be read"):
        source.read()


def test_order_does_not_depend_on_the_file_system(tree: Tree, tmp_path: Path) -> None:
    files = {f"{letter}{number}.py": "" for letter in "abc" for number in range(20)}
    one = tree(files)
    other = tmp_path / "other"
    other.mkdir()
    for name in reversed(list(files)):
        (other / name).touch()
    assert names(one) == names(other) == sorted(files)


def test_matches_what_git_would_list(tree: Tree) -> None:
    """The defaults, read by git as the .gitignore that they claim to be."""
    from sls_infra.bundle.selection import DEFAULT_EXCLUDES

    code = tree(
        {"a.py": "", "b/.env": "", "b/c.pyc": "", "d/node_modules/x.js": "", "Pulumi.yaml": "", "e/uv.lock": ""}
    )
    subprocess.run(["git", "init", "-q", code], check=True)
    (code / ".git/info/exclude").write_text("\n".join(DEFAULT_EXCLUDES))
    listed = subprocess.run(
        ["git", "-C", code, "ls-files", "-o", "--exclude-standard"], check=True, capture_output=True, text=True
    )
    assert names(code) == sorted(listed.stdout.split()) == ["a.py", "e/uv.lock"]
