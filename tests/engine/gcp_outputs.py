"""What Google Cloud adds to the resources of pulumi-gcp: the table of the stand-in provider.

Property names are those of the SDK (a test holds the table to it). What replaces is what the provider beneath it
(hashicorp/terraform-provider-google-beta) marks as ForceNew; like every bridged provider it names what has a `name`,
and sees no secrets, so that the engine keeps them by the names of the inputs. What names may look like is as each
service's own reference says. A resource that is new to the project needs a row here.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.engine.gcp_event_outputs import EVENTS
from tests.engine.gcp_front_outputs import FRONT
from tests.engine.gcp_kind import (
    ID,
    LETTERS,
    NUMBER,
    PROJECT,
    REGION,
    account_id,
    granted,
    kind,
    project_of,
)
from tests.engine.gcp_secret_outputs import SECRETS
from tests.engine.kinds import Made, Package, Values
from tests.engine.wire import UNKNOWN

__all__ = ["GCP", "KINDS", "PROJECT", "REGION"]


def _function_id(made: Made) -> str:
    return f"projects/{project_of(made)}/locations/{made['location']}/functions/{made['name']}"


def _service(made: Made, name: object) -> str:
    """A Cloud Run service, named by its whole name or by the last part of it."""
    if "/" in str(name):
        return str(name)
    return f"projects/{project_of(made)}/locations/{made['location'] or REGION}/services/{name}"


def _function(made: Made) -> Values:
    service = str(made["name"]).replace("_", "-")
    return {
        "environment": "GEN_2",
        "state": "ACTIVE",
        "url": f"https://{made['location']}-{project_of(made)}.cloudfunctions.net/{made['name']}",
        "updateTime": "2025-01-01T00:00:00.000000000Z",
        "buildConfig": {"build": f"projects/{NUMBER}/locations/{made['location']}/builds/{made.token(8)}"},
        "serviceConfig": {
            "service": _service(made, service),
            "uri": f"https://{service}-{made.token(10)}-ew.a.run.app",
            "serviceAccountEmail": f"{NUMBER}-compute@developer.gserviceaccount.com",
        },
    }


def _function_needs(made: Made) -> Iterable[str | None]:
    source = ("buildConfig", "source", "storageSource")
    bucket, object = made.at(*source, "bucket"), made.at(*source, "object")
    account = made.at("serviceConfig", "serviceAccountEmail")
    return (f"{bucket}-{object}" if bucket else None, account_id(account) if account else None)


def _bucket(made: Made) -> Values:
    return {
        "url": f"gs://{made['name']}",
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{made['name']}",
        "projectNumber": int(NUMBER),
        "storageClass": made["storageClass"] or "STANDARD",
    }


def _object(made: Made) -> Values:
    link = f"https://www.googleapis.com/storage/v1/b/{made['bucket']}/o/{made['name']}"
    return {
        "outputName": made["name"],
        "generation": made.serial,
        "crc32c": made.token(6) + "==",
        "md5hash": made.token(22) + "==",
        "selfLink": link,
        "mediaLink": f"{link}?alt=media",
    }


def _email(made: Made) -> str:
    return f"{made['accountId']}@{project_of(made)}.iam.gserviceaccount.com"


def _service_account(made: Made) -> Values:
    return {
        "email": _email(made),
        "member": f"serviceAccount:{_email(made)}",
        "name": f"projects/{project_of(made)}/serviceAccounts/{_email(made)}",
        "uniqueId": made.token(21, "0123456789"),
    }


def _api_id(made: Made, name: object) -> str:
    """An API of the gateway; where a config names it by its id or by its whole name."""
    return str(name) if "/" in str(name) else f"projects/{project_of(made)}/locations/global/apis/{name}"


def _config(made: Made) -> str:
    chosen = made["apiConfigId"] or f"{made['apiConfigIdPrefix'] or ''}{made.token(12, LETTERS)}"
    return f"{_api_id(made, made['api'])}/configs/{chosen}"


def _api_config(made: Made) -> Values:
    id = _config(made)
    service = id.rpartition("/")[2] + "-" + made.token(12)
    return {"apiConfigId": id.rpartition("/")[2], "name": id, "serviceConfigId": service, "apiConfigIdPrefix": ""}


def _config_needs(made: Made) -> Iterable[str | None]:
    account = made.at("gatewayConfig", "backendConfig", "googleServiceAccount")
    account = str(account).rpartition("/")[2] if account else None
    return (_api_id(made, made["api"]), account_id(account) if account else None)


def _gateway(made: Made) -> Values:
    return {
        "name": f"projects/{project_of(made)}/locations/{made['region'] or REGION}/gateways/{made['gatewayId']}",
        "defaultHostname": f"{made['gatewayId']}-{made.token(8)}.ew.gateway.dev",
        "region": made["region"] or REGION,
    }


def _in_use(made: Made) -> Iterable[str | None]:
    used = made["apiConfig"]
    return (None if used == UNKNOWN else str(used),)


def _storage_agent(arguments: Values) -> Values:
    email = f"service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
    return {
        "id": email,
        "emailAddress": email,
        "member": f"serviceAccount:{email}",
        "project": arguments.get("project") or PROJECT,
    }


KINDS = {
    **EVENTS,
    **FRONT,
    **SECRETS,
    "gcp:projects/service:Service": kind(lambda made: f"{project_of(made)}/{made['service']}", replace=("service",)),
    "gcp:serviceaccount/account:Account": kind(
        lambda made: f"projects/{project_of(made)}/serviceAccounts/{_email(made)}",
        _service_account,
        name="accountId",
        fits={"accountId": "[a-z][a-z0-9-]{4,28}[a-z0-9]"},
    ),
    "gcp:serviceaccount/iAMMember:IAMMember": granted(lambda made: str(made["serviceAccountId"]), "serviceAccountId"),
    "gcp:storage/bucket:Bucket": kind(
        lambda made: str(made["name"]),
        _bucket,
        name="name",
        fits={"name": "[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]"},
        replace=("location", "enableObjectRetention", "hierarchicalNamespace"),
        labels=True,
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": granted(lambda made: str(made["bucket"]), "bucket"),
    "gcp:storage/bucketObject:BucketObject": kind(
        lambda made: f"{made['bucket']}-{made['name']}",
        _object,
        name="name",
        fits={"name": "[^\r\n]{1,1024}"},
        replace=("bucket", "contentType", "storageClass", "kmsKeyName"),
        volatile=("crc32c", "md5hash", "generation"),
        needs=lambda made: (made["bucket"],),
        holds=lambda made: (made["bucket"],),
        project=False,
    ),
    "gcp:cloudfunctionsv2/function:Function": kind(
        _function_id,
        _function,
        name="name",
        fits={"name": ID},
        replace=("location",),
        volatile=("updateTime",),
        needs=_function_needs,
        brings=lambda made: (_service(made, str(made["name"]).replace("_", "-")),),
        labels=True,
    ),
    "gcp:cloudrun/iamMember:IamMember": granted(
        lambda made: _service(made, made["service"]), "service", "location", "project"
    ),
    "gcp:cloudrunv2/serviceIamMember:ServiceIamMember": granted(
        lambda made: _service(made, made["name"]), "name", "location", "project"
    ),
    "gcp:apigateway/api:Api": kind(
        lambda made: _api_id(made, made["apiId"]),
        lambda made: {
            "name": _api_id(made, made["apiId"]),
            "managedService": f"{made['apiId']}-{made.token(13)}.apigateway.{project_of(made)}.cloud.goog",
            "createTime": "2025-01-01T00:00:00Z",
        },
        fits={"apiId": ID},
        replace=("apiId", "managedService"),
        labels=True,
    ),
    "gcp:apigateway/apiConfig:ApiConfig": kind(
        _config,
        _api_config,
        fits={"apiConfigId": ID, "apiConfigIdPrefix": "[a-z][a-z0-9-]{0,36}"},
        replace=("api", "apiConfigId", "apiConfigIdPrefix", "gatewayConfig", "openapiDocuments"),
        needs=_config_needs,
        holds=lambda made: (_api_id(made, made["api"]),),
        labels=True,
    ),
    "gcp:apigateway/gateway:Gateway": kind(
        lambda made: str(_gateway(made)["name"]),
        _gateway,
        fits={"gatewayId": ID},
        replace=("gatewayId", "region"),
        needs=_in_use,
        holds=_in_use,
        labels=True,
    ),
}

GCP = Package(
    "gcp",
    KINDS,
    invokes={
        "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": _storage_agent,
        "gcp:organizations/getProject:getProject": lambda arguments: {
            "id": f"projects/{arguments.get('projectId') or PROJECT}",
            "name": "Acme Shop",
            "number": NUMBER,
            "projectId": arguments.get("projectId") or PROJECT,
        },
        "gcp:organizations/getClientConfig:getClientConfig": lambda arguments: {
            "id": f"projects/{PROJECT}/regions/{REGION}/zones/",
            "project": PROJECT,
            "region": REGION,
        },
    },
    accept_secrets=False,
    configuration={"account": PROJECT, "region": REGION},
)
"""The `gcp` package, for one project."""
