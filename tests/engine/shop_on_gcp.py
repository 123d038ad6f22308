"""What is true of the tests' Api (`programs.py`) whenever it is in place on Google Cloud."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.engine.stand_in import StandIn

FUNCTION, OBJECT = "gcp:cloudfunctionsv2/function:Function", "gcp:storage/bucketObject:BucketObject"
BUCKET, ACCOUNT = "gcp:storage/bucket:Bucket", "gcp:serviceaccount/account:Account"
API, CONFIG, GATEWAY = "gcp:apigateway/api:Api", "gcp:apigateway/apiConfig:ApiConfig", "gcp:apigateway/gateway:Gateway"
MEMBER = "gcp:cloudrun/iamMember:IamMember"


def document(gcp: StandIn) -> dict[str, Any]:
    """The one that the gateway serves."""
    (config,) = [each for each in gcp.live.values() if each.type == CONFIG]
    assert gcp.find(GATEWAY, "orders").outputs["apiConfig"] == config.outputs["name"]
    found: dict[str, Any] = json.loads(base64.b64decode(config.outputs["openapiDocuments"][0]["document"]["contents"]))
    return found


def is_wired(gcp: StandIn) -> None:
    """The document sends each route to its function as it was made, and the gateway alone may call both."""
    paths = document(gcp)["paths"]
    gateway = gcp.find(CONFIG, "orders").outputs["gatewayConfig"]["backendConfig"]["googleServiceAccount"]
    for path, name in (("/orders/{id}", "shop"), ("/health", "desk")):
        service = gcp.find(FUNCTION, f"orders-{name}").outputs["serviceConfig"]
        assert paths[path]["get"]["x-google-backend"]["address"].startswith(f"{service['uri']}/_sls/http/r")
        assert paths[path]["get"]["x-google-backend"]["jwt_audience"] == service["uri"]
        member = gcp.find(MEMBER, f"orders-{name}").outputs
        assert (member["role"], member["member"]) == ("roles/run.invoker", f"serviceAccount:{gateway}")
        assert member["service"] == service["service"].rpartition("/")[2]
    accounts = {each.outputs["email"] for each in gcp.live.values() if each.type == ACCOUNT}
    assert len(accounts) == 3
    assert gateway in accounts
