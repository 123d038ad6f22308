"""What the notes API is: a whole FastAPI app behind two routes."""

from sls_infra import Api, Function, Input, Public, Route


def api(database: Input[str] | None = None, prefix: str = "") -> Api:
    """`database` is the file that notes are kept in (None: one in the folder for temporary files); below a `prefix`,
    "/v1" say, the app is told so by its `root_path`, and its "/" is "/v1" ("/v1/" is no route). Public,
    for an open demo: anybody may read and write notes."""
    env = {} if database is None else {"NOTES_DB": database}
    notes = Function("notes", code="src", memory=512, timeout=10, env=env)
    return Api(
        "notes",
        description="Notes, by a FastAPI app",
        auth=Public(),
        routes=[
            Route("ANY", prefix or "/", notes, handler="notes.app:app"),
            Route("ANY", f"{prefix}/{{path+}}", notes, handler="notes.app:app"),
        ],
    )
