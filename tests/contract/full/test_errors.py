"""Errors: the cases that need no more than a call."""

from __future__ import annotations

from ..test_errors import (
    test_a_body_that_does_not_fit_is_400_and_says_where,
    test_a_body_that_fits_reaches_the_handler,
    test_a_body_that_is_no_json_does_not_fit_either,
    test_a_handlers_404_is_its_own,
    test_a_handlers_refusal_goes_out,
    test_a_refusals_headers_and_members_go_out,
    test_json_arrives,
    test_malformed_json_is_400,
    test_the_function_goes_on_after_a_failure,
    test_what_a_handler_can_not_return_is_500,
    test_what_a_handler_did_not_expect_is_500_and_says_nothing,
)

__all__ = [
    "test_a_body_that_does_not_fit_is_400_and_says_where",
    "test_a_body_that_fits_reaches_the_handler",
    "test_a_body_that_is_no_json_does_not_fit_either",
    "test_a_handlers_404_is_its_own",
    "test_a_handlers_refusal_goes_out",
    "test_a_refusals_headers_and_members_go_out",
    "test_json_arrives",
    "test_malformed_json_is_400",
    "test_the_function_goes_on_after_a_failure",
    "test_what_a_handler_can_not_return_is_500",
    "test_what_a_handler_did_not_expect_is_500_and_says_nothing",
]
