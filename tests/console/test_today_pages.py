"""今日: what a page answers that shows an appointment as it no longer is."""

import re
from datetime import timedelta
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


async def test_a_confirmation_renews_the_counts_keeps_the_place_and_is_taken_back(
    clinic: Clinic, admin: Browser
) -> None:
    openid = await clinic.person("小林")
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    (row,) = await clinic.rows("appointments")
    base = f"/console/today/visits/{row['_id']}"
    listed = await admin.get("/console/today/visits?day=tomorrow")
    assert "已确认 0 / 1" in listed.text
    done = await admin.post(f"{base}/confirm", {"day": "tomorrow"}, htmx=True)
    assert "已确认 1 / 1" in done.text
    assert "再次确认" not in done.text  # that is for the morning of the visit
    assert re.search(rf'id="who-{row["_id"]}"[^>]*autofocus', done.text)
    back = await admin.post(f"{base}/unconfirm", {"day": "tomorrow"}, htmx=True)
    assert "已确认 0 / 1" in back.text
    assert "撤销确认" not in back.text
    plain = await admin.post(f"{base}/confirm", {"day": "tomorrow"})
    assert plain.shows("已记为确认会来", "明天的预约", "撤销确认")


async def test_who_was_marked_missed_by_mistake_is_expected_again(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person("小林")
    await clinic.book(openid, "洁牙", "陈晓晴", "今天", "1")
    (row,) = await clinic.rows("appointments")
    base = f"/console/today/visits/{row['_id']}"
    await clinic.move_to(f"{row['start'].astimezone(clinic.app.services.clinic.timezone):%Y-%m-%d %H:%M}")
    await clinic.move(timedelta(minutes=5))
    await admin.get("/console/today/visits")
    gone = await admin.post(f"{base}/missed", {"day": "today"}, htmx=True)
    assert gone.shows("撤销未到诊")
    back = await admin.post(f"{base}/expected", {"day": "today"}, htmx=True)
    assert not back.shows("撤销未到诊")
    assert [each["state"] for each in await clinic.rows("appointments")] == ["booked"]
    await admin.post(f"{base}/missed", {"day": "today"}, htmx=True)
    await clinic.move(timedelta(hours=25))
    refused = await admin.post(f"{base}/expected", {"day": "today"}, htmx=True)
    assert (refused.status, refused.shows("不能撤销")) == (422, True)


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
