"""A whole document → a `Description`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ...errors import SlsError
from .file import read
from .model import Description, Remarks
from .nodes import Document, line, listed, mapping, text
from .operations import Operations
from .schemas import Schemas
from .security import Security

_CARRIED = (
    "openapi",
    "info",
    "servers",
    "paths",
    "components",
    "security",
    "definitions",
    "jsonSchemaDialect",
    "$self",
)
_SWAGGER = ("host", "basePath", "schemes", "consumes", "produces", "parameters", "responses")
_SMALL = {
    "tags": "tags only say which handlers stand together",
    "externalDocs": "links to documents are not carried over",
}


def description(file: str, name: str) -> Description:
    """What is read from a file, for an Api of this name. Raises `SlsError` for what is no description."""
    root, json_schema = read(file)
    try:
        return _read(Document(root, json_schema), name)
    except RecursionError:
        raise SlsError(f"{file} is nested too deeply, or holds itself") from None


def _read(document: Document, name: str) -> Description:
    remarks = Remarks()
    info = mapping(document.root.get("info"))
    security = Security(document, name, remarks)
    schemas = Schemas(document, remarks)
    operations = Operations(document, security, schemas, remarks, _base(document, remarks))
    _members(document, remarks)
    routes = []
    for template, item in mapping(document.root.get("paths")).items():
        if not template.startswith("x-"):
            routes += operations.of(template, item)
    return Description(
        title=line(info.get("title")) or name,
        version=line(str(info.get("version") or "")) or "1",
        text=line(info.get("summary")) or line(info.get("description")),
        routes=tuple(routes),
        ways=security.finished(),
        schemas=dict(sorted(schemas.made.items())),
        remarks=remarks,
        operations=operations.count,
    )


def _base(document: Document, remarks: Remarks) -> str:
    """The path of the first server: callers have it before every path."""
    servers = [text(mapping(each).get("url")) for each in listed(document.root.get("servers"))]
    if not servers:
        return ""
    try:
        path = urlsplit(servers[0]).path.rstrip("/")
    except ValueError:
        path = ""
    if "{" in servers[0]:
        remarks.add("servers", "a server's variables are not carried over, nor what its path has of them")
        path = "" if "{" in path else path
    if path:
        remarks.add("servers", f"the first server's path {path} stands before every route, as callers have it")
    if len(servers) > 1:
        remarks.add("servers", "of several servers the first one's path counts; hosts are the deployment's own")
    return path if path.startswith("/") else ""


def _members(document: Document, remarks: Remarks) -> None:
    known: dict[str, Any] = document.root
    for member, what in _SMALL.items():
        if known.get(member):
            remarks.add(member, what)
    for member in known:
        if member not in (*_CARRIED, *_SWAGGER, *_SMALL) and not member.startswith("x-"):
            remarks.add(member, "is not carried over")
    extensions = sorted(member for member in known if member.startswith("x-"))
    if extensions:
        remarks.add(", ".join(extensions), "extensions are not carried over")
    remarks.add("descriptions", "of an operation's description the first paragraph is carried over, to its handler")
    remarks.add("responses", "answers other than the first success, headers, links and examples are not carried over")
