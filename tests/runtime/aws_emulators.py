"""Servers that stand in for AWS: DynamoDB Local, which is Amazon's own, ElasticMQ, and moto's.

    with running(DYNAMODB) as url: ...

The first two are Java, and come from the Maven registry by its ordinary client, once, into `.sls/`. Nothing of them is
part of this project: DynamoDB Local may be run under Amazon's licence, not passed on. What is missing on this machine
is said by `Missing`.
"""

from __future__ import annotations

import contextlib
import fcntl
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # moto's, of a package that it can do without
    from moto.server import ThreadedMotoServer

ROOT = Path(__file__).parents[2] / ".sls" / "maven"
SOURCES = Path(__file__).parent / "java"
START = 60.0
"""Seconds that a server may take to listen."""
FETCH = 300
"""Seconds that the registry may take."""
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>judges</groupId><artifactId>judges</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>
  </dependency></dependencies>
</project>
"""


class Missing(Exception):
    """The server can't be had on this machine; the message says why."""


@dataclass(frozen=True)
class Emulator:
    """A server from the Maven registry, and the program that starts it."""

    group: str
    artifact: str
    version: str
    program: str

    @property
    def folder(self) -> Path:
        """Where its archives lie."""
        return ROOT / f"{self.artifact}-{self.version}"


DYNAMODB = Emulator("com.amazonaws", "DynamoDBLocal", "2.5.2", "DynamoDb.java")
QUEUES = Emulator("org.elasticmq", "elasticmq-rest-sqs_2.13", "1.6.11", "ElasticMq.java")


@contextlib.contextmanager
def running(emulator: Emulator) -> Iterator[str]:
    """Its URL. It ends with this process, if not before. Raises Missing."""
    folder = fetched(emulator)
    # With the first compiler alone: it starts sooner, and lives for seconds.
    java = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", f"-Djava.library.path={folder}"]
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*java, "-cp", f"{folder}/*", str(SOURCES / emulator.program)],
            cwd=scratch,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        try:
            lines = _lines(process)
            yield f"http://127.0.0.1:{_port(lines, emulator)}"
        finally:
            process.kill()
            process.communicate(timeout=10)


@contextlib.contextmanager
def moto() -> Iterator[str]:
    """The URL of moto's server."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def fetched(emulator: Emulator) -> Path:
    """The folder with its archives, fetched once. Raises Missing."""
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            raise Missing(f"{emulator.artifact} needs {tool}, and there is none on this machine")
    ROOT.mkdir(parents=True, exist_ok=True)
    with (ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not emulator.folder.is_dir():
            _fetch(emulator)
    return emulator.folder


def _fetch(emulator: Emulator) -> None:
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        pom = Path(folder) / "pom.xml"
        pom.write_text(POM.format(group=emulator.group, artifact=emulator.artifact, version=emulator.version))
        target = Path(folder) / "archives"
        command = ["mvn", "-q", "-B", "-f", str(pom), PLUGIN, f"-DoutputDirectory={target}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH, check=False)
        except subprocess.TimeoutExpired:
            raise Missing(f"{emulator.artifact} could not be fetched within {FETCH} s") from None
        if done.returncode:
            raise Missing(f"{emulator.artifact} could not be fetched: {done.stdout.strip()[-500:]}")
        target.rename(emulator.folder)


def _lines(process: subprocess.Popen[bytes]) -> queue.SimpleQueue[str | None]:
    """What it writes, read to the end, so that it never waits for a reader."""
    found: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    output = process.stdout
    assert output is not None

    def read() -> None:
        with contextlib.suppress(ValueError, OSError):  # closed meanwhile
            for line in output:
                found.put(line.decode("utf-8", "replace").rstrip())
        found.put(None)

    threading.Thread(target=read, daemon=True).start()
    return found


def _port(lines: queue.SimpleQueue[str | None], emulator: Emulator) -> int:
    written: list[str] = []
    while True:
        try:
            line = lines.get(timeout=START)
        except queue.Empty:
            line = None
        if line is None:
            raise AssertionError("\n".join([f"{emulator.artifact} did not start", *written]))
        written.append(line)
        if found := re.fullmatch(r"listening on (\d+)", line):
            return int(found[1])
