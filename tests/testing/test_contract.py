"""The contract's whole program, with handlers behind it, in process."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sls_infra import (
    Api,
    Bucket,
    Cors,
    Function,
    Input,
    Jwt,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Public,
    Queue,
    RateLimit,
    Route,
    Table,
)
from sls_infra.testing import client

MODULES = {
    "api": """
from sls_infra.runtime import Conflict, HttpError, Request, Response, links

def read(request: Request) -> Response:
    order = links.table("orders").get(request.path_params["id"])
    if order is None:
        raise HttpError(404, "no such order")
    return Response.json(order)

def create(request: Request) -> Response:
    order = request.json()
    try:
        links.table("orders").put({**order, "by": request.claims["sub"]}, if_absent=True)
    except Conflict:
        raise HttpError(409, "there is such an order") from None
    links.queue("emails").send({"order": order["id"]})
    return Response.json(order, status=201)

def health(request: Request) -> str:
    return "well"
""",
    "log": "seen = []\n",
    "mail": """
from sls_infra.runtime import Message, links
from . import log

def send(message: Message) -> None:
    order = links.table("orders").get(message.json()["order"])
    log.seen.append(("mail", order["id"], message.attempt))
""",
    "reports": """
from . import log

async def nightly(tick) -> None:
    log.seen.append(("tick", tick.name, tick.scheduled_at))
""",
    "receipts": """
from . import log

def scan(upload) -> None:
    with upload.open() as file:
        log.seen.append(("upload", upload.key, upload.size, upload.content_type, file.read()))
""",
    "search": """
from . import log

def index(change) -> None:
    log.seen.append(("change", change.kind, change.key, change.old, change.new["by"]))
""",
}


def api(code: Path, issuer: Input[str] = "https://id.example.com/") -> Api:
    orders, receipts, emails = Table("orders", key="id"), Bucket("receipts"), Queue("emails")
    shop = Function("shop", code=code, memory=512, timeout=10, links=[orders.read_write(), emails.send()])
    worker = Function("worker", code=code, links=[orders.read()])
    new_order = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    return Api(
        "orders",
        auth=Jwt(issuer=issuer, audience="orders"),
        rate_limit=RateLimit(100, per="second", burst=200),
        cors=Cors(origins=["https://shop.example.com"]),
        routes=[
            Route("GET", "/orders/{id}", shop, handler="shop.api:read", scopes=["orders:read"]),
            Route(
                "POST", "/orders", shop, handler="shop.api:create", scopes=["orders:write"], rate_limit=RateLimit(10),
                request=new_order,
            ),
            Route("GET", "/health", shop, handler="shop.api:health", auth=Public()),
        ],
        events=[
            OnMessage(emails, worker, handler="shop.mail:send", batch_size=10, max_attempts=5),
            OnSchedule("nightly", worker, handler="shop.reports:nightly", cron="0 3 * * *", timezone="Europe/Berlin"),
            OnUpload(receipts, worker, handler="shop.receipts:scan", suffix=".pdf"),
            OnChange(orders, worker, handler="shop.search:index"),
        ],
    )  # fmt: skip


def test_the_contracts_program(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    for name, source in MODULES.items():
        (tmp_path / "shop" / f"{name}.py").write_text(source)
    with client(api(tmp_path)) as c:
        import shop.log  # type: ignore[import-not-found]

        writer = {"sub": "ann", "scope": "orders:write"}
        reader = {"sub": "ann", "scope": "orders:read"}
        assert c.get("/orders/7", claims=writer).status == 403
        assert c.get("/orders/7", claims=reader).status == 404
        assert c.post("/orders", json={"no": 1}, claims=writer).status == 400
        assert [c.post("/orders", json={"id": "7"}, claims=writer).status for _ in range(2)] == [201, 409]
        assert c.get("/orders/7", claims=reader).json() == {"id": "7", "by": "ann"}
        c.tick("nightly", at=datetime(2026, 7, 1, 1, tzinfo=UTC))
        c.upload("receipts", "2026/7.pdf", b"%PDF", content_type="application/pdf")
        c.upload("receipts", "2026/7.txt", "no receipt")
        assert c.run() == 4
        assert shop.log.seen == [
            ("mail", "7", 1),
            ("tick", "nightly", datetime(2026, 7, 1, 1, tzinfo=UTC)),
            ("upload", "2026/7.pdf", 4, "application/pdf", b"%PDF"),
            ("change", "insert", {"id": "7"}, None, "ann"),
        ]
        c.send("emails", {"order": "8"})
        assert c.run() == 5
        (letter,) = c.dead_letters("emails-worker-dead-letters")
        assert (letter.json(), letter.attempts) == ({"order": "8"}, 5)
        assert letter.reason == "TypeError: 'NoneType' object is not subscriptable"
