"""Azure: Key Vault and Service Bus by the app's managed identity, and authorizers that are functions of other apps."""

from __future__ import annotations

from os import environ
from time import time

from ..errors import ServiceError
from . import calling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from ssl import SSLContext

    from ..events.delivery import DeadLetter

TOKEN_VERSION = "2019-08-01"  # noqa: S105  # of the API
VAULT_VERSION = "7.4"
VAULTS = ("vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net")
"""Key Vault's domains, each the resource that tokens are for: the public cloud's, China's, the US government's
(learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates)."""
BUS = "https://servicebus.azure.net/"
"""The resource that tokens for Service Bus are for."""
BATCH = "application/vnd.microsoft.servicebus.json"
GROUP = "default"
"""The session of a dead letter that has none: queues without sessions take no notice, those with them ask for one."""
MARGIN = 300
"""Seconds before its end from which on a token is not used any more."""


class Services:
    """What is asked of Azure."""

    fresh = 60.0
    fresh_environment = 300.0

    def __init__(self, environment: Mapping[str, str] = environ, context: SSLContext | None = None) -> None:
        """`context`: of TLS; default: the system's certificates."""
        self._environment = environment
        self._context = context
        self._tokens: dict[str, tuple[str, float]] = {}
        """By resource: token, and until when it is used."""

    def secret(self, ref: str) -> str:
        """The current value of the secret with that URL: `https://<vault>.vault.azure.net/secrets/<name>`, or of the
        version that ends it (learn.microsoft.com/rest/api/keyvault/secrets/get-secret)."""
        what = f"secret {ref}"
        try:
            url = calling.secure(ref)
            host = calling.split(url)[1]
        except ServiceError as error:
            raise ServiceError(f"{what}: {error}") from None
        resource = "https://" + next((domain for domain in VAULTS if host.endswith("." + domain)), VAULTS[0])
        headers = {"authorization": f"Bearer {self._token(resource)}"}
        url = f"{url.rstrip('/')}?api-version={VAULT_VERSION}"
        answer = calling.call(what, "GET", url, headers, context=self._context)
        if answer.status == 401:
            self._tokens.pop(resource, None)
        if answer.status != 200:
            raise _refused(what, answer)
        value = answer.json(what).get("value")
        if not isinstance(value, str):
            raise ServiceError(f"{what}: the answer holds no value")
        return value

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        """The answer of the function app that `target` names, a JSON object: `url` of the app, and `key_ref`, the
        secret that holds the key of its functions."""
        from json import loads
        from urllib.parse import quote

        try:
            known, way = loads(target), loads(payload)["way"]
            app, key_ref = calling.secure(known["url"]).rstrip("/"), known["key_ref"]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ServiceError("an authorizer's target can't be read: deploy the function again") from None
        from . import cached_secret

        url = f"{app}/_sls/authorize/{quote(way, safe='')}"
        what = f"authorizer {url}"
        headers = {"content-type": "application/json", "x-functions-key": cached_secret(key_ref)}
        answer = calling.call(what, "POST", url, headers, payload, read=calling.AUTHORIZER, context=self._context)
        if answer.status != 200:
            raise calling.refused(what, answer)
        return answer.body

    def dead_letter(self, address: Mapping[str, str], letter: DeadLetter) -> None:
        """Sends it to the Service Bus queue at that address: `{"namespace": "<host>", "name": "<queue>"}`.

        As a batch of one (learn.microsoft.com/rest/api/servicebus/send-message-batch): what is sent singly has its
        properties as headers, which hold ASCII alone, and none that HTTP has a meaning for.
        """
        from json import dumps
        from urllib.parse import quote
        from uuid import uuid4

        url = f"https://{address['namespace']}/{quote(address['name'])}/messages"
        what = f"dead letter to {url}"
        message = {
            "Body": letter.body,
            "BrokerProperties": {"MessageId": uuid4().hex, "SessionId": letter.group or GROUP},
            "UserProperties": dict(letter.attributes),
        }
        headers = {"authorization": f"Bearer {self._token(BUS)}", "content-type": BATCH}
        answer = calling.call(what, "POST", url, headers, dumps([message]).encode(), context=self._context)
        if answer.status == 401:
            self._tokens.pop(BUS, None)
        if answer.status != 201:
            raise calling.refused(what, answer)

    def _token(self, resource: str) -> str:
        """By the identity endpoint that the platform gives each app, for the identity AZURE_CLIENT_ID, the app's own
        without (learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference)."""
        from urllib.parse import urlencode

        token, until = self._tokens.get(resource, ("", 0.0))
        if time() < until:
            return token
        what = "a token of the managed identity"
        known = self._environment
        endpoint, header = known.get("IDENTITY_ENDPOINT"), known.get("IDENTITY_HEADER")
        if not endpoint or not header:
            raise ServiceError(f"{what}: IDENTITY_ENDPOINT and IDENTITY_HEADER are not set: the app has no identity")
        query = {"resource": resource, "api-version": TOKEN_VERSION}
        if client := known.get("AZURE_CLIENT_ID"):
            query["client_id"] = client
        url = f"{endpoint}?{urlencode(query)}"
        answer = calling.call(what, "GET", url, {"x-identity-header": header})
        if answer.status != 200:
            raise _refused(what, answer)
        value = answer.json(what)
        try:
            token, until = value["access_token"], float(value["expires_on"]) - MARGIN
            if not isinstance(token, str) or not token:
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise ServiceError(f"{what}: the answer holds none") from None
        self._tokens[resource] = (token, until)
        return token


def _refused(what: str, answer: calling.Answer) -> ServiceError:
    """Key Vault says `{"error": {"code": …, "message": …}}`; the identity endpoint has `statusCode` and `message`."""
    try:
        value = answer.json(what)
    except ServiceError:
        value = {}
    error = value.get("error")
    told = error if isinstance(error, dict) else value
    return calling.refused(what, answer, told.get("code"), told.get("message"))
