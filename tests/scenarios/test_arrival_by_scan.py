"""到诊签到: the code at reception, from the scan to what the patient and reception see (A4-11, A4-30, A4-33, A2-92)."""

import asyncio
from datetime import timedelta

import pytest

from tests.scenarios.conftest import MONDAY_TEN, Clinic
from tests.scenarios.talking import contact_id_of, open_episode
from tests.scenarios.test_danger import colleague as bound
from wxbot.account.models import ScenePurpose
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import Appointment, AppointmentId, Booker, VisitStage
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.conversations.models import Priority
from wxbot.followups.models import FollowUpKind
from wxbot.ids import new_id
from wxbot.staff.permissions import Role
from wxbot.visits.scanned_arrivals import Scan

ARRIVED, EXPECTED = VisitStage.ARRIVED, VisitStage.EXPECTED
MINUTES = timedelta(minutes=1)


async def code(clinic: Clinic, purpose: ScenePurpose = ScenePurpose.ARRIVAL) -> str:
    """The code that hangs at reception, made by the platform; its scene."""
    clinic.stand_still()
    scenes = clinic.app.services.account.scenes
    made = await scenes.create("前台签到", purpose, request=new_id(clinic.now), by=COMMAND_LINE, now=clinic.now)
    made = await scenes.generate(made.id, by=COMMAND_LINE, now=clinic.now)
    assert made.url
    assert made.expires_at is None  # for good
    return made.scene


async def scan(clinic: Clinic, openid: str, scene: str) -> str:
    push = await clinic.platform.scan(openid, scene)
    assert push.ok
    return "" if push.reply is None else str(push.reply["text"])


async def visits(clinic: Clinic) -> list[Appointment]:
    ids = [AppointmentId(str(row["_id"])) for row in await clinic.rows("appointments")]
    found = await clinic.app.services.booking.by_ids(ids)
    return sorted(found.values(), key=lambda each: each.start)


async def booked(clinic: Clinic, openid: str, day: str = "今天") -> Appointment:
    before = {each.id for each in await visits(clinic)}
    await clinic.book(openid, "洁牙", "陈晓晴", day, "1")
    (visit,) = [each for each in await visits(clinic) if each.id not in before]
    return visit


async def again(clinic: Clinic, visit: Appointment) -> Appointment:
    return (await clinic.app.services.booking.by_ids([visit.id]))[visit.id]


async def tasks(clinic: Clinic, kind: FollowUpKind) -> list[dict[str, object]]:
    return await clinic.rows("followups", {"kind": kind.value, "state": "open"})


async def test_a_scan_notes_the_arrival_of_today_once_and_says_how_long_it_will_be(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    visit, later = await booked(clinic, openid), await booked(clinic, openid, "明天")
    await clinic.move(visit.start - clinic.now - 5 * MINUTES)

    answer = await scan(clinic, openid, scene)
    assert "已告诉前台您到了" in answer
    assert "陈晓晴" in answer
    assert "估计还要" in answer
    assert "请先到前台" in answer
    there = await again(clinic, visit)
    assert (there.stage, there.arrived_at, there.stage_by) == (ARRIVED, clinic.now, "patient")

    await clinic.move(2 * MINUTES)
    assert "前台已经知道您到了" in await scan(clinic, openid, scene)
    assert await again(clinic, visit) == there
    assert (await again(clinic, later)).stage is EXPECTED
    assert not await tasks(clinic, FollowUpKind.CHECK)


async def test_a4_11_what_reception_asks_stays_open_after_a_scan(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    await scan(clinic, openid, scene)
    assert not await clinic.app.services.visit_day.records([visit.id])
    today = clinic.now.astimezone(clinic.app.services.clinic.timezone).date()
    sheet = await clinic.app.services.visit_days.sheet(today, by=COMMAND_LINE, now=clinic.now)
    assert [each.id for each in sheet.not_registered] == [visit.id]


async def test_much_before_the_hour_nothing_is_noted(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "今天", "下午", "5")
    (visit,) = await visits(clinic)
    assert visit.start - clinic.now > 120 * MINUTES
    assert "现在还早，先不登记" in await scan(clinic, openid, scene)
    assert (await again(clinic, visit)).stage is EXPECTED


async def test_of_another_day_nothing_is_noted_and_a_colleague_receives_them(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid, "明天")
    answer = await scan(clinic, openid, scene)
    assert "您今天没有预约，最近的是明天" in answer
    assert (await again(clinic, visit)).stage is EXPECTED
    (task,) = await tasks(clinic, FollowUpKind.CHECK)
    assert "请接待一下" in str(task["reason"])


async def test_a_walk_in_is_one_task_with_what_they_came_for(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    assert "没有查到您今天的预约，已告诉前台" in await scan(clinic, openid, scene)
    await clinic.move(MINUTES)
    await scan(clinic, openid, scene)
    assert "已转告前台" in await clinic.say(openid, "牙龈有点问题想看看")
    (task,) = await clinic.rows("followups", {"kind": "check", "state": "open"})
    assert [each["text"] for each in task["words"]] == ["牙龈有点问题想看看"]
    assert task["count"] == 2


async def test_who_follows_with_the_code_is_greeted_and_received(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person(follow=False)
    push = await clinic.platform.follow(openid, scene=scene)
    assert push.ok
    await clinic.tick()
    said = [seen.text for seen in clinic.phone(openid)]
    assert any("没有查到您今天的预约" in each for each in said)
    assert len(said) == 2  # the greeting, and that
    assert len(await tasks(clinic, FollowUpKind.CHECK)) == 1


async def test_any_other_code_is_no_arrival(clinic: Clinic) -> None:
    scene, openid = await code(clinic, ScenePurpose.DESK), await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    await scan(clinic, openid, scene)
    assert (await again(clinic, visit)).stage is EXPECTED


async def test_of_two_visits_of_today_the_patient_says_which(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    first = await booked(clinic, openid)
    booking, kind, who = clinic.app.services.booking, VisitTypeId("checkup"), PractitionerId("zhou")
    (free,) = await booking.next_free(kind, who, first.end, clinic.now, count=1, booker=Booker.STAFF)
    second = await booking.book(
        request_key="test:second",
        contact_id=first.contact_id,
        patient_id=first.patient_id,
        visit_type_id=kind,
        practitioner_id=who,
        start=free.start,
        by=COMMAND_LINE,
        now=clinic.now,
    )
    await clinic.move(second.start - timedelta(hours=1) - clinic.now)
    assert "请问到的是哪一个" in await scan(clinic, openid, scene)
    assert (await again(clinic, first)).stage is EXPECTED
    assert "已告诉前台您到了" in await clinic.tap(openid, "周明远")
    chosen = [each for each in (first, second) if each.practitioner_id == "zhou"]
    assert [each.id for each in await visits(clinic) if each.stage is ARRIVED] == [each.id for each in chosen]


@pytest.mark.parametrize("word", ["还要多久", "什么时候轮到我？"])
async def test_a4_30_who_waits_may_ask_how_long(clinic: Clinic, word: str) -> None:
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    assert "估计" not in await clinic.say(openid, word)  # not here yet
    await scan(clinic, openid, scene)
    assert "估计马上轮到。谢谢您的耐心" in await clinic.say(openid, word)


async def test_a4_34_who_waits_may_read_something_that_fits_the_visit(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    await scan(clinic, openid, scene)
    assert "每天用一次牙线" in await clinic.tap(openid, "等候时看看")
    assert "防晒" in await clinic.say(openid, "等候时看看", "learn:laser_spots")
    assert "牙线" not in await clinic.say(openid, "等候时看看", "learn:follow_up")  # none for it


async def test_a2_92_who_waits_and_feels_unwell_has_colleagues_and_an_answer_at_once(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    await scan(clinic, openid, scene)
    assert "已通知医生和前台" in await clinic.say(openid, "我不舒服")
    (task,) = await clinic.rows("followups", {"kind": "danger", "state": "open"})
    assert (task["urgent"], task["due_at"], task["contact_id"]) == (True, clinic.now, visit.contact_id)
    assert "感到不适" in task["reason"]
    episode = await open_episode(clinic, openid)
    assert episode is not None  # the desk's ladder has begun
    assert episode.priority is Priority.URGENT
    record = (await clinic.app.services.visit_day.records([visit.id]))[visit.id]
    assert record.unwell is not None
    assert record.unwell.words == "我不舒服"

    await clinic.tap(openid, "我不舒服")  # the entry of the message, too: one task
    assert len(await clinic.rows("followups", {"kind": "danger"})) == 1


async def test_the_entry_of_somebody_elses_visit_reaches_nothing(clinic: Clinic) -> None:
    scene, openid, other = await code(clinic), await clinic.person(), await clinic.person("老王")
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    await scan(clinic, openid, scene)
    assert "您现在哪里不舒服" in await clinic.say(other, "我不舒服", f"unwell:{visit.id}")
    assert "刚刚有变动" in await clinic.say(other, "到了", f"arrive:{visit.id}")
    assert not await clinic.rows("followups", {"kind": "danger"})


async def test_an_old_entry_that_all_are_here_notes_nothing_on_another_day(clinic: Clinic) -> None:
    openid = await clinic.person()
    visit = await booked(clinic, openid)
    yesterday = (MONDAY_TEN - timedelta(days=1)).date().isoformat()
    assert "刚刚有变动" in await clinic.say(openid, "都到了", f"arrive:all:{yesterday}")
    assert (await again(clinic, visit)).stage is EXPECTED
    assert await contact_id_of(clinic, openid) == visit.contact_id


async def test_a2_92_the_clinicians_are_told_on_their_wechat_also_where_a_danger_sign_is_open_already(
    clinic: Clinic,
) -> None:
    nurse = await bound(clinic, Role.CLINICIAN)
    await clinic.say(nurse, "你好")
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    await clinic.say(openid, "拔牙后一直出血怎么办")
    await scan(clinic, openid, scene)
    await clinic.say(openid, "我不舒服")
    await clinic.tick()
    told = [seen.text for seen in clinic.sent_to(nurse, "customer")]
    assert sum("需要立即联系" in each for each in told) == 1
    (alert,) = [each for each in told if "院内患者不适" in each]
    assert "我不舒服" in alert
    assert len(await clinic.rows("followups", {"kind": "danger"})) == 1
    await clinic.app.services.visit_room.unwell.report(visit.id, by=COMMAND_LINE, now=clinic.now)
    await clinic.tick()
    assert len(clinic.sent_to(nurse, "customer")) == len(told)  # the same stage of the same visit: told once


async def test_four_scans_at_once_are_one_arrival(clinic: Clinic) -> None:
    openid = await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    services = clinic.app.services
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None
    found = await asyncio.gather(*(services.visit_room.arrivals.scanned(contact, clinic.now) for _ in range(4)))
    assert {each.scan for each in found} <= {Scan.ARRIVED, Scan.HERE}
    there = await again(clinic, visit)
    assert (there.stage, there.version) == (ARRIVED, visit.version + 1)
    lines = [line for line in await clinic.story(openid) if line.payload.get("stage") == "arrived"]
    assert len(lines) == 1


async def test_who_was_merged_into_another_record_is_found_by_the_scan(clinic: Clinic) -> None:
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    services = clinic.app.services
    twin = await services.records.create({"name": "林小满"}, by=COMMAND_LINE, now=clinic.now)
    whose = (await services.patients.patients([visit.patient_id]))[visit.patient_id]
    revisions = (twin.revision, whose.revision)
    await services.merges.merge(twin.id, whose.id, {}, revisions=revisions, by=COMMAND_LINE, now=clinic.now)
    await scan(clinic, openid, scene)
    assert (await again(clinic, visit)).stage is ARRIVED
