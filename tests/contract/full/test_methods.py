"""Methods: the cases that need no more than a call."""

from __future__ import annotations

from ..test_methods import (
    test_a_method_of_its_own_is_before_any,
    test_a_method_that_a_known_path_lacks_is_404_with_cors_too,
    test_an_unknown_path_is_404_with_cors_too,
    test_any_takes_each_method,
    test_each_method_reaches_its_route,
    test_head_has_the_headers_and_no_body,
    test_head_is_not_get,
    test_options_with_a_route_of_its_own_reaches_the_handler,
)

__all__ = [
    "test_a_method_of_its_own_is_before_any",
    "test_a_method_that_a_known_path_lacks_is_404_with_cors_too",
    "test_an_unknown_path_is_404_with_cors_too",
    "test_any_takes_each_method",
    "test_each_method_reaches_its_route",
    "test_head_has_the_headers_and_no_body",
    "test_head_is_not_get",
    "test_options_with_a_route_of_its_own_reaches_the_handler",
]
