"""Claims: the cases that need no more than a call."""

from __future__ import annotations

from ..test_claims import (
    test_a_claim_keeps_its_type,
    test_a_public_route_knows_nobody,
    test_a_public_route_takes_any_token,
    test_a_refusal_by_the_gateway_challenges,
    test_a_token_that_is_not_for_this_api_is_401,
    test_a_verified_caller_is_known,
    test_all_of_a_routes_scopes_are_needed,
    test_another_functions_route_asks_for_a_token_too,
    test_any_of_the_audiences_lets_in,
    test_claims_that_the_caller_writes_into_headers_are_nothing,
    test_nobody_is_401,
    test_the_scope_is_looked_at_before_the_body,
    test_the_way_in_is_that_of_the_most_specific_route,
    test_what_is_no_token_is_401,
)

__all__ = [
    "test_a_claim_keeps_its_type",
    "test_a_public_route_knows_nobody",
    "test_a_public_route_takes_any_token",
    "test_a_refusal_by_the_gateway_challenges",
    "test_a_token_that_is_not_for_this_api_is_401",
    "test_a_verified_caller_is_known",
    "test_all_of_a_routes_scopes_are_needed",
    "test_another_functions_route_asks_for_a_token_too",
    "test_any_of_the_audiences_lets_in",
    "test_claims_that_the_caller_writes_into_headers_are_nothing",
    "test_nobody_is_401",
    "test_the_scope_is_looked_at_before_the_body",
    "test_the_way_in_is_that_of_the_most_specific_route",
    "test_what_is_no_token_is_401",
]
