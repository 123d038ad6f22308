"""Paths: the cases that need no more than a call."""

from __future__ import annotations

from ..test_paths import (
    test_a_less_specific_route_answers_a_method_that_the_specific_one_lacks,
    test_a_literal_segment_may_be_unicode,
    test_a_parameter_is_decoded_once,
    test_each_function_answers_its_own_routes,
    test_no_route_answers_a_method_that_only_paths_like_it_have,
    test_no_route_takes_it,
    test_nothing_is_decoded_twice,
    test_the_most_specific_route_answers,
)

__all__ = [
    "test_a_less_specific_route_answers_a_method_that_the_specific_one_lacks",
    "test_a_literal_segment_may_be_unicode",
    "test_a_parameter_is_decoded_once",
    "test_each_function_answers_its_own_routes",
    "test_no_route_answers_a_method_that_only_paths_like_it_have",
    "test_no_route_takes_it",
    "test_nothing_is_decoded_twice",
    "test_the_most_specific_route_answers",
]
