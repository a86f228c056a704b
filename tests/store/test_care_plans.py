"""Care plans over a real database: seeding, two editors, several processes, and what patients then get."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.clinics import FixedClinic
from tests.conftest import ManualClock
from tests.encryption import KEYS
from tests.store.test_care import CLINIC, STORES, WORDINGS, Room, somebody, visit
from wxbot.actors import Actor
from wxbot.approval import SelfApprovalError
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.booking.models import AppointmentState
from wxbot.care.models import AnswerKind, CarePlan, CatchUp, Loop, Offset, Question, Step, StepKind, Until
from wxbot.care.plans.editor import PlanEditor
from wxbot.care.plans.live import LivePlans
from wxbot.care.plans.records import PlanRecord, Running
from wxbot.care.plans.refusals import PlanError, UnworkableError
from wxbot.care.plans.running import Affected, RunningPatients
from wxbot.care.plans.store import PlanStore
from wxbot.care.plans.usage import TemplateUses, Treatments
from wxbot.care.service import Care
from wxbot.database import Database
from wxbot.errors import ForbiddenError, NotFoundError, StaleError
from wxbot.messaging import Purpose
from wxbot.staff.permissions import Role, permissions_of
from wxbot.templates.models import Template, TemplateUsage
from wxbot.templates.records import Stage
from wxbot.templates.service import Templates
from wxbot.workflow import NotNowError

ZONE = ZoneInfo("Asia/Shanghai")
ANNA = Actor(id="anna", name="安主管", permissions=permissions_of(Role.MANAGER))
BO = Actor(id="bo", name="薄主管", permissions=permissions_of(Role.MANAGER))
DESK = Actor(id="desk", name="前台", permissions=permissions_of(Role.RECEPTION))
TEXTS = [*WORDINGS, *(Template(key=f"aftercare.{name}", purpose=Purpose.CARE, text="您好") for name in "abc")]
TEXTS.append(Template(key="aftercare.pain", purpose=Purpose.CARE, text="今天疼不疼？{answer_with}"))


def step(key: str, day: int, template: str = "aftercare.a") -> Step:
    offset = Offset(days=day)
    return Step(key=key, template=template, purpose=Purpose.CARE, offset=offset, grace_hours=10, at=time(10))


FILE = CarePlan(
    key="surgery", title="术后关怀", anchor="treatment", treatment="surgery", steps=(step("day_1", 1), step("day_9", 9))
)


class Process:
    """One process of the service: its own plans over the shared database."""

    def __init__(self, database: Database, *files: CarePlan, self_approval: bool = False) -> None:
        self.store = PlanStore(database)
        self.audit = AuditTrail(AuditStore(database), timezone=ZONE, keys=KEYS)
        self.live = LivePlans(files or (FILE,), store=self.store)
        self.editor = PlanEditor(
            self.store,
            live=self.live,
            templates=Templates(TEXTS),
            clinics=FixedClinic(CLINIC),
            audit=self.audit,
            self_approval=self_approval,
        )

    async def approved(self, steps: Sequence[Step], now: datetime, key: str = "surgery") -> PlanRecord:
        """Write, submit and have approved."""
        kept = await self.editor.get(key, by=ANNA)
        plan = replace(await self.editor.content(kept, by=ANNA), steps=tuple(steps))
        kept = await self.editor.save(key, plan, by=ANNA, revision=kept.revision, now=now)
        kept = await self.editor.submit(key, by=ANNA, revision=kept.revision, now=now)
        return await self.editor.approve(key, by=BO, revision=kept.revision, now=now)

    async def published(self, steps: Sequence[Step], running: Running, now: datetime) -> int:
        kept = await self.approved(steps, now)
        version = await self.editor.publish(kept.id, by=BO, now=now, revision=kept.revision, running=running)
        return version.number

    def steps(self, now: datetime, key: str = "surgery") -> list[str]:
        return [each.key for plan in self.live.in_force(now) if plan.key == key for each in plan.steps]


@pytest.fixture
async def process(database: Database, clock: ManualClock) -> Process:
    await database.create_indexes([PlanStore, AuditStore, *STORES])  # type: ignore[list-item]
    made = Process(database)
    await made.live.seed(clock.now())
    return made


# -- files ---------------------------------------------------------------------------------------------------------


async def test_plans_are_there_before_the_database_and_the_same_afterwards(
    process: Process, database: Database, clock: ManualClock
) -> None:
    assert Process(database).steps(clock.now()) == ["day_1", "day_9"] == process.steps(clock.now())
    assert await process.live.seed(clock.now()) == 0
    (version,) = await process.editor.versions("surgery", by=DESK)
    assert (version.number, version.plan, version.author.name) == (1, FILE, "配置文件")


async def test_two_processes_seed_at_once_and_make_one_version(
    process: Process, database: Database, clock: ManualClock
) -> None:
    changed = replace(FILE, steps=(step("day_1", 1),))
    both = [Process(database, changed) for _ in range(2)]
    await asyncio.gather(*(each.live.seed(clock.now()) for each in both))
    assert [each.steps(clock.now()) for each in both] == [["day_1"], ["day_1"]]
    assert [each.number for each in await process.editor.versions("surgery", by=ANNA)] == [2, 1]


async def test_a_file_decides_until_somebody_publishes_in_the_console(
    process: Process, database: Database, clock: ManualClock
) -> None:
    await process.published([step("day_2", 2)], Running.MIGRATE, clock.now())
    later = Process(database, replace(FILE, steps=(step("day_1", 1),)))
    await later.live.seed(clock.now())
    assert later.steps(clock.now()) == ["day_2"]


# -- the way of a draft ----------------------------------------------------------------------------------------------


async def test_two_editors_and_the_second_is_told(process: Process, clock: ManualClock) -> None:
    kept = await process.editor.get("surgery", by=ANNA)
    await process.editor.save("surgery", replace(FILE, title="甲"), by=ANNA, revision=kept.revision, now=clock.now())
    with pytest.raises(StaleError):
        await process.editor.save("surgery", replace(FILE, title="乙"), by=BO, revision=kept.revision, now=clock.now())


async def test_two_publications_at_once_make_one_version(
    process: Process, database: Database, clock: ManualClock
) -> None:
    kept = await process.approved([step("day_2", 2)], clock.now())
    both = [process, Process(database)]
    done = await asyncio.gather(
        *(
            each.editor.publish("surgery", by=BO, now=clock.now(), revision=kept.revision, running=Running.STAY)
            for each in both
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == ["PlanVersion", "StaleError"]


async def test_another_process_hears_of_a_publication(process: Process, database: Database, clock: ManualClock) -> None:
    other = Process(database)
    await other.live.refresh(clock.now())
    assert await other.live.refresh(clock.now()) is False
    await process.published([step("day_2", 2)], Running.MIGRATE, clock.now())
    assert await other.live.refresh(clock.now()) is True
    assert other.steps(clock.now()) == ["day_2"]


async def test_nobody_approves_their_own_plan_unless_the_setting_allows_it(
    process: Process, database: Database, clock: ManualClock
) -> None:
    kept = await process.editor.get("surgery", by=ANNA)
    kept = await process.editor.save("surgery", FILE, by=ANNA, revision=kept.revision, now=clock.now())
    kept = await process.editor.submit("surgery", by=ANNA, revision=kept.revision, now=clock.now())
    with pytest.raises(SelfApprovalError):
        await process.editor.approve("surgery", by=ANNA, revision=kept.revision, now=clock.now())
    alone = Process(database, self_approval=True)
    kept = await alone.editor.approve("surgery", by=ANNA, revision=kept.revision, now=clock.now())
    assert kept.draft is not None
    assert kept.draft.self_approved


async def test_a_change_takes_the_approval_away(process: Process, clock: ManualClock) -> None:
    kept = await process.approved([step("day_2", 2)], clock.now())
    kept = await process.editor.save("surgery", FILE, by=ANNA, revision=kept.revision, now=clock.now())
    assert kept.stage is Stage.DRAFT
    with pytest.raises(NotNowError):
        await process.editor.publish("surgery", by=BO, now=clock.now(), revision=kept.revision, running=Running.STAY)


async def test_a_plan_that_cannot_work_is_not_submitted(process: Process, clock: ManualClock) -> None:
    kept = await process.editor.get("surgery", by=ANNA)
    broken = replace(FILE, steps=(step("day_1", 1, "no.such"),))
    kept = await process.editor.save("surgery", broken, by=ANNA, revision=kept.revision, now=clock.now())
    with pytest.raises(UnworkableError) as refused:
        await process.editor.submit("surgery", by=ANNA, revision=kept.revision, now=clock.now())
    assert "请选择话术" in refused.value.sentence


async def test_the_desk_reads_and_does_nothing_else(process: Process, clock: ManualClock) -> None:
    kept = await process.editor.get("surgery", by=DESK)
    for step_of_workflow in (process.editor.pause, process.editor.retire, process.editor.submit):
        with pytest.raises(ForbiddenError):
            await step_of_workflow("surgery", by=DESK, now=clock.now(), revision=kept.revision)
    with pytest.raises(ForbiddenError):
        await process.editor.save("surgery", FILE, by=DESK, now=clock.now(), revision=kept.revision)
    with pytest.raises(NotFoundError):
        await process.editor.get("nothing", by=DESK)


async def test_key_anchor_and_treatment_of_a_plan_stay(process: Process, clock: ManualClock) -> None:
    kept = await process.editor.get("surgery", by=ANNA)
    other = replace(FILE, key="x", anchor="birthday", treatment=None, title=" 新名 ")
    kept = await process.editor.save("surgery", other, by=ANNA, revision=kept.revision, now=clock.now())
    assert kept.draft is not None
    assert kept.draft.plan == replace(FILE, title="新名")


async def test_a_plan_whose_treatment_a_project_names_is_not_retired(process: Process, clock: ManualClock) -> None:
    named = {each.aftercare for each in CLINIC.visit_types if each.aftercare is not None}
    assert "surgery" in named
    kept = await process.editor.get("surgery", by=ANNA)
    with pytest.raises(PlanError) as refused:
        await process.editor.retire("surgery", by=ANNA, now=clock.now(), revision=kept.revision)
    assert "的术后关怀还是它" in refused.value.sentence


# -- what other settings know of plans ---------------------------------------------------------------------------------


async def test_templates_and_treatments_follow_the_plans_as_they_stand(process: Process, clock: ManualClock) -> None:
    uses = TemplateUses(
        {"care.other": TemplateUsage(event="别处", variables=frozenset())}, process.live, {"clinic_name": ""}
    )
    assert uses["care.other"].event == "别处"
    assert "aftercare.b" not in uses
    await process.published([step("day_2", 2, "aftercare.b")], Running.MIGRATE, clock.now())
    assert uses["aftercare.b"].event == "关怀计划：术后关怀"
    assert "patient" in uses["aftercare.b"].variables
    assert "answer_with" not in uses["aftercare.b"].variables
    pain = Question(kind=AnswerKind.NUMBER, low=0, high=10)
    loop = Loop(every_days=1, most=2, until=Until.ANSWERED)
    asked = replace(step("pain", 1, "aftercare.pain"), kind=StepKind.QUESTION, question=pain, loop=loop)
    await process.published([asked], Running.MIGRATE, clock.now())
    assert "answer_with" in uses["aftercare.pain"].variables
    assert dict(Treatments(process.live, clock.now)) == {"surgery": "术后关怀"}


# -- what patients get ------------------------------------------------------------------------------------------------


async def treated(room: Room) -> datetime:
    """A visit with surgery that is over; when it ended."""
    contact, patient = await somebody(room)
    attended = visit(contact, patient, state=AppointmentState.COMPLETED, version=2)
    await room.keep(attended)
    return attended.end


def care_of(process: Process, room: Room) -> Care:
    return room.engine_of(process.live, TEXTS)


async def keys_at(care: Care, moment: datetime) -> list[str]:
    return [message.key.split("/")[1] for message in await care.due_messages(moment)]


def morning(end: datetime, days: int) -> datetime:
    return datetime.combine(end.astimezone(ZONE).date() + timedelta(days=days), time(10, 1), tzinfo=ZONE)


@pytest.mark.parametrize(
    ("running", "on_day_9", "on_day_5"), [(Running.STAY, ["day_9"], []), (Running.MIGRATE, [], ["day_5"])]
)
async def test_running_patients_stay_or_go_over(
    process: Process, database: Database, running: Running, on_day_9: list[str], on_day_5: list[str]
) -> None:
    room = Room(database)
    end = await treated(room)
    care = care_of(process, room)
    assert await keys_at(care, morning(end, 1)) == ["day_1"]
    await process.published([step("day_1", 1), step("day_5", 5, "aftercare.b")], running, morning(end, 2))
    assert await keys_at(care, morning(end, 5)) == on_day_5
    assert await keys_at(care, morning(end, 9)) == on_day_9


async def test_a_step_that_moved_is_not_sent_twice(process: Process, database: Database) -> None:
    room = Room(database)
    end = await treated(room)
    care = care_of(process, room)
    assert await care.enqueue_due(morning(end, 1)) == 1
    await process.published([step("day_1", 3), step("day_9", 9)], Running.MIGRATE, morning(end, 2))
    assert await care.enqueue_due(morning(end, 3)) == 0


async def test_the_running_patients_are_counted_by_what_they_would_get(process: Process, database: Database) -> None:
    room = Room(database)
    end = await treated(room)
    counted = RunningPatients(process.live, room.booking, room.patients, FixedClinic(CLINIC), leads=room.followups)
    at = morning(end, 2)
    same = replace(FILE, steps=(step("day_1", 4), step("day_9", 9)))
    moved = replace(FILE, steps=(step("day_1", 1), step("day_9", 8)))
    assert await counted.affected(FILE, at, at) == Affected(patients=1, changed=0)
    assert await counted.affected(same, at, at) == Affected(patients=1, changed=1)
    assert await counted.affected(moved, at, at) == Affected(patients=1, changed=1)
    assert await counted.affected(moved, morning(end, 10), at) == Affected(patients=0, changed=0)


async def test_a_paused_plan_sends_nothing_until_it_is_resumed(process: Process, database: Database) -> None:
    room = Room(database)
    end = await treated(room)
    care = care_of(process, room)
    kept = await process.editor.get("surgery", by=BO)
    kept = await process.editor.pause("surgery", by=BO, now=end, revision=kept.revision)
    assert await keys_at(care, morning(end, 1)) == []
    await process.editor.resume("surgery", by=BO, now=morning(end, 1), revision=kept.revision)
    assert await keys_at(care, morning(end, 1)) == ["day_1"]


async def test_what_fell_due_in_a_pause_has_one_row_each_as_its_step_says(process: Process, database: Database) -> None:
    """Field traps 2.2, row 5: after a pause each step is sent, skipped, asked about or missed, and never nothing."""
    room = Room(database)
    end = await treated(room)
    care = care_of(process, room)
    room.outbox.bind(care)
    steps = [
        replace(step("missed", 2), grace_hours=2.0),
        replace(step("skipped", 3), catch_up=CatchUp.SKIP, grace_hours=40),
        replace(step("asked", 3), catch_up=CatchUp.ASK, grace_hours=40),
        replace(step("sent", 3), grace_hours=40),
        step("later", 9),
    ]
    await process.published(steps, Running.MIGRATE, end)
    await care.enqueue_due(morning(end, 1))
    kept = await process.editor.get("surgery", by=BO)
    kept = await process.editor.pause("surgery", by=BO, now=morning(end, 1), revision=kept.revision)
    looked = morning(end, 4) - timedelta(minutes=1)
    await room.store.looks.note(looked)  # every minute meanwhile
    assert await care.enqueue_due(looked) == 0
    await process.editor.resume("surgery", by=BO, now=morning(end, 4), revision=kept.revision)
    dry = await care.dry_runs.run(morning(end, 4), morning(end, 4) + timedelta(minutes=1), by=BO)
    other = room.engine_of(process.live, TEXTS)  # a process that had not heard of it looked in between
    await room.store.looks.note(morning(end, 4) + timedelta(seconds=20))
    for engine in (care, other, care):
        await engine.enqueue_due(morning(end, 4) + timedelta(minutes=1))
    rows = {row.key.split("/")[1]: row for row in await room.messages()}
    assert {key: row.reason for key, row in rows.items()} == {
        "missed": "missed_downtime",
        "skipped": "skipped_after_downtime",
        "asked": "",
        "sent": "",
    }
    assert rows["missed"].explanation == "计划暂停期间到期，恢复时已过有效时间"
    assert {each.key.split("/")[1] for each in dry.outcomes} == set(rows)
    paused = f"{morning(end, 1).astimezone(UTC):%Y%m%dT%H%M%S}"
    asked = f"pause-surgery-{paused}/surgery/{morning(end, 3).date()}"
    task = await room.followups.find(f"care_ask:{asked}")
    report = await room.followups.find(f"care_gap:pause-surgery-{paused}")
    assert task is not None
    assert report is not None
    assert "计划从" in report.reason
    assert (await care.verdicts([rows["asked"]]))[rows["asked"].id].reason == "asked"
    await care.catch_ups.decide(asked, send=False, by=BO, now=morning(end, 4) + timedelta(minutes=2))
    assert (await care.verdicts([rows["asked"]]))[rows["asked"].id].reason == "skipped_after_downtime"
