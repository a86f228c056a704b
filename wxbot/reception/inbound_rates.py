"""Use cases of 主动联系: what a month came to, read when somebody opens it (A1-41)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta

from wxbot.actors import PATIENT, Actor
from wxbot.booking.service import Booking
from wxbot.booking.stages import has_come
from wxbot.booking.stores.visits import VisitStore
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.stores.attempts import AttemptStore
from wxbot.history.models import ContactId, PatientId
from wxbot.history.store import HistoryStore
from wxbot.outbox.stores.care_sent import CareSentStore
from wxbot.outbox.stores.reading import OutboxReading
from wxbot.patients.stores.speakers import SpeakerStore
from wxbot.periods import Span, period_of
from wxbot.reception.front_desk_figures import READ
from wxbot.reception.inbound import (
    ANSWER_WITHIN,
    CARED_WITHIN,
    MOST_PATIENTS,
    SEEN_WITHIN,
    Inbound,
    InboundFacts,
    InboundMonth,
    InboundWay,
    inbound_month,
)
from wxbot.surveys.stores.responses import ResponseStore


class InboundRates:
    """Reads what both groups did. A look is bounded by the number of patients and by the month."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        booking: Booking,
        visits: VisitStore,
        speakers: SpeakerStore,
        sent: CareSentStore,
        messages: OutboxReading,
        attempts: AttemptStore,
        responses: ResponseStore,
        lines: HistoryStore,
        clinics: LiveClinic,
        most: int = MOST_PATIENTS,
    ) -> None:
        self._booking = booking
        self._visits = visits
        self._speakers = speakers
        self._sent = sent
        self._messages = messages
        self._attempts = attempts
        self._responses = responses
        self._lines = lines
        self._clinics = clinics
        self._most = most

    async def of(self, day: date, *, by: Actor) -> InboundMonth:
        """The month in which a local day lies, as far as it has come. Raises ForbiddenError."""
        by.must(READ)
        zone, month = self._clinics.current.timezone, period_of(Span.MONTH, day)
        start = datetime.combine(month.first, time(), zone)
        end = datetime.combine(month.last + timedelta(days=1), time(), zone)
        found = await self._visits.latest_completed(start - SEEN_WITHIN, start, self._most + 1)
        seen = found[: self._most]
        known = await self._speakers.of([each.patient_id for each in seen])
        became = {key: each.patient_id for key, each in known.items()}
        latest: dict[PatientId, datetime] = {}
        for visit in seen:
            if (patient_id := became.get(visit.patient_id)) is not None:
                latest[patient_id] = max(visit.start, latest.get(patient_id, visit.start))
        speakers: dict[ContactId, set[PatientId]] = {}
        for each in known.values():
            for contact_id in each.contact_ids:
                speakers.setdefault(contact_id, set()).add(each.patient_id)
        became |= {each: each for each in latest}
        wrote = await self._wrote(speakers, start, end)
        facts = InboundFacts(
            seen=latest,
            cared=await self._cared(became, start - CARED_WITHIN, start),
            contacts=[*wrote, *await self._booked(became, start, end)],
            asked=await self._asked(speakers, {each.patient_id for each in wrote}, start - ANSWER_WITHIN, end),
            called=await self._called(became, start, end),
            here=await self._here(became, month.first, month.last),
        )
        return inbound_month(month.first, month.last, facts, zone, cut=len(found) > len(seen))

    # -- inside -----------------------------------------------------------------------------------------------

    async def _cared(
        self, became: Mapping[PatientId, PatientId], since: datetime, until: datetime
    ) -> list[tuple[PatientId, datetime]]:
        """Greetings are care here: who got one is not among those whom none reached."""
        sent = await self._sent.about(became, since, until, greetings=True)
        written = [(became[each.patient_id], each.at) for each in sent]
        return written + await self._called(became, since, until)

    async def _called(
        self, became: Mapping[PatientId, PatientId], since: datetime, until: datetime
    ) -> list[tuple[PatientId, datetime]]:
        return [(became[each.patient_id], each.at) for each in await self._attempts.reached(became, since, until)]

    async def _wrote(
        self, speakers: Mapping[ContactId, Iterable[PatientId]], start: datetime, end: datetime
    ) -> list[Inbound]:
        """What a contact writes counts for everybody they speak for: nobody can say for whom it was."""
        return [
            Inbound(patient_id=patient_id, way=InboundWay.WROTE, at=at)
            for contact_id, at in await self._lines.received(speakers.keys(), start, end)
            for patient_id in speakers[contact_id]
        ]

    async def _asked(
        self,
        speakers: Mapping[ContactId, Iterable[PatientId]],
        writers: Collection[PatientId],
        since: datetime,
        until: datetime,
    ) -> Mapping[PatientId, list[datetime]]:
        """When we wrote to those who speak for the patients who wrote, of our own accord or with a survey."""
        whom = {key for key, patients in speakers.items() if any(each in writers for each in patients)}
        moments = [
            (contact_id, each.at)
            for contact_id, messages in (await self._messages.sent_to(whom, since, until)).items()
            for each in messages
        ]
        surveys = await self._responses.asked_between(since, until) if whom else []
        moments += [(each.contact_id, each.asked_at) for each in surveys if each.contact_id in whom]
        asked: dict[PatientId, list[datetime]] = {}
        for contact_id, at in moments:
            for patient_id in speakers[contact_id]:
                asked.setdefault(patient_id, []).append(at)
        return asked

    async def _booked(self, became: Mapping[PatientId, PatientId], start: datetime, end: datetime) -> list[Inbound]:
        """Who booked in the chat, and for whom a colleague did."""
        return [
            Inbound(
                patient_id=became[each.patient_id],
                way=InboundWay.BOOKED if each.by == PATIENT.by else InboundWay.PHONED,
                at=each.created_at,
            )
            for each in await self._visits.made_between(start, end)
            if each.patient_id in became
        ]

    async def _here(
        self, became: Mapping[PatientId, PatientId], first: date, last: date
    ) -> frozenset[tuple[PatientId, date]]:
        zone = self._clinics.current.timezone
        visits = await self._booking.on_day(first, days=(last - first).days + 1)
        return frozenset(
            (became[each.patient_id], each.start.astimezone(zone).date())
            for each in visits
            if each.patient_id in became and has_come(each)
        )
