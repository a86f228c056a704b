"""Intake over a real mongod: filled in the chat, read before the visit."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.content import load_content
from tests.auditing import NOBODY, RECEPTION, audit_of, entries
from tests.desks import HealthAnswers, Marks
from tests.encryption import KEYS
from wxbot.actors import Actor
from wxbot.conversations.intake.service import IntakeField, IntakeForm, Intakes
from wxbot.conversations.intake.store import NAME, IntakeStore
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.staff.permissions import Role, permissions_of

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ANN = ContactId("ann")
DOCTOR = Actor(id="9", name="陈医生", permissions=permissions_of(Role.CLINICIAN))
FIELDS = tuple(IntakeField(**each.model_dump()) for each in load_content().intake.fields)


@pytest.fixture
async def intakes(database: Database) -> Intakes:
    store = IntakeStore(database, KEYS)
    await database.create_indexes([store])
    return Intakes(store, FIELDS, audit=audit_of(database), contacts=Marks(), consents=HealthAnswers())


def form(*, consent: bool = False, health: bool = True, **answers: str) -> IntakeForm:
    return IntakeForm(answers=answers, consent=consent, health=health)


def test_the_seven_fields_of_a3_11_can_be_asked_in_the_chat_and_the_three_of_a3_12_are_optional() -> None:
    asked = [each for each in FIELDS if not each.optional]
    assert [each.name for each in asked] == [
        "基础情况",
        "想要的效果",
        "心态",
        "想了多久",
        "是否咨询过同行",
        "身边有没有人做过",
        "对医生的要求",
    ]
    assert all("？" in each.question for each in asked)
    assert [each.name for each in FIELDS if each.optional] == ["性格特点", "人际圈", "职业"]


async def test_what_is_learnt_step_by_step_is_kept_with_who_and_when(intakes: Intakes, database: Database) -> None:
    first = await intakes.save(ANN, form(wish="缺牙想种"), 0, by=RECEPTION, now=NOW)
    later = NOW + timedelta(minutes=3)
    second = await intakes.save(ANN, form(wish="缺牙想种", since="半年"), first.revision, by=RECEPTION, now=later)
    assert [(each.key, each.text, each.at) for each in second.answers] == [
        ("wish", "缺牙想种", NOW),
        ("since", "半年", later),
    ]
    assert await intakes.one(ANN, by=RECEPTION) == second
    again = await intakes.save(ANN, form(wish="缺牙想种", since="半年"), second.revision, by=RECEPTION, now=later)
    assert again == second
    assert len(await entries(database, "intake:edited")) == 2


async def test_answers_are_stored_encrypted(intakes: Intakes, database: Database) -> None:
    await intakes.save(ANN, form(situation="怀孕三个月，牙疼"), 0, by=RECEPTION, now=NOW)
    assert "怀孕" not in str(await database.collection(NAME).find_one({}))


async def test_of_two_who_write_at_once_one_is_told(intakes: Intakes) -> None:
    results = await asyncio.gather(
        *(intakes.save(ANN, form(wish=text), 0, by=RECEPTION, now=NOW) for text in ("一", "二")),
        return_exceptions=True,
    )
    assert sum(isinstance(each, StaleError) for each in results) == 1
    kept = await intakes.one(ANN, by=RECEPTION)
    with pytest.raises(StaleError):
        await intakes.save(ANN, form(wish="三"), kept.revision + 1, by=RECEPTION, now=NOW)


async def test_personal_notes_need_the_patients_consent(intakes: Intakes) -> None:
    with pytest.raises(FieldErrors) as refused:
        await intakes.save(ANN, form(occupation="教师"), 0, by=RECEPTION, now=NOW)
    assert set(refused.value.fields) == {"consent"}
    kept = await intakes.save(ANN, form(consent=True, occupation="教师"), 0, by=RECEPTION, now=NOW)
    assert (kept.text("occupation"), kept.consent_at) == ("教师", NOW)
    withdrawn = await intakes.save(ANN, form(), kept.revision, by=RECEPTION, now=NOW)
    assert (withdrawn.answers, withdrawn.consent_at) == ((), None)


async def test_without_consent_to_health_data_nothing_new_is_kept(intakes: Intakes) -> None:
    with pytest.raises(FieldErrors) as refused:
        await intakes.save(ANN, form(health=False, wish="种牙"), 0, by=RECEPTION, now=NOW)
    assert set(refused.value.fields) == {"health"}
    kept = await intakes.save(ANN, form(wish="种牙"), 0, by=RECEPTION, now=NOW)
    cleared = await intakes.save(ANN, form(health=False), kept.revision, by=RECEPTION, now=NOW)
    assert cleared.answers == ()


async def test_a_withdrawn_consent_deletes_the_answers_and_keeps_whom_it_is_about(intakes: Intakes) -> None:
    first = replace(form(consent=True, wish="种牙", occupation="教师"), relation="替母亲", out_of_scope=True)
    await intakes.save(ANN, first, 0, by=RECEPTION, now=NOW)
    await intakes.forget_answers(ANN, now=NOW)
    await intakes.forget_answers(ANN, now=NOW)
    left = await intakes.one(ANN, by=RECEPTION)
    assert (left.answers, left.consent_at, left.relation, left.out_of_scope) == ((), None, "替母亲", True)
    assert left.revision == 2


async def test_too_long_an_answer_is_refused_beside_its_field(intakes: Intakes) -> None:
    with pytest.raises(FieldErrors) as refused:
        await intakes.save(ANN, form(wish="长" * 501), 0, by=RECEPTION, now=NOW)
    assert set(refused.value.fields) == {"wish"}


async def test_the_brief_is_read_once_per_revision_and_unread_after_a_change(intakes: Intakes) -> None:
    kept = await intakes.save(ANN, form(wish="种牙"), 0, by=RECEPTION, now=NOW)
    assert await intakes.briefs([ANN, ContactId("bob")], by=DOCTOR) == [kept]
    read = await intakes.mark_read(ANN, kept.revision, by=DOCTOR, now=NOW)
    assert read.latest_receipt is not None
    assert (read.latest_receipt.name, read.latest_receipt.at) == ("陈医生", NOW)
    assert await intakes.mark_read(ANN, kept.revision, by=DOCTOR, now=NOW) == read
    changed = await intakes.save(ANN, form(wish="种两颗牙"), kept.revision, by=RECEPTION, now=NOW)
    assert changed.latest_receipt is None
    with pytest.raises(StaleError):
        await intakes.mark_read(ANN, kept.revision, by=DOCTOR, now=NOW)


async def test_nothing_is_read_that_is_not_there_and_nobody_without_a_right_reads(intakes: Intakes) -> None:
    with pytest.raises(NotFoundError):
        await intakes.mark_read(ANN, 0, by=DOCTOR, now=NOW)
    for use in (
        intakes.one(ANN, by=NOBODY),
        intakes.briefs([ANN], by=NOBODY),
        intakes.save(ANN, form(wish="x"), 0, by=DOCTOR, now=NOW),
        intakes.mark_read(ANN, 0, by=NOBODY, now=NOW),
    ):
        with pytest.raises(ForbiddenError):
            await use


async def test_erasing_a_contact_leaves_no_answer(intakes: Intakes) -> None:
    await intakes.save(ANN, form(wish="种牙"), 0, by=RECEPTION, now=NOW)
    assert await intakes.erase(ANN) == 1
    assert (await intakes.one(ANN, by=RECEPTION)).answers == ()
