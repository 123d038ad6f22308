"""What Google Cloud adds to secrets and API keys."""

from __future__ import annotations

from tests.engine.gcp_kind import ID, granted, kind, project_of
from tests.engine.kinds import Made, Values


def _secret_id(made: Made) -> str:
    return f"projects/{project_of(made)}/secrets/{made['secretId']}"


def _secret(made: Made) -> Values:
    return {"name": _secret_id(made), "createTime": "2025-01-01T00:00:00Z"}


def _version(made: Made) -> Values:
    return {"name": f"{made['secret']}/versions/{made.serial}", "version": str(made.serial), "enabled": True}


def _key(made: Made) -> Values:
    return {"keyString": f"AIzaSy{made.token(33)}", "uid": made.token(36)}


SECRETS = {
    "gcp:secretmanager/secret:Secret": kind(
        _secret_id,
        _secret,
        fits={"secretId": "[A-Za-z0-9_-]{1,255}"},
        replace=("secretId", "replication"),
        labels=True,
    ),
    "gcp:secretmanager/secretVersion:SecretVersion": kind(
        lambda made: str(_version(made)["name"]),
        _version,
        replace=("secret", "secretData", "isSecretDataBase64"),
        needs=lambda made: (made["secret"],),
        holds=lambda made: (made["secret"],),
    ),
    "gcp:secretmanager/secretIamMember:SecretIamMember": granted(
        lambda made: str(made["secretId"]), "secretId", "project"
    ),
    "gcp:projects/apiKey:ApiKey": kind(
        lambda made: f"projects/{project_of(made)}/locations/global/keys/{made['name']}",
        _key,
        name="name",
        fits={"name": ID, "displayName": ".{1,63}"},
        replace=("serviceAccountEmail",),
    ),
}
