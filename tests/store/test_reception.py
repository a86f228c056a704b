"""The front desk's records over a real mongod: labels, ticks and first contacts, also by two colleagues at once."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

from tests.encryption import KEYS
from tests.unit.visits.visits import NINE, visit
from wxbot.booking.models import AppointmentId
from wxbot.database import Database
from wxbot.history.models import ContactId, PatientId
from wxbot.reception.models import ClassLabel, EntryKind, FirstContact, ReceptionRecord, Tick
from wxbot.reception.stores.checklists import ChecklistStore
from wxbot.reception.stores.first_contacts import FirstContactStore
from wxbot.reception.stores.records import ReceptionVisitStore
from wxbot.visits.models import Noted
from wxbot.visits.questionnaire import Questionnaire
from wxbot.visits.questions import VisitAnswer, VisitAnswers, VisitQuestion
from wxbot.visits.store import VisitAnswerStore

FIRST = ClassLabel(label="ca", at=NINE, by="staff:1")
SECOND = ClassLabel(label="cb", at=NINE, by="staff:2")
A, B = AppointmentId("a"), AppointmentId("b")
MONDAY = date(2026, 11, 23)
CONTACT = ContactId("c")


def lead(patient: str, at_hour: int = 0, **facts: object) -> FirstContact:
    known = {"entry": EntryKind.PHONE, "lead_class": "m_a", "by": "staff:1", "contact_id": None}
    return FirstContact(id=PatientId(patient), at=NINE + timedelta(hours=at_hour), **{**known, **facts})  # type: ignore[arg-type]


async def test_a4_10_a_visit_is_drawn_once_and_keeps_the_label_that_it_was_drawn_with(database: Database) -> None:
    store = ReceptionVisitStore(database)
    await database.create_indexes([store])
    assert await store.draw({A: FIRST, B: FIRST}) == 2
    assert await store.draw({A: SECOND}) == 0
    assert await store.draw({}) == 0
    assert (await store.of([A]))[A].first_label == FIRST
    assert {each.id for each in await store.to_label(10)} == {A, B}


async def test_a4_10_of_two_second_labels_one_counts(database: Database) -> None:
    store = ReceptionVisitStore(database)
    await store.draw({A: FIRST})
    assert sorted(await asyncio.gather(*(store.label(A, SECOND) for _ in range(5)))) == [False] * 4 + [True]
    assert await store.label(B, SECOND) is False  # never drawn
    assert await store.to_label(10) == []
    assert (await store.of([A]))[A].second_label == SECOND


async def test_each_part_of_a_record_is_written_by_itself_also_at_once(database: Database) -> None:
    store = ReceptionVisitStore(database)
    entered = Noted(at=NINE, by="staff:3")
    await asyncio.gather(
        store.put(ReceptionRecord(id=A, clinician_label=SECOND), "clinician_label"),
        store.put(ReceptionRecord(id=A, intake_entered=entered), "intake_entered"),
        store.draw({A: FIRST}),
    )
    record = (await store.of([A]))[A]
    assert (record.clinician_label, record.intake_entered, record.first_label) == (SECOND, entered, FIRST)


async def test_a4_48_the_first_tick_stays_and_can_be_taken_back(database: Database) -> None:
    store = ChecklistStore(database)
    mine, yours = Tick(at=NINE, by="staff:1"), Tick(at=NINE, by="staff:2")
    made = await asyncio.gather(*(store.tick(MONDAY, "greeting", each) for each in (mine, yours, mine, yours)))
    assert sorted(made) == [False, False, False, True]
    first = (await store.between(MONDAY, MONDAY))["2026-11-23"].ticks["greeting"]
    assert await store.tick(MONDAY, "steps", yours) is True
    assert await store.tick(MONDAY, "greeting", yours) is False
    assert (await store.between(MONDAY, MONDAY))["2026-11-23"].ticks == {"greeting": first, "steps": yours}
    assert [await store.untick(MONDAY, "greeting") for _ in range(2)] == [True, False]
    assert await store.untick(MONDAY + timedelta(days=1), "greeting") is False
    assert await store.between(MONDAY + timedelta(days=1), MONDAY + timedelta(days=40)) == {}


async def test_two_colleagues_who_begin_a_day_at_once_lose_no_tick(database: Database) -> None:
    store, keys = ChecklistStore(database), [f"item_{number}" for number in range(8)]
    tick = Tick(at=NINE, by="staff:1")
    assert all(await asyncio.gather(*(store.tick(MONDAY, key, tick) for key in keys)))
    assert set((await store.between(MONDAY, MONDAY))["2026-11-23"].ticks) == set(keys)


async def test_a4_53_a_corrected_first_contact_stays_in_the_days_in_which_it_was(database: Database) -> None:
    store = FirstContactStore(database)
    await database.create_indexes([store])
    await store.put(lead("p"))
    await store.put(lead("p", 48, entry=EntryKind.WALK_IN, by="staff:2"))
    (kept,) = await store.between(NINE, NINE + timedelta(hours=1))
    assert (kept.entry, kept.by) == (EntryKind.WALK_IN, "staff:1")
    assert set(await store.of([PatientId("p"), PatientId("q")])) == {PatientId("p")}


async def test_an_erased_contacts_first_contacts_are_gone(database: Database) -> None:
    store = FirstContactStore(database)
    await store.put(lead("p", contact_id=ContactId("c")))
    await store.put(lead("q"))
    assert [await store.erase(ContactId("c")) for _ in range(2)] == [1, 0]
    assert set(await store.of([PatientId("p"), PatientId("q")])) == {PatientId("q")}


async def test_a4_13_the_patients_own_answers_count_once_every_question_is_answered(database: Database) -> None:
    store = VisitAnswerStore(database, KEYS)
    await database.create_indexes([store])
    questions = [VisitQuestion(key=key, name=key, ask=key, words="哪一种") for key in ("allergy", "medicine")]
    asked, whole, part, none = Questionnaire(store, questions), visit("whole"), visit("part"), visit("none")
    for each, answered in ((whole, questions), (part, questions[:1])):
        given = tuple(VisitAnswer(key=question.key, choice="", words="没有", at=NINE) for question in answered)
        known = VisitAnswers(id=each.id, contact_id=CONTACT, patient_id=each.patient_id, answers=given)
        await store.replace(replace(known, revision=1), 0)
    assert await asked.of([whole, part, none]) == {whole.id}
    assert await asked.of([]) == frozenset()
