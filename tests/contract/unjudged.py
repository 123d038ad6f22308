"""What no case judges, since only an account can show it: said aloud rather than left out in silence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unjudged:
    """Something that a caller may meet, and that the cases don't assert."""

    what: str
    clouds: tuple[str, ...]
    """Where it can't be judged."""
    why: str


UNJUDGED = (
    Unjudged(
        "an encoded slash where a decoded one would be another path with a route (/files/a%2Fb, /orders%2Flatest)",
        ("aws",),
        "an HTTP API hands the path over decoded: the function can't tell it from /files/a/b, and answers as to that",
    ),
    Unjudged(
        "a literal in other letters, where a parameter would take it (/orders/Latest beside /orders/latest)",
        ("azure",),
        "Microsoft does not say whether the case of letters counts there: 404 if it does not, as the runtime's does",
    ),
    Unjudged(
        "dots between slashes (/files/a/../b): 404, or the answer to where they lead",
        ("aws", "azure", "gcp"),
        "the cases show what our part answers where they come through; the vendor may have taken them out before",
    ),
    Unjudged(
        "broken percent-encoding in a path (/files/%zz)",
        ("aws", "azure", "gcp"),
        "the vendor's own front may answer 400 before any of what is rendered is looked at",
    ),
    Unjudged(
        "methods beyond the seven that a route may have (TRACE, PROPFIND)",
        ("aws", "azure", "gcp"),
        "the vendors' fronts answer 400, 404, 405 or 501 before any of what is rendered is looked at",
    ),
    Unjudged(
        "an OPTIONS that is no preflight, at a path without such a route, in an Api with CORS",
        ("aws",),
        "AWS says that it answers preflights by itself, and not which requests it takes for one",
    ),
    Unjudged(
        "header sections over 8 KB, and bodies over 1 MB",
        ("aws", "azure", "gcp"),
        "the limits are the vendors' own (in the capabilities' notes), and so is the answer beyond them",
    ),
    Unjudged(
        "whether a 401 that the gateway answers by itself can be read by a page of an allowed origin",
        ("aws",),
        "AWS documents CORS headers for answers of an integration alone",
    ),
    Unjudged(
        "time-outs (504), functions that crash (502), and that limits (429) are counted as the vendors say",
        ("aws", "azure", "gcp"),
        "they come from the vendors' running services: what is judged of limits is what these are told",
    ),
)
