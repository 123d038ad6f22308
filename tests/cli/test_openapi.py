"""`sls-infra openapi`, as its users see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from .test_commands import project, run

__all__ = ["project"]


def test_it_prints_json(project: Path) -> None:
    done = run(project, "openapi", "infra:api", "--server", "https://api.example.com")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    validate(document)
    assert document["servers"] == [{"url": "https://api.example.com"}]
    assert list(document["paths"]) == ["/orders/{id}", "/health"]


def test_it_writes_what_the_file_is_named(project: Path) -> None:
    for name, options in (("a.yaml", []), ("b.json", []), ("c.txt", ["--format", "yaml"])):
        done = run(project, "openapi", "infra:api", "-o", name, *options)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    texts = [(project / name).read_text() for name in ("a.yaml", "b.json", "c.txt")]
    assert texts[0] == texts[2]
    assert yaml.safe_load(texts[0]) == json.loads(texts[1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["infra:nothing"], "infra has no 'nothing'"),
        (["infra:api", "--server", "example.com"], "is no URL of a server"),
        (["infra:api", "-o", "no/where.json"], "can't be written"),
        (["wrong:api"], "api.routes[0].response: type: 5 (at #)"),
        (["mistaken:api"], "says nothing of who may call it"),
    ],
)
def test_mistakes_are_messages(project: Path, arguments: list[str], told: str) -> None:
    head = (
        "from sls_infra import Api, Function, Public, Route\nshop = Function('shop', code='src', handler='shop:read')\n"
    )
    wrong = "api = Api('x', auth=Public(), routes=[Route('GET', '/', shop, response={'type': 5})])"
    (project / "wrong.py").write_text(head + wrong)
    (project / "mistaken.py").write_text(head + "api = Api('x', routes=[Route('GET', '/', shop)])")
    done = run(project, "openapi", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
