"""A Django app in one module."""

from __future__ import annotations

import json

from django.conf import settings  # type: ignore[import-untyped]
from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]
from django.http import HttpRequest, HttpResponse, JsonResponse  # type: ignore[import-untyped]
from django.urls import path  # type: ignore[import-untyped]

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="for nothing", USE_TZ=True)


async def root(request: HttpRequest) -> JsonResponse:
    """Which framework this is. Django has no lifespan."""
    return JsonResponse({"framework": "django", "began": "yes"})


def read(request: HttpRequest, order: str) -> HttpResponse:
    """Parameters of path, query and headers; in a thread."""
    if order == "none":
        return HttpResponse("no such order", status=404, headers={"x-why": "none"})
    limit = int(request.GET.get("limit", "10"))
    return JsonResponse({"order": order, "limit": limit, "one": request.headers.get("x-one", "")})


def create(request: HttpRequest) -> JsonResponse:
    """A body."""
    order = json.loads(request.body)
    response = JsonResponse({"count": 1, **order}, status=201)
    response.set_cookie("last", order["name"])
    return response


urlpatterns = [path("", root), path("orders", create), path("orders/<str:order>", read)]
app = get_asgi_application()
