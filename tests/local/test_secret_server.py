"""Secrets over a socket: each function its own, no other's, wherever the socket has to lie."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sls_infra.errors import LocalError
from sls_infra.local import secret_server
from sls_infra.local.secret_server import MAX_PATH, SOCKET, SecretServer, granted
from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.services.local import VARIABLE, Services

VALUES = {"demo/dev/db": "p4ss", "demo/dev/api": "k3y", "demo/dev/ring": '{"digest": "mobile"}'}


def env(*names: str, **ways: object) -> dict[str, str]:
    """What a deployment tells a function that is given these secrets."""
    known = {"secrets": {name: f"demo/dev/{name}" for name in names}, "ways": ways}
    return {"LEVEL": "info", "SLS_DEPLOYED": json.dumps(known)}


@pytest.fixture
def values() -> dict[str, str]:
    return dict(VALUES)


@pytest.fixture
def server(tmp_path: Path, values: dict[str, str]) -> Iterator[SecretServer]:
    def read(ref: str) -> str:
        if ref not in values:
            raise LocalError(f"there is no secret {ref!r}")
        return values[ref]

    server = SecretServer(read, tmp_path / "gateway")
    yield server
    server.close()


def asking(server: SecretServer, *names: str, function: str = "shop") -> Services:
    return Services(server.environment(function, env(*names)))


def test_a_function_is_given_what_it_was_linked_to(server: SecretServer, values: dict[str, str]) -> None:
    shop = asking(server, "db")
    assert shop.secret("demo/dev/db") == "p4ss"
    values["demo/dev/db"] = "rotated"
    assert shop.secret("demo/dev/db") == "rotated"
    assert shop.fresh <= 1


def test_and_nothing_else(server: SecretServer) -> None:
    shop, desk = asking(server, "db"), asking(server, "api", function="desk")
    for ref in ("demo/dev/api", "demo/dev/nothing", "", "../db"):
        with pytest.raises(ServiceError, match="this function was not given it"):
            shop.secret(ref)
    with pytest.raises(ServiceError, match="was not given it"):
        desk.secret("demo/dev/db")


@pytest.mark.parametrize("token", ["", "x", "0" * 64])
def test_a_token_that_is_none_opens_nothing(server: SecretServer, token: str) -> None:
    _, _, path = server.environment("shop", env("db"))[VARIABLE].partition("@")
    with pytest.raises(ServiceError, match="was not given it"):
        Services({VARIABLE: f"{token}@{path}"}).secret("demo/dev/db")


def test_keyrings_of_the_ways_in_are_given_too(server: SecretServer) -> None:
    ways = {"api-key": {"keyring": "demo/dev/ring"}, "jwt": {"issuer": "i"}}
    shop = Services(server.environment("shop", env(**ways)))
    assert shop.secret("demo/dev/ring") == VALUES["demo/dev/ring"]


def test_without_secrets_there_is_no_socket(server: SecretServer, tmp_path: Path) -> None:
    assert server.environment("shop", {}) == server.environment("shop", env()) == {}
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ServiceError, match="was given no secrets"):
        Services({}).secret("demo/dev/db")


def test_the_variable_is_the_same_for_the_same_secrets(server: SecretServer) -> None:
    """Or a reload would start the function's processes anew."""
    first = server.environment("shop", env("db", "api"))
    assert server.environment("shop", env("api", "db")) == first
    assert server.environment("desk", env("db", "api")) != first
    assert server.environment("shop", env("db")) != first


def test_what_the_server_can_not_read_is_an_error_in_its_words(server: SecretServer, values: dict[str, str]) -> None:
    shop = asking(server, "db")
    del values["demo/dev/db"]
    with pytest.raises(ServiceError, match="there is no secret 'demo/dev/db'"):
        shop.secret("demo/dev/db")


@pytest.mark.parametrize(
    "line",
    [b"\n", b"", b"{}\n", b"[]\n", b"[" * 9000 + b"\n", b"\xff\n", b"x" * 100_000, b'{"token": [], "secret": {}}\n'],
)
def test_any_question_is_outlived(server: SecretServer, line: bytes) -> None:
    shop = asking(server, "db")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.settimeout(10)
        other.connect(server.environment("shop", env("db"))[VARIABLE].partition("@")[2])
        try:
            other.sendall(line)
            other.shutdown(socket.SHUT_WR)
            answer = other.recv(1 << 16)
        except OSError:
            answer = b""
    assert b"p4ss" not in answer
    assert shop.secret("demo/dev/db") == "p4ss"


def test_many_ask_at_once(server: SecretServer) -> None:
    shop = asking(server, "db")
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(shop.secret, ["demo/dev/db"] * 200)) == {"p4ss"}


def test_the_socket_is_this_users_alone_and_goes_with_the_server(server: SecretServer, tmp_path: Path) -> None:
    shop = asking(server, "db")
    assert stat.S_IMODE((tmp_path / "gateway").stat().st_mode) == 0o700
    assert (tmp_path / "gateway" / SOCKET).is_socket()
    server.close()
    assert list((tmp_path / "gateway").iterdir()) == []
    with pytest.raises(ServiceError, match="while asking the gateway"):
        shop.secret("demo/dev/db")


def test_a_socket_that_a_killed_server_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / SOCKET).touch()
    server = SecretServer(VALUES.__getitem__, tmp_path)
    assert asking(server, "db").secret("demo/dev/db") == "p4ss"
    server.close()


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder too deep for a socket, beside the system's folder for temporary files."""
    temporary = Path("/tmp") / f"sls-test-{os.getpid()}"  # pytest's own are too deep
    temporary.mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield tmp_path / ("x" * 50) / ("ü" * 50)
    for path in sorted(temporary.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    temporary.rmdir()


def test_a_folder_too_deep_for_a_socket(deep: Path) -> None:
    server = SecretServer(VALUES.__getitem__, deep)
    given = server.environment("shop", env("db"))
    path = Path(given[VARIABLE].partition("@")[2])
    assert len(os.fsencode(path)) <= MAX_PATH
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert Services(given).secret("demo/dev/db") == "p4ss"
    again = SecretServer(VALUES.__getitem__, deep)  # the one before it was killed
    assert Services(again.environment("shop", env("db"))).secret("demo/dev/db") == "p4ss"
    again.close()
    assert not path.parent.exists()
    server.close()


def test_a_folder_that_somebody_else_prepared_is_refused(deep: Path, tmp_path: Path) -> None:
    prepared = secret_server._place(deep).parent
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    prepared.symlink_to(elsewhere)
    with pytest.raises(LocalError, match="not a folder of this user alone"):
        SecretServer(VALUES.__getitem__, deep).environment("shop", env("db"))
    prepared.unlink()
    prepared.mkdir(mode=0o777)
    prepared.chmod(0o777)
    with pytest.raises(LocalError, match="not a folder of this user alone"):
        SecretServer(VALUES.__getitem__, deep).environment("shop", env("db"))


@pytest.mark.parametrize("text", ["{", "[]", '{"ways": {"jwt": 1}}', '{"secrets": ["db"]}'])
def test_what_a_deployment_can_not_have_said(text: str) -> None:
    with pytest.raises(LocalError, match="SLS_DEPLOYED can't be read"):
        granted({"SLS_DEPLOYED": text})
