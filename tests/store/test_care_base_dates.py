"""Field traps 2.2, row 12: every kind of base date × what may happen to it and to its patient.

Elsewhere a moved date or another group rescheduled nothing, special base fields were missed, and one never fired.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta

import pytest

from tests.store.base_dates import CASES, BaseDate, OfVisit, Person, moment
from tests.store.test_care import STORES, Room, step
from tests.store.test_care_course import Phone
from wxbot.audit.store import AuditStore
from wxbot.booking.models import AppointmentId
from wxbot.care.anchors import ANCHORS
from wxbot.care.dates import DateKind
from wxbot.care.models import CarePlan, Condition, Fact, Offset, Step
from wxbot.database import Database
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import Action
from wxbot.patients.stores.patients import PATIENTS
from wxbot.templates.models import Template

DAYS = {"first": 1, "second": 4, "tagged": 5, "classed": 6, "project": 7}  # after the base date, at ten
CONDITIONS = {
    "tagged": Condition(fact=Fact.TAG, values=("种植",)),
    "classed": Condition(fact=Fact.VISIT_CLASS, values=("C",)),
    "project": Condition(fact=Fact.PROJECT, values=("wisdom_tooth",)),
}
WORDING = Template(key="care.step", purpose=Purpose.CARE, text="{name}您好", fallbacks={"name": "朋友"})
TAGGED = {
    "tags": [{"name": "种植", "by": "staff:1", "at": moment(date(2026, 11, 1), 9), "source": "", "expires_on": None}]
}
Steps = list[tuple[str, datetime | str]]  # a step, and when it was sent or why it was not


class Classes:
    """The class that was noted at each visit."""

    def __init__(self) -> None:
        self.noted: dict[AppointmentId, str] = {}

    async def classes(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, str]:
        return {each: self.noted.get(each, "C") for each in ids}


class Matrix:
    """One kind of base date and one patient for each change, all cared for by one plan."""

    def __init__(self, database: Database, kind: str) -> None:
        self.case: BaseDate = CASES[kind]
        plan = CarePlan(
            key="plan", title="计划", anchor=kind, treatment=self.case.treatment, steps=tuple(self._steps())
        )
        self.room = Room(database, (plan,), (WORDING,), Phone())
        own = (DateKind(key="review", name="复查日"),)
        self.room.care = self.room.engine_of((plan,), (WORDING,), date_kinds=own)
        self.room.outbox.bind(self.room.care)
        self.room.care.facts.classes = self.classes = Classes()
        self._patients = database.collection(PATIENTS)
        self.people: dict[str, Person] = {}

    def _steps(self) -> Iterable[Step]:
        for key, days in DAYS.items():
            when = (CONDITIONS[key],) if key in CONDITIONS else ()
            offset = Offset(days=days + self.case.shift)
            made = step(key, Purpose.CARE, offset, at=time(10), when=when, no_calls=True)
            yield Step(**{**vars(made), "template": WORDING.key})

    def due(self, key: str, days: int = 0) -> datetime:
        """When a step is due, where the base date is moved by so many days."""
        return moment(self.case.day + timedelta(days=DAYS[key] + self.case.shift + days), 10)

    @property
    def changed_at(self) -> datetime:
        """After the first step, and before the others."""
        return self.due("first") + timedelta(hours=1)

    async def person(self, change: str) -> Person:
        """Somebody with that base date, and the tag."""
        number = len(self.people) + 1
        began = moment(self.case.day, 9) if self.case.shift == 0 else self.due("first") - timedelta(days=1)
        contact, _ = await self.room.patients.follow(f"oBase{number}", began)
        who = Person(number=number, contact=contact, patient=await self.room.patients.self_patient(contact, began))
        await self._patients.update_one({"_id": who.patient.id}, {"$set": TAGGED})
        await self.case.set(self.room, who)
        self.people[change] = who
        return who

    async def untag(self, who: Person) -> None:
        await self._patients.update_one({"_id": who.patient.id}, {"$set": {"tags": []}})

    async def look(self, now: datetime) -> None:
        written, rights = now - timedelta(minutes=1), self.room.outbox.rights
        await asyncio.gather(
            *(rights.note_action(who.contact.id, Action.MESSAGE, written) for who in self.people.values())
        )
        await self.room.care.enqueue_due(now)

    async def deliver(self, now: datetime) -> None:
        await self.room.outbox.deliver_due(now)

    async def found(self) -> dict[str, Steps]:
        """What became of every step of each of them, in the order in which they fell due."""
        rows = sorted(await self.room.messages(), key=lambda each: (each.due_at, each.key.split("/")[1]))
        return {
            change: [
                (row.key.split("/")[1], row.sent_at.replace(microsecond=0) if row.sent_at else row.reason)
                for row in rows
                if row.contact_id == who.contact.id
            ]
            for change, who in self.people.items()
        }

    # -- what is expected -------------------------------------------------------------------------------------------

    def rest(self, *unmet: str, days: int = 0) -> Steps:
        """The steps after the first, those of `unmet` without their condition."""
        lacking = {*unmet, *(() if self.case.of_visit else ("classed", "project"))}
        return [(key, "condition" if key in lacking else self.due(key, days)) for key in DAYS if key != "first"]

    @property
    def first(self) -> Steps:
        """What had been sent before anything changed."""
        return self.first_of(0)

    def over(self, reason: str, *, waits: bool = False) -> Steps:
        """The steps after the first, of a base date that counts no more; `waits`: the second was handed over."""
        left = [key for key in DAYS if key != "first" and (reason or (waits and key == "second"))]
        return [(key, self.case.gone if waits and key == "second" else reason) for key in left]

    def after_a_move(self, days: int) -> Steps:
        """What was sent stays; the rest goes along. Another fact begins with its first step, if that is to come."""
        again = self.case.another and self.due("first", days) >= self.changed_at
        after = [*(self.first_of(days) if again else []), *self.rest(days=days)]
        moved = [(self.due(key, days), key, what) for key, what in after]
        old = [(self.due(key), key, what) for key, what in self.over(self.case.replaced)]
        return [*self.first, *((key, what) for _, key, what in sorted([*old, *moved], key=lambda each: each[:2]))]

    def first_of(self, days: int) -> Steps:
        return [("first", self.due("first", days))]


@pytest.mark.parametrize("kind", ANCHORS)
async def test_steps_follow_their_base_date_and_their_patient_and_none_is_sent_twice(
    database: Database, kind: str
) -> None:
    """Set, moved either way, taken back before and after a step was handed over; another tag, class or project."""
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    matrix = Matrix(database, kind)
    case, room = matrix.case, matrix.room
    expected = {"stays": [*matrix.first, *matrix.rest()]}
    expected |= {f"moved by {days}": matrix.after_a_move(days) for days in case.moves}
    expected |= {"removed": [*matrix.first, *matrix.over(case.over)]}
    expected |= {"removed while it waits": [*matrix.first, *matrix.over(case.over, waits=True)]}
    expected |= {"untagged": [*matrix.first, *matrix.rest("tagged")]}
    if case.of_visit:
        expected |= {"reclassed": [*matrix.first, *matrix.rest("classed")]}
        of_type = kind == "treatment"  # its plan is for one aftercare
        expected |= {"other project": [*matrix.first, *([] if of_type else matrix.rest("project"))]}
    people = {change: await matrix.person(change) for change in expected}

    await matrix.look(matrix.due("first"))
    await matrix.deliver(matrix.due("first"))
    now = matrix.changed_at
    for days in case.moves:
        await case.move(room, people[f"moved by {days}"], days, now)
    await case.remove(room, people["removed"], now)
    await matrix.untag(people["untagged"])
    if isinstance(case, OfVisit):
        matrix.classes.noted[AppointmentId(f"a{people['reclassed'].number}")] = "M"
        await case.other_project(room, people["other project"])

    for at in sorted({matrix.due(key, days) for key in DAYS for days in (0, *case.moves)} - {matrix.due("first")}):
        if at < now:
            continue
        await matrix.look(at)
        if at == matrix.due("second"):
            await case.remove(room, people["removed while it waits"], at)
        await matrix.deliver(at)
    await matrix.look(at + timedelta(hours=1))  # and a whole look adds nothing
    await matrix.deliver(at + timedelta(hours=1))
    assert await matrix.found() == expected


def test_every_kind_has_its_case_and_no_case_is_left_over() -> None:
    assert set(CASES) == set(ANCHORS)
