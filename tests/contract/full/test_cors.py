"""Cors: the cases that need no more than a call."""

from __future__ import annotations

from ..test_cors import (
    test_a_handlers_own_cors_headers_do_not_count,
    test_a_preflight_is_answered_although_a_token_is_bad,
    test_a_preflight_of_a_method_that_the_path_lacks_is_answered_alike,
    test_a_preflight_of_an_allowed_origin_is_answered,
    test_a_preflight_of_an_unknown_path_is_answered_alike,
    test_a_preflight_of_another_origin_allows_nothing,
    test_a_scope_that_is_missing_can_be_read,
    test_an_allowed_page_may_read,
    test_an_own_options_route_answers_what_is_no_preflight,
    test_another_page_may_not_read,
)

__all__ = [
    "test_a_handlers_own_cors_headers_do_not_count",
    "test_a_preflight_is_answered_although_a_token_is_bad",
    "test_a_preflight_of_a_method_that_the_path_lacks_is_answered_alike",
    "test_a_preflight_of_an_allowed_origin_is_answered",
    "test_a_preflight_of_an_unknown_path_is_answered_alike",
    "test_a_preflight_of_another_origin_allows_nothing",
    "test_a_scope_that_is_missing_can_be_read",
    "test_an_allowed_page_may_read",
    "test_an_own_options_route_answers_what_is_no_preflight",
    "test_another_page_may_not_read",
]
