"""A talk at the desk from 人工 to its farewell: how it ends is decided from what was sent, and its figures follow."""

from datetime import timedelta

from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.conversations.closing.endings import Closing
from wxbot.conversations.models import EndingKind
from wxbot.staff.permissions import Role, permissions_of


async def test_a_talk_that_ends_well_is_measured_and_one_over_a_question_needs_a_reason(clinic: Clinic) -> None:
    services = clinic.app.services
    await clinic.move_to("2026-11-24 10:00")
    await services.staff.create(
        by=COMMAND_LINE,
        login="li",
        name="客服小李",
        role=Role.CONSULTANT,
        now=clinic.now,
        password="correct horse 电池 staple",
    )
    account = next(row["_id"] for row in await clinic.rows("staff") if row["login"] == "li")
    agent = Actor(id=account, name="客服小李", permissions=permissions_of(Role.CONSULTANT))
    openid = await clinic.person("小安")
    await clinic.say(openid, "人工")
    await clinic.say(openid, "种一颗牙大概要多少钱")
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None
    episode = await services.chat.desk.of_contact(contact.id)
    assert episode is not None
    await services.chat.desk.take(episode.id, reason="测试", by=agent, now=clinic.now)

    async def closing() -> Closing:
        now_open = await services.chat.desk.of_contact(contact.id)
        assert now_open is not None
        lines = await services.review.figures.lines_of(now_open)
        return await services.review.closings.propose(now_open, lines, by=agent.by, now=clinic.now)

    async def send(text: str) -> None:
        replies, key = services.chat.replies, f"k:{text[:8]}"
        await replies.send(episode.id, text, key=key, overriding="测试", by=agent, now=clinic.now)
        await clinic.move(timedelta(seconds=10))

    hurried = await closing()
    assert (hurried.ending.kind, hurried.needs_reason) == (EndingKind.AGENT, True)
    await send("您好，一般一万二起，要拍片看了才能定。请问您缺牙多久了？方便留个电话吗？")
    await clinic.say(openid, "两年了，13857042219")
    await send("好的，帮您记下了，稍后给您发拍片的注意事项。")
    more = await closing()
    assert (more.ask_contact, more.ask_more) == ("", "请问您还有其他疑问吗？")  # the number was just given
    await send("请问您还有其他疑问吗？")
    await clinic.say(openid, "没有了，谢谢")
    await send("感谢您的咨询，祝您健康，再见！")
    done = await closing()
    assert (done.ending.kind, done.needs_reason) == (EndingKind.GREETING, False)
    now_open = await services.chat.desk.of_contact(contact.id)
    assert now_open is not None
    await services.chat.desk.close(
        episode.id, done.ending, note="已回复", revision=now_open.revision, by=agent, now=clinic.now
    )
    for _ in range(2):  # the second run does nothing
        await clinic.app.runner.run_now("measure_episodes")
    (kept,) = await clinic.rows("episode_figures")
    assert (kept["_id"], kept["owner"], kept["ending"]) == (episode.id, account, "greeting")
    assert (kept["human_answered"], kept["asked_for_a_person"], kept["left_unanswered"]) == (True, True, False)
    assert set(kept["goals"]) == {"phone"}
    assert kept["agent_turns"] >= 3
    assert len(kept["next_reply_seconds"]) == 1
