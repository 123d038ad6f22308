"""Messages: what is sent to a queue or published to a topic is what comes of it."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import pytest

from sls_infra.runtime.errors import NotLinked, TooLarge

from .making import Making

LARGEST = 240 * 1024
BODIES: dict[str, Any] = {
    "text": "hello",
    "text of many languages": "grüße, 世界 😀 \u2028",
    "markup": "<a b='c'>&amp;\"</a>",
    "white space": "\t a\n\r\n b ",
    "text that is JSON": '{"a": 1}',
    "form": "a=1&b=%20+",
    "long text": "x" * (LARGEST - 10),
    "long wide text": "世" * (LARGEST // 3),
    "object": {"id": "7", "list": [1, 2.5, None, True], "text": "ü"},
    "list": [1, "two"],
    "number": 7,
    "null": None,
    "false": False,
    "text as JSON": ["a\x00b"],
}
ATTRIBUTES = {
    "type": "placed", "a-b.c_d": "1", "wide": "grüße 😀", "long": "x" * 1024, "Upper": " a ", "e": "<&>\"'", "g": "1.0",
    "h": "true",
}  # fmt: skip
NO_BODIES: list[Any] = ["", "a\x00b", "\x0b", "\ufffe", "\uffff", "\ud800", b"bytes", object(), float("nan")]

Sender = Literal["queue", "topic"]


@pytest.fixture(params=["queue", "topic"])
def sender(request: pytest.FixtureRequest) -> Sender:
    """Both."""
    kind: Sender = request.param
    return kind


def made(making: Making, sender: Sender, access: str = "w") -> tuple[Any, Any]:
    """A link, and its method that sends."""
    if sender == "queue":
        queue = making.queue(access=access)
        return queue, queue.send
    topic = making.topic(access=access)
    return topic, topic.publish


def test_bodies_come_as_they_were_sent(making: Making, sender: Sender) -> None:
    link, send = made(making, sender)
    sent = {send(body): body for body in BODIES.values()}
    assert len(sent) == len(BODIES)
    assert all(isinstance(id, str) and id for id in sent)
    came = making.read(link, len(BODIES))
    assert {message.id for message in came} == set(sent)
    for message in came:
        body = sent[message.id]
        assert message.body == body if isinstance(body, str) else json.loads(message.body) == body
        assert message.attributes == {}


def test_attributes_come_as_they_were_sent(making: Making, sender: Sender) -> None:
    link, send = made(making, sender)
    send("x", attributes=ATTRIBUTES)
    came = making.read(link, 1)
    assert [(message.body, dict(message.attributes)) for message in came] == [("x", ATTRIBUTES)]


@pytest.mark.parametrize("body", NO_BODIES, ids=lambda body: ascii(body)[:12])
def test_what_is_no_body(making: Making, sender: Sender, body: Any) -> None:
    link, send = made(making, sender)
    with pytest.raises((ValueError, TypeError)):
        send(body)
    send("good")
    assert [message.body for message in making.read(link, 1)] == ["good"]


BAD: list[tuple[dict[Any, Any], type[Exception]]] = [
    ({"": "x"}, ValueError), ({"1a": "x"}, ValueError), ({"ü": "x"}, ValueError), ({"a b": "x"}, ValueError),
    ({"aws-x": "x"}, ValueError), ({"Google": "x"}, ValueError), ({"sls-x": "x"}, ValueError),
    ({"a.": "x"}, ValueError), ({"a..b": "x"}, ValueError),
    ({"a" * 129: "x"}, ValueError), ({"a": ""}, ValueError), ({"a": "\x01"}, ValueError), ({"a": "x" * 1025}, TooLarge),
    ({"a": 7}, TypeError), ({7: "a"}, TypeError), ({f"a{number}": "x" for number in range(9)}, TooLarge),
]  # fmt: skip


@pytest.mark.parametrize(("attributes", "error"), BAD, ids=lambda value: ascii(value)[:20])
def test_what_is_no_attribute(making: Making, sender: Sender, attributes: Any, error: type[Exception]) -> None:
    link, send = made(making, sender)
    with pytest.raises(error):
        send("x", attributes=attributes)
    send("good")
    assert [message.body for message in making.read(link, 1)] == ["good"]


def test_a_message_is_at_most_so_large_with_its_attributes(making: Making, sender: Sender) -> None:
    link, send = made(making, sender)
    with pytest.raises(TooLarge, match=str(LARGEST + 1)):
        send("x" * (LARGEST + 1))
    with pytest.raises(TooLarge):
        send("ü" * (LARGEST // 2 + 1))
    with pytest.raises(TooLarge):
        send("x" * (LARGEST - 3), attributes={"aa": "xx"})
    send("x" * (LARGEST - 4), attributes={"aa": "xx"})
    came = making.read(link, 1)
    assert [len(message.body) for message in came] == [LARGEST - 4]


def test_many_at_once_all_come(making: Making, sender: Sender) -> None:
    link, send = made(making, sender)
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda number: send({"n": number}), range(40)))
    came = making.read(link, 40, timeout=15)
    assert {message.id for message in came} == set(ids)
    assert sorted(json.loads(message.body)["n"] for message in came) == list(range(40))


def test_a_topic_without_subscribers_takes_messages(making: Making) -> None:
    assert making.topic().publish("nobody waits for it")


@pytest.mark.needs("delay")
def test_a_delayed_message_comes_later(making: Making) -> None:
    queue = making.queue()
    started = time.monotonic()
    queue.send("later", delay=2)
    queue.send("now")
    assert [message.body for message in making.read(queue, 2, timeout=15)] == ["now", "later"]
    assert time.monotonic() - started >= 1  # never before its time; one second for what counts in whole ones


def test_a_platform_without_delays_says_so(making: Making) -> None:
    if "delay" not in making.world.lacking:
        pytest.skip("this platform has delays, which another case shows")
    queue = making.queue()
    with pytest.raises(ValueError, match="delay"):
        queue.send("later", delay=2)


@pytest.mark.parametrize("delay", [-1, 901, 1.5, "1", None, True])
def test_what_is_no_delay(making: Making, delay: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="delay"):
        making.queue().send("x", delay=delay)


def test_a_link_gives_the_rights_that_it_says(making: Making, sender: Sender) -> None:
    _, send = made(making, sender, access="")
    with pytest.raises(NotLinked, match=r"send|publish"):
        send("x")


@pytest.mark.needs("fifo")
def test_messages_of_a_group_keep_their_order(making: Making) -> None:
    queue = making.queue(fifo=True)
    for number in range(12):
        queue.send({"n": number}, group=f"g{number % 3}", attributes={"n": str(number)})
    came = making.read(queue, 12, timeout=15)
    for group in ("g0", "g1", "g2"):
        of_group = [json.loads(message.body)["n"] for message in came if message.group == group]
        assert of_group == list(range(int(group[1]), 12, 3))
    assert all(message.attributes == {"n": str(json.loads(message.body)["n"])} for message in came)


@pytest.mark.needs("fifo")
def test_without_a_group_all_keep_their_order(making: Making) -> None:
    queue = making.queue(fifo=True)
    for number in range(8):
        queue.send(str(number))
    queue.send("7")  # the same again is another message
    assert [message.body for message in making.read(queue, 9, timeout=15)] == [*map(str, range(8)), "7"]


@pytest.mark.needs("fifo")
def test_what_a_fifo_queue_does_not_take(making: Making) -> None:
    queue = making.queue(fifo=True)
    with pytest.raises(ValueError, match="delay"):
        queue.send("x", delay=1)
    for group in ("", "x" * 129, "a b", "ü"):
        with pytest.raises(ValueError, match="group"):
            queue.send("x", group=group)
    queue.send("x", group="!" + "x" * 126 + "~")


def test_a_queue_without_order_has_no_groups(making: Making) -> None:
    with pytest.raises(ValueError, match="group"):
        making.queue().send("x", group="g")
