"""Tables, judged by DynamoDB Local and by moto's server."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from sls_infra.runtime.errors import Conflict, NotFound, ServiceError, Throttled, TooLarge
from sls_infra.runtime.links import limits
from sls_infra.runtime.links.aws import clients, tables
from sls_infra.runtime.links.aws.tables import Table
from tests.runtime.links.aws.conftest import Made, described
from tests.runtime.services.fakes import Answer, Asked, serving

ITEM: dict[str, Any] = {
    "id": "7", "name": "ü\0\U0001f600", "empty": "", "none": None, "yes": True, "no": False, "ints": [0, -1, 2**53],
    "floats": [0.1, -2.5, 1e22, 1e-130, 1e125, 5e-100], "deep": {"a": [{"b": {}}, []], "#": 1}, "status": "reserved",
}  # fmt: skip


def test_an_item_comes_back_as_it_was_put(table: Made) -> None:
    orders = table()
    version = orders.put(ITEM, False, None)
    assert orders.get(("7", None)) == (ITEM, version)
    assert orders.get(("8", None)) is None
    assert orders.put(ITEM, False, None) != version


def test_numbers_keep_what_they_are(table: Made) -> None:
    orders = table()
    orders.put({"id": "n", "one": 1, "whole": 3.0, "half": 0.5, "zero": -0.0, "big": 1e23}, False, None)
    item = orders.get(("n", None)).item
    assert item == {"id": "n", "one": 1, "whole": 3.0, "half": 0.5, "zero": 0, "big": 1e23}
    assert [type(item[name]) for name in ("one", "half")] == [int, float]


@pytest.mark.parametrize("number", [1e126, -1e300, 1e-131, 5e-324])
def test_a_number_that_it_cannot_hold_is_refused_by_its_name(table: Made, number: float) -> None:
    orders = table()
    with pytest.raises(ValueError, match=r"^price: .*magnitude"):
        orders.put({"id": "n", "price": number}, False, None)
    with pytest.raises(ValueError, match="magnitude"):
        orders.update(("n", None), {"price": number}, (), None)


def test_if_absent_and_if_version(table: Made) -> None:
    orders = table()
    first = orders.put({"id": "1"}, True, None)
    with pytest.raises(Conflict):
        orders.put({"id": "1"}, True, None)
    second = orders.put({"id": "1", "n": 2}, False, first)
    with pytest.raises(Conflict):
        orders.put({"id": "1"}, False, first)
    with pytest.raises(Conflict):
        orders.put({"id": "none"}, False, first)
    with pytest.raises(Conflict):
        orders.delete(("1", None), first)
    with pytest.raises(Conflict):
        orders.delete(("none", None), first)
    orders.delete(("1", None), second)
    orders.delete(("1", None), None)
    assert orders.get(("1", None)) is None


def test_update_sets_and_removes_at_once(table: Made) -> None:
    orders = table("id", "line")
    version = orders.put({"id": "1", "line": "a", "n": 1, "size": 2, "old": {}}, False, None)
    item, following = orders.update(("1", "a"), {"n": [2], "values": None}, ("old", "never"), version)
    assert item == {"id": "1", "line": "a", "n": [2], "size": 2, "values": None}
    assert orders.get(("1", "a")) == (item, following)
    with pytest.raises(Conflict):
        orders.update(("1", "a"), {"n": 3}, (), version)
    with pytest.raises(NotFound):
        orders.update(("1", "b"), {"n": 3}, (), None)
    with pytest.raises(NotFound):
        orders.update(("1", "b"), {"n": 3}, (), version)
    assert orders.update(("1", "a"), {}, ("size",), following).item.keys() == {"id", "line", "n", "values"}


@pytest.mark.parametrize("dynamodb", ["dynamodb_local"], indirect=True)  # moto's parser recurses, and gives up
def test_an_update_has_a_most(table: Made) -> None:
    orders = table()
    orders.put({"id": "1"}, False, None)
    most = {f"attribute-{number}": number for number in range(limits.MAX_CHANGES)}
    assert orders.update(("1", None), most, (), None).item == {"id": "1", **most}


def test_what_has_expired_is_not_there(table: Made) -> None:
    orders = table("id", "line", "ends")
    now = int(time.time())
    gone, there = {"id": "1", "line": "a", "ends": now - 5}, {"id": "1", "line": "b", "ends": now + 500}
    version = orders.put(gone, False, None)
    orders.put(there, False, None)
    orders.put({"id": "1", "line": "c"}, False, None)
    assert orders.get(("1", "a")) is None
    assert [found.item["line"] for found in orders.query("1", None, "", 10, None, False)[0]] == ["b", "c"]
    with pytest.raises(NotFound):
        orders.update(("1", "a"), {"n": 1}, (), None)
    with pytest.raises(Conflict):
        orders.put(gone, False, version)
    with pytest.raises(Conflict):
        orders.delete(("1", "a"), version)
    orders.put(gone, True, None)
    with pytest.raises(Conflict):
        orders.put(there, True, None)


def paged(orders: Table, key: str, limit: int, **more: Any) -> list[list[str]]:
    pages, cursor = [], None
    given = {"index": None, "begins_with": "", "reverse": False, **more}
    while True:
        found, cursor = orders.query(key, limit=limit, cursor=cursor, **given)
        pages.append([each.item["line"] for each in found])
        if cursor is None:
            return pages


def test_pages_are_full_and_in_the_order_of_bytes(table: Made) -> None:
    orders = table("id", "line")
    lines = ["a", "B", "é", "zz", "\U0001f600", "￿", "a b"]
    orders.write([{"id": "1", "line": line} for line in lines], [])
    orders.put({"id": "2", "line": "x"}, False, None)
    ordered = sorted(lines, key=str.encode)
    assert paged(orders, "1", 3) == [ordered[:3], ordered[3:6], ordered[6:]]
    assert paged(orders, "1", 7) == [ordered]
    assert paged(orders, "1", 100, reverse=True) == [ordered[::-1]]
    assert paged(orders, "1", 1, begins_with="a") == [["a"], ["a b"]]
    assert paged(orders, "none", 5) == [[]]


def test_pages_are_full_though_most_has_expired(table: Made) -> None:
    orders = table("id", "line", "ends")
    past = int(time.time()) - 10
    items = [{"id": "1", "line": f"{n:03}", **({} if n % 20 == 0 else {"ends": past})} for n in range(120)]
    orders.write(items, [])
    assert paged(orders, "1", 2) == [["000", "020"], ["040", "060"], ["080", "100"]]


def test_an_index_holds_what_has_its_keys_as_text(table: Made) -> None:
    orders = table("id", None, None, by_mail=["mail", "line"])
    long = "x" * 2000
    odd = [None, 5, "", ["a"], True]
    orders.put({"id": "1", "mail": "a@x", "line": "2"}, False, None)
    orders.put({"id": "2", "mail": "a@x", "line": "1"}, False, None)
    orders.put({"id": "3", "mail": "a@x"}, False, None)
    orders.put({"id": "long", "mail": "a@x", "line": long}, False, None)
    for number, value in enumerate(odd):
        orders.put({"id": f"odd{number}", "mail": value, "line": value}, False, None)
        assert orders.get((f"odd{number}", None)).item == {"id": f"odd{number}", "mail": value, "line": value}
    assert orders.get(("long", None)).item["line"] == long
    assert paged(orders, "a@x", 1, index="by_mail") == [["1"], ["2"]]
    assert paged(orders, "a@x", 5, index="by_mail", reverse=True) == [["2", "1"]]
    orders.update(("odd1", None), {"mail": "a@x", "line": "0"}, (), None)
    item = orders.update(("1", None), {"mail": 7}, (), None).item
    assert item == {"id": "1", "mail": 7, "line": "2"}
    assert paged(orders, "a@x", 5, index="by_mail") == [["0", "1"]]
    assert orders.update(("1", None), {}, ("mail",), None).item == {"id": "1", "line": "2"}


def test_a_batch_of_any_length(table: Made) -> None:
    orders = table("id", "line")
    orders.put({"id": "1", "line": "gone"}, False, None)
    orders.write([{"id": "1", "line": f"{n:02}", "n": n} for n in range(60)], [("1", "gone"), ("1", "never")])
    found, cursor = orders.query("1", None, "", 100, None, False)
    assert ([each.item["n"] for each in found], cursor) == (list(range(60)), None)
    assert len({each.version for each in found}) == 60


def test_what_somebody_else_wrote(table: Made, dynamodb: Any) -> None:
    orders = table()
    theirs = {"id": {"S": "1"}, "tags": {"SS": ["a"]}, "n": {"N": "12345678901234567890"}, "raw": {"B": b"\x00\x01"}}
    dynamodb.put_item(TableName=orders._table, Item=theirs)
    item, version = orders.get(("1", None))
    assert item == {"id": "1", "tags": ["a"], "n": 12345678901234567890, "raw": "AAE="}
    assert version == ""
    orders.put({"id": "1"}, False, version)
    with pytest.raises(Conflict):
        orders.put({"id": "1"}, False, version)


def test_a_cursor_of_another_query_is_refused(table: Made) -> None:
    orders = table("id", "line", None, by_n=["n"])
    for cursor in ({}, {"id": "1"}, {"id": "1", "line": 5}, {"id": "1", "line": "a", "n": "b"}):
        with pytest.raises(ValueError, match="cursor"):
            orders.query("1", None, "", 5, cursor, False)


def test_an_item_that_is_too_large_in_dynamodbs_own_form(table: Made) -> None:
    orders = table()
    with pytest.raises(TooLarge, match=r'table "orders": .*size'):
        orders.put({"id": "1", "n": "x" * 410_000}, False, None)
    orders.put({"id": "1"}, False, None)
    with pytest.raises(TooLarge):
        orders.update(("1", None), {"n": "x" * 410_000}, (), None)


def test_a_table_that_is_not_there(dynamodb: Any) -> None:
    gone = Table("orders", "table-gone", described("id", None, None, {}))
    with pytest.raises(NotFound, match='table "orders": ResourceNotFoundException'):
        gone.get(("1", None))
    with pytest.raises(NotFound):
        gone.write([{"id": "1"}], [])


def test_a_write_whose_answer_is_lost_is_not_its_own_conflict(
    table: Made, account: pytest.MonkeyPatch, dynamodb: Any
) -> None:
    orders = table()
    second = orders.put({"id": "2"}, False, None)
    real = dynamodb.meta.endpoint_url
    lose = [True]

    def forward(asked: Asked) -> Answer:
        given = {name: value for name, value in asked.headers.items() if name != "content-length"}
        answer = requests.post(real, data=asked.body, headers=given, timeout=10)
        if lose:
            lose.pop()
            return 500, {}, b""
        return answer.status_code, {}, answer.content

    with serving(forward) as between:
        account.setenv("AWS_ENDPOINT_URL_DYNAMODB", between.url)
        account.setattr(clients, "ATTEMPTS", 3)
        clients.forget()
        first = orders.put({"id": "1"}, True, None)
        lose.append(True)
        changed = orders.update(("2", None), {"n": 1}, (), second)
        assert len(between.asked) == 4
        assert orders.get(("1", None)) == ({"id": "1"}, first)
        assert orders.get(("2", None)) == changed == ({"id": "2", "n": 1}, changed.version)


def test_nobody_there_is_a_service_error(account: pytest.MonkeyPatch) -> None:
    account.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    table = Table("orders", "arn:aws:dynamodb:eu-west-1:1:table/t", described("id", None, None, {}))
    with pytest.raises(ServiceError, match='table "orders": EndpointConnectionError while calling AWS'):
        table.get(("1", None))


class Scripted:
    """A client of DynamoDB that leaves writes undone."""

    def __init__(self, *undone: int) -> None:
        self.undone = list(undone)
        self.asked: list[int] = []

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:
        ((name, requests),) = RequestItems.items()
        self.asked.append(len(requests))
        left = self.undone.pop(0) if self.undone else 0
        return {"UnprocessedItems": {name: requests[:left]} if left else {}}


def test_what_is_left_undone_is_tried_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PAUSE", 0)
    table = Table("orders", "t", described("id", None, None, {}))
    scripted = Scripted(25, 3, 1)
    monkeypatch.setattr(tables, "client", lambda service, address: scripted)
    table.write([{"id": str(number)} for number in range(30)], [])
    assert scripted.asked == [25, 25, 8, 1]
    never = Scripted(*[1] * 50)
    monkeypatch.setattr(tables, "client", lambda service, address: never)
    with pytest.raises(Throttled, match="1 of the batch's writes are left undone"):
        table.write([{"id": "1"}], [])
    assert len(never.asked) == tables.ROUNDS


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        ("ProvisionedThroughputExceededException", "slow", Throttled),
        ("ThrottlingException", "slow", Throttled),
        ("TransactionConflictException", "", Throttled),
        ("AccessDeniedException", "User: arn:… is not authorized to perform: dynamodb:GetItem", ServiceError),
        ("ValidationException", "Item size has exceeded the maximum allowed size", TooLarge),
    ],
)
def test_errors_of_aws_are_those_of_every_platform(code: str, words: str, expected: type[Exception]) -> None:
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]

    with pytest.raises(expected, match=f'^table "orders": {code}') as caught, clients.translated('table "orders"'):
        raise ClientError({"Error": {"Code": code, "Message": words}}, "GetItem")
    assert caught.value.__cause__ is None


def test_one_client_a_region(account: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
    assert clients.client("dynamodb", "orders") is clients.client("dynamodb", arn)
    assert clients.client("dynamodb", arn) is clients.client("dynamodb", arn)
    assert clients.client("dynamodb", arn.replace("eu-west-1", "us-east-2")).meta.region_name == "us-east-2"
