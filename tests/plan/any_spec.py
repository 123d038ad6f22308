"""Strategies for specs: odd ones, of anything that a field takes, and tame ones, each valid in itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sls_infra import (
    Api,
    ApiKey,
    Bucket,
    Cors,
    Custom,
    Domain,
    Function,
    Jwt,
    OAuth2,
    OnChange,
    OnMessage,
    OnSchedule,
    OnUpload,
    Public,
    Queue,
    Quota,
    RateLimit,
    Route,
    Scaling,
    Secret,
    Table,
    Topic,
    Webhook,
)

Any_ = st.SearchStrategy[Any]


def made(cls: Any, *positional: Any, **fields: Any) -> Any_:
    """Objects of a spec class, of nothing but the fields given."""
    return st.tuples(st.tuples(*positional), st.fixed_dictionaries(fields)).map(
        lambda given: cls(*given[0], **given[1])
    )


odd = st.text(max_size=12)
names = st.one_of(st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,70}", fullmatch=True), odd)
segments = st.one_of(
    st.sampled_from(["orders", "{id}", "{rest+}", "grüße", ".", "..", "{}", "{a", "%2F", "", "_sls"]), odd
)
paths = st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts))
counts = st.integers(-5, 2**40)
urls = st.one_of(
    st.sampled_from(["https://id.example.com/", "http://localhost:1/", "http://x", "https://", "//[", ""]), odd
)
few = st.lists(odd, max_size=3)
PERIODS = ("second", "minute", "hour", "day")

odd_secrets: Any_ = made(Secret, names, value=st.none() | odd, ref=st.none() | st.none() | odd)
odd_limits: Any_ = made(
    RateLimit,
    counts,
    per=st.sampled_from([*PERIODS, "eon"]),
    burst=st.none() | counts,
    by=st.sampled_from(["route", "client", "ip", "moon"]),
)
odd_quotas: Any_ = made(Quota, counts, per=st.sampled_from(["day", "week", "month", "eon"]))
odd_tokens: Any_ = made(
    Jwt,
    issuer=urls,
    audience=st.one_of(odd, few),
    jwks_uri=st.none() | urls,
    key=st.none() | odd_secrets,
    algorithms=st.lists(st.sampled_from(["RS256", "ES256", "HS256", "EdDSA", "PS256", "none", "x"]), max_size=2),
    leeway=st.integers(-5, 500),
    scheme=st.sampled_from(["Bearer", "", "a b", "Token"]),
)
odd_oauth: Any_ = made(
    OAuth2,
    issuer=urls,
    audience=odd,
    scopes=st.dictionaries(odd, odd, max_size=2),
    authorization_url=st.none() | urls,
    token_url=st.none() | urls,
)
odd_keys: Any_ = made(
    ApiKey,
    clients=st.dictionaries(names, st.lists(odd_limits | odd_quotas, max_size=3), max_size=3),
    header=st.sampled_from(["x-api-key", "X-Partner", "authorization", "", "a b", "grüße"]) | odd,
)
odd_hooks: Any_ = made(Webhook, odd_secrets, scheme=st.sampled_from(["github", "stripe", "slack", "standard"]))


refs = st.none() | st.none() | st.sampled_from(
    ["arn:aws:sqs:eu-west-1:123456789012:q", "arn:aws:s3:::b", "projects/p/topics/t", "/subscriptions/x", "bucket", ""]
) | odd  # fmt: skip
odd_queues: Any_ = made(Queue, names, fifo=st.booleans(), retention=st.none() | counts, ref=refs)
odd_topics: Any_ = made(Topic, names, ref=refs)
odd_buckets: Any_ = made(Bucket, names, versioned=st.booleans(), expire_after=st.none() | counts, ref=refs)
odd_tables: Any_ = made(
    Table,
    names,
    key=odd,
    sort_key=st.none() | odd,
    ttl=st.none() | odd,
    indexes=st.none() | st.dictionaries(names, few, max_size=3),
    ref=refs,
)
odd_links: Any_ = st.one_of(
    odd_queues.map(lambda queue: queue.send()),
    odd_topics.map(lambda topic: topic.publish()),
    st.one_of(odd_buckets, odd_tables).flatmap(
        lambda store: st.sampled_from([store.read(), store.write(), store.read_write()])
    ),
)
crons = st.one_of(
    st.sampled_from(["* * * * *", "*/5 1-3 1,15 JAN-JUN *", "0 0 13 * 5", "0 0 30 2 *", "0 3 * * MON", "1 2 3"]), odd
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Mars/Olympus", ""]) | odd


def odd_events(functions: Any_) -> Any_:
    """Event sources of anything."""
    again: dict[str, Any_] = {
        "max_attempts": counts | st.integers(1, 6),
        "dead_letter": st.none() | odd_queues,
        "handler": st.sampled_from([None, "app:read", "x"]),
    }
    named: dict[str, Any_] = {**again, "name": st.none() | names}
    return st.one_of(
        made(OnSchedule, names, functions, cron=crons, timezone=zones, **again),
        made(
            OnMessage,
            odd_queues | odd_topics,
            functions,
            batch_size=counts | st.integers(1, 20),
            batch_window=counts | st.integers(0, 10),
            concurrency=st.none() | counts,
            attributes=st.none() | st.dictionaries(odd, few, max_size=2),
            **named,
        ),
        made(OnUpload, odd_buckets, functions, prefix=odd, suffix=odd, **named),
        made(
            OnChange,
            odd_tables,
            functions,
            kinds=st.lists(st.sampled_from(["insert", "update", "delete"]), max_size=3),
            batch_size=counts,
            **named,
        ),
    )


def odd_functions(folder: Path) -> Any_:
    """Functions of anything."""
    values = st.one_of(odd, odd_secrets)
    other = made(
        Function,
        names,
        code=st.sampled_from([folder, folder / "nowhere"]),
        handler=st.sampled_from([None, "app:read", "app:no", "x", "pkg.api:write", "..:a"]),
        runtime=st.sampled_from(["python3.12", "python2.7", "node"]),
        memory=counts,
        timeout=st.one_of(st.floats(), st.integers(-1, 1000).map(float)),
        env=st.dictionaries(odd, values, max_size=2),
        links=st.lists(odd_secrets.map(lambda secret: secret.read()) | odd_links, max_size=2),
        scaling=made(Scaling, min_instances=counts, max_instances=st.none() | counts, concurrency=st.none() | counts),
    )
    good = Function("shop", code=folder, handler="app:read")
    return st.one_of(st.just(good), other)


def odd_ways(functions: Any_) -> Any_:
    """Ways in of anything, one or several or none."""
    custom = made(Custom, functions, handler=st.sampled_from([None, "app:read", "x"]), ttl=st.integers(-5, 10_000))
    one = st.one_of(made(Public), odd_tokens, odd_oauth, odd_keys, odd_hooks, custom)
    return st.one_of(st.none(), one, st.lists(one, max_size=4))


odd_schemas: Any_ = st.one_of(
    st.none(),
    st.sampled_from(
        [{}, {"type": "object"}, {"type": 5}, {"$ref": "#/nowhere"}, {"pattern": "("}, {"unknown": 1}, {"allOf": {}}]
    ),
    st.dictionaries(odd, st.one_of(st.integers(), odd, st.none()), max_size=3),
)
origins = st.one_of(st.sampled_from(["*", "https://a.example.com", "null", "https://["]), odd)
odd_cors: Any_ = st.none() | made(
    Cors,
    origins=st.lists(origins, max_size=2),
    methods=few,
    headers=few,
    credentials=st.booleans(),
    max_age=counts,
)
odd_domains: Any_ = st.none() | made(
    Domain,
    st.sampled_from(["api.example.com", "API.Example.com.", "*.example.com", "x", "https://a.b", "1.2.3.4"]) | odd,
    certificate=st.none() | odd,
    zone=st.none() | odd,
)


@st.composite
def odd_specs(draw: st.DrawFn, folder: Path) -> Api:
    """Whatever the fields take."""
    functions = odd_functions(folder)
    ways, limits = odd_ways(functions), st.one_of(st.none(), odd_limits, st.lists(odd_limits, max_size=3))
    routes = made(
        Route,
        st.sampled_from(["GET", "POST", "ANY", "OPTIONS", "get", ""]),
        paths,
        functions,
        auth=ways,
        scopes=few,
        rate_limit=limits,
        request=odd_schemas,
        operation_id=st.none() | odd,
    )
    return Api(
        draw(names),
        auth=draw(ways),
        rate_limit=draw(limits),
        cors=draw(odd_cors),
        domain=draw(odd_domains),
        tags=draw(st.dictionaries(odd, odd, max_size=2)),
        routes=draw(st.lists(routes, max_size=4)),
        events=draw(st.lists(odd_events(functions), max_size=4)),
    )


@st.composite
def tame_specs(draw: st.DrawFn, folder: Path) -> Api:
    """Of every kind of way in, limit, secret, link and event, in any number; what a cloud has not, it is to refuse."""
    held = [Secret(name, value="x" * 32) for name in ("signing", "hook", "db")]
    shop, court = draw(_shops(folder, held)), Function("court", code=folder, handler="app:read")
    one = st.sampled_from([shop, shop, court])
    keys = draw(st.sampled_from([None, None, 1]).flatmap(lambda n: st.none() if n is None else _keys()))
    ways = _ways(held, one, keys)
    routes = made(
        Route,
        st.sampled_from(["GET", "POST", "ANY"]),
        st.lists(st.sampled_from(["orders", "{id}", "a-b", "grüße", "~x", "a.b"]), min_size=1, max_size=3).map(
            lambda parts: "/" + "/".join(parts)
        ),
        one,
        auth=ways,
        rate_limit=st.none() | st.none() | _limits(),
    )
    name = draw(st.from_regex(r"[a-z][a-z0-9-]{0,40}", fullmatch=True))
    return Api(
        name,
        rate_limit=draw(st.none() | st.none() | _limits()),
        cors=draw(st.none() | made(Cors, origins=st.just(["https://a.example.com"]), credentials=st.booleans())),
        domain=draw(st.none() | _domains()),
        routes=draw(st.lists(routes, min_size=1, max_size=5)),
        events=draw(st.just([]) | st.lists(_events(shop, court), max_size=4, unique_by=_source)),
    )


LINKS = (
    Table("orders").read_write(),
    Table("orders").read(),
    Table("notes").write(),
    Bucket("in").read(),
    Bucket("pages").read_write(),
    Queue("emails").send(),
    Queue("steps", fifo=True).send(),
    Topic("placed").publish(),
)


def _shops(folder: Path, held: Sequence[Secret]) -> Any_:
    secrets = st.lists(st.sampled_from(held), unique_by=lambda secret: secret.name, max_size=2)
    return st.builds(
        lambda linked, env, reached: Function(
            "shop",
            code=folder,
            handler="app:read",
            links=[*(secret.read() for secret in linked), *reached],
            env={f"V{index}": secret for index, secret in enumerate(env)} | {"PLAIN": "x"},
        ),
        secrets,
        secrets,
        st.lists(st.sampled_from(LINKS), max_size=3),
    )


def _events(shop: Function, court: Function) -> Any_:
    """Event sources, each right in itself, with names that differ."""
    again: dict[str, Any_] = {
        "max_attempts": st.sampled_from([1, 3, 3, 5, 12]),
        "dead_letter": st.none() | st.none() | st.just(Queue("dead")),
    }
    one = st.sampled_from([shop, court])
    batched: dict[str, Any_] = {"batch_size": st.sampled_from([1, 1, 10, 50])}
    messages: dict[str, Any_] = {
        **again,
        **batched,
        "batch_window": st.sampled_from([0, 0, 5]),
        "concurrency": st.sampled_from([None, None, 1, 2, 10]),
        "attributes": st.none() | st.just({"kind": ["paid", "grüße"], "shop": ["1"]}),
    }
    sources = st.sampled_from([Queue("emails"), Queue("jobs", retention=3600), Topic("placed")])
    tables = st.sampled_from([Table("orders"), Table("visits", sort_key="at", ttl="until", indexes={"by": ["user"]})])
    in_order = {**messages, "dead_letter": st.just(None)}
    kinds = st.sampled_from([["insert", "update", "delete"], ["insert", "update"], ["delete"]])
    return st.one_of(
        made(OnSchedule, st.sampled_from(["nightly", "hourly"]), one, cron=crons, timezone=zones, **again),
        made(OnMessage, sources, one, **messages),
        made(OnMessage, st.just(Queue("steps", fifo=True)), one, **in_order),
        made(
            OnUpload,
            st.sampled_from([Bucket("in"), Bucket("out", versioned=True, expire_after=30)]),
            one,
            prefix=st.sampled_from(["", "a/", "b/"]),
            suffix=st.sampled_from(["", ".pdf"]),
            **again,
        ),
        made(OnChange, tables, one, kinds=kinds, **again, **batched),
    )


def _source(event: Any) -> str:
    return event.name if isinstance(event, OnSchedule) else f"{type(event).__name__} {event.source.name}"


def _ways(held: Sequence[Secret], functions: Any_, keys: ApiKey | None) -> Any_:
    signing, hook = held[:2]
    issuer = "https://id.example.com/"
    custom = made(Custom, functions, ttl=st.sampled_from([0, 60]))
    one: list[Any_] = [
        st.just(Jwt(issuer=issuer, audience="a")),
        st.just(Jwt(issuer=issuer, audience=["a", "b"], jwks_uri=f"{issuer}keys")),
        st.just(Jwt(issuer=issuer, audience="a", algorithms=["ES256"], leeway=30)),
        st.just(Jwt(issuer=issuer, audience="a", key=signing, algorithms=["HS256"])),
        st.just(OAuth2(issuer="https://x.example/", audience="b", scopes={"r": "read"})),
        made(Webhook, st.just(hook), scheme=st.sampled_from(["github", "stripe", "slack", "standard"])),
        custom,
        *([st.just(keys)] * 3 if keys is not None else []),
    ]
    several = st.lists(st.one_of(one), min_size=1, max_size=3, unique_by=type)
    return st.one_of(made(Public), st.one_of(one), st.one_of(one), several, several.map(lambda ways: [*ways, Public()]))


def _keys() -> Any_:
    limit = made(RateLimit, st.integers(1, 1000), per=st.sampled_from(PERIODS), burst=st.none() | st.integers(1, 1000))
    quota = made(Quota, st.integers(1, 10**6), per=st.sampled_from(["day", "week", "month"]))
    limits = st.lists(limit | quota, max_size=2, unique_by=lambda each: (type(each), each.per))
    clients = st.dictionaries(st.sampled_from(["mobile", "web", "Partner_1"]), limits, min_size=1, max_size=3)
    return made(ApiKey, clients=clients, header=st.sampled_from(["x-api-key", "x-api-key", "X-Partner"]))


def _limits() -> Any_:
    one = made(
        RateLimit,
        st.integers(1, 10**4),
        per=st.sampled_from(PERIODS),
        burst=st.none() | st.integers(1, 10**4),
        by=st.sampled_from(["route", "client", "ip"]),
    )
    return st.one_of(one, st.lists(one, min_size=1, max_size=3, unique_by=lambda each: each.by))


def _domains() -> Any_:
    certificates = ("arn:aws:acm:eu-west-1:123456789012:certificate/0123", "projects/p/global/sslCertificates/tls")
    zones = ("Z0123456789ABCDEFGHIJ", "example-com")
    return made(
        Domain,
        st.just("api.example.com"),
        certificate=st.sampled_from([None, *certificates]),
        zone=st.sampled_from([None, *zones]),
    )
