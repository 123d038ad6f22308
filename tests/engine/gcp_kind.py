"""Rows of pulumi-gcp's resources, made: what all of them have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from tests.engine.kinds import Kind, Made, Values

PROJECT = "acme-shop"
NUMBER = "123456789012"
REGION = "europe-west1"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ID = "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"


def project_of(made: Made) -> str:
    return str(made["project"] or PROJECT)


def kind(
    id: Callable[[Made], str],
    outputs: Callable[[Made], Values] = lambda made: {},
    *,
    name: str | None = None,
    fits: Mapping[str, str] | None = None,
    replace: Collection[str] = (),
    volatile: Collection[str] = (),
    needs: Callable[[Made], Iterable[str | None]] = lambda made: (),
    holds: Callable[[Made], Iterable[str | None]] = lambda made: (),
    brings: Callable[[Made], Iterable[str]] = lambda made: (),
    project: bool = True,
    labels: bool = False,
) -> Kind:
    """A row. `project`: it takes one, and cannot be moved; `labels`: it tells those that it really has."""

    def all_outputs(made: Made) -> Values:
        where = {"project": project_of(made)} if project else {}
        told = {"effectiveLabels": made["labels"] or {}, "pulumiLabels": made["labels"] or {}} if labels else {}
        return {**where, **told, **outputs(made)}

    fixed = frozenset(replace) | ({"project"} if project else set())
    return Kind(
        id, all_outputs, name, fixed, frozenset(volatile), fits=fits or {}, needs=needs, holds=holds, brings=brings
    )


def account_id(email: str) -> str:
    return f"projects/{PROJECT}/serviceAccounts/{email}"


def member_of(made: Made) -> str | None:
    """The id of the service account that is let in, if it is one of this project."""
    kind, _, email = str(made["member"]).partition(":")
    ours = kind == "serviceAccount" and email.endswith(f"@{PROJECT}.iam.gserviceaccount.com")
    return account_id(email) if ours else None


def granted(of: Callable[[Made], str], *replace: str) -> Kind:
    """A member of a resource's IAM policy: nothing of it can be changed."""
    return kind(
        lambda made: f"{of(made)}/{made['role']}/{made['member']}",
        lambda made: {"etag": "BwX" + made.token(8)},
        replace=("member", "role", "condition", *replace),
        volatile=("etag",),
        needs=lambda made: (of(made), member_of(made)),
        project="project" in replace,
    )
