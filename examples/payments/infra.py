"""What the payments API is: a webhook receiver that answers at once and works later. Pure data: no cloud, no pulumi."""

from sls_infra import Api, Function, Input, Jwt, OnMessage, Queue, Route, Secret, Table, Topic, Webhook

signing = Secret("payments-signing")
incoming = Queue("incoming")
payments = Table("payments")
seen = Table("seen", ttl="until")
paid = Topic("paid")

hooks = Function("hooks", code="src", memory=256, timeout=5, links=[incoming.send()])
books = Function(
    "books", code="src", memory=256, timeout=20, links=[payments.read_write(), seen.read_write(), paid.publish()]
)

provider = Webhook(signing, scheme="stripe")
KINDS = ["payment_intent.succeeded", "payment_intent.payment_failed"]


def api(issuer: Input[str] = "https://id.example.com/") -> Api:
    """The payment provider signs what it sends; staff sign in at `issuer`. Who ships listens to the topic `paid`."""
    return Api(
        "payments",
        description="What the payment provider tells, entered in the books once",
        auth=Jwt(issuer=issuer, audience="payments"),
        routes=[
            Route(
                "POST",
                "/hooks/payments",
                hooks,
                handler="payments.hooks:receive",
                auth=Webhook(signing, scheme="stripe"),
            ),
            Route(
                "GET",
                "/payments/{id}",
                books,
                handler="payments.books:read",
                auth=Jwt(issuer=issuer, audience="payments"),
            ),
        ],
        events=[
            OnMessage(
                incoming,
                books,
                handler="payments.books:enter",
                attributes={"type": KINDS},
                batch_size=10,
                max_attempts=5,
            )
        ],
    )
