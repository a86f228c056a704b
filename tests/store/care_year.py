"""Simulated patients of a clinic whose plans run while visits are moved, plans paused and times set by hand; no tests.

Everything is drawn from one seed. What the engine finds is not asked when its moments are looked up: `moments` derives
every step of every patient by the rules alone, so a look between two of them would find nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.store.care_year_plans import DAY, LEAD, MINUTE, PLANS, SECOND, TEXTS
from tests.store.test_care import CLINIC, MADE, STORES, ZONE, Room, visit
from tests.store.test_care_course import Phone
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.booking.models import Appointment, AppointmentState
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import PatientFacts
from wxbot.care.models import (
    Step,
)
from wxbot.care.planner import schedule
from wxbot.care.plans.editor import PlanEditor
from wxbot.care.plans.live import LivePlans
from wxbot.care.plans.records import Running
from wxbot.care.plans.store import PlanStore
from wxbot.database import Database
from wxbot.outbox.models import Message
from wxbot.outbox.stores.messages import OUTBOX
from wxbot.patients.models import Birthday, Calendar, Contact, Patient
from wxbot.templates.service import Templates


class World:
    """A clinic with its patients, its plans and one clock that is moved by hand."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.chance = Random(seed)
        self.room = Room(database, PLANS, TEXTS, Phone())
        self.live = LivePlans(PLANS, store=PlanStore(database))
        self.editor = PlanEditor(
            PlanStore(database),
            live=self.live,
            templates=Templates(TEXTS),
            clinics=FixedClinic(CLINIC),
            audit=AuditTrail(AuditStore(database), timezone=ZONE, keys=KEYS),
            self_approval=False,
        )
        self.restart()
        self.people: list[tuple[Contact, Patient]] = []
        self.visits: dict[str, Appointment] = {}
        self.edits: dict[str, int] = {}
        self._of: dict[str, list[str]] = {}  # patient → visits
        self._moments: dict[str, list[datetime]] = {}  # patient → when a step of theirs falls
        self._pinned: list[datetime] = []

    async def open(self, number: int, first: datetime, days: int) -> None:
        """So many patients with a visit each, spread from two weeks before the first day to the last."""
        await self.database.create_indexes([*STORES, AuditStore, PlanStore])  # type: ignore[list-item]
        await self.live.seed(MADE)
        for place in range(number):
            contact, _ = await self.room.patients.follow(f"oPatient{place}", MADE)
            patient = await self.room.patients.self_patient(contact, MADE)
            self.people.append((contact, patient))
            if place % 3 == 0:
                day = (first + timedelta(days=self.chance.randrange(days))).astimezone(ZONE).date()
                born = Birthday(calendar=Calendar.SOLAR, year=1980, month=day.month, day=min(day.day, 28))
                await self.room.patients.set_birthday(patient.id, born, now=MADE)
            begun = first - 14 * DAY + (days + 10) * DAY * place / number
            begun = begun.replace(minute=0, second=0, microsecond=0)
            done = AppointmentState.COMPLETED if begun + timedelta(hours=1) <= first else AppointmentState.BOOKED
            await self.keep(self._visit(contact, patient, begun, MADE, state=done, version=1))
        known = await self.room.patients.patients([patient.id for _, patient in self.people])
        self.people = [(contact, known[patient.id]) for contact, patient in self.people]

    async def keep(self, *visits: Appointment) -> None:
        """Keep visits as they stand now."""
        for each in visits:
            self.visits[each.id] = each
            if each.id not in self._of.setdefault(each.patient_id, []):
                self._of[each.patient_id].append(each.id)
            self._moments.pop(each.patient_id, None)
        await self.room.keep(*visits)

    def _visit(
        self, contact: Contact, patient: Patient, start: datetime, made: datetime, **more: object
    ) -> Appointment:
        facts = {"start": start, "end": start + timedelta(hours=1), "created_at": made, "new_patient": False}
        return visit(contact, patient, number=len(self.visits) + 1, **{**facts, **more})

    def restart(self) -> None:
        """Another process goes on with it: it remembers nothing, so its first look goes over everything."""
        self.room.care = self.room.engine_of(self.live, TEXTS)
        self.room.outbox.bind(self.room.care)

    async def publish(self, steps: tuple[Step, ...], running: Running, now: datetime, begins: datetime) -> None:
        """The next version of the surgery plan, written, approved and published."""
        kept = await self.editor.get("surgery", by=LEAD)
        plan = replace(await self.editor.content(kept, by=LEAD), steps=steps)
        kept = await self.editor.save("surgery", plan, by=LEAD, revision=kept.revision, now=now)
        kept = await self.editor.submit("surgery", by=LEAD, revision=kept.revision, now=now)
        kept = await self.editor.approve("surgery", by=SECOND, revision=kept.revision, now=now)
        await self.editor.publish(
            "surgery", by=SECOND, now=now, revision=kept.revision, running=running, effective_from=begins
        )
        self._moments.clear()

    async def switch(self, key: str, now: datetime) -> None:
        """Pause a plan, or resume a paused one."""
        kept = await self.editor.get(key, by=LEAD)
        await (self.editor.resume if kept.paused else self.editor.pause)(key, by=LEAD, now=now, revision=kept.revision)

    # -- time passes ---------------------------------------------------------------------------------------------

    async def live_through(self, since: datetime, until: datetime, *, gap: bool) -> None:
        """Look and deliver at every moment of the stretch at which anything can happen, both ends included.

        Between them nothing falls due, as `moments` derives, and that is noted as if it had been looked at; with `gap`
        nobody looked before the first.
        """
        self.restart()
        moments = self.moments(since, until, since)
        now, rounds = since, 0
        while now <= until:
            if rounds or not gap:
                await self.room.store.looks.note(now - MINUTE)
            await self.room.care.enqueue_due(now)
            await self.room.outbox.deliver_due(now)
            rounds += 1
            if now == until:
                return
            planned = bisect_right(moments, now)
            ahead = [moments[planned]] if planned < len(moments) else []
            waiting = await self._next_waiting(now)
            ahead += [waiting] if waiting is not None else []
            now = min(until, max(now + MINUTE, _whole_minute(min(ahead, default=until))))

    def moments(self, since: datetime, until: datetime, now: datetime) -> list[datetime]:
        """When a step of anybody falls due in (since, until], and hand-set times, by the rules alone."""
        found = {each for each in self._pinned if since < each <= until}
        for contact, patient in self.people:
            del contact
            theirs = self._moments.get(patient.id)
            if theirs is None:
                theirs = self._moments[patient.id] = self._derived(patient, now)
            found.update(theirs[bisect_right(theirs, since) : bisect_left(theirs, until + MINUTE)])
        return sorted(_whole_minute(each) for each in found)

    def _derived(self, patient: Patient, now: datetime) -> list[datetime]:
        day = now.astimezone(ZONE).date()
        born, next_after = patient.birthday, self.room.patients.celebrations.next_after
        facts = PatientFacts(
            patient=patient,
            appointments=[self.visits[each] for each in self._of.get(patient.id, ())],
            next_birthday=next_after(born, day) if born else None,
            clinic=CLINIC,
            now=now,
            day=day,
        )
        anchors = [anchor for kind in ANCHORS.values() for anchor in kind.of_patient(facts)]
        calendar, plans = self.room.care.calendar, self.live.versions
        steps = (each for anchor in anchors for plan in plans for each in schedule(plan, anchor, calendar))
        return sorted({each.due_at for each in steps})

    async def _next_waiting(self, now: datetime) -> datetime | None:
        waiting = {"state": "waiting", "answer": {"$in": [True, False]}, "due_at": {"$gt": now}}
        rows = self.database.collection(OUTBOX).find(waiting, {"due_at": 1}).sort("due_at", 1).limit(1)
        return next((row["due_at"] for row in await rows.to_list(1)), None)

    async def keys(self) -> set[str]:
        """The keys of everything in the outbox."""
        rows = self.database.collection(OUTBOX).find({}, {"_id": 0, "key": 1})
        return {row["key"] for row in await rows.to_list(None)}

    async def rows(self, keys: Collection[str]) -> Mapping[str, Message]:
        """The messages of those keys that are there, by key."""
        found = self.database.collection(OUTBOX).find({"key": {"$in": list(keys)}})
        return {row["key"]: self.room._message.thing(row) for row in await found.to_list(None)}

    def pinned(self, at: datetime) -> None:
        """A step was moved to that moment."""
        self._pinned.append(at)


def _whole_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + MINUTE
