"""Use cases of calendar feeds: a secret link per practitioner, made anew or stopped in the console, read by a phone."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.day_visits import DayVisits
from wxbot.clinic.models import PractitionerId
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotFoundError
from wxbot.patients.service import Patients
from wxbot.visits.calendar_feed import CalendarFeed
from wxbot.visits.calendar_feed_file import feed_file
from wxbot.visits.store import CalendarFeedStore

READ, EDIT = "settings:clinic:read", "settings:clinic:edit"
TOKEN_BYTES = 32  # 256 bits: nobody finds one by trying
LONGEST_TOKEN = 64  # characters; ours have 43
PAST, AHEAD = timedelta(days=14), timedelta(days=120)  # what a calendar shows


@dataclass(frozen=True)
class FeedContent:
    """A calendar file and the tag by which a reader is told that it has not changed (RFC 9110, section 8.8.3)."""

    body: bytes
    etag: str


class CalendarFeeds:
    """日程订阅. The link's token is shown once; kept is only its SHA-256, by which it is found."""

    def __init__(
        self, store: CalendarFeedStore, *, visits: DayVisits, patients: Patients, clinics: LiveClinic, audit: AuditTrail
    ) -> None:
        self._store = store
        self._visits = visits
        self._patients = patients
        self._clinics = clinics
        self._audit = audit

    async def state(self, practitioner_id: PractitionerId, *, by: Actor) -> CalendarFeed | None:
        """Whether a link is open, and since when. Raises ForbiddenError."""
        by.must(READ)
        return await self._store.by_id(practitioner_id)

    async def renew(self, practitioner_id: PractitionerId, *, by: Actor, now: datetime) -> str:
        """A new link's token, shown this once; the earlier one ends. Raises ForbiddenError and NotFoundError."""
        by.must(EDIT)
        name = self._name(practitioner_id)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await self._store.put(CalendarFeed(id=practitioner_id, digest=digest(token), made_at=now, made_by=by.by))
        await self._record(AuditAction.FEED_RENEWED, practitioner_id, f"为{name}生成日程订阅链接", by=by, now=now)
        return token

    async def revoke(self, practitioner_id: PractitionerId, *, by: Actor, now: datetime) -> bool:
        """End the link; False where there was none. Raises ForbiddenError."""
        by.must(EDIT)
        if not await self._store.remove(practitioner_id):
            return False
        practitioner = self._clinics.current.practitioner(practitioner_id)
        name = practitioner.name if practitioner is not None else practitioner_id
        await self._record(AuditAction.FEED_REVOKED, practitioner_id, f"停用{name}的日程订阅链接", by=by, now=now)
        return True

    async def read(self, token: str, now: datetime) -> FeedContent:
        """The calendar behind a link. Raises NotFoundError: no such link, or the practitioner has left."""
        feed = await self._store.by_digest(digest(token)) if 0 < len(token) <= LONGEST_TOKEN else None
        practitioner = self._clinics.current.practitioner(feed.id) if feed is not None else None
        if practitioner is None or practitioner.retired:
            raise NotFoundError("no such feed")
        visits = await self._visits.of_practitioner(practitioner.id, now - PAST, now + AHEAD)
        people = await self._patients.patients({each.patient_id for each in visits})
        names = {key: person.name or "" for key, person in people.items()}
        body = feed_file(practitioner, visits, names, self._clinics.current)
        return FeedContent(body=body, etag=f'"{sha256(body).hexdigest()[:32]}"')

    def _name(self, practitioner_id: PractitionerId) -> str:
        practitioner = self._clinics.current.practitioner(practitioner_id)
        if practitioner is None or practitioner.retired:
            raise NotFoundError("no such practitioner")
        return practitioner.name

    async def _record(
        self, action: AuditAction, practitioner_id: PractitionerId, summary: str, *, by: Actor, now: datetime
    ) -> None:
        await self._audit.record(action, f"practitioner:{practitioner_id}", by=by, now=now, summary=summary)


def digest(token: str) -> str:
    """What is kept of a token. It is random and long, so that a plain hash gives nothing away."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()
