"""Secrets on the platforms' own runtimes: in the environment before a handler is imported, and by links."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

import sls_infra.runtime
from sls_infra.providers.azure.package import FUNCTION_APP
from tests.runtime import azure_worker, runtime_api
from tests.runtime.azure_host import received, sent
from tests.runtime.entry.conftest import event
from tests.runtime.services import azure_cloud
from tests.runtime.services.fakes import Tls

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # moto's, of a package that it can do without
    from moto.server import ThreadedMotoServer

VALUE, NEW = "p4ss-of-the-db", "rotated"
SHOP = """
import os
from sls_infra.runtime import links, services
PASSWORD = os.environ["DB_PASSWORD"]

def read(request):
    if request.query.get("anew"):
        services.platform().fresh = 0.0
        services.use(request.query["anew"], services.platform())  # as if a minute had passed
    return [PASSWORD, os.environ["DB_PASSWORD"], links.secret("db")]
"""


def bundle(root: Path) -> Path:
    runtime = Path(sls_infra.runtime.__file__).parent
    shutil.copytree(runtime, root / "sls_infra" / "runtime", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "sls_infra" / "__init__.py").touch()
    (root / "shop.py").write_text(SHOP)
    (root / "function_app.py").write_bytes(FUNCTION_APP)
    route = {"id": "r1", "method": "GET", "path": "/read", "handler": "shop:read", "auth": ["public"]}
    manifest = {"version": 1, "api": "orders", "function": "shop", "routes": [route], "env": {"DB_PASSWORD": "db"}}
    (root / "sls_manifest.json").write_text(json.dumps(manifest))
    return root


def told(ref: str) -> str:
    return json.dumps({"secrets": {"db": ref}})


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def manager(moto: str) -> Any:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client("secretsmanager", region_name="eu-west-1", endpoint_url=moto, **keys)


def environment(moto: str, ref: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}
    return {**keys, "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": moto, "SLS_DEPLOYED": told(ref)}


def reading(query: str = "") -> dict[str, Any]:
    call = event("http-api-no-authorizer", rawPath="/read", routeKey="GET /read", rawQueryString=query)
    call["requestContext"]["http"]["method"] = "GET"
    return call


def test_on_awss_own_client(moto: str, manager: Any, tmp_path: Path) -> None:
    arn = manager.create_secret(Name="db", SecretString=VALUE)["ARN"]
    env = environment(moto, arn)
    log: list[str] = []
    with runtime_api.running_on_awslambdaric(bundle(tmp_path), env=env, log=log) as running:
        assert json.loads(running.invoke(reading())["body"]) == [VALUE, VALUE, VALUE]
        manager.put_secret_value(SecretId=arn, SecretString=NEW)
        assert json.loads(running.invoke(reading())["body"]) == [VALUE, VALUE, VALUE]
        assert json.loads(running.invoke(reading("anew=aws"))["body"]) == [VALUE, VALUE, NEW]
    assert VALUE not in "".join(log)


def test_on_awss_own_client_without_the_secret(moto: str, tmp_path: Path) -> None:
    log: list[str] = []
    env = environment(moto, "arn:aws:secretsmanager:eu-west-1:123456789012:secret:nothing-AbCdEf")
    [answer] = runtime_api.run_on_awslambdaric(bundle(tmp_path), [reading()], env=env, log=log)
    assert answer["statusCode"] == 503
    assert json.loads(answer["body"])["detail"] == "the function is not ready"
    told_of = [json.loads(line)["error"] for line in log if line.startswith("{")]
    assert any("nothing-AbCdEf: status" in error and "ResourceNotFoundException" in error for error in told_of)


def test_on_microsofts_own_worker(tls: Tls, tmp_path: Path) -> None:
    try:
        azure_worker.python()
    except azure_worker.Missing as reason:
        pytest.skip(str(reason))
    with azure_cloud.running(tls) as cloud:
        cloud.secrets["db"] = VALUE
        env = {**cloud.environment, "SLS_DEPLOYED": told(cloud.ref("db")), "SSL_CERT_FILE": str(tls.authority)}
        with azure_worker.AzureWorker(bundle(tmp_path), env=env) as worker:
            answer = received(worker.call(sent("GET", "/read", [], b"", route="r1")), "GET")
            assert (answer.status, json.loads(answer.body)) == (200, [VALUE, VALUE, VALUE])
            cloud.secrets["db"] = NEW
            answer = received(worker.call(sent("GET", "/read?anew=azure", [], b"", route="r1")), "GET")
            assert (answer.status, json.loads(answer.body)) == (200, [VALUE, VALUE, NEW])
        assert VALUE not in "".join(worker.log())
        assert len(cloud.tokens) == 1


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls.made(tmp_path_factory.mktemp("tls"))
