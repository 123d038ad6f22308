"""Several at once: one that fails comes again alone, unless it holds up others of its group."""

from __future__ import annotations

import pytest

from .conftest import Serve
from .differences import CHANGES_BEHIND, CHANGES_TRIED, CHANGES_TRIED_AGAIN, GROUP_AFTER_BURIED
from .worlds.world import AGAIN, DONE, Outcome, Put, Sent, World, Written


def sent(*bodies: str, group: str | None = None) -> list[Sent]:
    return [Sent(body=body, group=group, attributes={"type": "a"}) for body in bodies]


@pytest.mark.parametrize("source", ["messages", "published"])
@pytest.mark.parametrize("bad", [0, 2, 4])
def test_one_bad_message_comes_again_alone(serve: Serve, source: str, bad: int) -> None:
    served = serve()
    batch = sent(*("bad" if number == bad else f"good {number}" for number in range(5)))
    assert served.deliver(source, batch) == [AGAIN if number == bad else DONE for number in range(5)]
    assert [message.body for message in served.seen] == [each.body for each in batch]


def test_all_bad_and_none_bad(serve: Serve) -> None:
    served = serve()
    assert served.deliver("messages", sent("bad 1", "bad 2", "bad 3")) == [AGAIN] * 3
    assert served.deliver("messages", sent("1", "2", "3")) == [DONE] * 3


def test_of_a_batch_in_its_last_attempt_what_failed_alone_is_buried(serve: Serve) -> None:
    served = serve()
    outcomes = served.deliver("messages", sent("good 1", "bad 2", "good 3", "bad 4"), attempt=3)
    assert [outcome.what for outcome in outcomes] == ["done", "dead", "done", "dead"]
    assert [outcome.letter.body for outcome in outcomes if outcome.letter] == ["bad 2", "bad 4"]


def test_uploads_fail_alone(serve: Serve) -> None:
    puts = [Put(key=f"in/{name}.txt") for name in ("good", "bad", "ü")]
    assert serve().deliver("uploads", puts) == [DONE, AGAIN, DONE]


def test_after_a_failure_the_rest_of_a_group_waits_and_other_groups_do_not(serve: Serve) -> None:
    served = serve()
    batch = [
        *sent("a1", "a2 bad", group="a"), *sent("b1", group="b"), *sent("a3", group="a"), *sent("c1 bad", group="c"),
        *sent("b2", group="b"),
    ]  # fmt: skip
    assert served.deliver("ordered", batch) == [DONE, AGAIN, DONE, AGAIN, AGAIN, DONE]
    assert [message.body for message in served.seen] == ["a1", "a2 bad", "b1", "c1 bad", "b2"]


def test_once_it_is_buried_the_group_goes_on(serve: Serve, world: World) -> None:
    served = serve()
    batch = sent("1 bad", "2", group="a")
    for attempt in (1, 2):
        assert served.deliver("ordered", batch, attempt) == [AGAIN, AGAIN]
    outcomes = served.deliver("ordered", batch, 3)
    assert [outcome.what for outcome in outcomes] == ["dead", GROUP_AFTER_BURIED.on(world.platform)]
    if outcomes[1] == AGAIN:
        assert served.deliver("ordered", batch[1:]) == [DONE]
    assert [message.body for message in served.seen] == ["1 bad"] * 3 + ["2"]


def test_where_it_can_not_be_buried_the_group_waits(serve: Serve) -> None:
    served = serve()
    served.break_graves()
    assert served.deliver("ordered", sent("bad", "2", group="a"), 3) == [AGAIN, AGAIN]
    assert [message.body for message in served.seen] == ["bad"]


def test_of_changes(serve: Serve, world: World) -> None:
    served = serve()
    batch = [Written(new={"id": "1"}), Written(new={"id": "2", "is": "bad"}), Written(new={"id": "3"})]
    outcomes = served.deliver("changes", batch, 1)
    assert tuple(outcome.what for outcome in outcomes) == CHANGES_BEHIND.on(world.platform)
    assert [change.key["id"] for change in served.seen] == CHANGES_TRIED.on(world.platform)
    served.seen.clear()
    again = batch
    if world.platform != "azure":  # its calls come again as they are
        again = [event for event, outcome in zip(batch, outcomes, strict=True) if outcome == AGAIN]
    served.deliver("changes", again, 2)
    tried = [change.key["id"] for change in served.seen]
    assert tried == CHANGES_TRIED.on(world.platform)[1:2]
    served.seen.clear()
    last = served.deliver("changes", again, 3)
    assert [change.key["id"] for change in served.seen] == CHANGES_TRIED_AGAIN.on(world.platform)
    by_id: dict[str, Outcome] = {event.id: outcome for event, outcome in zip(again, last, strict=True)}
    assert by_id.pop(batch[1].id).what == "dead"
    assert set(by_id.values()) <= {DONE}
