"""A client that another project generates from the exported document, against the local gateway."""

from __future__ import annotations

from .conftest import Shop


def test_a_typed_body_and_a_typed_answer(shop: Shop) -> None:
    models = shop.models()
    order = models.NewOrder(lines=[models.Line(sku="TEA", quantity=2)], note="quickly")
    answer = shop.call("create_order", client=shop.ann("orders:write"), body=order)
    assert answer.status_code == 201
    assert isinstance(answer.parsed, models.Order)
    assert (answer.parsed.id, answer.parsed.by, answer.parsed.lines[0].quantity) == ("o-1", "ann", 2)


def test_a_parameter_of_the_path_and_of_the_query(shop: Shop) -> None:
    models = shop.models()
    read = shop.call("read_order", "o-1", client=shop.ann())
    assert isinstance(read.parsed, models.Order)
    browsed = shop.call("browse_orders", client=shop.ann(), limit=3)
    assert isinstance(browsed.parsed, models.Orders)
    assert browsed.parsed.limit == 3


def test_refusals_are_problems(shop: Shop) -> None:
    models = shop.models()
    order = models.NewOrder(lines=[models.Line(sku="TEA", quantity=2)])
    anonymous = shop.call("create_order", body=order)
    unscoped = shop.call("create_order", client=shop.ann("orders:read"), body=order)
    absent = shop.call("read_order", "o-2", client=shop.ann())
    for answer, status in ((anonymous, 401), (unscoped, 403), (absent, 404)):
        assert answer.status_code == status
        assert isinstance(answer.parsed, models.Problem)
        assert answer.parsed.status == status
    assert absent.parsed.detail == "there is no such order"
    assert "www-authenticate" in {name.lower() for name in anonymous.headers}


def test_a_body_that_does_not_fit_names_each_place(shop: Shop) -> None:
    models = shop.models()
    order = models.NewOrder(lines=[models.Line(sku="tea", quantity=0)])
    answer = shop.call("create_order", client=shop.ann("orders:write"), body=order)
    assert answer.status_code == 400
    assert isinstance(answer.parsed, models.Problem)
    assert {error.pointer for error in answer.parsed.errors} == {"/lines/0/sku", "/lines/0/quantity"}


def test_over_the_limit(shop: Shop) -> None:
    models = shop.models()
    first = shop.call("limited", group="limited")
    assert first.status_code == 204
    second = shop.call("limited", group="limited")
    assert second.status_code == 429
    assert isinstance(second.parsed, models.Problem)
    assert int(second.headers["retry-after"]) > 0


def test_an_api_key(shop: Shop) -> None:
    models = shop.models()
    answer = shop.call("stock", group="stock", client=shop.anonymous().with_headers({"x-api-key": shop.key}))
    assert answer.status_code == 200
    assert isinstance(answer.parsed, models.Stock)
    assert answer.parsed.client == "mobile"
    refused = shop.call("stock", group="stock", client=shop.anonymous().with_headers({"x-api-key": "x" * 43}))
    assert refused.status_code == 401
    assert isinstance(refused.parsed, models.Problem)
