"""Patterns that say which files, with the rules of a .gitignore (https://git-scm.com/docs/gitignore).

- No slash but a trailing one: the name, in any folder (`*.csv`). Any other slash: the path from the top (`/data`,
  `docs/*.md`; also `./data`, which would match nothing in a .gitignore).
- A trailing slash: folders only. A folder that matches takes everything in it along.
- `*` and `?` stop at a slash, `[a-z]` and `[!a-z]` are one character, `**` as a whole segment is any number of folders,
  `\\` takes the next character's meaning away.
- The last pattern that matches decides; `!` in front turns "matches" into "does not". What lies in a folder that is
  left out can't be taken back.

Not carried over: comments, spaces that are trimmed, `[[:alpha:]]`. The tests hold this module against git itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import BundleError


class Globs:
    """A list of patterns. Order matters: the last that matches decides."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Raise BundleError for a pattern that cannot mean anything."""
        self._rules = [_rule(pattern) for pattern in patterns]
        self._rules.reverse()

    def decide(self, path: str, *, folder: bool) -> bool | None:
        """What the patterns say of this very path ("a/b.py"): True, False (taken back by `!`), or None (nothing)."""
        name = path.rpartition("/")[2]
        for regex, anchored, folders_only, verdict in self._rules:
            if (folder or not folders_only) and regex.fullmatch(path if anchored else name):
                return verdict
        return None

    def covers(self, path: str) -> bool:
        """Whether a file is meant, by itself or with a folder. What lies in a folder taken back by `!` is not."""
        parts = path.split("/")
        folders = [self.decide("/".join(parts[:depth]), folder=True) for depth in range(1, len(parts))]
        if False in folders:
            return False
        itself = self.decide(path, folder=False)
        return True in folders if itself is None else itself


_Rule = tuple[re.Pattern[str], bool, bool, bool]


def _rule(pattern: str) -> _Rule:
    negated = pattern.startswith("!")
    body = pattern[1:] if negated else pattern
    if body.startswith("./"):
        body = body[1:]
    folders_only = body.endswith("/")
    body = body.removesuffix("/")
    anchored = "/" in body
    segments = body.removeprefix("/").split("/")
    if segments == [""]:
        raise BundleError(f"the pattern {pattern!r} names nothing: write a name or a path relative to `code`")
    try:
        regex = re.compile(_path(segments) if anchored else _segment(body), re.DOTALL)
    except (re.error, ValueError) as error:
        raise BundleError(
            f"the pattern {pattern!r} can't be read ({error}): write it as in a .gitignore, "
            "with a backslash before a special character that is meant literally"
        ) from None
    return regex, anchored, folders_only, not negated


def _path(segments: list[str]) -> str:
    parts: list[str] = []
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment == "**":
            parts.append(".+" if last else "(?:.+/)?")
        else:
            parts.append(_segment(segment) + ("" if last else "/"))
    return "".join(parts)


_TOKEN = re.compile(
    r"""
    (?P<stars>\*+) | (?P<any>\?) | \\(?P<escaped>.) |
    \[(?P<negated>[!^]?)(?P<set>\]?(?:\\.|[^]\\])*)\] |
    (?P<broken>[\[\\]) | (?P<plain>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def _segment(segment: str) -> str:
    parts: list[str] = []
    for token in _TOKEN.finditer(segment):
        match token.lastgroup:
            case "stars":
                parts.append("[^/]*")
            case "any":
                parts.append("[^/]")
            case "set":
                parts.append(_set(token["set"], negated=bool(token["negated"])))
            case "broken":
                raise ValueError("an unclosed [ or a backslash at the end")
            case _:
                parts.append(re.escape(token["escaped"] or token["plain"]))
    return "".join(parts)


def _set(members: str, *, negated: bool) -> str:
    if "[:" in members:
        raise ValueError("character classes such as [:alpha:] are not supported")
    body = re.sub(r"\\.|[\[\]^&~|]", lambda found: re.escape(found[0][-1]), members, flags=re.DOTALL)
    return f"(?!/)[{'^' if negated else ''}{body}]"
