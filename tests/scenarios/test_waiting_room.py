"""What patients are told who are here or have gone: waits, comfort, farewell, survey (A4-31, A4-33, A4-52, A2-95)."""

import shutil
from datetime import timedelta
from pathlib import Path

from config.content import SHIPPED
from tests.auditing import RECEPTION
from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.talking import colleague, contact_id_of
from tests.scenarios.test_arrival_by_scan import again, booked, code, scan, visits
from wxbot.booking.models import Appointment, VisitStage
from wxbot.surveys.models import Satisfaction
from wxbot.visits.models import ArrivalForm

ARRIVED, EXPECTED = VisitStage.ARRIVED, VisitStage.EXPECTED
MINUTE = timedelta(minutes=1)
FIRST = ArrivalForm(first_visit=True, channel="online", visit_class="c", complaint="cleaning")


async def told(clinic: Clinic, openid: str, words: str) -> list[str]:
    """What we sent by ourselves that has these words."""
    return [seen.text for seen in clinic.sent_to(openid) if words in seen.text]


async def run(clinic: Clinic) -> None:
    """The job twice, as two processes would, then the outbox."""
    for job in ("tell_visitors", "tell_visitors", "deliver_outbox"):
        await clinic.app.runner.run_now(job)
    await clinic.platform.settled()


async def here(clinic: Clinic) -> tuple[str, Appointment]:
    """Somebody who came with the code, wrote, and so may be written to."""
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid)
    await clinic.move(visit.start - clinic.now)
    await scan(clinic, openid, scene)
    await clinic.say(openid, "还要多久")
    return openid, await again(clinic, visit)


async def left(clinic: Clinic, visit: Appointment) -> None:
    day = clinic.app.services.visit_day
    await day.arrive(visit.id, FIRST, seen=ARRIVED, by=RECEPTION, now=clinic.now)
    seen = ARRIVED
    for stage in (VisitStage.WAITING, VisitStage.IN_TREATMENT):
        await day.advance(visit.id, stage, seen=seen, by=RECEPTION, now=clinic.now)
        seen = stage
    await day.leave(visit.id, reason="finished", seen=seen, by=RECEPTION, now=clinic.now)


async def test_a4_33_who_waits_is_told_every_ten_minutes_once_and_not_after_being_called(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    await run(clinic)
    assert not await told(clinic, openid, "让您久等了")
    for number in (1, 2):
        await clinic.move(10 * MINUTE)
        await run(clinic)
        await run(clinic)
        assert len(await told(clinic, openid, "让您久等了")) == number
    await clinic.app.services.visit_day.arrive(visit.id, FIRST, seen=ARRIVED, by=RECEPTION, now=clinic.now)
    await clinic.app.services.visit_day.advance(
        visit.id, VisitStage.IN_TREATMENT, seen=ARRIVED, by=RECEPTION, now=clinic.now
    )
    await clinic.move(10 * MINUTE)
    await run(clinic)
    assert len(await told(clinic, openid, "让您久等了")) == 2


async def test_a4_33_what_is_on_its_way_when_they_are_called_in_is_not_sent(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    await clinic.move(10 * MINUTE)
    await clinic.app.runner.run_now("tell_visitors")
    await clinic.app.services.visit_stages.advance(
        visit.id, VisitStage.IN_TREATMENT, seen=ARRIVED, by=RECEPTION, now=clinic.now
    )
    await run(clinic)
    assert not await told(clinic, openid, "让您久等了")
    assert "visit_called" in (await clinic.keys("dropped")).values()


async def test_a4_33_without_a_right_nothing_is_kept_for_later_and_after_a_standstill_only_the_latest(
    clinic: Clinic,
) -> None:
    scene, openid = await code(clinic), await clinic.person()
    visit = await booked(clinic, openid, "周五")
    await clinic.move(visit.start - clinic.now)  # 48 hours are over; the scan opens one minute
    await scan(clinic, openid, scene)
    await clinic.move(10 * MINUTE)
    await run(clinic)
    assert not await clinic.rows("outbox", {"template": "visit.still_waiting"})
    await clinic.say(openid, "还要多久")
    await clinic.move(25 * MINUTE)  # nothing ran meanwhile; at 35 minutes the third is no news any more
    await run(clinic)
    assert not await told(clinic, openid, "让您久等了")
    await clinic.move(5 * MINUTE)
    await run(clinic)
    assert len(await told(clinic, openid, "让您久等了")) == 1


async def test_a4_31_a_first_visit_is_comforted_after_three_minutes(clinic: Clinic) -> None:
    openid, _ = await here(clinic)
    await run(clinic)
    assert not await told(clinic, openid, "您第一次来")
    await clinic.move(3 * MINUTE)
    await run(clinic)
    await clinic.move(MINUTE)
    await run(clinic)
    assert len(await told(clinic, openid, "您第一次来")) == 1


async def test_a4_52_who_left_has_a_farewell_once_and_not_where_that_was_taken_back(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    await left(clinic, visit)
    await run(clinic)
    assert not await told(clinic, openid, "您辛苦了")  # it may be taken back yet
    after = await clinic.app.services.visit_stages.step_back(
        visit.id, seen=VisitStage.LEFT, by=RECEPTION, now=clinic.now
    )
    await clinic.move(6 * MINUTE)
    await run(clinic)
    assert not await told(clinic, openid, "您辛苦了")
    await clinic.app.services.visit_day.leave(
        visit.id, reason="finished", seen=after.stage, by=RECEPTION, now=clinic.now
    )
    await clinic.move(6 * MINUTE)
    await run(clinic)
    await clinic.move(6 * MINUTE)
    await run(clinic)
    assert len(await told(clinic, openid, "您辛苦了！路上慢走")) == 1


async def test_a4_38_the_farewell_names_the_next_visit(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    await left(clinic, visit)
    await clinic.move(6 * MINUTE)
    await run(clinic)
    (following,) = [each for each in await visits(clinic) if each.start - visit.start > timedelta(hours=12)]
    (farewell,) = await told(clinic, openid, "下次是")
    assert f"{following.start.astimezone(clinic.app.services.clinic.timezone).day}日" in farewell


async def test_a2_95_a_visit_is_asked_about_once_and_a_bad_answer_is_a_case_of_48_hours(clinic: Clinic) -> None:
    """Received, asked with one question (A4-40), and seen off."""
    openid, visit = await here(clinic)
    await left(clinic, visit)
    await clinic.move(119 * MINUTE)
    await run(clinic)
    assert not await told(clinic, openid, "今天的就诊您满意吗")
    await clinic.move(2 * MINUTE)
    await run(clinic)
    await run(clinic)
    assert len(await told(clinic, openid, "今天的就诊您满意吗")) == 1

    answer = await clinic.tap(openid, "不满意")
    assert "负责人会在 48 小时内联系您" in answer
    (task,) = await clinic.rows("followups", {"key": f"visit-survey/{visit.id}"})
    assert task["due_at"] - clinic.now == timedelta(hours=48)
    assert "就诊评价「不满意」" in task["reason"]
    assert "医生讲得清楚吗" in answer  # one question after another
    response = (await clinic.app.services.surveys.asking.of_visits([visit.id]))[visit.id]
    assert (response.satisfaction, response.followup_id) == (Satisfaction.DISSATISFIED, task["_id"])
    today = clinic.now.astimezone(clinic.app.services.clinic.timezone).date()
    sheet = await clinic.app.services.visit_days.sheet(today, by=RECEPTION, now=clinic.now)
    assert sheet.satisfaction == (("不满意", 1),)


async def test_words_and_numbers_answer_the_question_after_a_visit_too(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    await left(clinic, visit)
    await clinic.move(6 * MINUTE)
    await run(clinic)
    await clinic.move(115 * MINUTE)
    await run(clinic)
    assert "谢谢。医生讲得清楚吗" in await clinic.say(openid, "1")
    response = (await clinic.app.services.surveys.asking.of_visits([visit.id]))[visit.id]
    assert response.satisfaction is Satisfaction.SATISFIED


async def test_who_was_asked_about_a_talk_is_not_asked_about_a_visit_as_well(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    marks = clinic.app.services.patients.desk_marks
    contact_id = await contact_id_of(clinic, openid)
    assert await marks.claim_survey(contact_id, "a-talk", clinic.now, timedelta(days=30))
    await left(clinic, visit)
    await clinic.move(121 * MINUTE)
    await run(clinic)
    assert not await clinic.rows("outbox", {"template": {"$in": ["survey.ask", "survey.ask_page"]}})
    assert await clinic.app.services.surveys.asking.of_visits([visit.id]) == {}


async def test_a_visit_with_a_danger_that_nobody_has_seen_to_is_not_asked_about(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    await clinic.say(openid, "我不舒服")
    await left(clinic, visit)
    await clinic.move(121 * MINUTE)
    await run(clinic)
    assert not await clinic.rows("outbox", {"template": {"$in": ["survey.ask", "survey.ask_page"]}})
    assert (await clinic.rows("followups", {"kind": "danger"}))[0]["state"] == "open"


async def test_an_open_case_or_a_talk_asks_nothing_about_the_visit(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    await left(clinic, visit)
    await colleague(clinic)
    await clinic.say(openid, "人工")
    await clinic.move(121 * MINUTE)
    await run(clinic)
    assert not await clinic.rows("outbox", {"template": {"$in": ["survey.ask", "survey.ask_page"]}})


async def test_it_is_switched_off_with_the_question_after_a_talk(open_clinic: OpenClinic, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    desk = folder / "surveys.toml"
    desk.write_text(desk.read_text("utf-8").replace("ask = true", "ask = false"), "utf-8")
    clinic = await open_clinic(config_dir=folder)
    openid, visit = await here(clinic)
    await left(clinic, visit)
    await clinic.move(121 * MINUTE)
    await run(clinic)
    assert not await told(clinic, openid, "满意吗")
