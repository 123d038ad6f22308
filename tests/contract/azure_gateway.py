"""API Management, as far as Microsoft describes it: the operation of the imported document, the policies, the backend.

https://learn.microsoft.com/azure/api-management/: "Add an API manually" (URL templates, wildcards; a slash at the end
makes no difference), "API import restrictions" (how an operation is called), "Backends". A wildcard takes an empty rest
of a path, too. Microsoft does not say whether the case of letters counts: both are tried, and must have one status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

from sls_infra.testing import Rendered
from sls_infra.testing.computed.azure import call
from tools.issuer import Issuer

from . import azure_policy
from .model import Answer, Call, GatewayError, Headers

Invoke = Callable[[str, str, str, Headers, bytes], Answer]
"""Calls the function app that answers at a host: host, method, target, headers, body."""

APIM = "azure-native:apimanagement"
SECRETS = f"{APIM}:listSubscriptionSecrets"
SIZES = {"Consumption": 16 * 1024, "BasicV2": 256 * 1024}
"""Bytes of a policy document (API Management limits)."""
NORMAL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Operation ids that an import leaves as they are, but for their length."""


class ApiManagement:
    """Finds the operation, runs the policies, and calls the backend that they choose."""

    def __init__(self, rendered: Rendered, issuer: Issuer, trusted: str, invoke: Invoke) -> None:
        api = rendered.one("azure-native:apimanagement:Api").inputs
        if (
            api["path"]
            or api["subscriptionRequired"]
            or api["format"] != "openapi+json"
            or api["protocols"] != ["https"]
        ):
            raise GatewayError(f"the API is not served at the root, for everybody, from an OpenAPI document: {api}")
        self.document: dict[str, Any] = json.loads(api["value"])
        self.url = rendered.outputs["url"]
        self._issuer = issuer
        self._trusted = trusted
        self._invoke = invoke
        whole = rendered.all("azure-native:apimanagement:Policy")
        own = rendered.one("azure-native:apimanagement:ApiPolicy")
        (tier,) = (service.inputs["sku"]["name"] for service in rendered.all(f"{APIM}:ApiManagementService"))
        self._service = [_policy(document.inputs, tier) for document in whole]
        self._policies = [*self._service, _policy(own.inputs, tier)]
        self.counters = azure_policy.Counters()
        self.told: list[str] = []
        """Of the last call: what policies told Application Insights."""
        self._looked_for = api["subscriptionKeyParameterNames"]
        self._keys = {
            call(SECRETS, {"sid": each.inputs["sid"]})["primaryKey"]: str(each.inputs["displayName"])
            for each in rendered.all(f"{APIM}:Subscription")
            if (each.inputs["scope"], each.inputs["state"]) == ("/apis", "active")
        }
        values = {r.inputs["namedValueId"]: r for r in rendered.all("azure-native:apimanagement:NamedValue")}
        self._named = {name: resource.inputs["value"] for name, resource in values.items()}
        if not all(r.inputs["secret"] and r.inputs["displayName"] == name for name, r in values.items()):
            raise GatewayError("a function's key would not be kept as a secret")
        backends = rendered.all("azure-native:apimanagement:Backend")
        self._backends = {backend.inputs["backendId"]: backend.inputs for backend in backends}
        self.operations = list(self._imported())

    def call(self, call: Call, authorization: Headers) -> Answer:
        """The answer to a call; `authorization` are its headers, with its token."""
        operation, other = self.operation(call), self.operation(call, cased=False)
        answer = self._operated(operation, call, authorization)
        if other != operation:
            second = self._operated(other, call, authorization)
            if second.status != answer.status:
                raise GatewayError(f"the answer depends on what Microsoft does not say: {answer} or {second}")
        return answer

    def _operated(self, operation: str | None, call: Call, authorization: Headers) -> Answer:
        headers = azure_policy.lowered(authorization)
        run = azure_policy.Run(call, headers, operation, self.url, self._issuer, self._trusted, self.counters)
        self.told = run.told
        if operation is None:  # only the whole service's policies know of it
            return azure_policy.run([_lost(), *self._service], run, self._lost)
        key = self._key(call, headers)
        run.subscription = None if key is None else self._keys.get(key)
        if key is not None and run.subscription is None:
            run.broken = azure_policy.Failed("authorization", "SubscriptionKeyInvalid", 401)
        return azure_policy.run(self._policies, run, self._forward)

    def _key(self, call: Call, headers: list[tuple[str, str]]) -> str | None:
        """The subscription key of a request: the header's, else that of the query ("Subscriptions")."""
        sent = [value for name, value in headers if name == self._looked_for["header"].lower()]
        asked = parse_qs(call.query, keep_blank_values=True).get(self._looked_for["query"], [])
        return ",".join(sent) if sent else next(iter(asked), None)

    def operation(self, call: Call, *, cased: bool = True) -> str | None:
        """The id of the most specific operation of the method: literals before parameters before the wildcard."""
        fitting = []
        for id, method, template in self.operations:
            path = unquote(call.path.replace("%2F", "%252F").replace("%2f", "%252f"))
            found = rank(template, path) if cased else rank(template.lower(), path.lower())
            if method == call.method and found is not None:
                fitting.append((found, id))
        return min(fitting)[1] if fitting else None

    def _forward(self, run: azure_policy.Run) -> Answer:
        backend = self._backends.get(run.backend or "")
        if backend is None:
            raise azure_policy.Failed("set-backend-service", "BackendNotFound", 500)
        host = backend["url"].removeprefix("https://").partition("/")[0]
        base = backend["url"].removeprefix(f"https://{host}")
        headers = [header for header in run.headers if header[0] not in ("host", "content-length")]
        for name, values in backend["credentials"]["header"].items():
            headers += [(name.lower(), self._replaced(value)) for value in values]
        headers += [("host", host), ("x-forwarded-for", run.call.client_ip)]
        answer = self._invoke(host, run.call.method, base + run.call.target, headers, run.call.body)
        return Answer(answer.status, answer.headers, b"" if run.call.method == "HEAD" else answer.body)

    def _lost(self, run: azure_policy.Run) -> Answer:
        raise azure_policy.Failed("configuration", "OperationNotFound", 404)

    def _replaced(self, text: str) -> str:
        return re.sub(r"\{\{([^}]*)\}\}", lambda found: str(self._named[found[1]]), text)

    def _imported(self) -> Iterator[tuple[str, str, str]]:
        """Id, method and template of each operation."""
        seen: set[str] = set()
        for path, item in self.document["paths"].items():
            declared = [parameter["name"] for parameter in item.get("parameters", ())]
            if sorted(declared) != sorted(re.findall(r"\{([^}]*)\}", path)):
                raise GatewayError(f"the parameters of {path} are not those that it declares")
            for method, operation in item.items():
                if method == "parameters":
                    continue
                id = operation["operationId"]
                if id in seen or len(id) > 76 or not NORMAL.fullmatch(id):
                    raise GatewayError(f"an import would give {id} another name")
                seen.add(id)
                yield id, method.upper(), path


def _policy(inputs: Any, tier: str) -> ElementTree.Element:
    if inputs["format"] not in ("xml", "rawxml") or len(inputs["value"].encode()) > SIZES[tier]:
        raise GatewayError(f"{tier} takes a policy of at most {SIZES[tier]} bytes, in XML")
    tree = ElementTree.fromstring(inputs["value"])
    if tier == "Consumption" and any(True for _ in tree.iter("rate-limit-by-key")):
        raise GatewayError("the Consumption tier has no rate-limit-by-key")
    return tree


def _lost() -> ElementTree.Element:
    """What stands behind the whole service's policies where no operation was found."""
    return ElementTree.fromstring("<policies><inbound /><backend><forward-request /></backend></policies>")


def rank(template: str, path: str) -> tuple[int, ...] | None:
    """How specific a template is for a path, less being more; None where it does not take it. `path` is decoded but
    for its encoded slashes."""
    wanted, given = template.split("/")[1:], path.split("/")[1:]
    if wanted[-1] == "*":
        if len(given) < len(wanted):
            return None
    else:
        if given[-1] == "" and len(given) == len(wanted) + 1:
            given.pop()  # a slash at the end makes no difference
        if len(given) != len(wanted):
            return None
    kinds = []
    for want, have in zip(wanted, given, strict=False):
        if want == "*":
            kinds.append(2)
        elif want.startswith("{"):
            if not have:
                return None
            kinds.append(1)
        elif want != have:
            return None
        else:
            kinds.append(0)
    return tuple(kinds)
