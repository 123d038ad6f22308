"""Articles as editors write them and readers find them."""

from __future__ import annotations

from sls_infra.runtime import HttpError, Request, Response, links


def write(request: Request) -> Response:
    """Writes an article, over one that may be there."""
    id = request.path_params["id"]
    links.table("articles").put({**request.json(), "id": id})
    return Response.json({"id": id}, status=200)


def read(request: Request) -> dict[str, object]:
    """An article."""
    article = links.table("articles").get(request.path_params["id"])
    if article is None:
        raise HttpError(404, "no such article")
    return article


def remove(request: Request) -> None:
    """Removes an article, if it is there."""
    links.table("articles").delete(request.path_params["id"])


def search(request: Request) -> dict[str, object]:
    """The articles that have a word. The index follows some moments behind, and what a cloud does not tell of (Cosmos
    DB: deletes) it never hears: so each is looked up, and what is gone is left out."""
    found = links.table("words").query(request.path_params["word"].casefold(), limit=50)
    articles = (links.table("articles").get(each["article"]) for each in found)
    return {"articles": [{"id": each["id"], "title": each["title"]} for each in articles if each is not None]}
