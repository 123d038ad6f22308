"""A FastAPI app that knows nothing of where it runs: uvicorn, a test client, or a function behind a gateway."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, TypedDict

from fastapi import Cookie, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

TABLE = "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, author TEXT NOT NULL, text TEXT NOT NULL)"


class NewNote(BaseModel):
    """A note as it is written."""

    text: str = Field(min_length=1, max_length=1000)


class Note(NewNote):
    """A note as it is kept."""

    id: int
    author: str


class Author(BaseModel):
    """Who writes."""

    name: str = Field(pattern=r"^\w{1,40}$")


class Page(BaseModel):
    """Some notes, oldest first, and where the next ones are."""

    notes: list[Note]
    next: str | None


class State(TypedDict):
    """What the lifespan leaves for requests."""

    database: str


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[State]:
    database = os.environ.get("NOTES_DB") or str(Path(tempfile.gettempdir()) / "notes.db")
    connection = sqlite3.connect(database)
    try:
        with connection:
            connection.execute(TABLE)
    finally:
        connection.close()
    yield {"database": database}


def _store(request: Request) -> Iterator[sqlite3.Connection]:
    """A connection for one request, whose changes are kept if it succeeds."""
    # One request at a time uses it, but FastAPI runs dependencies and endpoints in whatever thread is free.
    connection = sqlite3.connect(request.state.database, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        with connection:
            yield connection
    finally:
        connection.close()


# Of the function: committed before the answer goes out, so that its sender may read what it has written.
Store = Annotated[sqlite3.Connection, Depends(_store, scope="function")]
# A stream is read after the function has returned.
StoreOfStream = Annotated[sqlite3.Connection, Depends(_store, scope="request")]

app = FastAPI(title="Notes", lifespan=_lifespan)


@app.get("/")
async def root(request: Request) -> dict[str, str]:
    """Where what is."""
    return {"notes": str(request.url_for("browse")), "export": str(request.url_for("export"))}


@app.put("/author", status_code=204)
async def introduce(author: Author, response: Response) -> None:
    """Remembers who writes, in a cookie."""
    response.set_cookie("author", author.name, httponly=True, samesite="lax")


@app.get("/notes")
def browse(
    request: Request,
    store: Store,
    after: int = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    contains: str = "",
) -> Page:
    """A page of notes."""
    query = "SELECT id, author, text FROM notes WHERE id > ? AND instr(text, ?) ORDER BY id LIMIT ?"
    found = [Note(**row) for row in store.execute(query, (after, contains, limit + 1))]
    shown = found[:limit]
    following = str(request.url.include_query_params(after=shown[-1].id)) if len(found) > limit else None
    return Page(notes=shown, next=following)


@app.post("/notes", status_code=201)
def create(
    new: NewNote, request: Request, response: Response, store: Store, author: Annotated[str, Cookie()] = "nobody"
) -> Note:
    """Keeps a note, and says where."""
    made = store.execute("INSERT INTO notes (author, text) VALUES (?, ?)", (author, new.text))
    note = Note(id=made.lastrowid or 0, author=author, text=new.text)
    response.headers["location"] = str(request.url_for("read", number=note.id))
    return note


@app.get("/notes/{number}")
def read(number: int, store: Store) -> Note:
    """One note."""
    row = store.execute("SELECT id, author, text FROM notes WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise HTTPException(404, f"no note {number}")
    return Note(**row)


@app.delete("/notes/{number}", status_code=204)
def delete(number: int, store: Store) -> None:
    """Forgets a note."""
    if not store.execute("DELETE FROM notes WHERE id = ?", (number,)).rowcount:
        raise HTTPException(404, f"no note {number}")


@app.get("/export")
def export(store: StoreOfStream) -> StreamingResponse:
    """All notes, a line of JSON each, as they are read."""
    rows = store.execute("SELECT id, author, text FROM notes ORDER BY id")
    lines = (Note(**row).model_dump_json() + "\n" for row in rows)
    return StreamingResponse(lines, media_type="application/x-ndjson")
