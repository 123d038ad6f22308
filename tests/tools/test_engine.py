"""Getting an engine, with programs that pretend to be `pulumi`, the installer and Go."""

from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.processes import eventually, running
from tools.engine import __main__ as command_line
from tools.engine import found, gobuild, installer, obtain
from tools.engine.command import run
from tools.engine.place import VERSION, Engine, EngineError, Place, parse_version

HOST = "pulumi-language-python"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "checkout"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The one folder on PATH, for the code under test."""
    folder = tmp_path / "path"
    folder.mkdir()
    return folder


def program(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def pulumi(folder: Path, version: str = f"v{VERSION}") -> Path:
    return program(folder / "pulumi", f"echo {version}")


def out_of_reach(staging: Path, log: Path) -> Path:
    raise EngineError("out of reach")


class Source:
    """Makes an engine, and counts how often."""

    def __init__(self, text: str = f"echo v{VERSION}") -> None:
        self.text = text
        self.made = 0

    def __call__(self, staging: Path, log: Path) -> Path:
        self.made += 1
        program(staging / "out" / "pulumi", self.text)
        return staging / "out"


def get(root: Path, path: Path, *sources: obtain.Source) -> Engine:
    return obtain.obtain(root, search=str(path), sources=[(f"source {i}", each) for i, each in enumerate(sources)])


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.200.0", (3, 200, 0)),
        ("3.201.4-alpha.17+dirty\n", (3, 201, 4)),
        ("3.200", None),
        ("pulumi: not found", None),
        ("", None),
    ],
)
def test_versions(text: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(text) == version


def test_what_is_on_path_is_taken_as_it_is(root: Path, path: Path) -> None:
    pulumi(path, "v3.210.1")
    program(path / HOST, "")
    engine = get(root, path)
    assert (engine.bin, engine.version) == (path, "3.210.1")
    assert not root.exists()


def test_without_a_language_host_on_path_a_stand_in_is_put_beside_a_link(root: Path, path: Path) -> None:
    theirs = pulumi(path)
    engine = get(root, path)
    assert engine.bin == root / ".sls" / "engine" / "linked"
    assert (engine.bin / "pulumi").resolve() == theirs
    assert os.access(engine.bin / HOST, os.X_OK)
    assert not (path / HOST).exists()
    assert get(root, path) == engine

    program(path / HOST, "")  # the official one comes along
    assert get(root, path).bin == path


@pytest.mark.parametrize("text", ["echo v3.100.0", "echo 'cannot run' >&2; exit 3", "echo dev", "exec nowhere"])
def test_an_unusable_pulumi_on_path_is_passed_over(root: Path, path: Path, text: str) -> None:
    program(path / "pulumi", text)
    source = Source()
    assert get(root, path, source).bin == root / ".sls" / "engine" / "bin"
    assert source.made == 1


def test_an_engine_is_made_once(root: Path, path: Path) -> None:
    source = Source()
    first = get(root, path, out_of_reach, source)
    assert first.bin == root / ".sls" / "engine" / "bin"
    assert "source 1" in first.source
    assert sorted(file.name for file in first.bin.iterdir()) == ["pulumi", HOST]
    assert not (root / ".sls" / "engine" / "staging").exists()

    again = get(root, path, out_of_reach, source)
    assert again.bin == first.bin
    assert source.made == 1
    # Even if its folder is on PATH already, it counts only by its stamp.
    (root / ".sls" / "engine" / "stamp.json").unlink()
    get(root, Path(f"{path}{os.pathsep}{first.bin}"), source)
    assert source.made == 2


@pytest.mark.parametrize("damage", ["no stamp", "garbled stamp", "cut off", "not executable", "gone", "too old"])
def test_half_an_engine_is_not_taken_for_one(root: Path, path: Path, damage: str) -> None:
    place = Place(root)
    source = Source()
    get(root, path, source)
    match damage:
        case "no stamp":
            place.stamp.unlink()
        case "garbled stamp":
            place.stamp.write_text("{")
        case "cut off":
            place.pulumi.write_bytes(place.pulumi.read_bytes()[:10])
        case "not executable":
            place.pulumi.chmod(0o644)
        case "gone":
            place.pulumi.unlink()
        case "too old":
            stamp = json.loads(place.stamp.read_text())
            place.stamp.write_text(json.dumps({**stamp, "version": "3.1.0"}))
    with pytest.raises(EngineError):
        found.own(place)
    get(root, path, source)
    assert source.made == 2
    assert found.own(place) == VERSION


def test_what_does_not_answer_is_not_put_in_place(root: Path, path: Path) -> None:
    with pytest.raises(EngineError, match="does not answer"):
        get(root, path, Source("echo segmentation fault >&2; exit 139"))
    assert not Place(root).pulumi.exists()
    assert not Place(root).stamp.exists()


def test_the_stand_in_leaves_when_the_official_host_is_there(root: Path, path: Path) -> None:
    get(root, path, Source())
    assert (Place(root).bin / HOST).exists()
    program(path / HOST, "")
    get(root, path)
    assert not (Place(root).bin / HOST).exists()


def test_two_runs_at_once_make_one_engine(root: Path, path: Path) -> None:
    source = Source(f"sleep 0.3; echo v{VERSION}")
    found_by: list[Path] = []
    threads = [threading.Thread(target=lambda: found_by.append(get(root, path, source).bin)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found_by == [Place(root).bin] * 3
    assert source.made == 1


def test_where_nothing_works_the_command_says_what_to_do(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program(path / "pulumi", "echo v3.7.0")
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(obtain, "SOURCES", (("the installer", out_of_reach), ("a build", out_of_reach)))
    assert command_line.main(["--print-bin", "--root", str(root)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    for part in ("v3.7.0", "the installer: out of reach", "a build: out of reach", "www.pulumi.com", "go.dev"):
        assert part in said.err
    assert "Traceback" not in said.err


def test_the_command_prints_the_folder_alone(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi(path)
    program(path / HOST, "")
    monkeypatch.setenv("PATH", f"{path}{os.pathsep}{os.environ['PATH']}")
    assert command_line.main(["--print-bin", "--root", str(root)]) == 0
    assert capsys.readouterr().out == f"{path}\n"


def test_it_runs_before_anything_is_installed(root: Path, path: Path) -> None:
    pulumi(path)
    program(path / HOST, "")
    checkout = Path(command_line.__file__).parents[2]
    argv = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(checkout)!r})\n"
            "import runpy; runpy.run_module('tools.engine', run_name='__main__', alter_sys=True)",
            "--print-bin", "--root", str(root)]  # fmt: skip
    env = {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=env)
    assert (result.returncode, result.stdout) == (0, f"{path}\n"), result.stderr


class TestInstaller:
    @pytest.fixture
    def url(self) -> Iterator[str]:
        """An installer, which takes the official one's options."""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                script = (
                    '#!/bin/sh\nset -e\n[ "$1 $3 $5" = "--version --install-root --no-edit-path" ]\n'
                    'mkdir -p "$4/bin"\n'
                    'for each in pulumi pulumi-language-python; do printf "#!/bin/sh\\necho v%s\\n" "$2" '
                    '> "$4/bin/$each"; chmod +x "$4/bin/$each"; done\n'
                )
                answers = {
                    "/": script,
                    "/page": "<html>log in here</html>",
                    "/broken": "#!/bin/sh\necho no disk; exit 7",
                }
                body = answers[self.path].encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)
        server.server_close()

    def test_it_installs_engine_and_language_host(self, root: Path, path: Path, url: str) -> None:
        engine = get(root, path, lambda staging, log: installer.install(staging, log, url=f"{url}/"))
        assert engine.version == VERSION
        assert "stand-in" not in engine.source
        assert (engine.bin / HOST).read_text() == f"#!/bin/sh\necho v{VERSION}\n"

    def test_a_proxy_page_is_no_installer(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(EngineError, match="no script"):
            installer.install(tmp_path / "staging", tmp_path / "log", url=f"{url}/page")

    def test_its_failure_is_shown(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(EngineError, match=r"exit code 7(.|\n)*no disk"):
            installer.install(tmp_path / "staging", tmp_path / "log", url=f"{url}/broken")

    def test_no_network(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="out of reach"):
            installer.install(tmp_path / "staging", tmp_path / "log", url="http://127.0.0.1:9/")

    def test_a_network_that_swallows_everything(self, tmp_path: Path) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            with pytest.raises(EngineError, match="out of reach"):
                installer.install(tmp_path / "staging", tmp_path / "log", url=url, reach=0.3)


class TestGo:
    GO = """
case "$1" in
    list) echo "go: downloading x v1" >&2; echo a; echo b; echo c ;;
    build) cat go.mod > /dev/null; echo "$GOFLAGS/$GOWORK/$CGO_ENABLED/$GOOS" > "$(dirname "$7")/../environment"
           printf '%s\\n' "$@" > "$(dirname "$7")/../arguments"
           mkdir -p "$(dirname "$7")"; printf '#!/bin/sh\\necho v3.200.0\\n' > "$7"; chmod +x "$7" ;;
esac
"""

    def test_the_exact_version_is_built(self, root: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GOFLAGS", "-mod=vendor")
        monkeypatch.setenv("GOOS", "plan9")
        go = program(path / "go", self.GO)
        kept: list[str] = []

        def build(staging: Path, log: Path) -> Path:
            staging.mkdir(parents=True)
            (staging / "built").mkdir()
            made = gobuild.build(staging, log, go=str(go))
            kept.extend((staging / "arguments").read_text().splitlines())
            kept.append((staging / "environment").read_text().strip())
            assert "require github.com/pulumi/pulumi/pkg/v3 v3.200.0" in (staging / "module" / "go.mod").read_text()
            return made

        assert get(root, path, build).version == VERSION
        assert kept[-2:] == [gobuild.PACKAGE, "-mod=mod -buildvcs=false/off/0/"]
        assert f"-X {gobuild.VERSION_VARIABLE}={VERSION}" in kept[kept.index("-ldflags") + 1]

    def test_a_build_that_fails_shows_its_last_words(self, tmp_path: Path, path: Path) -> None:
        go = program(path / "go", "echo 'go: proxy answers 403' >&2; exit 1")
        with pytest.raises(EngineError, match="proxy answers 403"):
            gobuild.build(tmp_path / "staging", tmp_path / "log", go=str(go))

    def test_the_module_and_the_version_agree(self) -> None:
        module = Path(gobuild.__file__).with_name("go.mod").read_text()
        assert f"pulumi/pkg/v3 v{VERSION}\n" in module

    def test_progress_is_counted(self) -> None:
        said = "go: downloading x v1\nfmt\nnet/http\n"
        assert gobuild._packages(said, 10) == "2 of 10 packages"


class TestCommand:
    def test_progress_is_told_while_it_runs(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        def progress(said: str) -> str:
            if "one" in said:
                (tmp_path / "seen").touch()
            return f"{len(said.splitlines())} of 2"

        script = "echo one; until [ -e seen ]; do sleep 0.05; done; echo two"
        said = run(
            ["sh", "-c", script], log=tmp_path / "log", what="counting", progress=progress, timeout=60,
            cwd=tmp_path, interval=0.1,
        )  # fmt: skip
        assert said.splitlines() == ["one", "two"]
        assert "engine: counting: 1 of 2 (" in capsys.readouterr().err
        assert (tmp_path / "log").read_text() == f"$ sh -c {script}\none\ntwo\n"

    def test_it_ends_with_all_that_it_started_when_time_is_up(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="not done after"):
            run(
                ["sh", "-c", "sleep 60 & echo $! > pid; wait"],
                log=tmp_path / "log", what="waiting", progress=str, timeout=0.5, cwd=tmp_path, interval=0.1,
            )  # fmt: skip
        child = int((tmp_path / "pid").read_text())
        eventually(lambda: not running(child))

    def test_what_does_not_start_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="does not start"):
            run(["./nowhere"], log=tmp_path / "log", what="x", progress=str, timeout=5, cwd=tmp_path)
