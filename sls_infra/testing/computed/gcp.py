"""What Google Cloud computes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

PROJECT, REGION, NUMBER = "project-1234", "europe-west1", "123456789012"


def of(type: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The computed outputs of a resource."""
    project = inputs.get("project") or PROJECT
    region = inputs.get("location") or inputs.get("region") or REGION
    physical = str(inputs.get("name") or f"{name}-0123abc")
    match type:
        case "gcp:cloudfunctionsv2/function:Function":
            service = f"projects/{project}/locations/{region}/services/{physical}"
            given = dict(inputs.get("serviceConfig") or {})
            uri = f"https://{physical}-a1b2c3d4e5-ew.a.run.app"
            return {"name": physical, "url": uri, "serviceConfig": {**given, "uri": uri, "service": service}}
        case "gcp:serviceaccount/account:Account":
            id = inputs.get("accountId") or physical
            email = f"{id}@{project}.iam.gserviceaccount.com"
            unique = str(int(hashlib.sha256(email.encode()).hexdigest(), 16))[:21]
            return {
                "accountId": id,
                "email": email,
                "member": f"serviceAccount:{email}",
                "name": f"projects/{project}/serviceAccounts/{email}",
                "uniqueId": unique,
            }
        case "gcp:projects/apiKey:ApiKey":
            key = hashlib.sha256(name.encode()).hexdigest()[:35]
            return {"name": physical, "keyString": f"AIza{key}", "uid": physical}
        case "gcp:secretmanager/secret:Secret":
            return {"id": f"projects/{project}/secrets/{inputs.get('secretId')}", "name": inputs.get("secretId")}
        case "gcp:compute/globalAddress:GlobalAddress":
            return {"id": f"projects/{project}/global/addresses/{physical}", "name": physical, "address": "192.0.2.80"}
        case "gcp:apigateway/gateway:Gateway":
            return {"defaultHostname": f"{inputs.get('gatewayId')}-a1b2c3d4.ew.gateway.dev"}
        case "gcp:apigateway/apiConfig:ApiConfig":
            return {"apiConfigId": f"{inputs.get('apiConfigIdPrefix') or 'config-'}20250102030405060700000001"}
        case _ if type.startswith("gcp:compute/"):
            kind = type.rsplit(":", 1)[1]
            where = f"regions/{region}" if kind.startswith("Region") else "global"
            return {"id": f"projects/{project}/{where}/{kind}/{physical}", "name": physical}
        case _:
            return _stored(type, physical, str(project), inputs)


COLLECTIONS = {
    "gcp:pubsub/topic:Topic": "topics",
    "gcp:pubsub/subscription:Subscription": "subscriptions",
    "gcp:firestore/database:Database": "databases",
}


def _stored(type: str, physical: str, project: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Of what keeps things, and of who carries them."""
    if type in COLLECTIONS:
        return {"id": f"projects/{project}/{COLLECTIONS[type]}/{physical}", "name": physical, "project": project}
    if type == "gcp:projects/serviceIdentity:ServiceIdentity":
        service = str(inputs.get("service")).partition(".")[0]
        email = f"service-{NUMBER}@gcp-sa-{service}.iam.gserviceaccount.com"
        return {"email": email, "member": f"serviceAccount:{email}", "project": project}
    if type == "gcp:storage/bucket:Bucket":
        return {"name": physical, "url": f"gs://{physical}"}
    return {"name": physical}


def call(function: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What Google Cloud answers to a question."""
    if function != "gcp:storage/getProjectServiceAccount:getProjectServiceAccount":
        return {}
    email = f"service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
    project = arguments.get("project") or PROJECT
    return {"emailAddress": email, "member": f"serviceAccount:{email}", "id": email, "project": project}
