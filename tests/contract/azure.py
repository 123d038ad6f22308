"""Azure: Microsoft's own Python worker behind what the rendered document and policies make of a request.

The worker needs Python 3.13 and an environment of its own. Where that can't be had the cases are skipped with that
reason, and `test_completeness` with them: another judge in its place would hide that the real one was not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sls_infra.plan.model import Plan
from sls_infra.plan.names import route_id
from sls_infra.spec.api import Api
from tools.issuer import Issuer

from ..runtime import azure_host
from ..runtime.azure_worker import AzureWorker, Missing
from . import tokens, unpacking
from .azure_gateway import ApiManagement
from .model import UNNAMED, Answer, Call, Headers, NameRule, Unavailable
from .target import ISSUER, Hosted

WORDS = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
CHILD = r"[^*#&+:<>?]+"
SUFFIX = "0123abcd"
RULES = "Naming rules and restrictions for Azure resources"
APIM = "azure-native:apimanagement"
NAMES: Mapping[str, NameRule] = {
    "azure-native:resources:ResourceGroup": NameRule(90, r"[\w().-]*[\w()-]", SUFFIX, source=RULES),
    "azure-native:operationalinsights:Workspace": NameRule(63, r".{4,}", SUFFIX, source=RULES),
    "azure-native:applicationinsights:Component": NameRule(260, r"[^%&\\?/]+[^%&\\?/. ]", SUFFIX, source=RULES),
    "azure-native:storage:StorageAccount": NameRule(24, r"[a-z0-9]{3,24}", SUFFIX, source=RULES),
    "azure-native:storage:BlobContainer": NameRule(
        63, r"(?=.{3})[a-z0-9]+(-[a-z0-9]+)*", input="containerName", source=RULES
    ),
    "azure-native:managedidentity:UserAssignedIdentity": NameRule(128, r"[A-Za-z0-9][\w-]{2,}", SUFFIX, source=RULES),
    "azure-native:authorization:RoleAssignment": NameRule(
        36, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", input="roleAssignmentName", source=RULES
    ),
    "azure-native:web:AppServicePlan": NameRule(60, r"[A-Za-z0-9-]+", SUFFIX, source=RULES),
    # Cut to 32 characters it is the host's id, of which two in one storage account must not be alike.
    "azure-native:web:WebApp": NameRule(32, WORDS, SUFFIX, source="Azure Functions: host ID considerations"),
    "azure-native:web:WebAppScmAllowed": UNNAMED,
    "azure-native:web:WebAppFtpAllowed": UNNAMED,
    f"{APIM}:ApiManagementService": NameRule(50, r"[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?", SUFFIX, source=RULES),
    f"{APIM}:Api": NameRule(256, CHILD, input="apiId", source=RULES),
    f"{APIM}:ApiPolicy": NameRule(6, "policy", input="policyId", source=RULES),
    f"{APIM}:Policy": NameRule(6, "policy", input="policyId", source=RULES),
    f"{APIM}:NamedValue": NameRule(256, r"[A-Za-z0-9._-]+", input="namedValueId", source=RULES),
    f"{APIM}:Backend": NameRule(80, CHILD, input="backendId", source=RULES),
    f"{APIM}:Logger": NameRule(256, CHILD, input="loggerId", source=RULES),
    f"{APIM}:Diagnostic": NameRule(80, CHILD, input="diagnosticId", source=RULES),
    f"{APIM}:Subscription": NameRule(256, CHILD, input="sid", source=RULES),
    "azure-native:keyvault:Vault": NameRule(24, r"(?!.*--)[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", SUFFIX, source=RULES),
    "azure-native:keyvault:Secret": NameRule(127, r"[A-Za-z0-9-]+", input="secretName", source=RULES),
    "azure-native:dns:RecordSet": UNNAMED,  # by the host name that it is the record of
    "sls:azure:Code": UNNAMED,
}
"""Type of resource → what it may be called."""


class AzureServed:
    """The workers, and the gateway in front."""

    def __init__(self, gateway: ApiManagement, issuer: Issuer, plan: Plan, workers: dict[str, AzureWorker]) -> None:
        self.url = gateway.url
        self._gateway = gateway
        self._issuer = issuer
        self._workers = workers
        self._routes = {route.key: route for route in plan.routes}

    def call(self, call: Call) -> Answer:
        return self._gateway.call(call, tokens.authorized(call, self._issuer, ISSUER))

    def forced(self, route: str, call: Call) -> Answer:
        headers = tokens.authorized(call, self._issuer, ISSUER)
        known = self._routes.get(route)
        id = known.id if known else route_id(*route.split(" ", 1)) if route else "-"
        worker = self._workers[known.function] if known else next(iter(self._workers.values()))
        sent = azure_host.sent(call.method, call.target, headers, call.body, route=id, ip=call.client_ip)
        return answered(worker, sent, call.method)


class Azure(Hosted):
    """Function apps behind API Management."""

    name = "azure"
    python = "python3.13"
    names = NAMES

    @contextmanager
    def serving(self, api: Api, issuer: Issuer, folder: Path) -> Iterator[AzureServed]:
        rendered = self.rendered(api)
        bundles = unpacking.unpacked(api, self.name, folder)
        with ExitStack() as stack:
            workers: dict[str, AzureWorker] = {}
            apps: dict[str, AzureWorker] = {}
            for resource in rendered.all("azure-native:web:WebApp"):
                try:
                    made = stack.enter_context(AzureWorker(bundles[resource.name].folder))
                except Missing as error:
                    raise Unavailable(str(error)) from None
                workers[resource.name] = apps[resource.logical_name] = made

            def invoke(host: str, method: str, target: str, headers: Headers, body: bytes) -> Answer:
                worker = next(apps[name] for name in sorted(apps, key=len, reverse=True) if host.startswith(name))
                return answered(worker, azure_host.to_worker(method, f"https://{host}{target}", headers, body), method)

            yield AzureServed(ApiManagement(rendered, issuer, ISSUER, invoke), issuer, self.planned(api), workers)


def answered(worker: AzureWorker, sent: dict[str, object], method: str) -> Answer:
    """What the host makes of the worker's answer."""
    received = azure_host.received(worker.call(sent), method)
    return Answer(received.status, tuple((name.lower(), value) for name, value in received.headers), received.body)
