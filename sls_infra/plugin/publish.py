"""Puts a zip in place as the code of a Flex Consumption app: sent, and then watched until Azure says what became of it.

    POST https://<host>/api/publish?RemoteBuild=false&Deployer=<us>    the zip → 202 and the deployment's id, in quotes
    GET  https://<host>/api/deployments/<id>                          → its record, HTTP 200 even of a failure

The first publish of a new app meets roles that are not known everywhere yet, and a site that still wakes up: what may
pass by itself is tried again until its time is over. Where a connection broke after the zip was sent, the site is asked
whether it has it before it is sent again. Sources: deployment.py.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from urllib.parse import quote

from ..errors import SlsError
from .deployment import Record, Refusal, Status, failure, refusal
from .scm import Answer, Place, Site, Unreachable

DEPLOYER = "sls-infra"
"""How we call ourselves; then twelve digits of the zip's hash, and eight that are new each time."""
LATEST = "latest"
"""Stands for the id of the deployment that came in last."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds."""

    connect: float = 30
    """To connect in, and that sending may stall."""
    answer: float = 300
    """For the site's answer, once the zip is sent. Azure's own front ends give up before that."""
    spreading: float = 600
    """For roles to be known everywhere (up to ten minutes, says learn.microsoft.com/azure/role-based-access-control/
    troubleshooting), for another deployment to end, and for throttling."""
    waking: float = 300
    """For a site to come up, and for its name to be known."""
    refused: float = 60
    """For a login that is not accepted."""
    deploying: float = 900
    """For a zip that was taken to be deployed."""
    missing: float = 30
    """That a deployment may be unknown after its zip was taken. Its record appears late, and may be gone again when
    the site's worker is renewed: then it is published once more, which does no harm (azure-dev takes it as done)."""
    poll: float = 1
    """Between two looks at a deployment: what the service's people recommend (azure-dev)."""
    longest_pause: float = 15
    """Between two tries."""


class Publisher:
    """Publishes to any app, from any thread."""

    def __init__(
        self,
        place: Place,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._limits = limits or Limits()
        self._clock = clock
        self._sleep = sleep

    def publish(self, app: str, host: str, bundle: Path, sha256: str, tell: Tell = lambda _: None) -> str:
        """Returns the deployment's id once Azure says that it succeeded. `SlsError` where it does not."""
        _unchanged(bundle, sha256)
        limits = self._limits
        site = Site(self._place, host, connect=limits.connect, answer=limits.answer)
        try:
            return _Publication(site, app, bundle, _deployer(sha256), limits, self._clock, self._sleep, tell).run()
        finally:
            site.close()

    def latest(self, host: str) -> Record | None:
        """The app's last deployment, if the site says so at once. `SlsError` where nobody is logged in."""
        site = Site(self._place, host, connect=3, answer=5)
        try:
            return Record.of(site.get(f"/api/deployments/{LATEST}"))
        except Unreachable:
            return None
        finally:
            site.close()


def is_ours(record: Record, sha256: str) -> bool:
    """Whether the deployment is one of ours, of this zip."""
    return record.deployer.startswith(f"{DEPLOYER}-{sha256[:12]}-")


class _Again(Exception):
    """It did not succeed, and may if it is tried again."""

    def __init__(self, refusal: Refusal, said: str, after: float = 0.0) -> None:
        super().__init__(said)
        self.refusal = refusal
        self.said = said
        self.after = after


_UNREACHABLE = Refusal("the app's SCM site can't be reached", "see whether this machine reaches it", "waking")
_LOST = Refusal("Azure took the zip, and then knew nothing of it", "run `up` again", "waking")


@dataclass(slots=True)
class _Publication:
    """One zip on its way to one app."""

    site: Site
    app: str
    bundle: Path
    deployer: str
    limits: Limits
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    tell: Tell
    unknown: bool = False
    """The zip may have arrived: a connection broke before the site answered."""

    def run(self) -> str:
        start, tries = self.clock(), 0
        while True:
            try:
                return self._followed(self._accepted())
            except _Again as again:
                tries += 1
                waited = self.clock() - start
                pause = again.after or min(2.0**tries, self.limits.longest_pause)
                patience = getattr(self.limits, again.refusal.patience) if again.refusal.patience else 0
                if waited + pause > patience:
                    raise self._error(again.refusal, again.said, waited if tries > 1 else 0) from None
                self.tell(f"{again.refusal.why}, trying again: {again.said}")
            self.sleep(pause)

    def _accepted(self) -> Record | str:
        """The deployment or its id, once the site has taken the zip."""
        if self.unknown and (record := self._arrived()):
            return record
        self.tell(f"sending {self.bundle.stat().st_size / 1e6:.1f} MB")
        query = {"RemoteBuild": "false", "Deployer": self.deployer}
        try:
            answer = self.site.send("/api/publish", query, self.bundle)
        except Unreachable as error:
            self.unknown = self.unknown or error.sent
            raise _Again(_UNREACHABLE, str(error)) from None
        self.unknown = False
        if answer.status not in (200, 202):
            raise _Again(refusal(answer), _told(answer), answer.retry_after)
        if record := Record.of(answer):
            return record
        id = answer.value
        if isinstance(id, str) and re.fullmatch(r"[\w.-]{1,200}", id):
            return id
        if not answer.text.strip():
            return LATEST
        raise self._error(Refusal("this is no answer of a publish endpoint", "see what host answers"), _told(answer))

    def _arrived(self) -> Record | None:
        """The record of a zip that was sent before, if the site has it."""
        answer = self._look(LATEST)
        if answer is None or answer.status not in (200, 202, 404):
            raise _Again(_UNREACHABLE if answer is None else refusal(answer), _told(answer))
        record = Record.of(answer)
        self.unknown = False
        return record if record and record.deployer == self.deployer else None

    def _followed(self, taken: Record | str) -> str:
        """Waits until the deployment has succeeded: its id."""
        if isinstance(taken, Record) and (done := self._judged(taken)):
            return done
        id = taken if isinstance(taken, str) else taken.id or LATEST
        start = known = self.clock()
        pause, last = self.limits.poll, ""
        while True:
            answer = self._look(id)
            record = Record.of(answer) if answer else None
            if record and id == LATEST and record.deployer != self.deployer:
                record = None
            if record:
                if done := self._judged(record):
                    return done if id == LATEST else id
                if (stage := record.text or (record.status or Status.PENDING).name.lower()) != last:
                    self.tell(f"Azure: {stage}")
                    last = stage
            now = self.clock()
            if record or answer is None or answer.status not in (200, 202, 404):
                known = now
            elif now - known > self.limits.missing:
                raise _Again(_LOST, f"{id} is unknown there")
            if now - start > self.limits.deploying:
                why = "Azure took the zip, and did not say in time what became of it"
                raise self._error(Refusal(why, "run `up` again"), last or _told(answer), now - start)
            trouble = answer is None or answer.status not in (200, 202, 404)
            pause = min(pause * 2, self.limits.longest_pause) if trouble else self.limits.poll
            self.sleep(max(pause, min(answer.retry_after if answer else 0, self.limits.longest_pause)))

    def _judged(self, record: Record) -> str:
        """The deployment's id if it succeeded, "" where that is open."""
        if record.status is Status.SUCCESS:
            return record.id or LATEST
        ongoing = record.status in (Status.PENDING, Status.BUILDING, Status.DEPLOYING)
        if ongoing or (record.status is None and not record.complete):
            return ""
        raise _Again(failure(record), record.text or "no reason given")

    def _look(self, id: str) -> Answer | None:
        """None where no answer comes."""
        try:
            return self.site.get(f"/api/deployments/{quote(id, safe='')}")
        except Unreachable:
            return None

    def _error(self, refusal: Refusal, said: str, seconds: float = 0) -> SlsError:
        after = f", after {seconds:.0f} s of trying" if seconds >= 1 else ""
        return SlsError(
            f"the code of the app {self.app} was not put in place: {refusal.why}{after}\n"
            f"    Azure's last word: {said}\n"
            f"    fix: {refusal.fix}"
        )


def _told(answer: Answer | None) -> str:
    if answer is None:
        return "no answer"
    return f"{answer.status} {answer.words}".strip()


def _deployer(sha256: str) -> str:
    return f"{DEPLOYER}-{sha256[:12]}-{secrets.token_hex(4)}"


def _unchanged(bundle: Path, sha256: str) -> None:
    """The zip must be the one that was planned: it may have been made anew, or cleared away, in the meantime."""
    try:
        with bundle.open("rb") as file:
            actual = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SlsError(
            f"the bundle {bundle} can't be read ({error.strerror}): run `up` again, which makes it"
        ) from None
    if actual != sha256:
        raise SlsError(f"the bundle {bundle} is not the one that was planned (sha256 {actual}): run `up` again")
