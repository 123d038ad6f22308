"""The Apis that the cases call."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sls_infra import Api, Cors, Function, Jwt, Public, Route
from sls_infra.spec.values import Architecture, Method

from .tokens import AUDIENCE

METHODS: tuple[Method, ...] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ORIGIN = "https://shop.example.com"
CODE = Path(__file__).parent / "code"
FRAMEWORKS = Path(__file__).parent / "frameworks"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string", "minLength": 1}, "count": {"type": "integer", "minimum": 1}},
    "required": ["name"],
    "additionalProperties": False,
}


def shop(issuer: str) -> Api:
    """Nearly everything: all methods, kinds of paths, ways in, bodies; CORS for one origin; two functions."""
    first = Function("first", code=CODE, handler="app:show")
    second = Function("second", code=CODE, handler="app:other")
    known = Jwt(issuer=issuer, audience=[AUDIENCE, "another"])

    def get(path: str, handler: str = "app:show", **more: Any) -> Route:
        return Route("GET", path, first, handler=handler, **{"auth": Public(), **more})

    def post(path: str, handler: str = "app:show", **more: Any) -> Route:
        return Route("POST", path, first, handler=handler, **{"auth": Public(), **more})

    return Api(
        "shop",
        auth=known,
        cors=Cors(origins=[ORIGIN], headers=["authorization", "content-type", "x-one"], expose=["x-total", "x-route"]),
        routes=[
            get("/"),
            *(Route(method, "/methods", first, auth=Public()) for method in METHODS),
            Route("ANY", "/any", first, auth=Public()),
            Route("ANY", "/any/of/{id}", first, auth=Public()),
            Route("GET", "/any/of/{id}", first, handler="app:binary", auth=Public()),
            # Paths
            get("/orders/{id}"),
            post("/orders/{id}"),
            get("/orders/latest"),
            get("/orders/{id}/items/{item}"),
            get("/orders/{id}/items/first"),
            get("/files/{path+}"),
            Route("PUT", "/files/{path+}", first, auth=Public()),
            get("/files/readme"),
            get("/files/{name}/meta"),
            get("/overlap/{id}"),
            post("/{word}/over"),
            get("/grüße/{name}"),
            get("/v1.0/a~b/@me"),
            get("/plus+sign/x:y"),
            get("/kinds/{kind}", "app:kind"),
            get("/later/{kind}", "app:later"),
            get("/status/{code}", "app:status"),
            get("/fails/{how}", "app:fails"),
            get("/fails-later", "app:fails_later"),
            get("/cookies", "app:cookies"),
            get("/binary", "app:binary"),
            Route("HEAD", "/binary", first, handler="app:binary", auth=Public()),
            get("/big", "app:big"),
            get("/many-headers", "app:many_headers"),
            get("/headers", "app:headers"),
            # Bodies
            post("/show"),
            Route("PUT", "/show", first, auth=Public()),
            Route("DELETE", "/show", first, auth=Public()),
            post("/size", "app:size"),
            post("/same", "app:same"),
            post("/json", "app:json"),
            post("/checked", "app:json", request=SCHEMA),
            # Who calls
            get("/me", auth=known),
            post("/me", auth=known),
            get("/scoped", auth=known, scopes=["orders:read", "orders:write"]),
            post("/scoped", "app:json", auth=known, scopes=["orders:write"], request=SCHEMA),
            Route("ANY", "/mine", first),
            Route("ANY", "/mine/{path+}", first),
            Route("GET", "/me/{id}", first),
            get("/me/public"),
            # An app
            Route("ANY", "/web", first, handler="web:app", auth=Public()),
            Route("ANY", "/web/{path+}", first, handler="web:app", auth=Public()),
            Route("ANY", "/web/private/{path+}", first, handler="web:app"),
            # Another function
            Route("GET", "/second", second, auth=Public()),
            Route("GET", "/second/{id}", second),
        ],
    )


def one() -> Api:
    """One route, and pages of any origin."""
    function = Function("only", code=CODE, handler="app:show")
    return Api("one", cors=Cors(origins=["*"]), routes=[Route("GET", "/only", function, auth=Public())])


def many(count: int = 300) -> Api:
    """So many routes, of every kind, in one function; no CORS."""
    function = Function("only", code=CODE, handler="app:show")
    shapes = ("/r{}", "/r{}/{{id}}", "/r{}/a/{{id}}", "/r{}/{{id}}/b", "/r{}/c/{{rest+}}", "/deep/r{}/{{a}}/{{b}}")
    methods: tuple[Method, ...] = ("GET", "POST", "ANY")
    routes = [Route(methods[n % 3], shapes[n % len(shapes)].format(n), function, auth=Public()) for n in range(count)]
    return Api("many", routes=routes)


def frameworks(python: str) -> Api:
    """A FastAPI, a Starlette and a Django app, each below its name. `python` runs them: the zip is for it."""
    names = {"fastapi": "fast", "starlette": "plain", "django": "classic"}
    architecture: Architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    function = Function(
        "apps",
        code=FRAMEWORKS,
        runtime=python,
        architecture=architecture,
        requirements=[f"{name}=={version(name)}" for name in names],
    )
    routes = [
        Route("ANY", path, function, handler=f"{module}:app", auth=Public())
        for name, module in names.items()
        for path in (f"/{name}", f"/{name}/{{path+}}")
    ]
    return Api("apps", routes=routes)


def named(api: str, *functions: str) -> Api:
    """An Api and functions of these names."""
    made = [Function(name, code=CODE, handler="app:show") for name in functions]
    known = Jwt(issuer="https://id.example.com/", audience=AUDIENCE)
    routes = [Route("GET", f"/r{number}/{{id}}", function) for number, function in enumerate(made)]
    return Api(api, auth=known, cors=Cors(origins=[ORIGIN]), routes=routes, tags={"team": "shop"})
