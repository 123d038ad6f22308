"""Queues and topics as handlers reach them: what is refused before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sls_infra.plan import check_events
from sls_infra.runtime import NotLinked, TooLarge
from sls_infra.runtime.links import limits
from sls_infra.runtime.links.queues import Queue
from sls_infra.runtime.links.topics import Topic

from .conftest import Noted


def queue(*, fifo: bool = False, access: str = "w") -> tuple[Queue, Noted]:
    driver = Noted(send="m-1")
    return Queue(driver, "emails", {"access": access, "fifo": fifo}), driver


def topic(access: str = "w") -> tuple[Topic, Noted]:
    driver = Noted(publish="m-1")
    return Topic(driver, "placed", {"access": access}), driver


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("hello", "hello"), ("\t\r\n ä😀", "\t\r\n ä😀"), ({"a": [1, None]}, '{"a":[1,null]}'),
        ([], "[]"), (None, "null"), (7, "7"),
        (datetime(2026, 1, 1, tzinfo=UTC), '"2026-01-01T00:00:00+00:00"'), ({"a": "\0"}, '{"a":"\\u0000"}'),
    ],
)  # fmt: skip
def test_text_goes_as_it_is_and_the_rest_as_json(body: Any, sent: str) -> None:
    emails, by_queue = queue()
    placed, by_topic = topic()
    assert emails.send(body, attributes={"a": "b"}, delay=900) == placed.publish(body, attributes={"a": "b"}) == "m-1"
    assert by_queue.calls == [("send", sent, {"a": "b"}, 900, None)]
    assert by_topic.calls == [("publish", sent, {"a": "b"})]


@pytest.mark.parametrize(
    ("body", "attributes", "error", "words"),
    [
        ("", {}, ValueError, "is empty"), (b"x", {}, TypeError, "not bytes"), (object(), {}, TypeError, "JSON"),
        ({"a": float("nan")}, {}, ValueError, "JSON"), ("a\0", {}, ValueError, r"holds U\+0000 at character 1"),
        ("\ufffe", {}, ValueError, r"U\+FFFE"), ("\ud800", {}, ValueError, "half a surrogate"),
        ("x" * (240 * 1024 + 1), {}, TooLarge, "over 245760: put what is large into a bucket"),
        ("ä" * (120 * 1024), {"a": "b"}, TooLarge, "has 245762 bytes"),
        ("x", {"a": ""}, ValueError, "attribute a is empty"), ("x", {"a": "ä" * 513}, TooLarge, "1026 bytes"),
        ("x", {"a": 1}, TypeError, "are text"), ("x", {1: "a"}, TypeError, "are text"),
        ("x", {"a": "\x1f"}, ValueError, r"U\+001F"), ("x", {f"a{n}": "b" for n in range(9)}, TooLarge, "9 attributes"),
        ("x", {"sls-dead-letter": "b"}, ValueError, "no name of an attribute"),
    ],
)  # fmt: skip
def test_what_some_platform_does_not_take(body: Any, attributes: Any, error: type[Exception], words: str) -> None:
    emails, by_queue = queue()
    placed, by_topic = topic()
    calls: list[Callable[[], Any]] = [
        lambda: emails.send(body, attributes=attributes), lambda: placed.publish(body, attributes=attributes)
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(error, match=words):
            call()
    assert by_queue.calls == by_topic.calls == []


def test_as_large_as_can_be() -> None:
    emails, driver = queue()
    emails.send("ä" * (120 * 1024 - 1), attributes={"a": "b"})
    assert len(driver.calls) == 1


@given(st.characters(exclude_categories=["Cs"]))
def test_characters_are_those_that_xml_has(char: str) -> None:
    """By a parser of XML, that of the standard library."""
    try:
        ElementTree.fromstring(f"<a>{char if char not in '<&' else 'x'}</a>")
        has = True
    except ElementTree.ParseError:
        has = False
    try:
        limits.characters(char, "it")
        takes = True
    except ValueError:
        takes = False
    if char in "\ufffe\uffff":  # expat lets them pass; www.w3.org/TR/xml/#charsets does not
        has = False
    assert takes == has


NAMES = st.text("abcXYZ019_.-äλ ", max_size=6) | st.sampled_from(
    ["Aws.x", "google", "slsx", "amazonic", "a" * 128, "a" * 129, "a.", "a..b", "a.b", "a.b.", "a.\n", "a\n.b"]
)


@given(NAMES | st.text(max_size=4))
def test_names_of_attributes_are_those_that_filters_may_have(name: str) -> None:
    assert limits.is_attribute(name) == (check_events.ATTRIBUTE.fullmatch(name) is not None)


@pytest.mark.parametrize(
    ("delay", "error"), [(-1, ValueError), (901, ValueError), (1.5, TypeError), (True, TypeError), (None, TypeError)]
)
def test_delays(delay: Any, error: type[Exception]) -> None:
    emails, driver = queue()
    with pytest.raises(error, match="delay"):
        emails.send("x", delay=delay)
    assert driver.calls == []


def test_groups_are_a_fifo_queues() -> None:
    lines, driver = queue(fifo=True)
    lines.send("x")
    lines.send("x", group="o-7!~")
    assert [call[-1] for call in driver.calls] == ["default", "o-7!~"]
    for group in ("", "a b", "ä", "x" * 129, "\n"):
        with pytest.raises(ValueError, match="no group"):
            lines.send("x", group=group)
    with pytest.raises(TypeError, match="group"):
        lines.send("x", group=7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="FIFO queue, whose messages can't be delayed"):
        lines.send("x", delay=1)
    with pytest.raises(ValueError, match="has no groups"):
        queue()[0].send("x", group="a")


def test_without_the_right_nothing_is_sent() -> None:
    emails, by_queue = queue(access="")
    placed, by_topic = topic(access="")
    with pytest.raises(NotLinked, match=r"links=\[emails\.send\(\)\]"):
        emails.send("x")
    with pytest.raises(NotLinked, match=r"links=\[placed\.publish\(\)\]"):
        placed.publish("x")
    assert by_queue.calls == by_topic.calls == []


def test_a_body_in_json_can_be_read_again() -> None:
    emails, driver = queue()
    emails.send({"ä": "\ud800"})
    assert json.loads(driver.calls[0][1]) == {"ä": "\ud800"}
