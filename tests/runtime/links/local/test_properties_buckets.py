"""Buckets against a dictionary: puts and deletes by links and by hand, under keys that get in each other's way."""

from __future__ import annotations

import json
import os
import tempfile
from hashlib import md5
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sls_infra.runtime.links.buckets import Bucket
from sls_infra.runtime.links.local import buckets

KEYS = st.sampled_from(["a", "a/b", "a/b/c", "a//b", "a/b/d", "ab", "b/c", "B", "é", "x" * 300, "c/" + "y" * 300])
CONTENT = st.binary(max_size=4)


class Buckets(RuleBasedStateMachine):
    """One bucket, by what handlers call, and its folder."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = f"{self.folder.name}/b"
        buckets.create(path)
        self.driver = buckets.Bucket("b", path, {})
        self.bucket = Bucket(self.driver, "b", {"access": "rw"})
        self.files = Path(path) / "files"
        self.lane = self.driver.subscribe("s")
        self.model: dict[str, bytes] = {}
        self.news: dict[str, bytes] = {}
        self.dropped = 1_700_000_000_000_000_000

    def teardown(self) -> None:
        if hasattr(self, "driver"):
            self.driver.store.close()
            self.folder.cleanup()

    @rule(key=KEYS, content=CONTENT, content_type=st.sampled_from(["text/a", "text/b"]))
    def put(self, key: str, content: bytes, content_type: str) -> None:
        self.bucket.put(key, content, content_type=content_type)
        self.model[key] = self.news[key] = content
        found = self.bucket.head(key)
        assert found is not None
        assert (found.content_type, found.size) == (content_type, len(content))

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.bucket.delete(key)
        self.model.pop(key, None)

    @rule(key=st.sampled_from(["a", "a/b", "ab", "b/c", "é", "hand"]), content=CONTENT)
    def drop(self, key: str, content: bytes) -> None:
        path = self.files / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self.dropped += 1_000  # a file system's clock may stand still from one step to the next
            os.utime(path, ns=(self.dropped, self.dropped))
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            return  # as it would not let a user
        self.model[key] = self.news[key] = content

    @rule(key=st.sampled_from(["a", "a/b", "hand"]))
    def take_away(self, key: str) -> None:
        path = self.files / key
        if path.is_file() and not os.path.exists(self.driver.files.aside(key)):
            path.unlink()
            self.model.pop(key, None)

    @rule()
    def scan(self) -> None:
        self.driver.scan(0)
        known = {}
        for message in self.lane.receive(1000):
            upload = json.loads(message.body)
            known[upload["key"]] = upload["etag"]
            self.lane.delete(message.receipt)
        there = {key: md5(content).hexdigest() for key, content in self.news.items() if key in self.model}
        assert {key: tag for key, tag in known.items() if key in there} == there
        self.news.clear()

    @precondition(lambda self: hasattr(self, "bucket"))
    @invariant()
    def all_that_is_there(self) -> None:
        assert list(self.bucket.list()) == sorted(self.model, key=str.encode)
        for key, content in self.model.items():
            assert self.bucket.get(key) == content
            found = self.bucket.head(key)
            assert found is not None
            assert found.etag == md5(content).hexdigest()

    @rule(prefix=st.sampled_from(["a", "a/", "a/b", "x", "nothing", "c/y"]))
    def list(self, prefix: str) -> None:
        expected = sorted((key for key in self.model if key.startswith(prefix)), key=str.encode)
        assert [*self.bucket.list(prefix)] == expected


TestBuckets = Buckets.TestCase
TestBuckets.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
