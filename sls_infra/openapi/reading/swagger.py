"""Swagger 2.0 → OpenAPI 3.0: the same said in the later words."""

from __future__ import annotations

from typing import Any

from .nodes import listed, mapping, text

_JSON = "application/json"
_FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}
_PARAMETER = ("name", "in", "required", "description", "deprecated", "x-sls-greedy", "$ref")


def upgraded(old: dict[str, Any]) -> dict[str, Any]:
    """The document as 3.0. Schemas stay where they are, below `definitions`: references to them go on to hold."""
    made = {key: value for key, value in old.items() if key not in ("swagger", "securityDefinitions", "paths")}
    made["openapi"] = "3.0.3"
    made["components"] = {
        "securitySchemes": {
            name: _scheme(mapping(each)) for name, each in mapping(old.get("securityDefinitions")).items()
        }
    }
    made["servers"] = _servers(old)
    paths = mapping(old.get("paths"))
    made["paths"] = {path: _item(mapping(item), old) for path, item in paths.items()}
    return made


def _servers(old: dict[str, Any]) -> list[dict[str, str]]:
    base, host = text(old.get("basePath")), text(old.get("host"))
    schemes = [each for each in listed(old.get("schemes")) if isinstance(each, str)] or ["https"]
    return [{"url": f"{schemes[0]}://{host}{base}" if host else base}] if host or base else []


def _item(item: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    shared = [_followed(each, old) for each in listed(item.get("parameters"))]
    made = {}
    for key, value in item.items():
        if key != "parameters":
            made[key] = _operation(value, shared, old) if isinstance(value, dict) else value
    return made


def _operation(operation: dict[str, Any], shared: list[dict[str, Any]], old: dict[str, Any]) -> dict[str, Any]:
    own = [_followed(each, old) for each in listed(operation.get("parameters"))]
    said = {(each.get("name"), each.get("in")) for each in own}
    given = [*own, *(each for each in shared if (each.get("name"), each.get("in")) not in said)]
    made = {
        key: value for key, value in operation.items() if key not in ("parameters", "consumes", "produces", "schemes")
    }
    made["parameters"] = [_parameter(each) for each in given if each.get("in") not in ("body", "formData")]
    consumes = operation.get("consumes", old.get("consumes"))
    body = _body(given, [str(each) for each in listed(consumes)])
    if body:
        made["requestBody"] = body
    produces = [str(each) for each in listed(operation.get("produces", old.get("produces")))] or [_JSON]
    answers = mapping(operation.get("responses"))
    made["responses"] = {status: _response(_followed(each, old), produces) for status, each in answers.items()}
    return made


def _followed(node: Any, old: dict[str, Any]) -> dict[str, Any]:
    """A parameter or response, of those that are shared too."""
    reference = text(mapping(node).get("$ref"))
    if reference.startswith(("#/parameters/", "#/responses/")):
        _, kind, name = reference.split("/", 2)
        return mapping(mapping(old.get(kind)).get(name.replace("~1", "/").replace("~0", "~")))
    return mapping(node)


def _parameter(old: dict[str, Any]) -> dict[str, Any]:
    made = {key: old[key] for key in _PARAMETER if key in old}
    schema = {
        key: value for key, value in old.items() if key not in (*_PARAMETER, "collectionFormat", "allowEmptyValue")
    }
    if old.get("collectionFormat") in ("ssv", "pipes", "tsv"):
        made["style"] = old["collectionFormat"]
    return {**made, "schema": schema}


def _body(given: list[dict[str, Any]], consumes: list[str]) -> dict[str, Any]:
    for each in given:
        if each.get("in") == "body":
            types = consumes or [_JSON]
            content: dict[str, Any] = {media: {"schema": each.get("schema", {})} for media in types}
            return {"required": each.get("required") is True, "content": content}
    form = [each for each in given if each.get("in") == "formData"]
    if not form:
        return {}
    media = (
        "multipart/form-data"
        if any(each.get("type") == "file" for each in form)
        else "application/x-www-form-urlencoded"
    )
    properties = {text(each.get("name")): _parameter(each)["schema"] for each in form}
    return {"content": {media: {"schema": {"type": "object", "properties": properties}}}}


def _response(old: dict[str, Any], produces: list[str]) -> dict[str, Any]:
    made = {key: value for key, value in old.items() if key not in ("schema", "examples")}
    if "schema" in old:
        made["content"] = {media: {"schema": old["schema"]} for media in produces}
    return made


def _scheme(old: dict[str, Any]) -> dict[str, Any]:
    match old.get("type"):
        case "basic":
            return {"type": "http", "scheme": "basic"}
        case "oauth2":
            flow = text(old.get("flow"))
            urls: dict[str, Any] = {key: old[key] for key in ("authorizationUrl", "tokenUrl") if key in old}
            described = {**urls, "scopes": mapping(old.get("scopes"))}
            return {"type": "oauth2", "flows": {_FLOWS.get(flow, flow): described}}
        case _:
            return old
