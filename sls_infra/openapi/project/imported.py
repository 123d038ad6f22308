"""A project made from a description: every operation a route, every handler a stub."""

from __future__ import annotations

import json

from ...runtime.paths import parse
from ..reading.model import PUBLIC, Description, ReadRoute
from .common import common, loader
from .names import package
from .program import infra
from .stubs import stubs
from .words import printable


def project(name: str, read: Description, source: str) -> dict[str, str]:
    """File → its text. `source` is the description's file, as one says it."""
    below = package(name)
    files = common(name, below)
    files["infra.py"] = infra(name, below, read)
    files |= {f"src/{below}/{module}": text for module, text in stubs(read).items()}
    if read.schemas:
        files["schemas.json"] = json.dumps(read.schemas, indent=1, sort_keys=True) + "\n"
        files["schemas.py"] = loader()
    files[f"test_{below}.py"] = _test(read)
    files["README.md"] = _readme(name, below, read, source)
    files["IMPORTED.md"] = imported(read, source)
    return files


def imported(read: Description, source: str) -> str:
    """Everything that the description says and the project does not, or not in the same way."""
    lines = [
        f"# What became of {printable(source)}",
        "",
        f"{read.operations} operations, {len(read.routes)} routes, {len(read.schemas)} schemas.",
        "What is not carried over, or not as it stands there:",
    ]
    for what, places in read.remarks.grouped().items():
        lines += ["", f"## {printable(what)}", "", *(f"- {printable(place)}" for place in places)]
    return "\n".join(lines) + "\n"


def _readme(name: str, below: str, read: Description, source: str) -> str:
    return f"""# {name}

Made from {printable(source)} by `sls-infra new {name} --from-openapi`: {len(read.routes)} routes of {read.operations}
operations. Each handler answers 501 until it is written; IMPORTED.md lists what the description says beyond that.

| file | what is in it |
| --- | --- |
| `infra.py` | the Api: routes, who may call them |
| `schemas.json` | what bodies, answers and queries look like, as the description says it |
| `src/{below}/handlers` | what it does |
| `test_{below}.py` | that all of it holds together |
| `__main__.py`, `Pulumi.yaml` | where it goes |

    sls-infra plan infra:api      # how each cloud meets it
    sls-infra dev infra:api       # serves it on this machine
    python -m pytest
    pulumi stack init local && pulumi up    # puts it on this machine

`pulumi up` takes Python, and the local target's provider, from `.venv` here: make it, and install what pyproject.toml
asks for into it, or write another virtual environment into `Pulumi.yaml`, twice.
{_needed(read)}"""


def _needed(read: Description) -> str:
    """Secrets that a deployment must be given."""
    secrets = [dict(way.arguments)[""] for way in read.ways if way.kind == "Webhook"]
    said = "".join(f"\n    pulumi config set --secret {secret}" for secret in secrets)
    return f"\nBefore it is deployed:\n{said}\n" if said else ""


def _test(read: Description) -> str:
    route = _plain(read)
    secrets = [dict(way.arguments)[""] for way in read.ways if way.kind == "Webhook"]
    config = ", ".join(f'"project:{secret}": "hush"' for secret in secrets)
    test = _SHORT.format(config=f", config={{{config}}}" if config else "")
    if route is not None:
        test += _CALLED.format(method=route.method, path=_sample(route.path), claims=_claims(route))
    imports = "client, render" if route is not None else "render"
    return f"from sls_infra.testing import {imports}\n\nfrom infra import api\n\n\n{test}"


_SHORT = """def test_it_holds_together() -> None:
    described = api()
    stack = render(described, target="local"{config})
    assert len(stack.one("sls:local:Gateway").inputs["routes"]) == len(described.routes)
"""

_CALLED = """

def test_a_handler_is_reached() -> None:
    with client(api()) as c:
        assert c.request("{method}", "{path}"{claims}).status == 501  # not written yet
"""


def _plain(read: Description) -> ReadRoute | None:
    """A route to be called in the test: one without a body, whose way in claims can stand in for."""
    kinds = {way.variable: way.kind for way in read.ways}
    for route in read.routes:
        easy = all(way == PUBLIC or kinds.get(way) in ("Jwt", "OAuth2") for way in route.ways)
        if easy and route.request is None and "{" not in route.path and route.path.isascii() and '"' not in route.path:
            return route
    return None


def _sample(path: str) -> str:
    return parse(path).text.replace("\\", "")


def _claims(route: ReadRoute) -> str:
    if route.ways == (PUBLIC,):
        return ""
    return f', claims={{"sub": "ann", "scope": "{" ".join(route.scopes)}"}}'
