"""Operations → routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...plan.check_routes import OPERATION_ID
from ...plan.resolve import ROUTE_METHODS
from ...plan.ways import SECONDS
from .model import ReadRoute, Remarks
from .nodes import Document, line, listed, mapping, text
from .paths import Paths
from .schemas import Schemas
from .security import Security

_DROPPED = {
    "callbacks": "callbacks are not carried over",
    "servers": "servers of its own are not carried over",
    "deprecated": "is deprecated: a route has no word for that",
    "externalDocs": "links to documents are not carried over",
}
_JSON = re.compile(r"(?i)\s*(application/([\w.+-]+\+)?json|\*/\*|application/\*)\s*(;.*)?")
_OURS = ("x-sls-rate-limit",)
_BODYLESS = ("GET", "HEAD", "OPTIONS")
_NOT_OPERATIONS = ("parameters", "summary", "description", "servers", "$ref")


class Operations:
    """Reads the operations of one document."""

    def __init__(self, document: Document, security: Security, schemas: Schemas, remarks: Remarks, base: str) -> None:
        self._document = document
        self._security = security
        self._schemas = schemas
        self._remarks = remarks
        self._base = base
        self._paths = Paths()
        self._ids: set[str] = set()
        self._taken: dict[tuple[str, str], str] = {}
        self.count = 0

    def of(self, template: str, item: Any) -> list[ReadRoute]:
        """The routes of one path."""
        if lost := self._document.lost(item):
            self._remarks.add(template, f"left out: its reference {lost} leads out of the document, or nowhere")
        item = {**self._document.followed(item), **{k: v for k, v in mapping(item).items() if k != "$ref"}}
        routes = []
        for key, operation in item.items():
            method = key.upper()
            if method in ROUTE_METHODS or method in ("TRACE", "QUERY"):
                self.count += 1
                route = self._route(f"{method} {template}", method, template, item, mapping(operation))
                routes += [route] if route else []
            elif key not in _NOT_OPERATIONS and not key.startswith("x-"):
                self._remarks.add(template, f"the member {key} is not carried over")
        if listed(item.get("servers")):
            self._remarks.add(template, _DROPPED["servers"])
        return routes

    def _route(
        self, where: str, method: str, template: str, item: dict[str, Any], operation: dict[str, Any]
    ) -> ReadRoute | None:
        if method not in ROUTE_METHODS:
            self._remarks.add(where, f"left out: there are no routes for {method}")
            return None
        parameters = self._parameters(item, operation, where)
        greedy = [text(p.get("name")) for p in parameters if p.get("in") == "path" and p.get("x-sls-greedy") is True]
        path, remarks = self._paths.translated(self._base + template, greedy)
        for remark in remarks:
            self._remarks.add(where, remark)
        if path is None:
            return None
        first = self._taken.setdefault((method, path), where)
        if first != where:
            self._remarks.add(where, f"left out: to the path grammar it is {first} again")
            return None
        for member, what in _DROPPED.items():
            if operation.get(member):
                self._remarks.add(where, what)
        if any(key.startswith("x-") and key not in _OURS for key in operation):
            self._remarks.add(where, "extensions are not carried over")
        operation_id = self._operation_id(operation, where)
        name = operation_id or _name(method, path)
        ways, scopes = self._security.ways(operation, where)
        notes = _first_paragraph(text(operation.get("description")))
        request = self._request(method, operation, name, where, notes)
        query = self._query(parameters, name, where)
        notes += self._elsewhere(parameters, where)
        return ReadRoute(
            where=where,
            method=method,
            path=path,
            operation_id=operation_id,
            summary=line(operation.get("summary")) or line(operation.get("description"))[:100],
            group=_group(operation, path),
            ways=ways,
            scopes=scopes,
            limits=tuple(_limits(operation.get("x-sls-rate-limit"))),
            request=request,
            response=self._response(operation, name, where),
            query=query,
            notes=tuple(notes),
        )

    def _parameters(self, item: dict[str, Any], operation: dict[str, Any], where: str) -> list[dict[str, Any]]:
        """Those of the operation, and those of its path that it does not replace."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for node in (*listed(item.get("parameters")), *listed(operation.get("parameters"))):
            if lost := self._document.lost(node):
                self._remarks.add(where, f"the parameter {lost} leads out of the document, or nowhere")
            one = self._document.followed(node)
            if text(one.get("name")):
                found[text(one["name"]), text(one.get("in"))] = one
        return list(found.values())

    def _operation_id(self, operation: dict[str, Any], where: str) -> str | None:
        given = text(operation.get("operationId"))
        if not given:
            return None
        base = re.sub(r"[^A-Za-z0-9_.-]+", "_", given).strip("_") or "operation"
        base = base if OPERATION_ID.fullmatch(base) else f"_{base}"
        name, number = base, 2
        while name in self._ids:
            name, number = f"{base}{number}", number + 1
        self._ids.add(name)
        if name != given:
            self._remarks.add(
                where, "the operation id is written in the letters that ids here have, and each only once"
            )
        return name

    def _request(self, method: str, operation: dict[str, Any], name: str, where: str, notes: list[str]) -> str | None:
        body = self._document.followed(operation.get("requestBody"))
        content = mapping(body.get("content"))
        if self._document.lost(operation.get("requestBody")):
            self._remarks.add(where, "the body's reference leads out of the document, or nowhere")
        if not content:
            return None
        if method in _BODYLESS:
            self._remarks.add(where, f"the body of a {method} is not described")
            return None
        json = [key for key in content if _JSON.fullmatch(key)]
        others = [key for key in content if key not in json]
        if not json:
            self._remarks.add(where, f"a body of {', '.join(others)} is not checked: only JSON is")
            notes.append(f"body: {', '.join(others)}")
            return None
        if others:
            self._remarks.add(where, f"a body of {', '.join(others)} is refused: the JSON schema is for every body")
        schema = mapping(content[json[0]]).get("schema")
        if any(mapping(content[key]).get("schema") != schema for key in json[1:]):
            self._remarks.add(where, f"the schema of {json[0]} is for {', '.join(json[1:])} too")
        if schema in (None, {}, True):
            return None
        if body.get("required") is not True:
            self._remarks.add(where, "the body may be left out there; here it is needed, since it is checked")
        return self._schemas.take(schema, f"{_title(name)}Request", where)

    def _response(self, operation: dict[str, Any], name: str, where: str) -> str | None:
        """The schema of the first answer that is a success in JSON."""
        answers = mapping(operation.get("responses"))
        for status in sorted(key for key in answers if key.startswith("2")):
            answer = self._document.followed(answers[status])
            for media, described in mapping(answer.get("content")).items():
                schema = mapping(described).get("schema")
                if _JSON.fullmatch(media) and schema not in (None, {}, True):
                    return self._schemas.take(schema, f"{_title(name)}Response", where)
        if any(
            mapping(self._document.followed(each)).get("content") for key, each in answers.items() if key[:1] == "2"
        ):
            self._remarks.add(where, "the answer is not described: only JSON is")
        return None

    def _query(self, parameters: list[dict[str, Any]], name: str, where: str) -> str | None:
        properties: dict[str, Any] = {}
        required: list[str] = []
        for one in parameters:
            if one.get("in") != "query":
                continue
            key = text(one["name"])
            content = next(iter(mapping(one.get("content")).values()), None)
            schema = one.get("schema", mapping(content).get("schema", {}))
            part = self._schemas.part(schema, where)
            if text(one.get("description")) and isinstance(part, dict):
                part = {**part, "description": text(one["description"])}
            properties[key] = part
            if one.get("required") is True:
                required.append(key)
            style = text(one.get("style")) or "form"
            if style != "form" or one.get("explode") is False or content is not None:
                self._remarks.add(where, "how a parameter of the query is put into text is up to the handler to read")
        if not properties:
            return None
        made: dict[str, Any] = {"type": "object", "properties": properties}
        return self._schemas.put(f"{_title(name)}Query", {**made, "required": required} if required else made)

    def _elsewhere(self, parameters: list[dict[str, Any]], where: str) -> list[str]:
        """Parameters that a route has no word for: the handler reads them."""
        notes = []
        for place, plural in (("header", "headers"), ("cookie", "cookies")):
            names = [line(one["name"]) for one in parameters if one.get("in") == place]
            if names:
                self._remarks.add(where, f"parameters in {plural} are not described: the handler reads them")
                notes.append(f"{plural}: {', '.join(names)}")
        return notes


def _first_paragraph(description: str) -> list[str]:
    paragraph = re.split(r"\n\s*\n", description.strip())[0]
    return [" ".join(paragraph.split())] if paragraph else []


def _limits(given: Any) -> Iterator[tuple[int, str, int, str]]:
    for each in map(mapping, listed(given)):
        requests, burst, per, by = (each.get(key) for key in ("requests", "burst", "per", "by"))
        if type(requests) is int and requests > 0 and per in SECONDS and by in ("route", "client", "ip"):
            yield requests, str(per), burst if type(burst) is int and burst > 0 else requests, str(by)


def _group(operation: dict[str, Any], path: str) -> str:
    tags = [each for each in listed(operation.get("tags")) if isinstance(each, str)]
    literal = (each for each in path.split("/") if each and "{" not in each)
    words = (each for each in literal if not re.fullmatch(r"v\d+|api", each))
    return tags[0] if tags else next(words, "root")


def _name(method: str, path: str) -> str:
    return "_".join([method.lower(), *re.findall(r"[A-Za-z0-9]+", path)])


def _title(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name))
