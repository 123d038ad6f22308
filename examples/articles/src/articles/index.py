"""The index: word → articles, kept by what changes."""

from __future__ import annotations

import re

from sls_infra.runtime import Change, links

WORD = re.compile(r"\w{2,40}")


def follow(change: Change) -> None:
    """Makes the index say of one article what the article says now. Both are read as they are rather than taken from
    the change, so that one that comes twice, late or after another leaves the same."""
    article = change.key["id"]
    current = links.table("articles").get(article)
    wanted = set() if current is None else words_of(current["title"], current["text"])
    known = indexed(article)
    links.table("words").batch(
        put=[{"word": word, "article": article} for word in sorted(wanted - known)],
        delete=[(word, article) for word in sorted(known - wanted)],
    )


def words_of(*texts: str) -> set[str]:
    """The words of texts, without regard to case."""
    return {word.casefold() for text in texts for word in WORD.findall(text)}


def indexed(article: str) -> set[str]:
    """The words that the index has of an article."""
    found: set[str] = set()
    cursor = None
    while True:
        page = links.table("words").query(article, index="by-article", limit=200, cursor=cursor)
        found.update(each["word"] for each in page)
        cursor = page.cursor
        if cursor is None:
            return found
