"""Use cases of care: find what is due, hand it to the outbox, and say whether it is still wanted."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from copy import copy
from datetime import datetime

from wxbot.audit.service import AuditTrail
from wxbot.booking.models import Appointment
from wxbot.booking.service import Booking
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind
from wxbot.care.answers import CareAnswers
from wxbot.care.calendar import Calendar
from wxbot.care.catch_ups import CatchUps
from wxbot.care.changes import PlanChanges
from wxbot.care.checks import problems_of
from wxbot.care.date_shifts import DateShifts
from wxbot.care.dates import DateKind
from wxbot.care.dry_run import DryRuns, Found
from wxbot.care.due_steps import DueSteps, moved
from wxbot.care.facts import FactReader
from wxbot.care.gaps import Gaps
from wxbot.care.messages import Messages, base_key
from wxbot.care.models import Anchor, CarePlan, Due
from wxbot.care.open_calls import OpenCalls
from wxbot.care.patient_dates import PatientDates
from wxbot.care.planner import is_too_late, schedule
from wxbot.care.plans.live import LivePlans, plans_of
from wxbot.care.plans.records import Running
from wxbot.care.preconditions import verdict
from wxbot.care.presents import GivenPresents
from wxbot.care.stores.care import CareStore
from wxbot.care.upcoming import GONE, NextStep, coming, step_of
from wxbot.care.visit_shifts import VisitShift, visit_shifts
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.service import FollowUps
from wxbot.history.models import PatientId
from wxbot.history.service import History
from wxbot.logs import get_logger
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.templates.service import Templates

log = get_logger(__name__)


class Care:
    """The care engine. Implements `wxbot.outbox.ports.PreconditionChecker`."""

    def __init__(  # noqa: PLR0913 - its collaborators, one each
        self,
        plans: LivePlans | Sequence[CarePlan],
        store: CareStore,
        *,
        clinics: LiveClinic,
        patients: Patients,
        booking: Booking,
        history: History,
        followups: FollowUps,
        audit: AuditTrail,
        outbox: Outbox,
        templates: Templates,
        anchors: Mapping[str, AnchorKind] = ANCHORS,
        date_kinds: Sequence[DateKind] = (),
        public_url: str = "",
    ) -> None:
        self._plans = plans_of(plans)
        self._store = store
        self._clinics = clinics
        self._patients = patients
        self._booking = booking
        self._outbox = outbox
        self._templates = templates
        self._anchors = anchors
        self._steps = DueSteps(
            self._plans,
            store,
            booking=booking,
            patients=patients,
            leads=followups,
            clinics=clinics,
            anchors=anchors,
        )
        self.facts = FactReader(
            store,
            booking=booking,
            patients=patients,
            history=history,
            calls=followups,
            leads=followups,
            clinics=clinics,
        )
        self.catch_ups = CatchUps(
            store.looks,
            self._plans,
            outbox=outbox,
            followups=followups,
            patients=patients,
            clinics=clinics,
            audit=audit,
        )
        self.gaps = Gaps(store.looks, outbox=outbox, followups=followups)
        self.dry_runs = DryRuns(self, outbox)
        self.changes = PlanChanges(store.changes, self._steps, outbox=outbox, audit=audit)
        self.dates = PatientDates(
            store.dates,
            DateShifts(store.changes, self._steps, outbox, clinics),
            patients=patients,
            audit=audit,
            clinics=clinics,
            kinds=date_kinds,
        )
        self.presents = GivenPresents(store.presents, patients=patients, clinics=clinics, audit=audit)
        self.answers = CareAnswers(store, outbox, lambda: self.plans, self._steps)
        self._messages = Messages(clinics, patients, templates, anchors, public_url)
        self._open_calls = OpenCalls(followups, outbox, self, self.facts)
        self._to_move: list[Message] = []  # set by hand while they were handed over, and already being judged

    @property
    def plans(self) -> Sequence[CarePlan]:
        """Every version of every plan that somebody may still follow, loops written out."""
        return self._steps.plans

    @property
    def calendar(self) -> Calendar:
        """The calendar of the clinic as it stands."""
        return self._steps.calendar

    async def enqueue_due(self, now: datetime) -> int:
        """Hand everything that is due now to the outbox; the number of new messages. Repeating it adds nothing."""
        enqueued = 0
        due_now: set[str] = set()
        caught = await self.catch_ups.begin(now)
        after = self._steps.looks.since(now) if caught.nothing else None
        self._steps.anchors_seen = 0
        async for found in self._steps.found(now, caught, after):
            messages = await self._new_messages(found, now)
            fresh = [each for each in found if each.key not in self._steps.looks.handed_over]
            messages, ended = self.catch_ups.sorted(caught, fresh, messages)
            await self._outbox.planned.keep_ended(ended)
            if messages:
                enqueued += await self._outbox.enqueue(messages)
                self._to_move += messages
            await self._move_pinned(now)
            due_now |= {each.key for each in found}
            await asyncio.sleep(0)
        await self.catch_ups.finish(caught, now)
        self._steps.looks.note(now, whole=after is None, anchors=self._steps.anchors_seen, due=due_now)
        await self._open_calls.settle(now)
        if enqueued:
            log.info("care_enqueued", messages=enqueued, due=len(due_now))
        return enqueued

    async def due_messages(self, now: datetime) -> list[Message]:
        """What `enqueue_due` would hand over at `now`, without handing it over."""
        return [message async for found in self._steps.due(now) for message in await self._new_messages(found, now)]

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether each message is still wanted by present facts; a few look-ups for all of them."""
        facts = await self.facts.read(messages, self._anchors)
        return {message.id: verdict(message, facts, self._anchors) for message in messages}

    def check(self, plans: Sequence[CarePlan] | None = None) -> list[str]:
        """What is wrong with the plans (by default the newest version of each), in plain sentences."""
        wordings = {key: self._templates.get(key) for key in self._templates.keys}
        newest = {plan.key: plan for plan in self._plans.versions}.values()
        return problems_of(tuple(newest) if plans is None else plans, wordings, self._anchors)

    def timeline(self, plan: CarePlan, anchor: Anchor) -> list[Due]:
        """When each step of a plan would fall for an anchor, for `wxbot check` to print."""
        return schedule(plan, anchor, self.calendar)

    async def upcoming(self, patient_ids: Sequence[PatientId], now: datetime, *, limit: int = 20) -> list[NextStep]:
        """What is coming for one patient, earliest first, and for each step why it will leave, wait or not leave.

        `patient_ids` are the record and the duplicates that became it. Judged by the code that sends; nothing is
        written. What has left already is not among it.
        """
        every = await self._steps.steps_of(patient_ids, now)
        pins = await self._store.changes.pins([each.key for each in every])
        found = self._plans.not_paused(coming([moved(each, pins) for each in every], now), now)[:limit]
        enqueued = await self._outbox.by_keys([each.key for each in found])
        ahead = [each for each in found if each.key not in enqueued]
        messages = await self._messages.of(ahead, pins, self.calendar, now)
        forecasts = {each.message.key: each for each in await self._outbox.preview(messages, now)}
        return [
            step_of(each, forecasts.get(each.key), enqueued.get(each.key), pins.get(each.key))
            for each in found
            if each.key in forecasts or enqueued[each.key].state not in GONE
        ]

    def visit_shifts(self, visit: Appointment, start: datetime, now: datetime) -> list[VisitShift]:
        """What becomes of the reminders of a visit that is moved to another hour."""
        return visit_shifts(self._steps, visit, start, now)

    async def ahead(self, now: datetime, until: datetime) -> AsyncIterator[Found]:
        """What the looks from now until then would find, in portions; of the one now also what a gap left."""
        caught = await self.catch_ups.ahead(now)
        async for found in self._steps.found(now, caught):
            messages, ended = self.catch_ups.sorted(caught, found, await self._new_messages(found, now))
            yield Found(steps={each.key: each for each in found}, messages=messages, ended=ended)
        async for found in self._steps.due(until, now):
            later = [each for each in found if each.due_at > now]
            messages = await self._new_messages(later, now)
            yield Found(steps={each.key: each for each in later}, messages=messages)

    async def ahead_of(self, patient_ids: Sequence[PatientId], now: datetime, until: datetime) -> Found:
        """The same for a patient and everybody else whom the same contact speaks for."""
        caught = await self.catch_ups.ahead(now)
        every = [
            each
            for ids in await self._steps.patient_anchors.family(patient_ids)
            for each in await self._steps.steps_of(ids, now, caught.since or now)
        ]
        pins = await self._store.changes.pins([each.key for each in every])
        steps = [each for step in every if (each := moved(step, pins)).key in pins or not is_too_late(each)]
        found = self._plans.not_paused(
            [each for each in steps if each.due_at <= now and caught.includes(each, now)], now
        )
        messages, ended = self.catch_ups.sorted(caught, found, await self._new_messages(found, now))
        later = self._plans.not_paused([each for each in steps if now < each.due_at <= until], until)
        messages = [*messages, *await self._new_messages(later, now)]
        return Found(steps={each.key: each for each in (*found, *later)}, messages=messages, ended=ended)

    def with_draft(self, plan: CarePlan, running: Running, now: datetime) -> "Care":
        """The same as if `plan` were published now, for a dry run."""
        tried: Care = copy(self)
        tried._plans = self._plans.with_next(plan, running, now)
        tried._steps = self._steps.by(tried._plans)
        return tried

    # -- handing over --------------------------------------------------------------------------------------

    async def _new_messages(self, found: Sequence[Due], now: datetime) -> list[Message]:
        """The messages of the steps that the outbox does not know yet."""
        asked = [each.key for each in found if each.key not in self._steps.looks.handed_over]
        if not asked:
            return []
        known = await self._outbox.known_keys(asked)
        new = [each for each in found if each.key not in self._steps.looks.handed_over and each.key not in known]
        pins = await self._store.changes.pins({base_key(each) for each in new if each.step.base})
        return await self._messages.of(new, pins, self.calendar, now)

    async def _move_pinned(self, now: datetime) -> None:
        """Those whose time was set by hand while they were handed over wait for it.

        One that is being judged in this moment rests (`conditions.HAND_SET`), and is moved at the next look.
        """
        new = {each.key: each for each in self._to_move}
        self._to_move = []
        for pin in (await self._store.changes.pins(new)).values():
            if pin.at > now and not await self._outbox.planned.move(new[pin.id].id, pin.at, pin.expires_at):
                self._to_move.append(new[pin.id])
