"""会话 · 统计: numbers with their definitions, each opening the talks behind it."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.console.conftest import Browser, Clinic, SignIn
from tests.unit.conversations.talks import episode, talk
from wxbot.actors import COMMAND_LINE
from wxbot.clinic.models import Block, Weekday
from wxbot.conversations.escalation.promises import Promise
from wxbot.conversations.models import Ending, EndingKind, EpisodeId, EpisodeState
from wxbot.conversations.store import EpisodeStore
from wxbot.history.models import ContactId
from wxbot.staff.permissions import Role

HREF = re.compile(r'href="(/console/quality/records[^"]*)"')


ANSWERS = ((20, "您好，一万二起，请问您缺牙多久了？方便留电话吗？"), (40, "要看情况"))


async def close_talks(clinic: Clinic, agent: str) -> None:
    """Two talks of that colleague's that ended: one answered in 20 seconds, one in 40 and brushed off."""
    services, begun = clinic.app.services, clinic.now - timedelta(hours=1)
    for number, (seconds, answer) in enumerate(ANSWERS):
        contact = await services.patients.contact_by_openid(await clinic.person(f"患者{number}"))
        assert contact is not None
        lines = talk(("p", "种一颗牙要多少钱"), (agent, answer, seconds))
        shift = begun - lines[0].at
        lines = [replace(line, id=f"t{number}{line.id}", at=line.at + shift, contact_id=contact.id) for line in lines]
        await services.history.append(*lines)
        kind = EndingKind.AGENT if number else EndingKind.GREETING
        it = episode(
            id=EpisodeId(f"e{number}"),
            key=f"k{number}",
            keys=(f"k{number}",),
            contact_id=contact.id,
            opened_at=begun,
            first_waited_at=begun,
            first_reply_at=lines[1].at,
            owner=agent,
            state=EpisodeState.CLOSED,
            closed_at=begun + timedelta(minutes=5 + number),
            latest_at=begun + timedelta(minutes=5),
            ending=Ending(kind=kind, by=f"staff:{agent}", at=begun),
        )
        assert await EpisodeStore(clinic.app.database).insert(it)
    assert await services.review.figures.catch_up(clinic.now) == len(ANSWERS)


@pytest.fixture
async def closed(clinic: Clinic, sign_in: SignIn) -> Browser:
    """A supervisor, after two talks of the consultant's ended."""
    boss, _ = await sign_in(Role.MANAGER), await sign_in(Role.CONSULTANT)
    rows = await clinic.rows("staff")
    await close_talks(clinic, next(row["_id"] for row in rows if row["login"] == "consultant"))
    return boss


async def test_every_number_says_what_it_means_and_opens_its_talks(closed: Browser) -> None:
    page = await closed.get("/console/quality")
    assert page.shows("30 秒内首次答复", "50.0%", "1 / 2", "（A3-02）", "人工应答次数 ÷ 要求人工应答的次数 × 100%")
    assert page.shows("咨询师小周", "每个班次", "各时段", "每天")
    addresses = {unescape(each) for each in HREF.findall(page.text)}
    assert len(addresses) > 20
    for address in addresses:
        opened = await closed.get(address)
        assert opened.status == 200
        assert opened.shows("/console/desk/"), address
    late = next(each for each in addresses if "figure=late" in each and "person" not in each and "hour" not in each)
    opened = await closed.get(late)
    assert opened.shows("40 秒", "主动结束", "敷衍")
    assert "20 秒<" not in opened.text


async def test_the_charts_have_the_pages_numbers_and_their_code_is_a_file_of_ours(closed: Browser) -> None:
    page = await closed.get("/console/quality")
    found = re.search(r'data-charts="([^"]*)"', page.text)
    assert found is not None
    data = json.loads(unescape(found[1]))
    assert (data["days"]["count"], data["days"]["on_time"]) == ([2], [50.0])
    assert {each["name"]: each["value"] for each in data["endings"]}["主动结束"] == 1
    scripts = re.findall(r'<script src="([^"?]*)', page.text)
    assert scripts[-2:] == ["/console/static/vendor/echarts.js", "/console/static/charts.js"]
    for each in scripts:
        assert (await closed.get(each)).status == 200
    assert re.search(r"<script(?![^>]*src=)", page.text) is None


async def test_the_register_is_a_spreadsheet_with_a_row_per_talk_and_its_reason_is_kept(
    clinic: Clinic, closed: Browser, sign_in: SignIn
) -> None:
    await closed.get("/console/quality")
    day = clinic.now.astimezone(clinic.app.services.clinic.timezone).date()
    days = {"first": (day - timedelta(days=2)).isoformat(), "last": day.isoformat()}
    assert (await closed.post("/console/quality/register", {**days, "reason": "看"})).shows("请写明导出理由")
    file = await closed.post("/console/quality/register", {**days, "reason": "本月质检会"})
    assert "register.xlsx" in file.headers["Content-Disposition"]
    heads, *rows = load_workbook(BytesIO(file.body)).active.iter_rows(values_only=True)
    assert len(heads) >= 25
    assert len(rows) == 2
    found = [dict(zip(heads, row, strict=True)) for row in rows]
    assert {each["接待"] for each in found} == {"咨询师小周"}
    assert "主动结束" in {each["结束方式"] for each in found}
    assert {each["首次答复（秒）"] for each in found} == {20, 40}
    kept = [row for row in await clinic.rows("audit") if row["action"] == "conversation:exported"]
    assert [row["reason"] for row in kept] == ["本月质检会"]
    other = await sign_in(Role.CONSULTANT)
    await other.get("/console/quality")
    assert (await other.post("/console/quality/register", {**days, "reason": "想看看大家"})).status == 403


async def test_somebody_sees_their_own_numbers_only(closed: Browser, sign_in: SignIn) -> None:
    assert closed
    own = await (await sign_in(Role.CONSULTANT)).get("/console/quality")
    assert own.shows("1 / 2")
    assert "重新统计" not in own.text
    others = await (await sign_in(Role.RECEPTION)).get("/console/quality")
    assert others.shows("还没有结束的会话")


async def test_days_that_cannot_be_are_told(closed: Browser) -> None:
    for query, words in (
        ("first=2026-02-30", "日期"),
        ("first=2026-11-20&last=2026-11-10", "结束日期不能早于开始日期"),
        ("first=2020-01-01&last=2026-11-10", "一次最多看 92 天"),
    ):
        page = await closed.get(f"/console/quality?{query}")
        assert page.status == 200
        assert page.shows(words), query


async def test_numbers_have_two_standards_and_their_colour(closed: Browser) -> None:
    page = await closed.get("/console/quality")
    assert page.shows("基本 80%，优质 95%", "基本 60 秒，优质 30 秒", "未达基本标准", '<b class="band-below">')
    assert re.search(r'<a class="band-below"\s+title="未达基本标准"\s+href="/console/quality/records', page.text)


async def test_talks_lost_at_a_change_of_shifts_are_told_by_day_and_time(clinic: Clinic, closed: Browser) -> None:
    services = clinic.app.services
    begun = (clinic.now - timedelta(hours=1)).astimezone(services.clinic.timezone)
    account = next(row["_id"] for row in await clinic.rows("staff") if row["login"] == "consultant")
    start = begun.replace(second=0, microsecond=0) - timedelta(minutes=10)
    day = list(Weekday)[start.weekday()]
    block = Block(day=day, start=start.time(), end=(start + timedelta(hours=4)).time())
    await services.chat.shifts.change(account, (block,), revision=0, by=COMMAND_LINE, now=clinic.now)
    days = {"first": start.date().isoformat(), "last": start.date().isoformat()}
    page = await closed.post("/console/quality/again", days)
    assert page.shows("每次换班前后", f"{start:%Y-%m-%d %H:%M}", "（A0-18）")
    address = next(
        unescape(each)
        for each in HREF.findall(page.text)
        if "figure=lost_near_change" in each and f"change={start:%Y-%m-%dT%H}" in unescape(each)
    )
    opened = await closed.get(address)
    assert opened.shows("流失的会话 ÷ 换班前后的会话", f"换班 {start:%Y-%m-%d %H:%M}", "/console/quality/talks/e1")
    elsewhere = await closed.get(address.replace(f"{start:%Y-%m-%dT}", "2020-01-01T"))
    assert elsewhere.shows("没有这样的会话")


async def test_a_period_is_measured_again(clinic: Clinic, closed: Browser) -> None:
    page = await closed.get("/console/quality")
    day = clinic.now.astimezone(clinic.app.services.clinic.timezone).date().isoformat()
    page = await closed.post("/console/quality/again", {"first": day, "last": day})
    assert page.shows("已重新统计 2 个会话")


async def test_an_unknown_figure_shows_nothing(closed: Browser) -> None:
    page = await closed.get("/console/quality/records?figure=nonsense")
    assert page.shows("没有这个数字", "没有这样的会话")


async def test_an_erased_contact_is_no_link(clinic: Clinic, closed: Browser) -> None:
    figures = (await clinic.rows("episode_figures"))[0]
    await clinic.app.services.review.erase(ContactId(figures["contact_id"]))
    assert (await closed.get("/console/quality/records?figure=all")).shows("已删除")


async def test_promises_are_counted_by_what_became_of_them_and_open_their_talks(
    clinic: Clinic, closed: Browser, sign_in: SignIn
) -> None:
    agent = next(row["_id"] for row in await clinic.rows("staff") if row["login"] == "consultant")
    figures = (await clinic.rows("episode_figures"))[0]
    await clinic.app.services.chat.promises.note(
        Promise(
            id="line",
            contact_id=figures["contact_id"],
            episode_id=figures["_id"],
            made_by=agent,
            owner=agent,
            made_at=clinic.now - timedelta(minutes=30),
            due_at=clinic.now + timedelta(hours=1),
            words="下午三点前回复您",
        )
    )
    services, contact_id = clinic.app.services, ContactId(figures["contact_id"])
    record = await services.records.record_for(contact_id, by=COMMAND_LINE, now=clinic.now)
    await services.records.edit(
        record.id, {"name": "张桂兰"}, revision=record.revision, by=COMMAND_LINE, now=clinic.now
    )
    page = await closed.get("/console/quality")
    assert page.shows("待兑现", "/console/quality/promises?")
    for address in ("promises?state=open", "records?figure=all"):  # by the name that the desk's lists show
        assert (await closed.get(f"/console/quality/{address}")).shows(f'/console/desk/{contact_id}">张桂兰</a>')
    opened = await closed.get("/console/quality/promises?state=open")
    assert opened.shows("下午三点前回复您", "咨询师小周", f"/console/desk/{figures['contact_id']}")
    assert (await closed.get("/console/quality/promises?state=broken")).shows("没有这样的承诺")
    other = await sign_in(Role.RECEPTION)
    assert "下午三点前" not in (await other.get("/console/quality/promises")).text
