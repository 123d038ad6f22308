"""What the tests of the local target deploy with: real bundles, real daemons, real sockets."""

from __future__ import annotations

import json
import os
import socket
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

import sls_infra
from sls_infra.local import control
from sls_infra.local.accounts import digest
from sls_infra.local.model import (
    ApiKeySpec,
    AuthSpec,
    ClientSpec,
    CorsSpec,
    FunctionSpec,
    FunctionState,
    GatewaySpec,
    GatewayState,
    LimitSpec,
    RouteSpec,
)
from tools.issuer import Issuer

PACKAGE = Path(sls_infra.__file__).parent
PUBLIC = AuthSpec(kind="public")
KEY = AuthSpec(kind="api_key", name="api-key")


@dataclass(frozen=True, kw_only=True)
class R:
    """A route, as both the gateway and the bundle see it."""

    method: str
    path: str
    handler: str
    auth: tuple[AuthSpec, ...] = (PUBLIC,)
    limits: tuple[LimitSpec, ...] = ()
    scopes: tuple[str, ...] = ()
    request: Mapping[str, Any] | None = None
    function: str = "app"

    def spec(self) -> RouteSpec:
        return RouteSpec(method=self.method, path=self.path, function=self.function, auth=self.auth, limits=self.limits)

    def entry(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path,
            "handler": self.handler,
            "auth": [way.kind for way in self.auth],
            "scopes": list(self.scopes),
            "request": self.request,
        }


def get(path: str, handler: str, **options: Any) -> R:
    """A route for GET."""
    return R(method="GET", path=path, handler=handler, **options)


def post(path: str, handler: str, **options: Any) -> R:
    """A route for POST."""
    return R(method="POST", path=path, handler=handler, **options)


def manifest(function: str, routes: Sequence[R]) -> dict[str, Any]:
    """The manifest of one function's bundle."""
    entries = [route.entry() for route in routes if route.function == function]
    customs = {way.name: way for route in routes for way in route.auth if way.kind == "custom"}
    authorizers = {
        name: {"handler": f"app:{name}", "ttl": way.ttl} for name, way in customs.items() if way.function == function
    }
    return {"version": 1, "api": "demo", "function": function, "routes": entries, "authorizers": authorizers}


def functions_of(routes: Sequence[R]) -> list[str]:
    """The functions that answer routes, or decide who may call them."""
    ways = (way for route in routes for way in route.auth)
    return sorted({route.function for route in routes} | {way.function for way in ways if way.kind == "custom"})


def make_bundle(path: Path, code: Mapping[str, str], function: str, routes: Sequence[R]) -> Path:
    """A bundle such as `sls_infra.bundle` makes: code, runtime, manifest."""
    files = {**code, "sls_infra/__init__.py": "", "sls_manifest.json": json.dumps(manifest(function, routes))}
    for file in sorted((PACKAGE / "runtime").rglob("*.py")):
        files[f"sls_infra/{file.relative_to(PACKAGE)}"] = file.read_text()
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return path


@dataclass
class Stack:
    """One stack's local resources, under a state folder of the test's own."""

    folder: Path
    project: str = "demo"
    name: str = "dev"
    deployed: list[str] = field(default_factory=list)
    _count: int = 0

    @property
    def state(self) -> Path:
        return self.folder / ".sls"

    @property
    def root(self) -> Path:
        return control.stack_folder(self.state, self.urn("Gateway", "x"))

    def urn(self, kind: str, name: str) -> str:
        return f"urn:pulumi:{self.name}::{self.project}::sls:index:ServerlessApi$sls:local:{kind}::{name}"

    def stage(self, name: str, code: Mapping[str, str], routes: Sequence[R], **options: Any) -> FunctionState:
        """Stages a function under its own name as id."""
        self._count += 1
        bundle = make_bundle(self.folder / f"bundle-{self._count}.zip", code, name, routes)
        spec = FunctionSpec(id=options.pop("id", name), name=name, **options)
        return control.stage_function(self.root, spec, bundle, urn=self.urn("Function", name))

    def gateway(self, routes: Sequence[R], **options: Any) -> GatewaySpec:
        functions = {name: name for name in functions_of(routes)}
        return GatewaySpec(api="demo", routes=tuple(route.spec() for route in routes), functions=functions, **options)

    def deploy(
        self,
        code: Mapping[str, str],
        routes: Sequence[R],
        *,
        id: str = "demo",
        function: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Deployed:
        """Stages what the routes name, and starts a gateway."""
        for name in functions_of(routes):
            self.stage(name, code, routes, **(function or {}))
        state = control.start_gateway(self.root, id, self.gateway(routes, **options), urn=self.urn("Gateway", id))
        self.deployed.append(id)
        return Deployed(self, id, state)

    def close(self) -> None:
        for id in self.deployed:
            control.stop_gateway(self.root, id)


@dataclass
class Deployed:
    """A gateway that was started."""

    stack: Stack
    id: str
    state: GatewayState

    @property
    def url(self) -> str:
        return self.state.url

    @property
    def folder(self) -> Path:
        return self.stack.root / "gateways" / self.id

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        with client(self.url) as calling:
            return calling.request(method, path, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.call("GET", path, **options)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]

    def refusals(self) -> list[dict[str, Any]]:
        """The lines of the journal about calls that were refused."""
        return [line for line in self.log() if "audit" in line]

    def workers(self) -> list[int]:
        return children(self.state.pid)


def client(url: str) -> httpx.Client:
    """A client for http alone: loading certificates would take longer than the call."""
    return httpx.Client(base_url=url, timeout=20, verify=False)


def fetch(url: str) -> httpx.Response:
    """One GET, over a connection of its own."""
    with client("") as calling:
        return calling.get(url)


def children(pid: int) -> list[int]:
    """Living processes whose parent is this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def is_running(pid: int) -> bool:
    """Whether a process lives and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The condition's value once it is true. Fails the test where it does not become so."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {condition}"
        time.sleep(0.02)
    return value


def raw(port: int, data: bytes, *, timeout: float = 10.0, close: bool = True) -> bytes:
    """Sends bytes over a connection of its own and returns all that comes back until it is closed or idle."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while part := connection.recv(1 << 16):
                received += part
        except (TimeoutError, ConnectionResetError):
            pass
        return received


def ask(
    port: int, target: bytes, *, method: bytes = b"GET", headers: bytes = b"", body: bytes = b""
) -> tuple[int, bytes]:
    """One request with exactly this target: status and everything that was received. Status 0: closed without one."""
    head = method + b" " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + b"\r\n"
    received = raw(port, head + body, close=False)
    words = received.split(b" ", 2)
    return (int(words[1]) if received.startswith(b"HTTP/1.") and words[1].isdigit() else 0), received


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def jwt_way(issuer: str, audience: str = "orders", **options: Any) -> AuthSpec:
    """A way in by token."""
    return AuthSpec(kind="jwt", issuer=issuer, audience=(audience,), **options)


def custom_way(name: str = "authorize", function: str = "guard", ttl: float = 0) -> AuthSpec:
    """A way in by the authorizer `app:<name>` of that function."""
    return AuthSpec(kind="custom", name=name, function=function, ttl=ttl)


def api_keys(clients: Mapping[str, str], rules: Mapping[str, Mapping[str, Any]] | None = None) -> ApiKeySpec:
    """Keys for these clients, client → its keys with commas; `rules`: client → its limits and quotas."""
    return ApiKeySpec(
        name="api-key",
        header="x-api-key",
        clients=tuple(
            ClientSpec(name=name, keys=tuple(map(digest, key.split(","))), **(rules or {}).get(name, {}))
            for name, key in clients.items()
        ),
    )


def cors(*origins: str, **options: Any) -> CorsSpec:
    """CORS for these origins."""
    return CorsSpec(origins=origins, methods=("GET", "POST"), headers=("authorization", "content-type"), **options)


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"authorization": f"Bearer {token}"}


def modes(folder: Path) -> set[tuple[str, int]]:
    """Kind and permission bits of everything in a folder and of itself."""
    found = set()
    for path in [folder, *folder.rglob("*")]:
        bits = os.lstat(path).st_mode & 0o777
        found.add(("folder" if path.is_dir() else "file", bits))
    return found


def code(version: str) -> dict[str, str]:
    """Code whose answers tell its version, at once, after a while or when told to."""
    return {
        "app.py": f"""
import os, time
def version(request): return {version!r}
def slow(request):
    time.sleep(float(request.query.get("s", "1")))
    return {version!r}
def wait(request):
    deadline = time.monotonic() + 20
    while not os.path.exists(request.query["until"]):
        if time.monotonic() > deadline: raise RuntimeError("it did not come")
        time.sleep(0.02)
    return {version!r}
"""
    }


# Routes for `code`.
ROUTES = [get("/version", "app:version"), get("/slow", "app:slow"), get("/wait", "app:wait")]

# Code whose answers tell who its caller is.
CLAIMS_CODE = {"app.py": "def claims(request): return {'claims': request.claims, 'known': request.authenticated}"}


def claims_routes(issuer: Issuer) -> list[Any]:
    """Routes for `CLAIMS_CODE`: every way in by token that is tried."""
    way = jwt_way(issuer.url)
    more = ("RS256", "ES256", "EdDSA", "PS256")
    return [
        get("/jwt", "app:claims", auth=(way,)),
        get("/public", "app:claims"),
        get("/either", "app:claims", auth=(way, PUBLIC)),
        get("/scoped", "app:claims", auth=(way,), scopes=("orders:read", "orders:write")),
        get("/leeway", "app:claims", auth=(jwt_way(issuer.url, leeway=30),)),
        get("/two", "app:claims", auth=(AuthSpec(kind="jwt", issuer=issuer.url, audience=("a", "b")),)),
        get("/more", "app:claims", auth=(jwt_way(issuer.url, algorithms=more, jwks_uri=issuer.jwks_uri),)),
        get("/scheme", "app:claims", auth=(jwt_way(issuer.url, scheme="Token"),)),
    ]


def assert_refused(answer: httpx.Response, *, sent: bool = True) -> None:
    """401 as RFC 6750 has it: an error only where a token was sent."""
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="demo"')
    assert ('error="invalid_token"' in challenge) == sent
