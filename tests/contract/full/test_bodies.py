"""Bodies: the cases that need no more than a call."""

from __future__ import annotations

from ..test_bodies import (
    test_a_body_arrives_as_it_was_sent,
    test_a_body_goes_out_as_it_was_given,
    test_a_mebibyte_arrives,
    test_a_mebibyte_goes_out,
    test_any_status_goes_out,
    test_every_octet_goes_out,
    test_other_methods_have_bodies_too,
    test_what_a_handler_returns_is_made_into_an_answer,
)

__all__ = [
    "test_a_body_arrives_as_it_was_sent",
    "test_a_body_goes_out_as_it_was_given",
    "test_a_mebibyte_arrives",
    "test_a_mebibyte_goes_out",
    "test_any_status_goes_out",
    "test_every_octet_goes_out",
    "test_other_methods_have_bodies_too",
    "test_what_a_handler_returns_is_made_into_an_answer",
]
