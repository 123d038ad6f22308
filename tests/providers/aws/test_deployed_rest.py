"""The very zips that would be deployed behind a REST API, on AWS's own runtime client: a function with every way in,
the one that verifies tokens, and the one that decides for others, each in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.server import ThreadedMotoServer

from sls_infra import Api, ApiKey, Cors, Custom, Function, Jwt, Public, Route, Secret, Webhook
from sls_infra.bundle import build
from sls_infra.bundle.spec import BundleSpec
from sls_infra.plan import check
from sls_infra.plan.model import Plan
from sls_infra.providers.aws import authorizer, package
from sls_infra.providers.aws.capabilities import FULL
from tools.issuer import Issuer

from ...runtime.runtime_api import Running, running_on_awslambdaric

CODE = """
from sls_infra.runtime import Request, links

def read(request: Request) -> dict:
    return {"claims": request.claims, "authenticated": request.authenticated, "url": request.url}

def decide(request: Request):
    return {"sub": "custom"} if request.headers.get("x-pass") == "let me in" else None
"""
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:gate"
METHOD = "arn:aws:execute-api:eu-west-1:123456789012:abc123/live"
KEYS: dict[str, Any] = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}


def api(folder: Path, issuer: str) -> Api:
    (folder / "app.py").write_text(CODE)
    own = Function("shop", code=folder, handler="app:read", runtime="python3.11")
    gate = Function("gate", code=folder, handler="app:decide", runtime="python3.11")
    token, keys = Jwt(issuer=issuer, audience="orders"), ApiKey(clients={"mobile": []})
    routes = [
        Route("GET", "/orders/{id}", own, scopes=["orders:read"]),
        Route("GET", "/keyed", own, auth=keys),
        Route("GET", "/either", own, auth=[token, keys]),
        Route("POST", "/hook", own, auth=Webhook(Secret("hook", value="whsec"), scheme="github")),
        Route("GET", "/mine", own, auth=Custom(gate)),
        Route("GET", "/optional", own, auth=[token, Public()]),
    ]
    return Api("orders", auth=token, routes=routes, cors=Cors(origins=["https://a.example", "https://b.example"]))


class Deployed:
    """The three functions, and what a REST API does between them."""

    def __init__(self, issuer: Issuer, shop: Running, verifier: Running) -> None:
        self.issuer, self.shop, self.verifier = issuer, shop, verifier

    def authorize(self, method: str, path: str, *tokens: str) -> Any:
        headers = {"multiValueHeaders": {"Authorization": list(tokens)}} if tokens else {"headers": {}}
        asked = {"type": "REQUEST", "methodArn": f"{METHOD}/{method}{path}", "resource": path, "path": path}
        said = {"requestId": "r-1", "identity": {"sourceIp": "192.0.2.1"}}
        return self.verifier.invoke({**asked, "httpMethod": method, **headers, "requestContext": said})

    def call(self, method: str, path: str, resource: str = "", *, word: Any = None, key: str | None = None,
             body: bytes = b"", **headers: str) -> Any:  # fmt: skip
        answered = self.shop.invoke(
            {
                "resource": resource or path,
                "path": path,
                "httpMethod": method,
                "multiValueHeaders": {name.replace("_", "-"): [value] for name, value in headers.items()},
                "multiValueQueryStringParameters": None,
                "requestContext": {
                    "requestId": "r-1",
                    "path": f"/live{path}",
                    "domainName": "abc123.execute-api.eu-west-1.amazonaws.com",
                    "identity": {"sourceIp": "192.0.2.1", "apiKeyId": key},
                    "authorizer": word,
                },
                "body": base64.b64encode(body).decode() if body else None,
                "isBase64Encoded": bool(body),
            }
        )
        assert isinstance(answered, dict), answered
        return answered


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("rest")
    (folder / "code").mkdir()
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    try:
        with ExitStack() as stack:
            issuer = stack.enter_context(Issuer())
            known = api(folder / "code", "https://id.example.com/")
            plan = check.plan(known, FULL)
            shop, gate = (unpacked(folder, package.bundle_spec(plan, each, FULL)) for each in plan.functions)
            verifier = unpacked(folder, authorizer.bundle_spec(plan, plan.jwts[0]))
            decider = stack.enter_context(running_on_awslambdaric(gate))
            env = told(plan, issuer, "http://{}:{}".format(*moto.get_host_and_port()))
            env["AWS_ENDPOINT_URL_LAMBDA"] = stack.enter_context(invoking(decider))
            token = json.dumps({"ways": {"jwt": jwt(issuer)}})
            running = stack.enter_context(running_on_awslambdaric(shop, env=env))
            env = {"SLS_DEPLOYED": token}
            verifying = running_on_awslambdaric(verifier, handler=authorizer.HANDLER, env=env)
            yield Deployed(issuer, running, stack.enter_context(verifying))
    finally:
        moto.stop()


def jwt(issuer: Issuer) -> dict[str, Any]:
    return {"issuer": issuer.url, "audience": ["orders"], "jwks_uri": None}


def told(plan: Plan, issuer: Issuer, endpoint: str) -> dict[str, str]:
    """What the function is told, with secrets as a stand-in of Secrets Manager keeps them."""
    client = boto3.client("secretsmanager", "eu-west-1", endpoint_url=endpoint, **KEYS)
    ring = json.dumps({hashlib.sha256(b"a-key-of-mobile").hexdigest(): "mobile"})
    arns = {n: client.create_secret(Name=n, SecretString=v)["ARN"] for n, v in (("hook", "whsec"), ("ring", ring))}
    ways = {"jwt": jwt(issuer), "api-key": {"keyring": arns["ring"]}, "custom": {"target": ARN}}
    known = {"secrets": {"hook": arns["hook"]}, "ways": ways, "keys": {"mobile": ["k1", "k2"]}}
    assert plan.customs
    return {
        "SLS_DEPLOYED": json.dumps(known),
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": endpoint,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }


def unpacked(folder: Path, spec: BundleSpec) -> Path:
    target = folder / spec.function
    with zipfile.ZipFile(build(spec, cache=folder / "cache").path) as archive:
        archive.extractall(target)
    return target


@contextmanager
def invoking(function: Running) -> Iterator[str]:
    """Lambda's Invoke, for one function."""
    lock = threading.Lock()

    class Invoke(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                body = json.dumps(function.invoke(event)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Invoke)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_good_token_opens_every_route_of_this_stage_and_no_other(deployed: Deployed) -> None:
    word = deployed.authorize("GET", "/orders/7", f"Bearer {deployed.issuer.token('orders', subject='ann')}")
    assert word["principalId"] == "sub:ann"
    (statement,) = word["policyDocument"]["Statement"]
    judge = IAMPolicyStatement(statement)

    def opens(arn: str) -> bool:
        return bool(judge.is_action_permitted("execute-api:Invoke", arn) == PermissionResult.PERMITTED)

    assert opens(f"{METHOD}/GET/orders/7")
    assert opens(f"{METHOD}/POST/anything/else")
    assert not opens(METHOD.replace("abc123", "other1") + "/GET/orders/7")
    assert not opens(METHOD.replace("/live", "/test") + "/GET/orders/7")


@pytest.mark.parametrize(
    "case", ["garbage", "expired", "another audience", "another issuer", "two", "none", "unsigned"]
)
def test_a_bad_token_is_denied_and_says_why_to_the_log(deployed: Deployed, case: str) -> None:
    issuer = deployed.issuer
    good = f"Bearer {issuer.token('orders')}"
    tokens = {
        "garbage": ["Bearer x.y.z"],
        "expired": [f"Bearer {issuer.token('orders', seconds=-10)}"],
        "another audience": [f"Bearer {issuer.token('else')}"],
        "another issuer": [f"Bearer {issuer.token('orders', issuer='https://evil.example/')}"],
        "two": [good, good],
        "none": [],
        "unsigned": [good.rpartition(".")[0] + "."],
    }[case]
    word = deployed.authorize("GET", "/orders/7", *tokens)
    (statement,) = word["policyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert word["context"]["why"]


def test_a_verified_call_gets_in_and_scopes_are_the_runtimes(deployed: Deployed) -> None:
    for scope, status in (("orders:read", 200), ("orders:write", 403)):
        sent = f"Bearer {deployed.issuer.token('orders', scope=scope, subject='ann')}"
        word = {**deployed.authorize("GET", "/orders/7", sent)["context"], "principalId": "sub:ann"}
        answered = deployed.call("GET", "/orders/7", "/orders/{id}", word=word, Authorization=sent)
        assert answered["statusCode"] == status
        if status == 200:
            content = json.loads(answered["body"])
            assert content["claims"]["sub"] == "ann"
            assert content["url"] == "https://abc123.execute-api.eu-west-1.amazonaws.com/live/orders/7"
        forged = f"Bearer {deployed.issuer.token('orders', scope=scope, subject='eve')}"
        assert deployed.call("GET", "/orders/7", "/orders/{id}", word=word, Authorization=forged)["statusCode"] == 401
    assert deployed.call("GET", "/orders/7", "/orders/{id}")["statusCode"] == 401, "a gateway that forgot to ask"


def test_a_kept_answer_does_not_outlive_the_token(deployed: Deployed) -> None:
    sent = f"Bearer {deployed.issuer.token('orders', scope='orders:read')}"
    word = deployed.authorize("GET", "/orders/7", sent)["context"]
    assert int(word["exp"]) > time.time()
    word["exp"] = str(int(time.time()) - 1)
    assert deployed.call("GET", "/orders/7", "/orders/{id}", word=word, Authorization=sent)["statusCode"] == 401


def test_a_key_that_the_gateway_took_names_its_client(deployed: Deployed) -> None:
    content = json.loads(deployed.call("GET", "/keyed", key="k2")["body"])
    assert content["claims"] == {"sub": "mobile", "client_id": "mobile"}
    assert deployed.call("GET", "/keyed", x_api_key="a-key-of-mobile")["statusCode"] == 401, (
        "which the gateway passed over"
    )


def test_one_of_several_ways_is_the_runtimes(deployed: Deployed) -> None:
    token = f"Bearer {deployed.issuer.token('orders', subject='ann')}"
    assert json.loads(deployed.call("GET", "/either", x_api_key="a-key-of-mobile")["body"])["claims"]["sub"] == "mobile"
    assert json.loads(deployed.call("GET", "/either", Authorization=token)["body"])["claims"]["sub"] == "ann"
    assert deployed.call("GET", "/either")["statusCode"] == 401
    assert deployed.call("GET", "/either", key="k1")["statusCode"] == 401, "the gateway asked for none"
    assert json.loads(deployed.call("GET", "/optional")["body"])["authenticated"] is False
    assert deployed.call("GET", "/optional", Authorization="Bearer x.y.z")["statusCode"] == 401


def test_a_webhook_is_verified_by_the_secret_that_is_kept(deployed: Deployed) -> None:
    body = b'{"action":"opened"}'
    signature = "sha256=" + hmac.new(b"whsec", body, "sha256").hexdigest()
    good = deployed.call("POST", "/hook", body=body, X_Hub_Signature_256=signature, X_GitHub_Delivery="d-1")
    assert good["statusCode"] == 200, good
    bad = deployed.call("POST", "/hook", body=body + b" ", X_Hub_Signature_256=signature, X_GitHub_Delivery="d-2")
    assert bad["statusCode"] == 401


def test_an_authorizer_in_another_function_is_asked(deployed: Deployed) -> None:
    content = json.loads(deployed.call("GET", "/mine", x_pass="let me in")["body"])
    assert content["claims"] == {"sub": "custom"}
    assert deployed.call("GET", "/mine", x_pass="please")["statusCode"] == 401


def test_preflights_are_answered_and_refusals_are_shared(deployed: Deployed) -> None:
    asked: dict[str, Any] = {"Origin": "https://b.example", "Access_Control_Request_Method": "GET"}
    answered = deployed.call("OPTIONS", "/orders/7", "/orders/{id}", **asked)
    assert answered["statusCode"] == 204
    assert answered["multiValueHeaders"]["access-control-allow-origin"] == ["https://b.example"]
    refused = deployed.call("GET", "/orders/7", "/orders/{id}", Origin="https://b.example")
    assert refused["statusCode"] == 401
    assert refused["multiValueHeaders"]["access-control-allow-origin"] == ["https://b.example"]
    stranger = deployed.call("OPTIONS", "/orders/7", "/orders/{id}", **{**asked, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger["multiValueHeaders"]


def test_the_function_that_verifies_tokens_holds_nobodys_code(tmp_path: Path) -> None:
    plan = check.plan(api(tmp_path, "https://id.example.com/"), FULL)
    folder = unpacked(tmp_path / "zips", authorizer.bundle_spec(plan, plan.jwts[0]))
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert {name for name in files if not name.startswith("sls_infra/")} == {"sls_manifest.json"}
    assert {name for name in files if name.startswith("sls_infra/runtime/entry/")} == {
        "sls_infra/runtime/entry/__init__.py",
        "sls_infra/runtime/entry/aws_authorizer.py",
    }
