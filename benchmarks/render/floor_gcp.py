"""The floor: imports the same SDK modules, and registers as many bare resources as an API of ours has."""

import mocks  # noqa: F401
import pulumi
from pulumi_gcp import apigateway, cloudfunctionsv2, cloudrun, projects, serviceaccount, storage

SERVICES = ("apigateway", "artifactregistry", "cloudbuild", "cloudfunctions", "iam", "run", "servicecontrol", "more")


@pulumi.runtime.test
def program():
    pulumi.ComponentResource("x:y:Z", "orders", None)
    for name in SERVICES:
        projects.Service(name, service=f"{name}.googleapis.com")
    bucket = storage.Bucket("b", location="europe-west1")
    storage.BucketObject("o", bucket=bucket.name, source=pulumi.FileAsset("x.zip"))
    serviceaccount.Account("f")
    serviceaccount.Account("g")
    cloudfunctionsv2.Function("f", location="europe-west1")
    cloudrun.IamMember("i", service="f", location="europe-west1", role="roles/run.invoker", member="x")
    api = apigateway.Api("a", api_id="a")
    config = apigateway.ApiConfig("c", api=api.api_id, openapi_documents=[])
    apigateway.Gateway("g", gateway_id="g", api_config=config.id)


program()
print(18)
