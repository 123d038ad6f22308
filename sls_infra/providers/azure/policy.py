"""API Management's policies: XML trees, and user's text made safe for where it lands.

A policy is built as a tree and written by the XML library, so that no value can end an element or an attribute. Two
things more have a meaning inside a policy's text, whatever its XML: `@(…)` and `@{…}` are C# expressions, and
`{{…}}` is replaced by a named value before anything is parsed (API Management: "Policy expressions", "Use named
values"). `literal` and `csharp` keep values of a spec from being either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

from ...errors import Problem, SpecError
from .tier import Tier

Element = ElementTree.Element

REFUSED = "sls-refused"
"""Variable of a request: the status of a refusal that the policy itself makes."""
_PLAIN = re.compile(r"(?!\s)(?!.*@\()[A-Za-z0-9 ._~:/?#\[\]@!$&'()*+,;=%|-]*(?<!\s)")
_CSHARP = re.compile(r"[A-Za-z0-9 ._~:/?#=&;+,-]")


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Element | str) -> Element:
    """An element; a child that is a string is its text. Attributes are written `{"backend-id": …}`."""
    made = Element(tag, dict(attributes or {}))
    for child in children:
        if isinstance(child, str):
            made.text = child
        else:
            made.append(child)
    return made


def set_header(name: str, value: str) -> Element:
    """Sets a header, whatever was sent under its name."""
    return element("set-header", {"name": name, "exists-action": "override"}, element("value", None, value))


def without_header(name: str) -> Element:
    """Takes a header away."""
    return element("set-header", {"name": name, "exists-action": "delete"})


def variable(name: str, value: str) -> Element:
    """Sets a variable of the request's context, mostly to an expression."""
    return element("set-variable", {"name": name, "value": value})


def choose(*cases: tuple[str, Iterable[Element]], otherwise: Iterable[Element] = ()) -> Element:
    """The first case whose condition (an expression) holds, else `otherwise`."""
    made = element("choose")
    for condition, then in cases:
        made.append(element("when", {"condition": condition}, *then))
    rest = list(otherwise)
    if rest:
        made.append(element("otherwise", None, *rest))
    return made


def policies(
    inbound: Iterable[Element], backend: Iterable[Element], outbound: Iterable[Element], on_error: Iterable[Element]
) -> Element:
    """A whole policy document."""
    sections = {"inbound": inbound, "backend": backend, "outbound": outbound, "on-error": on_error}
    return element("policies", None, *(element(name, None, *children) for name, children in sections.items()))


def written(tree: Element, where: str, tier: Tier) -> str:
    """The document's text. Raises `SpecError` where it is larger than the tier takes; `where` names the spec's part."""
    text = ElementTree.tostring(tree, encoding="unicode")
    size, most = len(text.encode()), tier.policy_bytes
    if size > most:
        message = f"API Management's policy would have {size} bytes; {tier.title} takes at most {most} ({tier.source})"
        fix = "name fewer or shorter tokens, audiences, CORS origins and clients, or make two Apis of it"
        raise SpecError([Problem(where, message, fix)])
    return text


def csharp(text: str) -> str:
    """A C# string literal of any text, in which nothing is left that a policy would take for something else."""
    return '"' + "".join(c if _CSHARP.fullmatch(c) else _escaped(c) for c in text) + '"'


def csharp_list(texts: Iterable[str]) -> str:
    """A C# array of strings."""
    return "new string[] {" + ", ".join(csharp(text) for text in texts) + "}"


def literal(text: str) -> str:
    """Text for an element or attribute that means itself: as it is where it can be, else an expression for it."""
    return text if _PLAIN.fullmatch(text) else f"@({csharp(text)})"


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
