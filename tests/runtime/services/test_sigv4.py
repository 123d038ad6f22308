"""Signatures, judged by botocore's."""

from __future__ import annotations

import datetime
from unittest import mock
from urllib.parse import quote

import botocore.auth  # type: ignore[import-untyped]
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials as TheirCredentials  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from sls_infra.runtime.services.sigv4 import Credentials, signed

NOW = 1_700_000_000
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders-guard:live"
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)


def by_botocore(method: str, url: str, headers: dict[str, str], body: bytes, token: str, region: str) -> str:
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    moment = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=moment):
        SigV4Auth(TheirCredentials("AKIDEXAMPLE", "a/secret+key", token or None), "lambda", region).add_auth(request)
    return str(request.headers["Authorization"])


def by_us(method: str, url: str, headers: dict[str, str], body: bytes, token: str, region: str) -> str:
    credentials = Credentials("AKIDEXAMPLE", "a/secret+key", token)
    return signed(method, url, headers, body, credentials, region, "lambda", NOW)["authorization"]


@pytest.mark.parametrize(
    "url",
    [
        "https://secretsmanager.eu-west-1.amazonaws.com/",
        "https://secretsmanager.eu-west-1.amazonaws.com",
        "http://127.0.0.1:5000/",
        f"https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/{quote(ARN, safe='')}/invocations",
        "https://lambda.eu-west-1.amazonaws.com/a%20b/~c/%C3%A9-_.",
        "https://lambda.eu-west-1.amazonaws.com/f/invocations?Qualifier=live",
    ],
)
@pytest.mark.parametrize("token", ["", "FwoGZXIvYXdzE/session=="])
def test_a_signature_is_that_of_botocore(url: str, token: str) -> None:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue"}
    call = ("POST", url, headers, b'{"SecretId": "db"}', token, "eu-west-1")
    assert by_us(*call) == by_botocore(*call)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(st.text(min_size=1, max_size=8).filter(lambda text: text not in (".", "..")), max_size=4),
    values=st.lists(VALUES, max_size=3),
    body=st.binary(max_size=64),
    token=st.sampled_from(["", "session"]),
    region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
)
@settings(derandomize=True, deadline=None)
def test_any_call_is_signed_as_by_botocore(
    method: str, segments: list[str], values: list[str], body: bytes, token: str, region: str
) -> None:
    path = "/".join(quote(segment.encode("utf-8", "replace"), safe="") for segment in segments)
    headers = {f"x-amz-meta-{number}": value for number, value in enumerate(values)}
    call = (method, f"https://lambda.{region}.amazonaws.com/{path}", headers, body, token, region)
    assert by_us(*call) == by_botocore(*call)
