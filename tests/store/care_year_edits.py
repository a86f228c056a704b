"""What patients and colleagues of the simulated clinic do between two stretches; no tests."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from tests.store.care_year import World
from tests.store.care_year_plans import DAY, LEAD
from wxbot.booking.models import Appointment, AppointmentState
from wxbot.care.catch_ups import QUESTION
from wxbot.care.models import (
    AnswerKind,
)
from wxbot.care.records import CareAnswer
from wxbot.errors import NotFoundError, StaleError
from wxbot.followups.stores.followups import FOLLOWUPS
from wxbot.history.models import Direction, Interaction, Kind
from wxbot.outbox.ledger import Action
from wxbot.patients.models import Contact, Patient


async def night(world: World, now: datetime) -> None:
    """What patients wrote, what became of the visits of the day, and what colleagues changed."""
    writers = [contact for contact, _ in world.people[:: world.chance.choice((2, 3))]]
    await asyncio.gather(*(world.room.outbox.rights.note_action(each.id, Action.MESSAGE, now) for each in writers))
    over = [each for each in world.visits.values() if each.live and each.end <= now]
    for each in over:
        came, stands = world.chance.random() < 0.8, each.standing_since
        state = AppointmentState.COMPLETED if came else AppointmentState.NO_SHOW
        await world.keep(replace(each, state=state, closed_at=now, hour_version=stands, version=each.version + 1))
    for _ in range(max(4, len(world.people) // 20)):
        name, edit = world.chance.choice(EDITS)
        contact, patient = world.chance.choice(world.people)
        if await edit(world, contact, patient, now):
            world.edits[name] = world.edits.get(name, 0) + 1


async def answer_questions(world: World, now: datetime) -> None:
    """Colleagues decide about two of three questions that a gap left."""
    rows = world.database.collection(FOLLOWUPS).find({"key": {"$regex": f"^{QUESTION}"}, "state": "open"})
    for row in await rows.sort("key", 1).to_list(None):
        if world.chance.random() < 0.67:
            question, send = row["key"].removeprefix(QUESTION), world.chance.random() < 0.6
            await world.room.care.catch_ups.decide(question, send=send, by=LEAD, now=now)
            world.edits["decide"] = world.edits.get("decide", 0) + 1


# -- edits: each says whether there was anything to do ---------------------------------------------------------------

Edit = Callable[[World, Contact, Patient, datetime], Awaitable[bool]]


async def book(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """Another visit, in one to eleven days."""
    start = now.replace(minute=0) + timedelta(days=world.chance.randrange(1, 12), hours=world.chance.randrange(9, 18))
    await world.keep(world._visit(contact, patient, start, now))
    return True


async def reschedule(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """A booked visit is moved to another hour."""
    del contact
    mine = _booked(world, patient, now)
    if not mine:
        return False
    start = mine[0].start + timedelta(hours=world.chance.choice((-3, 2, 25, 49)))
    if start <= now + timedelta(hours=1):
        return False
    moved = replace(
        mine[0],
        start=start,
        end=start + timedelta(hours=1),
        version=mine[0].version + 1,
        hour_version=None,
        changed_at=now,
        moved_from=mine[0].start,
    )
    await world.keep(moved)
    return True


async def cancel(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """A booked visit is cancelled."""
    del contact
    mine = _booked(world, patient, now)
    if mine:
        await world.keep(replace(mine[0], state=AppointmentState.CANCELLED, closed_at=now, version=mine[0].version + 1))
    return bool(mine)


async def correct(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """The visit of the last days had been taken for attended, or for missed."""
    del contact
    closed = [each for each in _own(world, patient) if each.closed_at is not None and each.end > now - 6 * DAY]
    turned = {
        AppointmentState.COMPLETED: AppointmentState.NO_SHOW,
        AppointmentState.NO_SHOW: AppointmentState.COMPLETED,
    }
    for each in closed[:1]:
        if each.state in turned:
            await world.keep(replace(each, state=turned[each.state], version=each.version + 1))
            return True
    return False


async def hold(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """A complaint: care rests."""
    del contact, now
    await world.room.hold(patient.id, "投诉处理中")
    return True


async def write(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """The patient writes something."""
    del patient
    line = Interaction(
        id=f"in:{now.isoformat()}:{contact.id}", at=now, kind=Kind.MESSAGE_RECEIVED, direction=Direction.IN,
        contact_id=contact.id, text="挺好的",
    )  # fmt: skip
    await world.room.history.append(line)
    return True


async def answer(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """The patient answers the question of the surgery plan."""
    attended = [each for each in _own(world, patient) if each.state is AppointmentState.COMPLETED]
    if not attended:
        return False
    ref = f"treatment:{attended[-1].id}"
    given = CareAnswer(
        id=f"surgery/pain/{ref}", plan="surgery", step="pain", ref=ref, enrolment=f"surgery/{ref}",
        kind=AnswerKind.NUMBER, value=str(world.chance.randrange(11)), at=now, line_id=f"a:{now.isoformat()}",
        contact_id=contact.id, patient_id=patient.id,
    )  # fmt: skip
    await world.room.store.answers.keep(given)
    return True


async def pin(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """The next step of the patient is moved by hand, or put back where it was moved."""
    del contact
    changes = world.room.care.changes
    steps = [each for each in await world.room.care.upcoming([patient.id], now) if each.message_id is None]
    for each in steps:
        if each.pin is not None:
            with suppress(StaleError):  # the time that the plan gives has passed meanwhile
                await changes.put_back([patient.id], each.key, by=LEAD, now=now)
            return True
        if each.plan == "术后关怀":
            at = now + timedelta(hours=world.chance.randrange(9, 60))
            await changes.move([patient.id], each.key, at, "改时间", by=LEAD, now=now)
            world.pinned(at)
            return True
    return False


async def end(world: World, contact: Contact, patient: Patient, now: datetime) -> bool:
    """One plan of the patient is ended by hand, or taken up again."""
    del contact
    changes = world.room.care.changes
    for ending in await changes.endings_of([patient.id]):
        with suppress(NotFoundError):  # its visit was cancelled meanwhile
            await changes.resume([patient.id], ending.id, by=LEAD, now=now)
            return True
    steps = await world.room.care.upcoming([patient.id], now)
    for each in steps[:1]:
        await changes.end([patient.id], each.enrolment, "已转院", by=LEAD, now=now)
    return bool(steps)


def _own(world: World, patient: Patient) -> list[Appointment]:
    return [world.visits[each] for each in world._of.get(patient.id, ())]


def _booked(world: World, patient: Patient, now: datetime) -> list[Appointment]:
    return [each for each in _own(world, patient) if each.live and each.start > now]


OFTEN = (book, reschedule, correct, answer, pin)
EDITS: tuple[tuple[str, Edit], ...] = tuple(
    (edit.__name__, edit) for edit in (*OFTEN, *OFTEN, cancel, cancel, hold, write, pin, end)
)
