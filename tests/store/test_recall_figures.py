"""Clocks that escalate, undecided patients, how the work is divided, each person's day; over a real mongod."""

import asyncio
from datetime import date, timedelta

import pytest

from tests.auditing import audit_of, entries
from tests.clinics import FixedClinic
from tests.recalls import BOSS, CLINIC, DESK, LI, NOBODY, NOW, RULES, WEB, Recalls, ToldHeads
from wxbot.actors import Actor
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError
from wxbot.followups.attempt_models import AttemptForm, Competitor, Group, Mood, Outcome, Reason
from wxbot.followups.clocks import Clocks
from wxbot.followups.effort import EffortFigures
from wxbot.followups.models import FollowUpKind
from wxbot.followups.stores.clocks import ClockStore
from wxbot.followups.undecided import UndecidedPatients
from wxbot.history.models import PatientId

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = date(2026, 11, 23)


@pytest.fixture
async def room(database: Database) -> Recalls:
    await database.create_indexes([ClockStore(database)])
    return await Recalls(database).indexed()


def clocks(room: Recalls, heads: ToldHeads) -> Clocks:
    return Clocks(ClockStore(room.database), heads=heads, rules=RULES)


def undecided(room: Recalls) -> UndecidedPatients:
    return UndecidedPatients(
        ClockStore(room.database),
        room.store,
        followups=room.followups,
        patients=room.patients,
        clinics=FixedClinic(CLINIC),
        audit=audit_of(room.database),
        owners=room.owners,
        rules=RULES,
    )


def effort(room: Recalls) -> EffortFigures:
    return EffortFigures(
        room.store, room.list_store, followups=room.followups, clinics=FixedClinic(CLINIC), rules=RULES
    )


@pytest.mark.parametrize(
    ("script", "kind", "hours", "words"),
    [
        ("first_visit", FollowUpKind.PHONE, 24, "初诊后联系超过 24 小时"),
        ("aftercare", FollowUpKind.PHONE, 24, "术后回访超过 24 小时"),
        ("", FollowUpKind.COMPLAINT, 48, "投诉处理超过 48 小时"),
    ],
)
async def test_a4_41_a4_44_a4_45_the_head_is_told_once_when_the_hours_are_over(
    room: Recalls, script: str, kind: FollowUpKind, hours: int, words: str
) -> None:
    task = await room.task(kind=kind, script=script)
    heads = ToldHeads()
    assert await clocks(room, heads).run(NOW + hours * HOUR - timedelta(minutes=1)) == 0
    ran = await asyncio.gather(*(clocks(room, heads).run(NOW + hours * HOUR) for _ in range(4)))
    assert sum(ran) == 1
    assert await clocks(room, heads).run(NOW + hours * HOUR + DAY) == 0
    ((key, told),) = heads.told
    assert key == task.key
    assert words in told
    late = await room.followups.by_id(task.id)
    assert late is not None
    assert (late.urgent, late.changes[-1].cause) == (True, told)


async def test_what_was_done_in_time_or_has_no_clock_is_not_told_of(room: Recalls) -> None:
    heads = ToldHeads()
    done = await room.task("done", script="aftercare")
    await room.try_(done, Outcome.REACHED, now=NOW + HOUR, key_points="好", mood=Mood.CALM)
    await room.task("no clock")
    await room.task("check", kind=FollowUpKind.CHECK)
    assert await clocks(room, heads).run(NOW + 5 * DAY) == 0
    assert heads.told == []


async def test_a_call_that_is_moved_does_not_move_its_clock(room: Recalls) -> None:
    heads = ToldHeads()
    await room.try_(await room.task(script="aftercare"), now=NOW + HOUR)
    assert await clocks(room, heads).run(NOW + 25 * HOUR) == 1


async def test_a1_11_an_undecided_patient_is_called_on_the_next_day_by_who_noted_it(
    room: Recalls, database: Database
) -> None:
    patient = await room.patient()
    found = undecided(room)
    task = await found.note(patient.id, " 种植 ", 12000, by=LI, now=NOW)
    assert await found.note(patient.id, "种植", 12000, by=LI, now=NOW + HOUR) == task
    assert (task.owner, task.script, task.quote, task.about) == ("li", "undecided", 12000, "种植")
    local = task.due_at.astimezone(CLINIC.timezone)
    assert local.date() == TODAY + DAY
    assert {each.action for each in await entries(database, "patient:undecided")} == {"patient:undecided"}


async def test_a1_09_a1_12_the_list_says_project_price_reason_and_where_else_and_reasons_are_counted(
    room: Recalls,
) -> None:
    found = undecided(room)
    first, second = await room.patient("一"), await room.patient("二")
    task = await found.note(first.id, "种植", 12000, by=LI, now=NOW)
    await found.note(second.id, "正畸", None, by=WEB, now=NOW)
    said = {"key_points": "在比较", "mood": Mood.DOUBTFUL, "reason": Reason.COMPARING, "next_at": NOW + 8 * DAY}
    other = Competitor(clinic="城东口腔", price="八千")
    form = AttemptForm(key="undecided-1", outcome=Outcome.REACHED, competitor=other, **said)  # type: ignore[arg-type]
    await room.attempts.record(task.id, form, by=LI, now=NOW + DAY)
    (mine,) = await found.listed(by=LI)
    assert (mine.task.about, mine.task.quote, mine.why) == ("种植", 12000, "比较")
    assert mine.task.due_at == NOW + 8 * DAY
    assert mine.latest is not None
    assert mine.latest.competitor == other
    assert len(await found.listed(by=LI, everybody=True)) == 1  # a consultant sees their own
    assert len(await found.listed(by=BOSS, everybody=True)) == 2
    (reason,) = await found.reasons(NOW, NOW + 2 * DAY, by=BOSS)
    assert (reason.reason, reason.competitor, reason.count) == ("comparing", "城东口腔", 1)
    with pytest.raises(ForbiddenError):
        await found.reasons(NOW, NOW + DAY, by=LI)


async def test_an_undecided_patient_needs_a_project_and_a_price_that_can_be(room: Recalls) -> None:
    patient = await room.patient()
    for project, quote in (("", None), ("x" * 41, None), ("种植", 0), ("种植", 10**8)):
        with pytest.raises(FieldErrors):
            await undecided(room).note(patient.id, project, quote, by=LI, now=NOW)
    with pytest.raises(NotFoundError):
        await undecided(room).note(PatientId("none"), "种植", 1, by=LI, now=NOW)
    with pytest.raises(ForbiddenError):
        await undecided(room).note(patient.id, "种植", 1, by=NOBODY, now=NOW)


async def worked(room: Recalls, by: Actor, script: str, count: int) -> None:
    for number in range(count):
        task = await room.task(f"{by.id}-{script}-{number}", script=script)
        more = {"reason": Reason.PRICE} if script == "undecided" else {}
        await room.try_(task, Outcome.REFUSED, now=NOW, by=by, **more)


async def test_a1_01_a1_02_a1_03_the_work_on_site_is_measured_against_50_10_40(room: Recalls) -> None:
    await worked(room, LI, "undecided", 6)
    await worked(room, LI, "aftercare", 1)
    await worked(room, LI, "further", 5)
    mix = next(each for each in await effort(room).mix(TODAY, TODAY, by=BOSS) if each.group is Group.ONSITE)
    assert mix.count == 12
    assert [(each.count, round(each.percent), each.goal) for each in mix.shares] == [
        (6, 50, 50),
        (1, 8, 10),
        (5, 42, 40),
    ]
    assert not mix.drifted(RULES)
    assert await effort(room).warn(NOW + 7 * DAY) == 0


async def test_a1_04_a1_05_a1_06_last_weeks_drift_is_told_once_per_group(room: Recalls) -> None:
    await worked(room, DESK, "further", 10)  # 客服: half of it should be aftercare
    await worked(room, WEB, "lead", 7)
    await worked(room, WEB, "aftercare", 2)  # 网电: below ten nothing is said
    figures = effort(room)
    assert await figures.warn(NOW) == 0  # the week is not over
    monday = NOW + 7 * DAY
    assert [await figures.warn(monday), await figures.warn(monday + HOUR), await figures.warn(monday + DAY)] == [
        1,
        0,
        0,
    ]
    (task,) = [each for each in await room.followups.open_ones(by=BOSS) if each.kind is FollowUpKind.CHECK]
    assert "客服" in task.reason
    assert "术后关怀 0%（目标 50%）" in task.reason
    assert await figures.warn(monday + 7 * DAY) == 0  # an empty week says nothing


async def test_a2_02_each_persons_day_is_counted_and_one_sees_only_ones_own(room: Recalls) -> None:
    await worked(room, LI, "further", 2)
    task = await room.task("reached")
    started = NOW - timedelta(minutes=3)
    said = {"key_points": "担心花费", "mood": Mood.WORRIED, "started_at": started}
    await room.try_(task, Outcome.REACHED, now=NOW, by=DESK, **said)
    found = {each.by: each for each in await effort(room).days(TODAY, TODAY, by=BOSS)}
    assert (found["staff:li"].count, found["staff:li"].reached, found["staff:li"].done) == (2, 0, 2)
    desk = found["staff:desk"]
    assert (desk.count, desk.reached, desk.moods["worried"], desk.minutes, desk.done) == (1, 1, 1, 3, 1)
    assert [each.by for each in await effort(room).days(TODAY, TODAY, by=DESK)] == ["staff:desk"]
    assert await effort(room).days(TODAY + DAY, TODAY + DAY, by=BOSS) == []
    with pytest.raises(ForbiddenError):
        await effort(room).mix(TODAY, TODAY, by=LI)
