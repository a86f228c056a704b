"""Surveys through the front door: asked, answered, a bad answer a case of 48 hours, the sheet (A4-22 to A4-24)."""

from datetime import timedelta

from tests.scenarios.conftest import Clinic
from tests.scenarios.test_waiting_room import here, left, run
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import Appointment
from wxbot.patients.models import HoldKind
from wxbot.periods import Span, period_of
from wxbot.surveys.models import ResponseState, SurveyResponse
from wxbot.surveys.sheet import Figure, Group

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def asked(clinic: Clinic) -> tuple[str, Appointment]:
    """Somebody who was asked about the visit from which they came."""
    openid, visit = await here(clinic)
    await left(clinic, visit)
    await clinic.move(121 * MINUTE)
    await run(clinic)
    return openid, visit


async def response_of(clinic: Clinic, visit: Appointment) -> SurveyResponse:
    return (await clinic.app.services.surveys.asking.of_visits([visit.id]))[visit.id]


async def say(clinic: Clinic, openid: str, words: str) -> str:
    """What the patient writes a second later: lines of one moment have no order."""
    await clinic.move(SECOND)
    return await clinic.say(openid, words)


def said(response: SurveyResponse) -> dict[str, str]:
    return {each.question: each.value for each in response.answers}


async def test_a4_44_a_bad_answer_is_a_case_that_rings_after_48_hours_and_stands_on_the_sheet(clinic: Clinic) -> None:
    """A4-22: surveys are asked, counted and reported."""
    openid, visit = await asked(clinic)
    day = clinic.now.astimezone(clinic.app.services.clinic.timezone).date()
    assert "医生讲得清楚吗" in await clinic.tap(openid, "一般")
    assert "负责人会在 48 小时内联系您" in await say(clinic, openid, "1 没听懂")
    assert "还有什么想告诉我们的" in await say(clinic, openid, "3分")
    assert "已转给负责人" in await say(clinic, openid, "希望讲慢一点")
    response = await response_of(clinic, visit)
    assert said(response) == {"overall": "一般", "doctor": "1", "waiting": "3", "words": "希望讲慢一点"}
    assert (response.state, response.points, response.satisfied) == (ResponseState.DONE, 50, False)
    [task] = await clinic.rows("followups", {"kind": "complaint"})
    assert (task["key"], task["due_at"] - task["opened_at"]) == (f"visit-survey/{visit.id}", timedelta(hours=48))
    assert "医生讲解 1 分" in task["reason"]
    assert [each["text"] for each in task["words"]] == ["1 没听懂", "希望讲慢一点"]
    assert response.followup_id == task["_id"]

    await clinic.move(timedelta(hours=48))
    await clinic.app.runner.run_now("watch_followups")
    await clinic.app.runner.run_now("watch_followups")
    [task] = await clinic.rows("followups", {"kind": "complaint"})
    assert task["urgent"]
    assert task["escalated_at"] is not None

    sheets = clinic.app.services.surveys.sheets
    sheet = await sheets.of(period_of(Span.DAY, day), by=COMMAND_LINE)
    counts = dict.fromkeys(Figure, 1) | {Figure.SATISFIED: 0}
    assert (sheet.whole.counts, sheet.whole.mean, sheet.whole.share) == (counts, 50, 0)
    assert [each.key for each in sheet.groups[Group.PRACTITIONER]] == [visit.practitioner_id]
    [sent] = await clinic.rows("followups", {"key": f"survey-sheet/day:{day}"})
    assert (sent["kind"], sent["contact_id"]) == ("check", None)
    assert "询问 1 人，回答 1 人，满意 0 人（0%），低分 1 人，其中 1 人还没有处理完" in sent["reason"]
    [found] = await sheets.records(period_of(Span.DAY, day), Group.ALL, "", Figure.OPEN, by=COMMAND_LINE)
    assert (found[0].id, found[1] is not None and found[1].id) == (response.id, task["_id"])


async def test_another_wish_goes_its_way_and_an_unfinished_survey_goes_on_by_a_tap(clinic: Clinic) -> None:
    openid, visit = await asked(clinic)
    await say(clinic, openid, "满意")
    assert "这些日期还有号" in await say(clinic, openid, "我想预约洗牙")
    assert said(await response_of(clinic, visit)) == {"overall": "满意"}
    await say(clinic, openid, "取消")
    assert "等候的时间" in await clinic.tap(openid, "5 分")
    response = await response_of(clinic, visit)
    assert (said(response), response.state) == ({"overall": "满意", "doctor": "5"}, ResponseState.BEGUN)


async def test_a2_55_who_finds_it_inconvenient_is_left_in_peace_kindly(clinic: Clinic) -> None:
    openid, visit = await asked(clinic)
    await say(clinic, openid, "满意")
    assert "不打扰您了" in await say(clinic, openid, "不方便")
    response = await response_of(clinic, visit)
    assert (response.state, response.satisfied) == (ResponseState.STOPPED, True)
    await say(clinic, openid, "5")
    assert said(await response_of(clinic, visit)) == {"overall": "满意"}
    assert await clinic.rows("followups", {"kind": "complaint"}) == []


async def test_a_question_in_place_of_the_words_is_answered_as_ever_and_nothing_to_add_ends_it(clinic: Clinic) -> None:
    openid, visit = await asked(clinic)
    for answer in ("满意", "5", "4"):
        await say(clinic, openid, answer)
    await say(clinic, openid, "洗牙多少钱")
    assert "words" not in said(await response_of(clinic, visit))
    await say(clinic, openid, "没有")  # not the next word after the question any more
    assert "words" not in said(await response_of(clinic, visit))


async def test_nothing_to_add_is_thanked(clinic: Clinic) -> None:
    openid, visit = await asked(clinic)
    for answer in ("满意", "5", "4"):
        await say(clinic, openid, answer)
    assert "谢谢您的肯定" in await say(clinic, openid, "没有")
    assert (await response_of(clinic, visit)).state is ResponseState.DONE


async def test_a_complaint_in_place_of_the_words_is_a_case_of_its_own_and_is_not_lost(clinic: Clinic) -> None:
    openid, visit = await asked(clinic)
    for answer in ("满意", "5", "4"):
        await say(clinic, openid, answer)
    await say(clinic, openid, "我要投诉你们，态度太差了")
    [task] = await clinic.rows("followups", {"kind": "complaint"})
    assert [each["text"] for each in task["words"]] == ["我要投诉你们，态度太差了"]
    assert "words" not in said(await response_of(clinic, visit))


async def test_a2_65_nobody_in_a_dispute_is_asked_and_they_may_be_asked_later(clinic: Clinic) -> None:
    openid, visit = await here(clinic)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.app.services.patient_holds.set(
        visit.patient_id, HoldKind.DISPUTE, "账单有争议", by=COMMAND_LINE, now=clinic.now
    )
    await left(clinic, visit)
    await clinic.move(121 * MINUTE)
    await run(clinic)
    await clinic.app.runner.run_now("measure_episodes")
    assert "满意吗" not in "".join(each.text for each in clinic.sent_to(openid))
    response = await response_of(clinic, visit)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert (response.state, contact.survey) == (ResponseState.UNSENT, None)
