"""The judges themselves, on the vendors' own examples. What they make of mistakes is in test_mistakes.py."""

from __future__ import annotations

import pytest

from . import aws_gateway, azure_gateway, gcp_gateway
from .csharp import ExpressionError, evaluated

PETS = ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
        ("POST", "/test/5", "ANY /{proxy+}"),
        ("POST", "/", None),
    ],
)
def test_aws_own_examples_of_routing(method: str, path: str, route: str | None) -> None:
    """http-api-develop-routes.html, "Routing API requests"; None: what is left to $default."""
    assert aws_gateway.chosen(PETS, method, path.split("/")) == route


@pytest.mark.parametrize(
    ("template", "taken", "refused"),
    [
        ("/shelves", ["/shelves"], ["/shelf", "%2Fshelves", "/shelves/1"]),
        (
            "/shelves/{shelf}/books/{book}",
            ["/shelves/1/books/2", "/shelves/1/books/2/", "/shelves/a%2Fb/books/2"],
            ["/shelves/1/books", "/shelves/1/books/", "/shelves//books/2", "/shelves/1/2/books/3"],
        ),
        (
            "/shelves/{shelf=*}/books/{book=**}",
            ["/shelves/1/books/", "/shelves/1/books/2/3", "/shelves/1/books/2/"],
            ["/shelves/1", "/shelves/books/1"],
        ),
    ],
)
def test_googles_own_examples_of_path_templates(template: str, taken: list[str], refused: list[str]) -> None:
    """cloud.google.com/api-gateway/docs/path-templating."""
    matched = gcp_gateway.pattern(template)
    assert [path for path in taken if not matched.fullmatch(path)] == []
    assert [path for path in refused if matched.fullmatch(path)] == []


def test_google_tries_the_most_specific_template_first() -> None:
    templates = ["/{all=**}", "/a/{rest=**}", "/a/{b}/c", "/a/b", "/a/{b}"]
    assert sorted(templates, key=gcp_gateway.order)[0] == "/a/b"
    assert sorted(templates, key=gcp_gateway.order)[-2:] == ["/a/{rest=**}", "/{all=**}"]


def test_microsofts_slash_at_the_end_makes_no_difference() -> None:
    assert azure_gateway.rank("/resource", "/resource/") == azure_gateway.rank("/resource", "/resource") == (0,)
    assert azure_gateway.rank("/resource", "/resource/a") is None
    assert azure_gateway.rank("/files/*", "/files/") == (0, 2)
    assert azure_gateway.rank("/{p1}", "/") is None


class Thing:
    """Something with members."""

    Name = "a-b"
    Nothing = None

    def Twice(self, text: str) -> str:
        return text * 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ('@("a\\u0022b")', 'a"b'),
        ("@(thing.Name.Split('-')[1])", "b"),
        ('@(thing.Twice("x") == "xx" ? 1 : 2)', 1),
        ('@(false ? 1 : thing.Name != "a-b" || !true ? 2 : 3)', 3),
        ("@(thing.Nothing?.Name.Length ?? 7)", 7),
        ('@(new string[] {"a", "b"}.Contains("b") && 401 >= 400)', True),
        ('@("Bearer " + thing.Name)', "Bearer a-b"),
        ('@((int)thing.Twice("x").Length)', 2),
        ('@(new JObject(new JProperty("a", 1)).ToString())', '{"a": 1}'),
    ],
)
def test_policy_expressions(text: str, value: object) -> None:
    assert evaluated(text, {"thing": Thing()}) == value


@pytest.mark.parametrize(
    "text", ["@(thing.Nothing.Name)", "@(1 ? 2 : 3)", '@((int)"a")', "@(thing.Unknown())", "@(1 2)", "@(`)", '@("a']
)
def test_policy_expressions_that_would_fail(text: str) -> None:
    with pytest.raises(ExpressionError):
        evaluated(text, {"thing": Thing()})
