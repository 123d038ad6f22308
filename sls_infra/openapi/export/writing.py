"""The document as text."""

from __future__ import annotations

import json
from typing import Any


def as_text(document: dict[str, Any], format: str) -> str:
    """As "json" or "yaml", with a line's end at the end; members in the order of the document."""
    if format == "yaml":
        import yaml

        return yaml.dump(document, Dumper=_plain(), sort_keys=False, allow_unicode=True, width=120)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plain() -> Any:
    """A dumper without anchors: what stands in two places is written twice."""
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    return Plain
