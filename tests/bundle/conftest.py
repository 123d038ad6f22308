from __future__ import annotations

import hashlib
import http.server
import os
import stat
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from sls_infra.bundle import Bundle, BundleSpec, resolver

from .wheels import wheel

Tree = Callable[..., Path]
API = "from sls_infra.runtime import Response\n\ndef read(request):\n    return Response.json({'ok': True})\n"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def wheelhouse(tmp_path: Path) -> Path:
    return tmp_path / "wheelhouse"


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Make a folder of files, by path; return it."""

    def make(files: Mapping[str, str | bytes], name: str = "code") -> Path:
        root = tmp_path / name
        root.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return make


@dataclass
class CountedUv:
    """The real uv, behind a program that notes how it was called."""

    log: Path

    @property
    def calls(self) -> list[str]:
        """The subcommands so far: `pip install`."""
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CountedUv:
    real = resolver.find()
    log, program = tmp_path / "uv.log", tmp_path / "counted-uv"
    program.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        "words = [word for word in sys.argv[1:] if not word.startswith('-')][:2]\n"
        f"open({str(log)!r}, 'a').write(' '.join(words) + '\\n')\n"
        f"os.execv({real!r}, [{real!r}, *sys.argv[1:]])\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(resolver, "find", lambda: os.fspath(program))
    return CountedUv(log)


def spec_of(code: Path, **fields: object) -> BundleSpec:
    spec = BundleSpec(function="shop", code=code, python="3.12", platform="x86_64-manylinux2014")
    return replace(spec, **fields)  # type: ignore[arg-type]


def names(bundle: Bundle) -> list[str]:
    with zipfile.ZipFile(bundle.path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


@pytest.fixture
def shop(tree: Tree, wheelhouse: Path) -> Path:
    """Code with a dependency, both local."""
    wheel(
        wheelhouse,
        "aa",
        "1.5",
        {"aa/__init__.py": "x = 1\n" * 1000, "aa/run.so": b"\x7fELF" + bytes(500)},
        scripts={"a": "aa:x"},
    )
    requirements = f"--no-index\n--find-links {wheelhouse}\naa\n"
    return tree(
        {"shop/__init__.py": "", "shop/api.py": API, "shop/menü.txt": "1", "requirements.txt": "-r ../wheels.txt\n",
         "../wheels.txt": requirements}
    )  # fmt: skip


class _Index(http.server.BaseHTTPRequestHandler):
    """The simple repository API (PEP 503) over `<root>/<index>/*.whl`, as it is at the moment of a request."""

    root: ClassVar[Path]

    def do_GET(self) -> None:
        self.wfile.write(self.do_HEAD())

    def do_HEAD(self) -> bytes:
        index, kind, name = self.path.strip("/").split("/")
        folder = self.root / index
        content = (folder / name).read_bytes() if kind == "files" else _page(folder, name)
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html" if kind == "simple" else "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return content

    def log_message(self, format: str, *args: object) -> None:
        pass


def _page(folder: Path, package: str) -> bytes:
    links = ""
    for path in folder.glob(f"{package.replace('-', '_')}-*.whl"):
        digest = "" if (folder / "no-hashes").exists() else f"#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}"
        links += f'<a href="../../files/{path.name}{digest}">{path.name}</a>'
    return links.encode()


@pytest.fixture
def indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A folder, each folder in which is served as an index of wheels; and the address of it all."""
    root = tmp_path / "indexes"
    root.mkdir()
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    handler = type("Handler", (_Index,), {"root": root})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield root, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)
