"""What the pictures API is: upload one, and a thumbnail is made of it. Pure data: no cloud, no pulumi."""

from sls_infra import Api, Bucket, Function, Input, Jwt, OnMessage, OnUpload, Public, Route, Table, Topic

from .src.pictures.models import Invitation

pictures = Bucket("pictures", expire_after=30)
thumbnails = Bucket("thumbnails")
catalogue = Table("catalogue")
album = Table("album", key="shelf", sort_key="id")
ready = Topic("ready")

desk = Function(
    "desk",
    code="src",
    memory=256,
    timeout=10,
    requirements=[],
    links=[pictures.write(), thumbnails.read(), catalogue.read_write(), album.read()],
)
maker = Function(
    "maker",
    code="src",
    memory=1024,
    timeout=60,
    requirements=["pillow>=11,<13"],
    links=[thumbnails.write(), catalogue.write(), ready.publish()],
)
librarian = Function("librarian", code="src", memory=256, timeout=10, requirements=[], links=[album.write()])


def api(issuer: Input[str] = "https://id.example.com/") -> Api:
    """Who signs in at `issuer` may upload; everybody may look."""
    return Api(
        "pictures",
        description="Pictures and their thumbnails",
        auth=Jwt(issuer=issuer, audience="pictures"),
        routes=[
            Route("POST", "/pictures", desk, handler="pictures.desk:invite", request=Invitation),
            Route("GET", "/pictures/{id}", desk, handler="pictures.desk:read", auth=Public()),
            Route("GET", "/album", desk, handler="pictures.desk:newest", auth=Public()),
        ],
        events=[
            OnUpload(pictures, maker, handler="pictures.thumbnails:make", prefix="incoming/"),
            OnMessage(ready, librarian, handler="pictures.album:shelve"),
        ],
    )
