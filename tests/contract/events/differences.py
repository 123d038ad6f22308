"""Where events do not come alike: known, asserted, and told by the cloud's own notes or refused by its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Difference:
    """What a case expects that depends on the platform."""

    usual: Any
    elsewhere: Mapping[str, Any]
    """Platform → what it is there."""
    why: str
    told: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Platform → requirement, and what its note on that must speak of. What a user can't see has none."""

    def on(self, platform: str) -> Any:
        """What it is on that platform."""
        return self.elsewhere.get(platform, self.usual)


CHANGES = Difference(
    "told",
    {"azure": "latest"},
    "the change feed of Cosmos DB tells an item's latest state: neither deletes, nor what was, nor insert from update",
    {"azure": ("event.change", "every change comes as an update, without `old`; deletes do not come")},
)
CHANGES_BEHIND = Difference(
    ("done", "again", "done"),
    {"aws": ("done", "again", "again"), "azure": ("again", "again", "again")},
    "a stream goes on from the first change that failed, and a call of the change feed comes again as a whole",
    {"aws": ("event.change.batch", "holds up those behind it"), "azure": ("event.change.batch", "is tried again")},
)
"""Of three changes in one call, whose second fails."""
CHANGES_TRIED = Difference(
    ["1", "2", "3"],
    {"aws": ["1", "2"]},
    "what comes again anyway, behind one that failed in a stream, is not tried",
)
"""Which of them the handler is called with."""
CHANGES_TRIED_AGAIN = Difference(
    ["2"],
    {"aws": ["2", "3"]},
    "as above; of a change feed's call, what went well is not tried again",
)
"""Which of them when what came again is delivered once more."""
GROUP_AFTER_BURIED = Difference(
    "done",
    {"local": "again"},
    "on this machine the gateway buries, once the function has answered: what waited in the group comes with a call of "
    "its own, as though it had not been received before",
)
"""What becomes of the next message of a group in the call that ends with the burial of the one before it."""
UNIMPORTABLE = Difference(
    "HandlerError: the handler 'contract_work:handle' of the event 'messages' can't be imported: "
    "RuntimeError: no such library",
    {"local": "the function does not start"},
    "a worker of this machine ends where a handler can't be imported; why stands in its log, and a deployment is "
    "refused for it",
)
"""The reason of a dead letter."""
UPLOAD_LETTER = Difference(
    "json",
    {"aws": "s3", "gcp": "gcs"},
    "a dead letter is what the platform carried, so that its own tools can put it back",
)
"""What the body of an upload's dead letter is."""
ALL = (
    CHANGES, CHANGES_BEHIND, CHANGES_TRIED, CHANGES_TRIED_AGAIN, GROUP_AFTER_BURIED, UNIMPORTABLE, UPLOAD_LETTER,
)  # fmt: skip
