"""常用语 in the console: list, form, archive and undo, private ones, and what the reply box proposes."""

import json
import re
from html import unescape

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_settings_pages import fields_of
from wxbot.staff.permissions import Role

C = "/console/settings/canned"
OPTIONS = "/console/desk/canned"
PARKING = {
    "title": "停车说明",
    "folder": "到院",
    "text": "{salutation}您好，楼下可以停车，{?时间}前免费。",
    "shared": "true",
}


def inserted(html: str) -> list[tuple[str, list[list[int]]]]:
    """What each proposed button puts in, with its blanks."""
    found = re.findall(r'data-insert="([^"]*)"\s+data-blanks="([^"]*)"', html)
    return [(unescape(text), json.loads(unescape(blanks))) for text, blanks in found]


@pytest.mark.parametrize(
    "path", [C, f"{C}/new", f"{C}?q=jdd", f"{C}?folder=接待", f"{C}?show=archived", f"{C}/wait_sorry"]
)
async def test_every_page_opens(admin: Browser, path: str) -> None:
    assert (await admin.get(path)).status == 200


async def test_the_articles_phrases_are_shipped_and_found_by_initials(admin: Browser) -> None:
    page = await admin.get(f"{OPTIONS}?q=rnj")  # 让您久等了
    assert inserted(page.text)[0] == ("很抱歉让您久等了。", [])


async def test_a_new_reply_is_proposed_with_its_blanks_where_somebody_must_write(admin: Browser) -> None:
    await admin.get(f"{C}/new")
    page = await admin.post(f"{C}/new", PARKING)
    assert "停车说明" in page.text
    ((text, blanks),) = inserted((await admin.get(f"{OPTIONS}?q=tcsm")).text)
    assert text == "〔称呼〕您好，楼下可以停车，〔时间〕前免费。"
    assert [text[start:end] for start, end in blanks] == ["〔称呼〕", "〔时间〕"]


async def test_a_word_that_must_not_be_said_is_refused_beside_the_field(admin: Browser) -> None:
    await admin.get(f"{C}/new")
    page = await admin.post(f"{C}/new", {**PARKING, "text": "我保证治好您"})
    assert "不能用" in page.text
    assert "我保证治好您" in page.text  # what was typed is still there
    page = await admin.post(f"{C}/new", {**PARKING, "text": "{docter}在等您"})
    assert "没有 {docter} 这个变量" in page.text


async def test_an_archived_one_is_gone_from_the_box_until_it_is_undone(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(f"{C}/greet_hello")
    page = await admin.post(f"{C}/greet_hello/archive", {"revision": fields_of(page)["revision"]})
    assert "撤销停用" in page.text
    assert inserted((await admin.get(f"{OPTIONS}?q=您好！")).text) == []
    await admin.post(f"{C}/greet_hello/restore", {"revision": fields_of(page)["revision"]})
    assert ("您好！", []) in inserted((await admin.get(f"{OPTIONS}?q=您好！")).text)
    rows = await clinic.rows("audit", {"action": "reply:edited"})
    assert len(rows) == 2


async def test_a_private_one_is_nobody_elses_and_a_shared_one_is_the_leads(admin: Browser, sign_in: SignIn) -> None:
    reception = await sign_in(Role.RECEPTION)
    await reception.get(f"{C}/new")
    page = await reception.post(f"{C}/new", {"title": "我的结尾", "folder": "我的", "text": "祝您一切顺利。"})
    assert page.status == 200
    assert inserted((await reception.get(f"{OPTIONS}?q=wdjw")).text) == [("祝您一切顺利。", [])]
    assert inserted((await admin.get(f"{OPTIONS}?q=wdjw")).text) == []
    assert (await admin.get(f"{C}/wo_de_jie_wei")).status == 404
    shared = await reception.get(f"{C}/wait_sorry")
    assert "需要主管或管理员的权限" in shared.text
    typed = {**fields_of(shared), "title": "久等", "folder": "等待", "text": "久等了。", "shared": "true"}
    assert (await reception.post(f"{C}/wait_sorry", typed)).status == 403
    assert (await reception.post(f"{C}/new", {**PARKING})).status == 403


async def test_what_is_used_is_counted_and_proposed_first(admin: Browser) -> None:
    before = [text for text, _ in inserted((await admin.get(f"{OPTIONS}?q=再见")).text)]
    assert len(before) > 1
    await admin.get(C)
    await admin.post(f"{OPTIONS}/close_goodbye/used", {})
    page = await admin.get(f"{C}/close_goodbye")
    assert "用过 1 次" in page.text


async def test_two_editors_notice_each_other(admin: Browser) -> None:
    first = fields_of(await admin.get(f"{C}/price_hope"))
    typed = {**first, "title": "给希望", "folder": "价格", "text": "具体以现场为准。", "shared": "true"}
    await admin.post(f"{C}/price_hope", typed)
    page = await admin.post(f"{C}/price_hope", {**typed, "title": "别的标题"})
    assert "给希望" in page.text
    assert "别的标题" in page.text


async def test_the_list_shows_what_is_to_be_filled_in_as_the_box_does(admin: Browser) -> None:
    page = await admin.get(f"{C}?q=确认意思")
    assert page.shows("请问您的意思是〔患者的意思〕吗？")
    assert "{?" not in page.text
