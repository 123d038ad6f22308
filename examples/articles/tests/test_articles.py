"""An index that follows a table: on the handlers alone, and on this machine for real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from examples.articles.infra import api
from examples.events import eventually, running
from sls_infra.testing import Client, client, render

ANN = {"sub": "ann"}


def write(c: Client, id: str, title: str, text: str) -> None:
    assert c.put(f"/articles/{id}", json={"title": title, "text": text}, claims=ANN).status == 200


def found(c: Client, word: str) -> list[str]:
    return [article["id"] for article in c.get(f"/search/{word}").json()["articles"]]


def test_an_article_is_found_by_its_words() -> None:
    with client(api()) as c:
        write(c, "1", "Tea", "Green leaves, grüne Blätter")
        write(c, "2", "Coffee", "Black beans and green ones")
        assert found(c, "green") == []
        c.run()
        assert found(c, "green") == ["1", "2"]
        assert found(c, "GRÜNE") == ["1"]
        assert found(c, "missing") == []


def test_the_index_forgets_what_an_article_no_longer_says() -> None:
    with client(api()) as c:
        write(c, "1", "Tea", "green leaves")
        c.run()
        write(c, "1", "Tea", "black leaves")
        c.run()
        assert (found(c, "green"), found(c, "black"), found(c, "leaves")) == ([], ["1"], ["1"])


def test_an_article_that_is_removed_is_not_found_even_before_the_index_hears_of_it() -> None:
    with client(api()) as c:
        write(c, "1", "Tea", "green leaves")
        c.run()
        assert c.delete("/articles/1", claims=ANN).status == 204
        assert found(c, "green") == []
        c.run()
        assert len(c.links.table("words").query("green")) == 0


def test_writing_the_same_again_changes_nothing() -> None:
    with client(api()) as c:
        for _ in range(3):
            write(c, "1", "Tea", "green leaves")
        c.run()
        assert len(c.links.table("words").query("1", index="by-article")) == 3


def test_a_long_article() -> None:
    with client(api()) as c:
        write(c, "1", "Numbers", " ".join(f"word{number}" for number in range(1200)))
        c.run()
        assert found(c, "word1199") == ["1"]
        write(c, "1", "Numbers", "none")
        c.run()
        assert found(c, "word1199") == []


@pytest.mark.parametrize("target", ["aws", "azure", "gcp", "local"])
def test_it_is_for_every_target(target: str) -> None:
    assert render(api(), target).outputs["url"]


def test_on_this_machine(tmp_path: Path) -> None:
    with running("articles", tmp_path) as site:
        article: dict[str, Any] = {"title": "Tea", "text": "green leaves"}
        assert site.http.put("/articles/1", json=article).status_code == 401
        site.http.put("/articles/1", json=article, headers=site.token()).raise_for_status()
        hits = eventually(lambda: site.http.get("/search/green"), lambda answer: bool(answer.json()["articles"]))
        assert hits.json()["articles"] == [{"id": "1", "title": "Tea"}]
        site.http.delete("/articles/1", headers=site.token()).raise_for_status()
        assert site.http.get("/search/green").json()["articles"] == []
