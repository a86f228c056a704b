"""今日: what a page answers that shows an appointment as it no longer is."""

import re
from html import unescape

import pytest

from tests.console.conftest import Browser, Clinic

NOTICE = re.compile(r"<strong>(?P<title>[^<]*)</strong>\s*<div>(?P<words>[^<]*)</div>")


async def cancelled_visit(clinic: Clinic) -> str:
    """An appointment of tomorrow that the patient has cancelled by chat."""
    openid = await clinic.person("小林")
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "取消这个预约")
    await clinic.say(openid, "确认取消")
    (row,) = await clinic.rows("appointments")
    assert row["state"] == "cancelled"
    return str(row["_id"])


@pytest.mark.parametrize("button", ["confirm", "missed"])
async def test_a_stale_page_learns_in_chinese_that_the_appointment_was_cancelled(
    clinic: Clinic, admin: Browser, button: str
) -> None:
    visit = await cancelled_visit(clinic)
    await admin.get("/console/today/visits")
    page = await admin.post(f"/console/today/visits/{visit}/{button}", htmx=True)
    notice = NOTICE.search(unescape(page.text))
    assert page.status == 422
    assert notice is not None
    assert notice["title"] == "现在不能这样做"
    assert "取消" in notice["words"]
    assert re.findall(r"[A-Za-z]+", notice["words"]) == []


async def test_a_patient_who_asks_for_a_person_many_times_is_one_task_with_a_count(
    clinic: Clinic, admin: Browser
) -> None:
    openid = await clinic.person("小林")
    for _ in range(12):
        assert await clinic.say(openid, "人工")
    (task,) = await clinic.rows("followups")
    assert (task["count"], task["state"]) == (12, "open")
    for address in ("/console/", "/console/followups"):
        page = await admin.get(address)
        assert page.text.count("患者请求人工服务") == 1
        assert "已请求 12 次" in page.text
