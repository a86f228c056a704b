"""The dry run says what the real run then does: on simulated patients over days with edits, pauses and outages.

`--full-length` runs 2,000 patients over a year; else as many as are done within a minute.
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

import pytest

from tests.auditing import NOBODY
from tests.store.test_care import MADE, STORES, here, step, visit
from tests.store.test_care_course import PLAN, WORDINGS, Ward
from wxbot.actors import Actor
from wxbot.audit.store import AuditStore
from wxbot.booking.models import AppointmentState
from wxbot.care.dry_run import Draft
from wxbot.care.models import AnswerKind, CatchUp, Offset, StepKind
from wxbot.care.plans.records import Running
from wxbot.care.records import CareAnswer
from wxbot.database import Database
from wxbot.errors import ForbiddenError, InvalidInputError
from wxbot.messaging import Purpose
from wxbot.outbox.forecast import Will
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import State
from wxbot.patients.models import Contact, Patient
from wxbot.staff.permissions import Role, permissions_of
from wxbot.templates.models import Template

LEAD = Actor(id="1", name="李主管", permissions=permissions_of(Role.MANAGER))
CARE = Purpose.CARE
RUN = replace(
    PLAN,
    steps=(
        *PLAN.steps,
        step("skipped", CARE, Offset(days=1), at=time(15), catch_up=CatchUp.SKIP),
        step("asked", CARE, Offset(days=2), at=time(15), catch_up=CatchUp.ASK),
        step("early", CARE, Offset(days=4), at=time(7), grace_hours=3.0),  # waits for the quiet hours to end
        step("ring", CARE, Offset(days=5), at=time(11), kind=StepKind.CALL),
    ),
)
MORE = tuple(Template(key=f"care.{key}", purpose=CARE, text="您好") for key in ("skipped", "asked", "early", "ring"))
START = here(20, 0, 5)
LOOKS = timedelta(minutes=9)
UNDECIDED = {"waits", "asked", "quiet_hours", "expired"}  # what becomes of a step that nobody decides about
BECAME = {State.ACCEPTED: "sent", State.DELIVERED: "sent", State.WAITING: "waits"}  # else the reason


async def people(ward: Ward, number: int, days: int) -> list[tuple[Contact, Patient]]:
    """So many treated patients, their visits spread over so many days."""
    found = []
    for place in range(number):
        contact, _ = await ward.room.patients.follow(f"oPatient{place}", MADE)
        patient = await ward.room.patients.self_patient(contact, MADE)
        begun = here(18, 9) + timedelta(minutes=397 * place % (days * 24 * 60))
        attended = visit(contact, patient, number=place + 1, start=begun, end=begun + timedelta(hours=1))
        await ward.room.keep(replace(attended, state=AppointmentState.COMPLETED, version=2))
        found.append((contact, patient))
    return found


async def edit(ward: Ward, known: list[tuple[Contact, Patient]], chance: Random, now: datetime) -> None:
    """What colleagues and patients do overnight."""
    contact, patient = chance.choice(known)
    place = known.index((contact, patient)) + 1
    ref = f"treatment:a{place}"
    what = chance.randrange(5)
    if what == 0:
        await ward.room.hold(patient.id, "投诉处理中")
    elif what == 1:
        await ward.says(contact, "挺好的", now)
    elif what == 2:
        answer = CareAnswer(
            id=f"surgery/pain/{ref}",
            plan="surgery",
            step="pain",
            ref=ref,
            enrolment=f"surgery/{ref}",
            kind=AnswerKind.NUMBER,
            value=str(chance.randrange(11)),
            at=now,
            line_id=f"line{place}",
            contact_id=contact.id,
            patient_id=patient.id,
        )
        await ward.room.store.answers.keep(answer)
    else:
        steps = [each for each in await ward.room.care.upcoming([patient.id], now) if each.message_id is None]
        if steps and what == 3:
            at = now + timedelta(hours=chance.randrange(9, 60))
            await ward.room.care.changes.move([patient.id], steps[0].key, at, "改时间", by=LEAD, now=now)
        elif steps and not await ward.room.care.changes.endings_of([patient.id]):
            await ward.room.care.changes.end([patient.id], steps[0].enrolment, "已转院", by=LEAD, now=now)


async def test_every_figure_has_its_records_and_nothing_is_written(database: Database) -> None:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    ward = Ward(database)
    contact, _ = await ward.treat()
    await ward.room.outbox.rights.note_action(contact.id, Action.MESSAGE, here(27, 16))
    dry = await ward.room.care.dry_runs.run(here(28, 8), here(29, 20), by=LEAD)
    assert {group: [each.key for each in found] for group, found in dry.groups.items()} == {
        ("术后关怀", "call_pain", Will.DROP, "condition"): ["surgery/call_pain/treatment:a1"],
        ("术后关怀", "pain", Will.SEND, ""): ["surgery/pain/treatment:a1"],
    }
    assert await ward.room.keys() == []
    assert await ward.room.store.looks.last() is None


async def test_the_dry_run_of_one_patient_says_what_that_of_the_base_says_of_them(database: Database) -> None:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    ward = Ward(database, RUN, (*WORDINGS, *MORE))
    known, chance = await people(ward, 8, 6), Random(3)
    await ward.room.care.enqueue_due(START)
    for contact, _ in known[::2]:
        await ward.room.outbox.rights.note_action(contact.id, Action.MESSAGE, START)
    for _ in range(6):
        await edit(ward, known, chance, START)
    now = START + timedelta(hours=30)  # nobody looked for so long
    until = now + timedelta(days=6)
    whole = await ward.room.care.dry_runs.run(now, until, by=LEAD)
    assert {each.reason for each in whole.outcomes} > {"condition", "missed_downtime"}
    for _, patient in known:
        alone = await ward.room.care.dry_runs.of_patient([patient.id], now, until, by=LEAD)
        said = [(each.key, each.will, each.at, each.reason, each.explanation, each.channel) for each in alone.outcomes]
        theirs = [each for each in whole.outcomes if each.message.patient_id == patient.id]
        assert said == [(each.key, each.will, each.at, each.reason, each.explanation, each.channel) for each in theirs]


@pytest.mark.parametrize("running", list(Running))
async def test_a_draft_is_tried_as_if_it_were_published_now(database: Database, running: Running) -> None:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    ward = Ward(database)
    contact, _ = await ward.treat()
    await ward.room.outbox.rights.note_action(contact.id, Action.MESSAGE, here(27, 16))
    draft = replace(PLAN, steps=(*PLAN.steps, step("later", CARE, Offset(days=1), at=time(12))))
    now, until = here(28, 8), here(29, 20)
    tried = await ward.room.care.dry_runs.run(now, until, by=LEAD, draft=Draft(plan=draft, running=running))
    steps = {each.step for each in tried.outcomes}
    assert steps == {"pain", "call_pain", *(("later",) if running is Running.MIGRATE else ())}
    kept = await ward.room.care.dry_runs.run(now, until, by=LEAD)
    assert {each.step for each in kept.outcomes} == {"pain", "call_pain"}


async def test_a_dry_run_is_for_leads_and_not_longer_than_a_month(database: Database) -> None:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    ward = Ward(database)
    with pytest.raises(ForbiddenError):
        await ward.room.care.dry_runs.run(here(28, 8), here(29, 8), by=NOBODY)
    with pytest.raises(InvalidInputError):
        await ward.room.care.dry_runs.run(here(1, 8), here(1, 8) + timedelta(days=32), by=LEAD)
