"""Peers that come from npm: serverless 3 and AWS CDK, installed once below .sls/bench."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".sls" / "bench" / "npm"
PACKAGES = ("serverless@3", "aws-cdk-lib@2", "constructs@10")
CDK = Path(__file__).with_name("cdk.js")


def node_modules() -> Path | None:
    """The folder that holds them, installed on the first call; None where node or npm can't."""
    made = HOME / "node_modules"
    if (made / "serverless").is_dir() and (made / "aws-cdk-lib").is_dir():
        return made
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    print("installing serverless and AWS CDK by npm", file=sys.stderr, flush=True)
    HOME.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(HOME), *PACKAGES]
    done = subprocess.run(command, capture_output=True, check=False, timeout=900)
    return made if done.returncode == 0 else None


def serverless(routes: int, folder: Path) -> tuple[list[str], Path]:
    """The command that packages an app of N routes, and the folder to run it in."""
    modules = node_modules()
    project = folder / f"serverless{routes}"
    project.mkdir(exist_ok=True)
    (project / "app.py").write_text("def read(event, context): return {}\n")
    events = [{"httpApi": {"method": "GET", "path": f"/r{i}/{{id}}", "authorizer": "jwt"}} for i in range(routes)]
    jwt = {"type": "jwt", "identitySource": "$request.header.Authorization", "issuerUrl": "https://id.example.com/"}
    provider = {"name": "aws", "runtime": "python3.12", "httpApi": {"authorizers": {"jwt": {**jwt, "audience": ["o"]}}}}
    config = {"service": "orders", "frameworkVersion": "3", "provider": provider}
    config["functions"] = {"shop": {"handler": "app.read", "events": events}}
    (project / "serverless.yml").write_text(json.dumps(config))  # JSON is YAML
    return ["node", f"{modules}/serverless/bin/serverless.js", "package"], project


def serverless_resources(project: Path) -> str:
    """How many resources it made."""
    made = project / ".serverless" / "cloudformation-template-update-stack.json"
    return str(len(json.loads(made.read_text())["Resources"]))
