"""A person: when they answer, what reaches them until they have, and when the bot answers again."""

from datetime import UTC, datetime

import pytest

from tests.auditing import RECEPTION
from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.talking import close, colleague, take
from wxbot.followups.models import FollowUp


async def tasks(clinic: Clinic) -> list[FollowUp]:
    return await clinic.app.services.followups.open_ones(by=RECEPTION)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"{moment}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "answer"),
    [
        ("2026-11-23 10:00", "我们在，稍后回复您。"),
        ("2026-11-23 12:30", "今天 13:30 后回复您，急事请致电 0555-000-0188；危急情况请直接拨打 120。"),
        ("2026-11-23 22:30", "明天 9:00 后回复您，急事请致电 0555-000-0188；危急情况请直接拨打 120。"),
    ],
)
async def test_asking_for_a_person_is_answered_in_one_line(open_clinic: OpenClinic, moment: str, answer: str) -> None:
    clinic = await open_clinic(now=at(moment))
    openid = await clinic.person()
    assert await clinic.say(openid, "人工") == answer


async def test_words_photo_and_voice_join_the_task_until_staff_close_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    assert await clinic.say(openid, "我的牙套松了") == "收到，已一并转给同事。"
    for send in (clinic.platform.send_image, clinic.platform.send_voice):
        push = await send(openid)
        assert push.ok
        assert push.reply is None
    assert await clinic.say(openid, "什么时候能看") == ""
    [task] = await tasks(clinic)
    assert [each.text for each in task.words] == ["人工", "我的牙套松了", "[图片]", "[语音]", "什么时候能看"]
    stories = {line.id for line in await clinic.story(openid)}
    assert {each.line_id for each in task.words} <= stories
    by = await colleague(clinic)
    await take(clinic, openid, by)
    await close(clinic, openid, by)
    assert "有什么可以帮您" in await clinic.say(openid, "你好")
    assert await tasks(clinic) == []


async def test_the_person_stays_called_over_night_and_who_writes_is_told_once_when_somebody_answers(
    clinic: Clinic,
) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    assert await clinic.say(openid, "想问下种植牙") == "收到，已一并转给同事。"
    await clinic.move_to("2026-11-24 07:30")
    told = await clinic.say(openid, "还没有人回我吗")
    assert told == "今天 9:00 后回复您，急事请致电 0555-000-0188；危急情况请直接拨打 120。"
    assert await clinic.say(openid, "急") == ""
    [task] = await tasks(clinic)
    assert len(task.words) == 4


async def test_two_misses_in_a_row_reach_a_person_with_what_was_in_progress(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "智齿拔除", "呜啦呜啦", "呜啦呜啦呜啦")
    [task] = await tasks(clinic)
    assert "当时正在预约（已选：智齿拔除" in task.reason
    assert task.words[-1].text == "呜啦呜啦呜啦"
    assert await clinic.say(openid, "我想问的是拔完要休息几天") == "收到，已一并转给同事。"


async def test_two_misses_outside_of_any_dialog_reach_a_person(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "没有完全明白" in await clinic.say(openid, "呜啦呜啦")
    assert "已转给同事" in await clinic.say(openid, "呜啦呜啦")
    [task] = await tasks(clinic)
    assert [each.text for each in task.words] == ["呜啦呜啦"]


async def test_a_question_of_the_booking_is_too_old_after_an_hour_the_person_is_not(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await clinic.say(openid, "预约")
    await clinic.move_to("2026-11-23 14:30")
    assert await clinic.say(openid, "1") == "收到，已一并转给同事。"
