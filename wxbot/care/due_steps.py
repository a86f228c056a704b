"""The steps of every plan that is followed: what is due at a moment, and what one patient has. Writes nothing."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.booking.service import Booking
from wxbot.care.anchors.kind import AnchorKind, Sources
from wxbot.care.calendar import Calendar, calendar_of
from wxbot.care.catch_up import LONGEST_PAUSE
from wxbot.care.catch_ups import CaughtUp
from wxbot.care.full_looks import FullLooks
from wxbot.care.models import Anchor, CarePlan, Due
from wxbot.care.patient_anchors import PatientAnchors
from wxbot.care.planner import fell_due, schedule
from wxbot.care.plans.live import LivePlans
from wxbot.care.ports import LeadSource
from wxbot.care.records import Pin
from wxbot.care.spans import Reach, spans
from wxbot.care.stores.care import CareStore
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import PatientId
from wxbot.patients.service import Patients

LONGEST_GRACE = timedelta(days=60)  # a step is worth sending for 1440 hours at most
CHUNK = 500  # anchors planned between two breaths: about 20 ms, so that pushes need not wait for care


class DueSteps:
    """Derives steps from present facts. `looks` is what this process handed over already."""

    def __init__(  # noqa: PLR0913 - where facts are read
        self,
        live: LivePlans,
        store: CareStore,
        *,
        booking: Booking,
        patients: Patients,
        leads: LeadSource,
        clinics: LiveClinic,
        anchors: Mapping[str, AnchorKind],
    ) -> None:
        self.live = live
        self._store = store
        self._booking = booking
        self._patients = patients
        self._leads = leads
        self._clinics = clinics
        self._anchors = anchors
        self.patient_anchors = PatientAnchors(
            booking, patients, dates=store.dates, clinics=clinics, anchors=anchors, leads=leads
        )
        self.looks = FullLooks()
        self.anchors_seen = 0  # since somebody set it to none
        self._calendar_of: tuple[Clinic, Calendar] | None = None  # the clinic as it stands, and its calendar

    @property
    def plans(self) -> Sequence[CarePlan]:
        """Every version of every plan that somebody may still follow, loops written out."""
        return self.live.versions

    @property
    def calendar(self) -> Calendar:
        """The calendar of the clinic as it stands."""
        clinic = self._clinics.current
        if self._calendar_of is None or self._calendar_of[0] is not clinic:
            self._calendar_of = (clinic, calendar_of(clinic))
        return self._calendar_of[1]

    def by(self, live: LivePlans) -> "DueSteps":
        """The same by other plans."""
        tried = copy(self)
        tried.live = live
        return tried

    async def steps_of(
        self, patient_ids: Sequence[PatientId], now: datetime, since: datetime | None = None
    ) -> list[Due]:
        """Every step of every plan that runs for a patient, past ones too, at the time derived for it.

        Of birthdays those of the next one from today on; with `since`, of one that a step may still be about then.
        """
        patient = next(iter((await self._patients.patients(patient_ids[:1])).values()), None)
        if patient is None:
            return []
        day = (since - LONGEST_GRACE).date() if since is not None else None
        return self.steps_on(await self.patient_anchors.of(patient, patient_ids, now, yearly_from=day))

    def steps_on(self, anchors: Iterable[Anchor]) -> list[Due]:
        """Every step of every plan that is followed, for each of the anchors, at the time derived for it."""
        return self.live.followed(
            each for anchor in anchors for plan in self.plans for each in schedule(plan, anchor, self.calendar)
        )

    async def found(self, now: datetime, caught: CaughtUp, after: datetime | None = None) -> AsyncIterator[list[Due]]:
        """The steps that are due now, and what a gap or a pause left that is not worth sending any more.

        With `after`, those that fell due before may be missing.
        """
        async for found in self.due(now, caught.since, after=after):
            yield found
        for pause in caught.pauses:
            async for found in self.due(now, pause.since - LONGEST_PAUSE, pause.plan):
                over = [each for each in found if each.expires_at <= now]
                yield [each for each in over if caught.since is None or each.due_at <= caught.since]

    async def due(
        self, now: datetime, since: datetime | None = None, only: str | None = None, after: datetime | None = None
    ) -> AsyncIterator[list[Due]]:
        """The steps that are due now, in portions: at the times set by hand, and at the derived ones.

        With `since`, also those that fell due after it and are not worth sending any more; `only` is the key of a plan.
        """
        plans = [each for each in self.plans if only is None or each.key == only]
        pinned = [each for each in await self._pinned(since or now, now) if only is None or each.plan.key == only]
        if pinned:
            yield pinned
        reach = Reach(plans, now, self.calendar, since)
        async for anchors in self._collect(plans, now, since, after):
            self.anchors_seen += len(anchors)
            for start in range(0, len(anchors), CHUNK):
                fell = fell_due(plans, anchors[start : start + CHUNK], since or now, now, self.calendar, reach)
                found = self.live.chosen(fell, now)
                pins = await self._store.changes.pins(
                    [each.key for each in found if each.key not in self.looks.handed_over]
                )
                yield [each for each in found if each.key not in pins]

    async def _pinned(self, since: datetime, now: datetime) -> list[Due]:
        """The steps whose hand-set time is now, or was since then."""
        found: list[Due] = []
        for pin in await self._store.changes.pinned_between(since, now):
            patients = await self._patients.patients([pin.patient_id])
            patient = patients.get(pin.patient_id)
            if patient is None:
                continue
            ids = list(dict.fromkeys((patient.id, pin.patient_id)))
            day = pin.anchor_at.astimezone(self._clinics.current.timezone).date()
            anchors = await self.patient_anchors.of(patient, ids, now, yearly_from=day)
            own = [each for each in self.steps_on(anchors) if each.key == pin.id]
            found += self.live.not_paused([moved(each, {pin.id: pin}) for each in own], now)
        return found

    async def _collect(
        self, plans: Sequence[CarePlan], now: datetime, since: datetime | None, after: datetime | None
    ) -> AsyncIterator[list[Anchor]]:
        """The anchors for which a step may be due now, or fell due since then, in portions."""
        sources = Sources(
            booking=self._booking,
            patients=self._patients,
            clinic=self._clinics.current,
            leads=self._leads,
            dates=self._store.dates,
        )
        for key, kind in self._anchors.items():
            steps = [step for plan in plans if plan.anchor == key for step in plan.steps]
            async for anchors in kind.collect(sources, spans(steps, now, self.calendar, since, after)):
                yield anchors


def moved(step: Due, pins: Mapping[str, Pin]) -> Due:
    """The step at the time that was set for it by hand, if any was."""
    pin = pins.get(step.key)
    return step if pin is None else replace(step, due_at=pin.at, expires_at=pin.expires_at)
