"""Google Cloud: Secret Manager by the function's service account, and authorizers that are private functions."""

from __future__ import annotations

from os import environ
from time import time

from ..errors import ServiceError
from . import calling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext

    from ..events.delivery import DeadLetter

PUBSUB = "https://pubsub.googleapis.com"
SECRET_MANAGER = "https://secretmanager.googleapis.com"  # noqa: S105
METADATA = "metadata.google.internal"
_FLAVOR = "metadata-flavor"
MARGIN = 60
"""Seconds before its end from which on a token is not used any more. (The metadata server gives a new one when the one
it keeps has less than five minutes left.)"""


class Services:
    """What is asked of Google Cloud."""

    fresh = 60.0
    fresh_environment = 300.0

    def __init__(
        self,
        environment: Mapping[str, str] = environ,
        secret_manager: str | None = None,
        context: SSLContext | None = None,
        pubsub: str = PUBSUB,
    ) -> None:
        """`secret_manager` and `pubsub`: where they answer; `context`: of TLS; default: Google's, and the system's
        certificates."""
        self._environment = environment
        self._secret_manager = secret_manager
        self._pubsub = pubsub
        self._context = context
        self._tokens: dict[str, tuple[str, float]] = {}
        """By audience, "" for the access token: token, and until when it is used."""

    def secret(self, ref: str) -> str:
        """The current value of `projects/<project>/secrets/<name>`, or of the version that ends it, where that is text
        in UTF-8 (cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access). One with
        `locations/<region>` in it is asked for in that region (cloud.google.com/secret-manager/regional-secrets)."""
        from base64 import b64decode
        from urllib.parse import quote

        what = f"secret {ref}"
        parts = ref.split("/")
        host = self._secret_manager or SECRET_MANAGER
        if parts[2:3] == ["locations"] and len(parts) > 3 and not self._secret_manager:
            region = parts[3]
            if not region.replace("-", "").isalnum():
                raise ServiceError(f"{what}: {region!r} is no region")
            host = f"https://secretmanager.{region}.rep.googleapis.com"
        version = "" if "versions" in parts else "/versions/latest"
        url = f"{host}/v1/{quote(ref)}{version}:access"
        headers = {"authorization": f"Bearer {self._access_token()}"}
        answer = calling.call(what, "GET", url, headers, context=self._context)
        if answer.status == 401:
            self._tokens.pop("", None)
        if answer.status != 200:
            raise _refused(what, answer)
        payload = answer.json(what).get("payload")
        data = payload.get("data", "") if isinstance(payload, dict) else None
        if not isinstance(data, str):
            raise ServiceError(f"{what}: the answer holds no value")
        try:
            return b64decode(data).decode()
        except ValueError:
            raise ServiceError(f"{what}: its value is no text") from None

    def call_authorizer(self, target: str, payload: bytes) -> bytes:
        """The answer of the function with that https URL, which is also the audience of the token that opens it
        (cloud.google.com/functions/docs/securing/authenticating#authenticate-function-to-function)."""
        from json import loads
        from urllib.parse import quote

        what = f"authorizer {target}"
        try:
            way = quote(loads(payload)["way"], safe="")
            url = f"{calling.secure(target).rstrip('/')}/_sls/authorize/{way}"
        except (ValueError, TypeError, KeyError):
            raise ServiceError(f"{what}: it can't be asked") from None
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._identity_token(target)}"}
        answer = calling.call(what, "POST", url, headers, payload, read=calling.AUTHORIZER, context=self._context)
        if answer.status == 401:
            self._tokens.pop(target, None)
        if answer.status != 200:
            raise calling.refused(what, answer)
        return answer.body

    def dead_letter(self, address: str, letter: DeadLetter) -> None:
        """Publishes it to `projects/<project>/topics/<topic>`, in order with others of its group
        (cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish)."""
        from base64 import b64encode
        from json import dumps
        from urllib.parse import quote

        what = f"dead-letter topic {address}"
        message: dict[str, object] = {
            "data": b64encode(letter.body.encode()).decode(),
            "attributes": dict(letter.attributes),
        }
        if letter.group is not None:
            message["orderingKey"] = letter.group
        url = f"{self._pubsub}/v1/{quote(address)}:publish"
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._access_token()}"}
        answer = calling.call(
            what, "POST", url, headers, dumps({"messages": [message]}).encode(), context=self._context
        )
        if answer.status == 401:
            self._tokens.pop("", None)
        if answer.status != 200:
            raise _refused(what, answer)

    def _access_token(self) -> str:
        def read(answer: calling.Answer, what: str) -> tuple[str, float]:
            value = answer.json(what)
            return value["access_token"], time() + float(value["expires_in"])

        return self._token("", "token", read)

    def _identity_token(self, audience: str) -> str:
        """Its end is in the token itself, a JWT."""
        from urllib.parse import quote

        def read(answer: calling.Answer, what: str) -> tuple[str, float]:
            from base64 import urlsafe_b64decode
            from json import loads

            token = answer.body.decode("ascii").strip()
            claims = token.split(".")[1]
            return token, float(loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])

        return self._token(audience, f"identity?audience={quote(audience, safe='')}&format=full", read)

    def _token(self, name: str, path: str, read: Callable[[calling.Answer, str], tuple[str, float]]) -> str:
        """From the metadata server, at GCE_METADATA_HOST as for Google's own libraries. It answers with the header by
        which it was asked (cloud.google.com/compute/docs/metadata/querying-metadata)."""
        token, until = self._tokens.get(name, ("", 0.0))
        if time() < until:
            return token
        what = "a token of the service account"
        host = self._environment.get("GCE_METADATA_HOST") or METADATA
        url = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/{path}"
        answer = calling.call(what, "GET", url, {_FLAVOR: "Google"})
        if answer.status != 200:
            raise calling.refused(what, answer)
        if answer.headers.get(_FLAVOR) != "Google":
            raise ServiceError(f"{what}: who answered is not the metadata server")
        try:
            token, end = read(answer, what)
            if not isinstance(token, str) or not token:
                raise ValueError
        except (KeyError, IndexError, TypeError, ValueError):
            raise ServiceError(f"{what}: the answer holds none") from None
        self._tokens[name] = (token, end - MARGIN)
        return token


def _refused(what: str, answer: calling.Answer) -> ServiceError:
    """An error of Google's REST APIs: `{"error": {"status": "NOT_FOUND", "message": …}}`."""
    try:
        error = answer.json(what).get("error")
    except ServiceError:
        error = None
    told = error if isinstance(error, dict) else {}
    return calling.refused(what, answer, told.get("status"), told.get("message"))
