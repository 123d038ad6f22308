"""Headers: the cases that need no more than a call."""

from __future__ import annotations

from ..test_headers import (
    test_8_kilobytes_of_headers_arrive,
    test_8_kilobytes_of_headers_go_out,
    test_a_handler_sees_none_of_what_gateways_tell_functions,
    test_a_header_arrives,
    test_a_header_goes_out,
    test_a_query_arrives,
    test_a_request_has_an_id,
    test_cookies_arrive,
    test_repeated_headers_arrive,
    test_repeated_headers_go_out,
    test_several_cookies_go_out,
    test_the_callers_address_is_known,
    test_the_callers_address_is_not_what_the_caller_says,
    test_the_callers_authorization_arrives,
    test_the_id_is_in_a_refusal,
)

__all__ = [
    "test_8_kilobytes_of_headers_arrive",
    "test_8_kilobytes_of_headers_go_out",
    "test_a_handler_sees_none_of_what_gateways_tell_functions",
    "test_a_header_arrives",
    "test_a_header_goes_out",
    "test_a_query_arrives",
    "test_a_request_has_an_id",
    "test_cookies_arrive",
    "test_repeated_headers_arrive",
    "test_repeated_headers_go_out",
    "test_several_cookies_go_out",
    "test_the_callers_address_is_known",
    "test_the_callers_address_is_not_what_the_caller_says",
    "test_the_callers_authorization_arrives",
    "test_the_id_is_in_a_refusal",
]
