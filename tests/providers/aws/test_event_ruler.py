"""Patterns of EventBridge's rules, judged by Event Ruler, the library that Amazon matches them with."""

from __future__ import annotations

import json
import random
import subprocess

import pytest

from sls_infra.providers.aws.uploads import LONGEST, pattern

from ...runtime import aws_emulators
from ...runtime.entry.conftest import event

RULER = aws_emulators.Emulator("software.amazon.event.ruler", "event-ruler", "1.2.2", "EventRuler.java")


def taken(pairs: list[tuple[str, str]]) -> list[bool]:
    """Whether each pattern takes the upload of a key."""
    try:
        folder = aws_emulators.fetched(RULER)
    except aws_emulators.Missing as missing:
        pytest.skip(str(missing))
    sent = event("eventbridge-s3-documented")
    lines = []
    for wanted, key in pairs:
        sent["detail"] |= {"bucket": {"name": "theirs"}, "object": sent["detail"]["object"] | {"key": key}}
        lines += [wanted, json.dumps(sent)]
    program = str(aws_emulators.SOURCES / RULER.program)
    done = subprocess.run(
        ["java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", f"{folder}/*", program],
        input="\n".join(lines), capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    answers = [line == "true" for line in done.stdout.splitlines()]
    assert len(answers) == len(pairs)
    return answers


def test_keys_are_taken_that_start_and_end_so_and_no_others() -> None:
    chance = random.Random(6)
    expected = {}
    for _ in range(2000):
        prefix, suffix, middle = ("".join(chance.choices("ab*\\/.é", k=chance.randrange(4))) for _ in range(3))
        overlapping = (prefix + suffix[at:] for at in range(len(suffix) + 1))
        for key in (middle, prefix + middle, middle + suffix, prefix + middle + suffix, *overlapping):
            fits = key.startswith(prefix) and key.endswith(suffix)
            expected[pattern("theirs", prefix, suffix), key] = fits
    assert set(expected.values()) == {True, False}
    answers = taken(list(expected))
    wrong = [pair for pair, answer in zip(expected, answers, strict=True) if answer is not expected[pair]]
    assert wrong == []


def test_long_ones_are_patterns_too() -> None:
    texts = [letter * (512 // len(letter.encode())) for letter in ("a", "\\", "é", "*", "ab", "/")]
    pairs = [(pattern("theirs", text, end), text + end) for text in texts for end in (*texts, ".pdf", "")]
    assert all(len(wanted) <= LONGEST for wanted, _ in pairs)
    assert taken(pairs) == [True] * len(pairs)
