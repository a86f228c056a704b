"""值班 and 下班: who is at the desk when, and what is handed over before somebody leaves."""

from datetime import time

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.clinic.models import Block, Weekday
from wxbot.conversations.models import AgentStatus, Cause, EpisodeState
from wxbot.history.models import ContactId
from wxbot.staff.models import Account, AccountId
from wxbot.staff.permissions import Role

S = "/console/settings/shifts"
OFF = "/console/desk/sign-off"


async def account(clinic: Clinic, login: str) -> Account:
    rows = await clinic.rows("staff", {"login": login})
    found = await clinic.app.stores.staff.account(AccountId(rows[0]["_id"]))
    assert found is not None
    return found


@pytest.fixture
async def manager(sign_in: SignIn) -> Browser:
    return await sign_in(Role.MANAGER)


@pytest.fixture
async def desk(sign_in: SignIn) -> Browser:
    return await sign_in(Role.RECEPTION)


def week(**days: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        pair
        for day, spans in days.items()
        for start, end in spans
        for pair in ((f"start.{day}", start), (f"end.{day}", end))
    ]


async def revision(browser: Browser, path: str) -> str:
    page = await browser.get(path)
    return page.text.split('name="revision" value="')[1].split('"')[0]


async def test_a_week_is_set_with_lunch_and_shown_in_the_grid(clinic: Clinic, manager: Browser, desk: Browser) -> None:
    somebody = await account(clinic, "reception")
    path = f"{S}/{somebody.id}"
    assert (await manager.get(S)).shows("没有排班", somebody.name)
    pairs = [("revision", await revision(manager, path)), *week(mon=[("13:30", "18:00"), ("09:00", "12:00"), ("", "")])]
    done = await manager.post(path, pairs)
    assert (done.path, done.shows("09:00–12:00", "13:30–18:00")) == (S, True)
    kept = await clinic.app.services.chat.shifts.of(somebody.id)
    assert kept == (
        Block(day=Weekday.MON, start=time(9), end=time(12)),
        Block(day=Weekday.MON, start=time(13, 30), end=time(18)),
    )
    entries = await clinic.app.services.audit.of_subject(f"staff:{somebody.id}")
    assert "shift:changed" in [each.action for each in entries]
    del desk


async def test_blocks_that_overlap_or_lack_an_end_are_told_under_their_day(
    clinic: Clinic, manager: Browser, desk: Browser
) -> None:
    del desk
    path = f"{S}/{(await account(clinic, 'reception')).id}"
    first = ("revision", await revision(manager, path))
    over = await manager.post(path, [first, *week(tue=[("09:00", "12:00"), ("11:00", "13:00")])])
    assert over.shows("周二", "重叠")
    open_end = await manager.post(path, [first, *week(tue=[("09:00", "")])])
    assert open_end.shows("周二有一段没有填完整")
    assert await clinic.app.services.chat.shifts.of((await account(clinic, "reception")).id) == ()


async def test_any_day_is_copied_inside_the_form(clinic: Clinic, manager: Browser, desk: Browser) -> None:
    del desk
    path = f"{S}/{(await account(clinic, 'reception')).id}"
    first = ("revision", await revision(manager, path))
    copied = await manager.post(path, [first, *week(wed=[("08:15", "12:00")]), ("copy", "wed:week")])
    assert copied.shows("已把周三的时间填到下面")
    assert copied.text.count('value="08:15"') == 7
    assert await clinic.app.services.chat.shifts.everybody() == {}


async def test_of_two_who_edit_the_second_is_told(
    clinic: Clinic, manager: Browser, sign_in: SignIn, desk: Browser
) -> None:
    del desk
    other = await sign_in(Role.ADMIN)
    path = f"{S}/{(await account(clinic, 'reception')).id}"
    mine, theirs = await revision(manager, path), await revision(other, path)
    await manager.post(path, [("revision", mine), *week(mon=[("09:00", "12:00")])])
    stale = await other.post(path, [("revision", theirs), *week(mon=[("10:00", "12:00")])])
    assert stale.shows("您编辑期间")
    assert [
        each.start for each in await clinic.app.services.chat.shifts.of((await account(clinic, "reception")).id)
    ] == [time(9)]


async def test_hours_in_which_nobody_is_on_duty_are_told(clinic: Clinic, manager: Browser) -> None:
    """Only where everybody has a roster: without one somebody may always be there."""
    somebody = await account(clinic, "manager")
    for each in await clinic.rows("staff", {"_id": {"$ne": somebody.id}}):
        await clinic.app.database.collection("staff").update_one({"_id": each["_id"]}, {"$set": {"disabled": True}})
    path = f"{S}/{somebody.id}"
    await manager.post(path, [("revision", await revision(manager, path)), *week(mon=[("09:00", "12:00")])])
    assert (await manager.get(S)).shows("没有人值班", "周二")


async def test_reception_sees_no_rosters_and_an_unknown_account_is_not_found(
    clinic: Clinic, manager: Browser, desk: Browser
) -> None:
    del clinic
    assert (await desk.get(S)).status == 403
    assert (await desk.get(f"{S}/row?day=tue")).status == 403
    assert (await manager.get(f"{S}/nobody")).status == 404
    assert (await manager.get(f"{S}/row?day=tue", htmx=True)).shows("start.tue")


# -- 下班 ---------------------------------------------------------------------------------------------------------


async def chat_of(clinic: Clinic, who: Account, name: str) -> str:
    openid = await clinic.person(name)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    desk, now = clinic.app.services.chat.desk, clinic.now
    episode = await desk.open(
        key=f"ask/{name}", contact_id=ContactId(contact.id), cause=Cause.ASKED, reason="", words="在吗", now=now
    )
    await desk.take(episode.id, reason="熟人", by=who.actor, now=now)
    return episode.id


async def test_signing_off_asks_for_a_note_of_each_chat_and_then_lets_them_go(clinic: Clinic, desk: Browser) -> None:
    """A0-18."""
    clinic.stand_still()
    me = await account(clinic, "reception")
    chat = clinic.app.services.chat
    await chat.presence.set_status(AgentStatus.AVAILABLE, by=me.actor, now=clinic.now)
    first, second = await chat_of(clinic, me, "小一"), await chat_of(clinic, me, "小二")
    page = await desk.get(OFF)
    assert page.shows("还有 2 个会话", "在等您回复", "在吗")
    refused = await desk.post(OFF, {f"open.{first}": "等片子"})
    assert refused.shows("请写一句交接", "等片子")
    assert (await chat.presence.agent(me.id)).status is AgentStatus.AVAILABLE
    done = await desk.post(OFF, {f"open.{first}": "等片子", f"open.{second}": "想约周三", f"to.{second}": "nobody"})
    assert done.path == "/console/"
    assert (await chat.presence.agent(me.id)).status is AgentStatus.AWAY
    rows = {row["_id"]: row for row in await clinic.rows("episodes")}
    assert {row["state"] for row in rows.values()} == {EpisodeState.WAITING.value}
    assert rows[second]["handovers"][-1]["still_open"] == "想约周三"


async def test_who_has_nothing_open_just_leaves(clinic: Clinic, desk: Browser) -> None:
    me = await account(clinic, "reception")
    assert (await desk.get(OFF)).shows("您手上没有会话了")
    assert (await desk.post(OFF)).path == "/console/"
    assert (await clinic.app.services.chat.presence.agent(me.id)).status is AgentStatus.AWAY
