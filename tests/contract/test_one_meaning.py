"""A path means one thing: what the gateway matched and the runtime would have matched differently is 404."""

from __future__ import annotations

import pytest

from .model import Call, Served

SAME = {
    "a literal": ("GET /orders/latest", "/orders/latest"),
    "a parameter": ("GET /orders/{id}", "/orders/7"),
    "a greedy one": ("GET /files/{path+}", "/files/a/b"),
    "ANY": ("ANY /any", "/any"),
    "the root": ("GET /", "/"),
    "encoded letters": ("GET /orders/latest", "/orders/%6Catest"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_both_match_alike_is_answered(shop: Served, name: str) -> None:
    route, target = SAME[name]
    answer = shop.forced(route, Call("GET", target))
    assert (answer.status, answer.header("x-route")) == (200, route)


DIFFERENT = {
    "a parameter that takes a slash at the end": ("GET /orders/{id}", "/orders/7/"),
    "a literal that does": ("GET /orders/latest", "/orders/latest/"),
    "a parameter over a literal": ("GET /orders/{id}", "/orders/latest"),
    "a greedy one over a literal": ("GET /files/{path+}", "/files/readme"),
    "a greedy one over a parameter": ("GET /files/{path+}", "/files/a/meta"),
    "a greedy one that is empty": ("GET /files/{path+}", "/files/"),
    "a greedy one that is absent": ("GET /files/{path+}", "/files"),
    "a parameter that takes two segments": ("GET /orders/{id}", "/orders/7/8"),
    "an open route for one that asks for a token": ("GET /me/public", "/me/7"),
    "ANY over the method itself": ("ANY /any/of/{id}", "/any/of/7"),
    "another method": ("POST /orders/{id}", "/orders/7"),
    "another path": ("GET /big", "/binary"),
    "case": ("GET /orders/latest", "/orders/LATEST"),
    "an empty segment": ("GET /orders/{id}/items/{item}", "/orders//items/9"),
    "dots": ("GET /files/{path+}", "/files/a/../readme"),
    "none of the Api's": ("", "/orders/7"),
    "an unknown one": ("GET /orders/{other}", "/orders/7"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_they_match_differently_is_404(shop: Served, name: str) -> None:
    route, target = DIFFERENT[name]
    answer = shop.forced(route, Call("GET", target))
    assert answer.status == 404, answer
    answer.problem()


PROTECTED = {
    "vouched for as an open one": ("GET /orders/{id}", "/me"),
    "vouched for as none": ("", "/me"),
    "with a slash at the end": ("GET /me", "/me/"),
    "below it": ("GET /me/{id}", "/me/public"),
}


@pytest.mark.parametrize("name", PROTECTED)
def test_a_route_that_asks_for_a_token_is_not_reached_by_another(shop: Served, name: str) -> None:
    route, target = PROTECTED[name]
    for claims in (None, {"sub": "ann"}):
        answer = shop.forced(route, Call("GET", target, claims=claims))
        assert answer.status == 404, answer


def test_claims_go_with_the_route_that_they_were_verified_for(shop: Served) -> None:
    answer = shop.forced("GET /me", Call("GET", "/me", claims={"sub": "ann"}))
    assert (answer.status, answer.json()["claims"]["sub"]) == (200, "ann")
    assert shop.forced("GET /me", Call("GET", "/me")).status == 401
    answer = shop.forced("GET /orders/{id}", Call("GET", "/orders/7", claims={"sub": "ann"}))
    assert (answer.status, answer.json()["authenticated"]) == (200, False)
