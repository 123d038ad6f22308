"""AWS, judged by moto's server over real HTTP; what moto can't do, by a server that answers as the API's pages say."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import boto3  # type: ignore[import-untyped]
import pytest
import requests

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # moto's, of a package that it can do without
    from moto.server import ThreadedMotoServer

from sls_infra.runtime.errors import ServiceError
from sls_infra.runtime.services.aws import Services
from tests.runtime.services.fakes import Answer, Asked, Fake, serving

REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-told", "AWS_SESSION_TOKEN": "nor-this"}
ARN = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:db-AbCdEf"
GUARD = f"arn:aws:lambda:{REGION}:123456789012:function:guard:live"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def on(url: str, **more: str) -> Services:
    return Services({**KEYS, "AWS_REGION": REGION, "AWS_ENDPOINT_URL": url, **more})


def boto(moto: str, service: str, region: str = REGION) -> Any:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client(service, region_name=region, endpoint_url=moto, **keys)


@pytest.mark.parametrize("value", ["p4ss", "", '{"user": "ü"}', "x" * 65536, "a\0b\n"])
def test_a_secret_is_read_as_it_was_written(moto: str, value: str) -> None:
    client = boto(moto, "secretsmanager")
    name = f"db-{len(value)}-{abs(hash(value))}"
    arn = client.create_secret(Name=name, SecretString=value or "-")["ARN"]
    if not value:  # moto and AWS want at least one character
        value = "-"
    assert on(moto).secret(arn) == value
    assert on(moto).secret(name) == value
    client.put_secret_value(SecretId=arn, SecretString="rotated")
    assert on(moto).secret(arn) == "rotated"


def test_the_region_is_that_of_the_arn(moto: str) -> None:
    arn = boto(moto, "secretsmanager", "us-east-2").create_secret(Name="far", SecretString="away")["ARN"]
    assert on(moto).secret(arn) == "away"
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        on(moto).secret("far")


def test_a_binary_secret_is_text_or_refused(moto: str) -> None:
    client = boto(moto, "secretsmanager")
    text = client.create_secret(Name="binary-text", SecretBinary="schlüssel".encode())["ARN"]
    other = client.create_secret(Name="binary", SecretBinary=b"\xff\xfe")["ARN"]
    assert on(moto).secret(text) == "schlüssel"
    with pytest.raises(ServiceError, match="its value is no text"):
        on(moto).secret(other)


def test_a_lambda_function_is_invoked(moto: str) -> None:
    requests.post(f"{moto}/moto-api/config", json={"lambda": {"use_docker": False}}, timeout=10)
    role = boto(moto, "iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    made = boto(moto, "lambda").create_function(
        FunctionName="guard", Runtime="python3.12", Role=role, Handler="a.b", Code={"ZipFile": b"zip"}
    )
    answer = on(moto).call_authorizer(made["FunctionArn"], b'{"way": "custom", "request": {}}')
    payload = '{"way": "custom", "request": {}}'
    assert json.loads(answer) == {"sls": "authorize", "payload": payload}  # moto's function answers what it was given


def found(asked: Asked) -> Answer:
    return 200, {}, json.dumps({"SecretString": "s3cr3t"}).encode()


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving(found) as fake:
        yield fake


def test_what_is_asked_of_secrets_manager(fake: Fake) -> None:
    assert on(fake.url).secret(ARN) == "s3cr3t"
    [asked] = fake.asked
    assert (asked.method, asked.target) == ("POST", "/")
    assert json.loads(asked.body) == {"SecretId": ARN}
    assert asked.headers["x-amz-target"] == "secretsmanager.GetSecretValue"
    assert asked.headers["content-type"] == "application/x-amz-json-1.1"
    assert asked.headers["x-amz-security-token"] == "nor-this"
    assert f"/{REGION}/secretsmanager/aws4_request" in asked.headers["authorization"]
    assert asked.headers["host"] == fake.host


def test_credentials_are_read_for_each_call(fake: Fake) -> None:
    environment = {**KEYS, "AWS_REGION": REGION, "AWS_ENDPOINT_URL": fake.url}
    services = Services(environment)
    services.secret(ARN)
    environment.update(AWS_ACCESS_KEY_ID="ROTATED", AWS_SESSION_TOKEN="new")
    services.secret(ARN)
    assert "Credential=ROTATED/" in fake.asked[1].headers["authorization"]
    assert fake.asked[1].headers["x-amz-security-token"] == "new"


@pytest.mark.parametrize(
    "failure",
    [
        (429, {}, b"{}"),
        (500, {}, b"<html>"),
        (503, {}, b""),
        (400, {}, b'{"__type": "com.amazonaws#ThrottlingException"}'),
        (400, {"x-amzn-errortype": "TooManyRequestsException:http://x"}, b"{}"),
    ],
)
def test_throttling_and_failures_are_tried_once_more(fake: Fake, failure: Answer) -> None:
    fake.failing.append(failure)
    assert on(fake.url).secret(ARN) == "s3cr3t"
    assert len(fake.asked) == 2
    fake.failing += [failure, failure]
    with pytest.raises(ServiceError, match=f"status {failure[0]}"):
        on(fake.url).secret(ARN)
    assert len(fake.asked) == 4


def test_a_refusal_is_told_and_not_repeated(fake: Fake) -> None:
    fake.failing.append((400, {}, b'{"__type": "AccessDeniedException", "Message": "not authorized to perform"}'))
    with pytest.raises(ServiceError, match=f"secret {ARN}: status 400, AccessDeniedException: not authorized"):
        on(fake.url).secret(ARN)
    assert len(fake.asked) == 1


@pytest.mark.parametrize("body", [b"", b"s3cr3t", b'"s3cr3t"', b'{"Value": "s3cr3t"}', b'{"SecretBinary": "s3cr3t!"}'])
def test_an_answer_that_is_none_is_an_error_that_does_not_tell_it(fake: Fake, body: bytes) -> None:
    fake.failing.append((200, {}, body))
    with pytest.raises(ServiceError) as caught:
        on(fake.url).secret(ARN)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_redirects_are_not_followed(fake: Fake) -> None:
    fake.failing.append((307, {"location": f"{fake.url}/elsewhere"}, b""))
    with pytest.raises(ServiceError, match="status 307"):
        on(fake.url).secret(ARN)
    assert len(fake.asked) == 1


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_without_credentials_the_variable_is_named(missing: str) -> None:
    with pytest.raises(ServiceError, match=missing):
        Services({name: value for name, value in KEYS.items() if name != missing}).secret(ARN)


def test_without_a_region_the_variable_is_named() -> None:
    with pytest.raises(ServiceError, match="AWS_REGION"):
        Services(KEYS).secret("db")


@pytest.mark.parametrize(
    ("more", "ref", "endpoint"),
    [
        ({}, ARN, f"https://secretsmanager.{REGION}.amazonaws.com"),
        ({}, "arn:aws-cn:secretsmanager:cn-north-1:1:secret:s", "https://secretsmanager.cn-north-1.amazonaws.com.cn"),
        ({"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://a/", "AWS_ENDPOINT_URL": "http://b"}, ARN, "http://a"),
        ({"AWS_ENDPOINT_URL_LAMBDA": "http://a", "AWS_ENDPOINT_URL": "http://b"}, ARN, "http://b"),
        (
            {"AWS_ENDPOINT_URL": "http://b", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            ARN,
            f"https://secretsmanager.{REGION}.amazonaws.com",
        ),
    ],
)
def test_the_endpoint_is_that_of_botocore(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, str], ref: str, endpoint: str
) -> None:
    environment = {**KEYS, "AWS_REGION": REGION, **more}
    services = Services(environment)
    region = services._region(ref)
    assert services._endpoint("SECRETS_MANAGER", f"secretsmanager.{region}") == endpoint
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    theirs = boto3.session.Session().client("secretsmanager", region_name=region).meta.endpoint_url
    assert theirs.rstrip("/") == endpoint


def authorizer(answer: Answer) -> tuple[bytes, Asked]:
    with serving(lambda asked: answer) as fake:
        given = on(fake.url).call_authorizer(GUARD, b'{"way": "custom"}')
        return given, fake.asked[0]


def test_what_is_asked_of_an_authorizer() -> None:
    answer, asked = authorizer((200, {"x-amz-executed-version": "1"}, b'{"claims": null}'))
    assert answer == b'{"claims": null}'
    assert unquote(asked.path) == f"/2015-03-31/functions/{GUARD}/invocations"
    assert json.loads(asked.body) == {"sls": "authorize", "payload": '{"way": "custom"}'}
    assert asked.headers["x-amz-invocation-type"] == "RequestResponse"


def test_an_answer_in_a_string_is_unwrapped() -> None:
    text = '{"claims": {"sub": "ü"}}'
    assert authorizer((200, {}, json.dumps(text).encode()))[0] == text.encode()


def test_an_authorizer_that_fails_does_not_tell_what_it_was_given() -> None:
    failure = {"errorType": "KeyError", "errorMessage": "Bearer s3cr3t", "stackTrace": ["s3cr3t"]}
    with pytest.raises(ServiceError, match="it failed, KeyError") as caught:
        authorizer((200, {"x-amz-function-error": "Unhandled"}, json.dumps(failure).encode()))
    assert "s3cr3t" not in str(caught.value)
