"""Attempts at follow-ups over a real mongod: what is kept, what it changes, twice sent, stale, too often."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.auditing import entries
from tests.recalls import BOSS, CLINIC, DESK, LI, NOBODY, NOW, RULES, WEB, Recalls
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, InvalidInputError, NotFoundError, StaleError
from wxbot.followups.attempt_models import AttemptChannel, AttemptForm, Effort, Group, Mood, Outcome
from wxbot.followups.models import FollowUpId, FollowUpKind, FollowUpState, ToDecide
from wxbot.followups.next_attempt import slot_of
from wxbot.followups.worklist import Tab
from wxbot.history.models import ContactId, Kind
from wxbot.patients.models import Tag
from wxbot.workflow import NotNowError

REACHED: dict[str, Any] = {"key_points": "不疼了，能吃饭", "mood": Mood.CALM}
DAY = timedelta(days=1)


@pytest.fixture
async def room(database: Database) -> Recalls:
    return await Recalls(database).indexed()


async def test_a2_10_a2_12_five_unanswered_calls_move_it_and_never_close_it(room: Recalls) -> None:
    patient = await room.patient()
    task = await room.task(patient_id=patient.id)
    now, slots = NOW, []
    for number in range(1, RULES.most + 1):
        slots.append(slot_of(now, CLINIC))
        task = await room.try_(task, now=now)
        assert (task.state, task.attempts) == (FollowUpState.OPEN, number)
        if number < RULES.most:
            assert task.due_at > now
            assert task.to_decide is None
            now = task.due_at
    assert task.to_decide is ToDecide.EXHAUSTED
    assert len(set(slots)) == RULES.most
    assert [each.cause for each in task.changes] == ["电话未接"] * RULES.most
    with pytest.raises(NotNowError, match="请先决定"):
        await room.try_(task, now=now + DAY)
    kept = await room.attempts.of_followup(task.id, by=LI)
    assert len(kept) == RULES.most


async def test_a1_15_the_fourth_call_waits_until_seven_days_after_the_first(room: Recalls) -> None:
    patient = await room.patient()
    task = await room.task(patient_id=patient.id)
    first = NOW
    now = NOW
    for _ in range(RULES.week - 1):
        task = await room.try_(task, now=now)
        now = task.due_at
    assert (await room.plans.of(task, now)).again_from is None
    task = await room.try_(task, now=now)
    assert task.due_at >= first + timedelta(days=7)
    plan = await room.plans.of(task, now)
    assert (plan.calls_this_week, plan.again_from) == (RULES.week, first + timedelta(days=7))
    urgent = await room.task("u", patient_id=patient.id, kind=FollowUpKind.DANGER, urgent=True)
    assert (await room.plans.of(urgent, now)).again_from is None


async def test_a_message_is_no_call(room: Recalls) -> None:
    patient = await room.patient()
    task = await room.task(patient_id=patient.id)
    for number in range(4):
        task = await room.try_(task, now=NOW + number * DAY, way=AttemptChannel.WECHAT)
    assert task.attempts == 0
    assert (await room.plans.of(task, NOW + 4 * DAY)).calls_this_week == 0


async def test_a4_47_reached_closes_it_and_leaves_a_record_a_line_and_an_entry(
    room: Recalls, database: Database
) -> None:
    patient = await room.patient(contact_id="ann")
    task = await room.task(patient_id=patient.id, contact_id=ContactId("ann"), script="aftercare")
    started = NOW - timedelta(minutes=4)
    closed = await room.try_(task, Outcome.REACHED, now=NOW, by=WEB, started_at=started, **REACHED)
    assert (closed.state, closed.outcome, closed.closed_at) == (FollowUpState.DONE, "电话接通，安心", NOW)
    (attempt,) = await room.attempts.of_followup(task.id, by=LI)
    assert (attempt.key_points, attempt.mood, attempt.seconds) == ("不疼了，能吃饭", Mood.CALM, 240)
    assert (attempt.group, attempt.effort, attempt.patient_id) == (Group.ONLINE, Effort.AFTERCARE, patient.id)
    stored = await database.collection("attempts").find_one({})
    assert stored is not None
    assert "不疼了" not in str(stored)
    lines = await room.history.timeline(ContactId("ann"))
    assert {each.kind for each in lines} == {Kind.FOLLOWUP_OPENED, Kind.ATTEMPT_RECORDED, Kind.FOLLOWUP_CLOSED}
    assert not any("不疼了" in (each.text or "") for each in lines)
    (entry,) = await entries(database, "attempt:recorded")
    assert (entry.subject, entry.by) == (f"patient:{patient.id}", "staff:web")


async def test_a2_99_reached_with_a_next_date_stays_and_is_due_then(room: Recalls) -> None:
    task = await room.task(patient_id=(await room.patient()).id)
    task = await room.try_(task, now=NOW)
    then = NOW + 20 * DAY
    task = await room.try_(task, Outcome.REACHED, now=NOW + DAY, next_at=then, **REACHED)
    assert (task.state, task.due_at, task.attempts) == (FollowUpState.OPEN, then, 0)


async def test_a_form_sent_twice_is_one_attempt_also_at_the_same_moment(room: Recalls) -> None:
    task = await room.task(patient_id=(await room.patient()).id)
    form = AttemptForm(key="once-and-again", outcome=Outcome.NO_ANSWER)
    found = await asyncio.gather(
        *(room.attempts.record(task.id, form, by=LI, now=NOW) for _ in range(8)), return_exceptions=True
    )
    assert {each.attempts for each in found if not isinstance(each, BaseException)} == {1}
    assert all(isinstance(each, StaleError) for each in found if isinstance(each, BaseException))
    again = await room.attempts.record(task.id, form, by=LI, now=NOW + DAY)
    assert again.attempts == 1
    assert len(await room.attempts.of_followup(task.id, by=LI)) == 1


async def test_two_colleagues_at_once_record_one_and_the_other_is_told(room: Recalls) -> None:
    task = await room.task(patient_id=(await room.patient()).id)
    forms = [AttemptForm(key=f"form-of-{by.id}", outcome=Outcome.NO_ANSWER) for by in (LI, DESK)]
    found = await asyncio.gather(
        *(room.attempts.record(task.id, form, by=by, now=NOW) for form, by in zip(forms, (LI, DESK), strict=True)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in found) == ["FollowUp", "StaleError"]
    kept = await room.attempts.of_followup(task.id, by=LI)
    assert len(kept) == 1  # nothing of the other is kept


async def test_a_stale_page_a_closed_task_an_unknown_one_and_nobody(room: Recalls) -> None:
    task = await room.task(patient_id=(await room.patient()).id)
    await room.try_(task, now=NOW)
    with pytest.raises(StaleError):
        await room.try_(task, now=NOW, by=DESK)
    other = await room.task("other", patient_id=None)
    closed = await room.try_(other, Outcome.REFUSED, now=NOW)
    with pytest.raises(StaleError):
        await room.try_(closed, now=NOW, by=DESK)
    form = AttemptForm(key="nobody-knows", outcome=Outcome.NO_ANSWER)
    with pytest.raises(NotFoundError):
        await room.attempts.record(FollowUpId("none"), form, by=LI, now=NOW)
    with pytest.raises(ForbiddenError):
        await room.attempts.record(task.id, form, by=NOBODY, now=NOW)


async def test_a2_12_after_the_last_call_somebody_decides(room: Recalls, database: Database) -> None:
    task = await room.task(patient_id=(await room.patient()).id)
    with pytest.raises(NotNowError, match="还可以继续"):
        await room.attempts.decide(task.id, end=True, reason="x", revision=0, by=LI, now=NOW)
    task = await room.try_(task, Outcome.WRONG_NUMBER, now=NOW)
    assert task.to_decide is ToDecide.WRONG_NUMBER
    with pytest.raises(FieldErrors):
        await room.attempts.decide(task.id, end=True, reason=" ", revision=task.revision, by=LI, now=NOW)
    with pytest.raises(StaleError):
        await room.attempts.decide(task.id, end=True, reason="搬走了", revision=0, by=LI, now=NOW)
    written = await room.attempts.decide(task.id, end=False, reason="", revision=task.revision, by=LI, now=NOW)
    assert (written.on_wechat, written.to_decide, written.due_at) == (True, None, NOW + DAY)
    again = await room.try_(written, Outcome.WRONG_NUMBER, now=NOW + DAY)
    ended = await room.attempts.decide(again.id, end=True, reason="搬走了", revision=again.revision, by=LI, now=NOW)
    assert (ended.state, ended.outcome) == (FollowUpState.DONE, "搬走了")
    assert len(await entries(database, "followup:decided")) == 2


async def test_not_answered_is_no_outcome_to_close_with(room: Recalls) -> None:
    task = await room.task(patient_id=(await room.patient()).id)
    for words in ("没有接听，改天再打", "打不通", "手机关机了"):
        with pytest.raises(InvalidInputError, match="not answered"):
            await room.followups.close(task.id, words, by=LI, now=NOW)
    check = await room.task("check", kind=FollowUpKind.CHECK)
    await room.followups.close(check.id, "上游没有接口，已报修", by=LI, now=NOW)
    closed = await room.followups.close(task.id, "患者已经到院", by=LI, now=NOW)
    assert [each.cause for each in closed.changes] == ["患者已经到院"]


async def test_a4_47_a_call_that_no_task_asked_for_is_noted_once(room: Recalls, database: Database) -> None:
    patient = await room.patient()
    form = AttemptForm(key="by-the-way-1", outcome=Outcome.REACHED, key_points="来电问停车")
    first = await room.attempts.note(patient.id, form, by=DESK, now=NOW)
    assert await room.attempts.note(patient.id, form, by=DESK, now=NOW) == first
    assert first.followup_id is None
    assert [each.key_points for each in await room.attempts.latest_points([patient.id], [], by=LI)] == ["来电问停车"]
    empty = AttemptForm(key="by-the-way-2", outcome=Outcome.REACHED)
    with pytest.raises(FieldErrors):
        await room.attempts.note(patient.id, empty, by=DESK, now=NOW)
    with pytest.raises(NotFoundError):
        await room.attempts.note(patient.id.__class__("nobody"), form, by=LI, now=NOW)
    assert len(await entries(database, "attempt:recorded")) == 1
    task = await room.task(patient_id=patient.id)
    assert (await room.plans.of(task, NOW)).calls_this_week == 1


async def test_a2_71_the_last_three_key_points_open_the_card(room: Recalls) -> None:
    patient = await room.patient()
    for number in range(5):
        form = AttemptForm(key=f"note-number-{number}", outcome=Outcome.REACHED, key_points=f"第{number}次")
        await room.attempts.note(patient.id, form, by=DESK, now=NOW + number * DAY)
        silent = AttemptForm(key=f"silent-{number}-00", outcome=Outcome.NO_ANSWER)
        await room.attempts.note(patient.id, silent, by=DESK, now=NOW + number * DAY)
    points = await room.attempts.latest_points([patient.id], [], by=LI)
    assert [each.key_points for each in points] == ["第4次", "第3次", "第2次"]


async def test_a2_09_the_best_hours_are_learnt_from_ninety_days(room: Recalls) -> None:
    patient = await room.patient()
    long_ago = NOW - timedelta(days=91)
    for number, (at, outcome) in enumerate(
        [
            (NOW, Outcome.NO_ANSWER),
            (NOW + DAY, Outcome.REACHED),
            (NOW + timedelta(hours=5), Outcome.LATER),
            (long_ago, Outcome.REACHED),
        ]
    ):
        points = "说了" if outcome is Outcome.REACHED else ""
        form = AttemptForm(key=f"hour-number-{number}", outcome=outcome, key_points=points)
        await room.attempts.note(patient.id, form, by=DESK, now=at)
    assert await room.plans.rates(NOW + DAY) == {10: (1, 2), 15: (1, 1)}


async def test_a1_07_a_vip_is_called_by_their_consultant_alone(room: Recalls, database: Database) -> None:
    vip = Tag(name="VIP", by="staff:boss", at=NOW)
    patient = await room.patient(tags=(vip,))
    before = await room.task("before", patient_id=patient.id)
    assert before.owner == ""
    await room.owners.assign(patient.id, consultant="li", dispute="", by=BOSS, now=NOW)
    after = await room.task("after", patient_id=patient.id)
    assert after.owner == "li"
    mine = await room.worklist.page(Tab.MINE, by=LI, now=NOW)
    assert {each.key for each in mine} == {"phone:before", "phone:after"}
    with pytest.raises(NotNowError, match=r"重点患者.*同事li"):
        await room.try_(after, now=NOW, by=DESK)
    assert (await room.try_(after, now=NOW, by=LI)).attempts == 1
    assert len(await entries(database, "patient:assigned")) == 1


async def test_a1_40_a2_65_a_patient_in_dispute_is_called_by_its_owner_alone(room: Recalls) -> None:
    patient = await room.patient()
    await room.owners.assign(patient.id, consultant="li", dispute="desk", by=BOSS, now=NOW)
    task = await room.task(patient_id=patient.id)
    assert task.owner == "desk"
    for by in (LI, BOSS):
        with pytest.raises(NotNowError, match="纠纷患者"):
            await room.try_(task, now=NOW, by=by)
    await room.try_(task, now=NOW, by=DESK)


async def test_a1_10_who_won_a_patient_online_gets_the_call_and_others_may_help(room: Recalls) -> None:
    patient = await room.patient()
    room.sources.known[patient.id] = "web"
    task = await room.task(patient_id=patient.id)
    assert task.owner == "web"
    assert (await room.try_(task, now=NOW, by=LI)).attempts == 1


async def test_only_a_lead_names_owners_and_only_colleagues(room: Recalls) -> None:
    patient = await room.patient()
    with pytest.raises(ForbiddenError):
        await room.owners.assign(patient.id, consultant="li", dispute="", by=LI, now=NOW)
    with pytest.raises(FieldErrors):
        await room.owners.assign(patient.id, consultant="nobody", dispute="", by=BOSS, now=NOW)
    with pytest.raises(NotFoundError):
        await room.owners.assign(patient.id.__class__("none"), consultant="li", dispute="", by=BOSS, now=NOW)


async def test_an_erased_contact_leaves_counts_and_no_words(room: Recalls, database: Database) -> None:
    patient = await room.patient(contact_id="ann")
    await room.owners.assign(patient.id, consultant="li", dispute="", by=BOSS, now=NOW)
    task = await room.task(patient_id=patient.id, contact_id=ContactId("ann"))
    await room.try_(task, Outcome.REACHED, now=NOW, **REACHED)
    assert await room.attempts.erase(ContactId("ann")) == 1
    assert await room.owners.erase(ContactId("ann")) == 1
    (attempt,) = await room.attempts.of_followup(task.id, by=LI)
    assert (attempt.contact_id, attempt.key_points, attempt.mood, attempt.outcome) == (None, "", None, Outcome.REACHED)
    assert await database.collection("patient_owners").count_documents({"contact_id": "ann"}) == 0
