"""What the articles API is: texts, and an index of their words that follows them. Pure data: no cloud, no pulumi."""

from sls_infra import Api, Function, Input, Jwt, OnChange, Public, Route, Table

from .src.articles.models import Article

articles = Table("articles")
words = Table("words", key="word", sort_key="article", indexes={"by-article": ["article"]})

desk = Function("desk", code="src", memory=256, timeout=10, links=[articles.read_write(), words.read()])
indexer = Function("indexer", code="src", memory=256, timeout=30, links=[articles.read(), words.read_write()])


def api(issuer: Input[str] = "https://id.example.com/") -> Api:
    """Editors sign in at `issuer`; everybody may read and search."""
    return Api(
        "articles",
        description="Articles, found by their words",
        auth=Jwt(issuer=issuer, audience="articles"),
        routes=[
            Route("PUT", "/articles/{id}", desk, handler="articles.desk:write", request=Article),
            Route("GET", "/articles/{id}", desk, handler="articles.desk:read", auth=Public()),
            Route("DELETE", "/articles/{id}", desk, handler="articles.desk:remove"),
            Route("GET", "/search/{word}", desk, handler="articles.desk:search", auth=Public()),
        ],
        events=[OnChange(articles, indexer, handler="articles.index:follow", batch_size=10, max_attempts=5)],
    )
