"""The desk's clocks through the front door: alarms on a colleague's own WeChat, nudges, promises."""

from datetime import timedelta

from tests.scenarios.conftest import Clinic
from tests.scenarios.talking import answer, colleague, contact_id_of, episode_of, open_episode, take
from wxbot.actors import Actor
from wxbot.conversations.escalation.promises import PromiseState
from wxbot.conversations.models import Cause, EndingKind, EpisodeState
from wxbot.simulator.people import Seen
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role
from wxbot.staff.wechat_binding import mark_of

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def bound(clinic: Clinic, actor: Actor) -> str:
    """The colleague's own WeChat, bound by scanning and confirming."""
    wechat = clinic.app.services.staff.wechat
    openid = await clinic.person(actor.name)
    scene = await wechat.start(by=actor, now=clinic.now)
    await clinic.platform.scan(openid, scene)
    await wechat.confirm(mark_of(openid), by=actor, now=clinic.now)
    await clinic.say(openid, "你好")  # which opens the window: else it is a card
    return openid


async def pass_time(clinic: Clinic, by: timedelta, steps: int = 1) -> None:
    """Time passes in steps, and the desk's clock runs at each."""
    for _ in range(steps):
        await clinic.move(by / steps)
        await clinic.app.runner.run_now("run_desk")
        await clinic.app.runner.run_now("deliver_outbox")
    await clinic.platform.settled()


def alarms(clinic: Clinic, openid: str) -> list[Seen]:
    return [seen for seen in clinic.sent_to(openid) if "有患者在等" in seen.text or "答应患者" in seen.text]


async def with_colleague(clinic: Clinic, role: Role = Role.RECEPTION) -> tuple[str, Actor]:
    """A patient who asked for a person, and the colleague who has them."""
    clinic.stand_still()
    by = await colleague(clinic, role)
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await take(clinic, openid, by)
    return openid, by


async def test_who_waits_is_told_on_the_supervisors_own_wechat_once(clinic: Clinic) -> None:
    clinic.stand_still()
    manager = await colleague(clinic, Role.MANAGER)
    phone = await bound(clinic, manager)
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await pass_time(clinic, 4 * MINUTE, steps=8)
    assert alarms(clinic, phone) == []
    await pass_time(clinic, 2 * MINUTE, steps=8)
    (alarm,) = alarms(clinic, phone)
    assert "已等 5 分钟" in alarm.text
    assert (await episode_of(clinic, openid)).rungs == ("owner", "desk", "supervisor", "wechat")
    await pass_time(clinic, 10 * MINUTE, steps=4)
    assert len(alarms(clinic, phone)) == 1


async def test_without_an_open_window_it_is_a_card_that_names_nobody(clinic: Clinic) -> None:
    clinic.stand_still()
    phone = await bound(clinic, await colleague(clinic, Role.MANAGER))
    await clinic.move(timedelta(days=3))
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await pass_time(clinic, 6 * MINUTE, steps=6)
    (seen,) = clinic.sent_to(phone, "template")
    assert seen.card is not None
    assert "有一位患者在等回复" in str(seen.card)
    assert "人工" not in str(seen.card)


async def test_a_silent_patient_is_asked_twice_and_let_go(clinic: Clinic) -> None:
    """A2-22: the two questions are what shows that the patient ended it."""
    openid, by = await with_colleague(clinic)
    await answer(clinic, openid, "您好，洗牙 180 元起，可以吗？", by)
    before = len(clinic.sent_to(openid, "customer"))
    episode = await episode_of(clinic, openid)
    await pass_time(clinic, 45 * MINUTE, steps=45)
    said = [seen.text for seen in clinic.sent_to(openid, "customer")][before:]
    assert len(said) == 2
    assert "您看到了吗" in said[0]
    assert "先不打扰您" in said[1]
    assert await open_episode(clinic, openid) is None
    [row] = await clinic.rows("episodes", {"_id": episode.id})
    assert row["ending"]["kind"] == EndingKind.CLIENT.value
    lines = {line.id for line in await clinic.story(openid)}
    assert len(row["ending"]["evidence"]) == 2
    assert set(row["ending"]["evidence"]) <= lines
    assert await clinic.rows("followups", {"kind": "call"}) == []


async def test_who_answers_the_question_stays(clinic: Clinic) -> None:
    openid, by = await with_colleague(clinic)
    await answer(clinic, openid, "您好，洗牙 180 元起", by)
    await pass_time(clinic, 20 * MINUTE, steps=20)
    await clinic.say(openid, "在的，我想想")
    await answer(clinic, openid, "好，您慢慢想", by)
    await pass_time(clinic, 2 * MINUTE, steps=2)
    assert (await episode_of(clinic, openid)).state is EpisodeState.ASSIGNED


async def test_a_promise_is_noted_when_it_left_and_comes_back_when_it_is_due(clinic: Clinic) -> None:
    openid, by = await with_colleague(clinic)
    phone = await bound(clinic, by)
    await answer(clinic, openid, "片子要请陈医生看，下午三点前给您答复", by)
    contact_id = await contact_id_of(clinic, openid)
    promises = clinic.app.services.chat.promises
    (promise,) = await promises.open_of(contact_id)
    assert (promise.owner, promise.id) == (by.id, (await clinic.story(openid))[-1].id)
    episode = await episode_of(clinic, openid)
    await clinic.app.services.chat.desk.end_by_patient(contact_id, line_ids=(), now=clinic.now)
    await clinic.move_to("2026-11-23 14:50")
    await pass_time(clinic, SECOND)
    again = await episode_of(clinic, openid)
    assert (again.cause, again.state, again.id != episode.id) == (Cause.REQUEST, EpisodeState.WAITING, True)
    await clinic.move_to("2026-11-23 15:00")
    await pass_time(clinic, SECOND)
    assert any("答应患者 15:00 前答复" in seen.text for seen in alarms(clinic, phone))
    kept = await promises.keep(promise.id, by=by, now=clinic.now)
    assert kept.state is PromiseState.LATE


async def test_the_jobs_second_run_does_nothing(clinic: Clinic) -> None:
    openid, by = await with_colleague(clinic)
    await answer(clinic, openid, "您好", by)
    await pass_time(clinic, 4 * MINUTE)
    before = (await episode_of(clinic, openid), len(clinic.sent_to(openid)))
    await pass_time(clinic, timedelta(0))
    assert (await episode_of(clinic, openid), len(clinic.sent_to(openid))) == before


async def test_what_was_promised_goes_with_who_left(clinic: Clinic) -> None:
    openid, by = await with_colleague(clinic)
    await answer(clinic, openid, "下周五前给您答复", by)
    assert len(await clinic.rows("promises")) == 1
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=4))
    assert await clinic.rows("promises") == []


async def test_a_talk_that_nobody_answers_after_all_is_told_to_the_supervisor_at_once(clinic: Clinic) -> None:
    phone = await bound(clinic, await colleague(clinic, Role.MANAGER))
    await with_colleague(clinic)
    await pass_time(clinic, 3 * MINUTE, steps=6)
    (lost,) = alarms(clinic, phone)
    assert "没有回复，已放回待回复" in lost.text


async def test_the_leads_are_told_of_the_worst_incident_once_but_not_whose_talk_it_was(clinic: Clinic) -> None:
    """A0-33: the rule holds for who leads, too."""
    clinic.stand_still()
    lead, other = await colleague(clinic, Role.MANAGER), await colleague(clinic, Role.ADMIN)
    leads, others = await bound(clinic, lead), await bound(clinic, other)
    openid = await clinic.person()
    contact_id = await contact_id_of(clinic, openid)
    alerts = clinic.app.services.review.incidents._alerts
    for _ in range(2):
        await alerts.tell_of_incident("e1", contact_id, AccountId(lead.id), "辱骂患者", clinic.now)
    await clinic.app.runner.run_now("deliver_outbox")
    await clinic.platform.settled()
    (told,) = [seen for seen in clinic.sent_to(others) if "服务事故" in seen.text]
    assert "辱骂患者" in told.text
    assert [seen for seen in clinic.sent_to(leads) if "服务事故" in seen.text] == []
