"""What an SCM site says of a deployment, and what an answer of it means.

From the clients of Azure's own that do the same: azure-dev (cli/azd/pkg/azsdk/funcapp_host_client.go, and issue 3658,
where the service's people give the record and its numbers), azure-cli (appservice/custom.py, `enable_zip_deploy_flex`),
azure-functions-core-tools (KuduLiteDeploymentHelpers.cs, `WaitForFlexDeployment`), functions-action
(azure-app-kudu-service.ts, `oneDeployFlex`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from .scm import Answer


class Status(IntEnum):
    """`status` of a deployment's record."""

    CANCELLED = -1
    PENDING = 0
    BUILDING = 1
    DEPLOYING = 2
    FAILED = 3
    SUCCESS = 4
    CONFLICT = 5
    PARTIAL = 6


@dataclass(frozen=True, slots=True)
class Record:
    """A deployment as the site knows it. The HTTP status is 200 whatever became of it."""

    id: str
    status: Status | None
    """None: a number that is not known here."""
    deployer: str
    """What the publishing client called itself in the query."""
    text: str
    """Why it failed, or how far it is."""
    complete: bool

    @classmethod
    def of(cls, answer: Answer) -> Record | None:
        """The record in an answer; None where there is none in it."""
        value = answer.value
        if answer.status not in (200, 202) or not isinstance(value, dict) or "status" not in value:
            return None
        texts = (value.get(name) for name in ("status_text", "message", "progress"))
        return cls(
            id=str(value.get("id") or ""),
            status=_status(value["status"]),
            deployer=str(value.get("deployer") or ""),
            text=" ".join(next((text for text in texts if isinstance(text, str) and text.strip()), "").split()),
            complete=value.get("complete") is True,
        )


def _status(value: object) -> Status | None:
    try:
        return Status(int(str(value)))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a status other than success means for a publish."""

    why: str
    fix: str
    patience: str = ""
    """The field of `Limits` with the seconds in which it may pass by itself; "": it does not."""


_WAKING = Refusal("the app's SCM site is not up", "look at the app in the portal; a restart there may help", "waking")
_CONFLICT = Refusal(
    "another deployment of the app is in progress", "wait for it to end, then run `up` again", "spreading"
)
_LOGIN = Refusal(
    "the login was not accepted",
    "`az login` to the tenant that the subscription belongs to; it must be that of the app",
    "refused",
)
_REFUSALS = {
    302: _LOGIN,  # to a page for people
    401: _LOGIN,
    403: Refusal(
        "whoever deploys may not put code into this app, or may not from here",
        "assign them the role Website Contributor on the app or its resource group (it needs the action "
        "Microsoft.Web/sites/publish/Action; learn.microsoft.com/azure/app-service/resources-kudu), and let this "
        "machine through the SCM site's access restrictions, if it has any",
        "spreading",
    ),
    404: Refusal(
        "the app has no SCM site there, or is not on the plan Flex Consumption",
        "see whether the app still exists: `pulumi refresh` makes what is gone known",
        "waking",
    ),
    408: _WAKING,
    409: _CONFLICT,
    413: Refusal("the zip is too large", "leave files out of it by Function(exclude=…), or depend on less"),
    415: Refusal("the app does not take zips in this way", "it must be on the plan Flex Consumption"),
    429: Refusal("too many requests were sent", "wait some minutes, then run `up` again", "spreading"),
    500: _WAKING,
    502: _WAKING,
    503: _WAKING,
    504: _WAKING,
}
STORAGE = Refusal(
    "the app may not write to the container that its code is kept in",
    "the app's own identity needs the role Storage Blob Data Contributor on the container or its storage account, and "
    "the account must be reachable (public network access, firewall)",
    "spreading",
)
"""The app stores the zip by its own identity, whose role is as new as the app: said as 400, or in a failed record
(azure-dev issue 8026)."""


def refusal(answer: Answer) -> Refusal:
    """What a publish that was not taken means."""
    if _is_storage(answer.text):
        return STORAGE
    return _REFUSALS.get(answer.status, Refusal("the zip was not taken", "see what Azure says of it"))


def failure(record: Record) -> Refusal:
    """What a deployment that came to an end other than success means."""
    if record.status is Status.CONFLICT:
        return _CONFLICT
    if _is_storage(record.text):
        return STORAGE
    why = {
        Status.CANCELLED: "somebody cancelled the deployment",
        Status.PARTIAL: "the deployment succeeded only in part",
    }.get(record.status or Status.FAILED, "the deployment failed")
    return Refusal(why, "see the app's Deployment Center in the portal for its log, then run `up` again")


def _is_storage(text: str) -> bool:
    denied = "403" in text or "AuthorizationPermissionMismatch" in text
    return denied and ("InaccessibleStorageException" in text or "BlobUploadFailedException" in text)
