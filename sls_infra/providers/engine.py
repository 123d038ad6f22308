"""What the engine that runs the program is set up with: the project's folder and its files, and where plugins are."""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
from pathlib import Path
from typing import Any

import pulumi
import yaml

from ..errors import Problem, SpecError

PLUGIN = "pulumi-resource-sls"


def check_plugin(target: str) -> None:
    """Raises `SpecError` where the engine would look in vain for this package's own plugin, and then ask the network.

    `target` is what needs it, for the message.
    """
    declared_ones = declared("plugins").get("providers")
    named = isinstance(declared_ones, list) and any(
        isinstance(each, dict) and each.get("name") == "sls" for each in declared_ones
    )
    attached = "sls:" in os.environ.get("PULUMI_DEBUG_PROVIDERS", "")
    installed = any((home() / "plugins").glob("resource-sls-v*"))
    if shutil.which(PLUGIN) or named or attached or installed:
        return
    folder = sysconfig.get_path("scripts")
    fix = f"put {folder} on PATH (activate the environment), or write in Pulumi.yaml: "
    fix += f"plugins: {{providers: [{{name: sls, path: {folder}}}]}}"
    message = f"the engine can't find {PLUGIN}, the plugin for {target}: it is not on PATH"
    raise SpecError([Problem("target", message, fix)])


def project() -> Path:
    """The folder of Pulumi.yaml."""
    return Path(pulumi.get_root_directory() or os.getcwd()).absolute()


def home() -> Path:
    """The folder of Pulumi's own settings and plugins."""
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")


def declared(section: str) -> dict[str, Any]:
    """A section of the project's Pulumi.yaml; empty where there is none."""
    for name in ("Pulumi.yaml", "Pulumi.yml"):
        found = read(project() / name).get(section)
        if isinstance(found, dict):
            return found
    return {}


def read(file: Path) -> dict[str, Any]:
    """A file of Pulumi's; empty where there is none, or none that can be read: then the engine says so."""
    try:
        text = file.read_text(encoding="utf-8")
        found = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}
