"""A practitioner's calendar behind a secret link: made, read, renewed, stopped; and what nobody gets to see."""

import re
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_visit_day_pages import booked
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role

HERE = "/console/settings/practitioners/chen/calendar"
LINK = re.compile(r'value="(https?://[^"]*?(/feeds/[A-Za-z0-9_-]+\.ics))"')


async def link_of(admin: Browser) -> str:
    """The path of a new link."""
    await admin.get(HERE)
    page = await admin.post(f"{HERE}/renew")
    assert page.shows("只显示这一次")
    assert page.headers["Cache-Control"] == "no-store"
    found = LINK.search(page.text)
    assert found is not None
    return found[2]


async def read(admin: Browser, path: str, etag: str = "") -> tuple[int, str, str]:
    """What a calendar without cookies gets: status, text, ETag."""
    headers = {"If-None-Match": etag} if etag else {}
    async with aiohttp.ClientSession() as phone, phone.get(admin.url + path, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers.get("ETag", "")


async def test_the_feed_holds_initials_and_visit_type_and_follows_each_change(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    path = await link_of(admin)
    status, text, etag = await read(admin, path)
    assert status == 200
    assert text.count("BEGIN:VEVENT") == 1
    assert "SUMMARY:LXM 洁牙 初诊" in text
    assert not any(word in text for word in ("林小满", "小林", openid))
    assert await read(admin, path, etag) == (304, "", etag)

    (row,) = await clinic.rows("appointments")
    await clinic.say(openid, "我的预约")
    await clinic.tap(openid, "取消这个预约")
    await clinic.tap(openid, "确认取消")
    status, text, later = await read(admin, path, etag)
    assert (status, later != etag) == (200, True)
    assert f"UID:{row['_id']}@wxbot" in text
    assert "STATUS:CANCELLED" in text
    assert "SEQUENCE:1" in text


async def test_a_new_link_ends_the_old_one_and_a_stopped_one_shows_nothing(clinic: Clinic, admin: Browser) -> None:
    first = await link_of(admin)
    second = await link_of(admin)
    assert [(await read(admin, path))[0] for path in (first, second)] == [404, 200]
    assert (await admin.get(HERE)).shows("链接在用", "换新链接")
    assert first.split("/")[-1][:-4] not in (await admin.get(HERE)).text
    assert (await admin.post(f"{HERE}/revoke")).shows("链接已停用", "还没有链接")
    assert (await read(admin, second))[0] == 404
    assert (await admin.post(f"{HERE}/revoke")).shows("没有在用的链接")
    assert [row["action"] for row in await clinic.rows("audit") if row["action"].startswith("feed:")] == [
        "feed:renewed",
        "feed:renewed",
        "feed:revoked",
    ]


async def test_only_those_who_set_up_the_clinic_make_links(admin: Browser, sign_in: SignIn) -> None:
    manager, doctor = await sign_in(Role.MANAGER), await sign_in(Role.CLINICIAN)
    assert (await doctor.get(HERE)).status == 403
    assert not (await manager.get(HERE)).shows("生成链接")
    assert (await manager.post(f"{HERE}/renew")).status == 403
    await admin.get(HERE)
    assert (await admin.post("/console/settings/practitioners/nobody/calendar/renew")).status == 404


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 5_000, "%2e%2e", "%00", "陈"])
async def test_no_other_link_opens_anything(admin: Browser, token: str) -> None:
    await link_of(admin)
    status, text, _ = await read(admin, f"/feeds/{token}.ics")
    assert (status, "VCALENDAR" in text) == (404, False)


async def test_a_practitioner_who_left_has_no_feed(clinic: Clinic, admin: Browser) -> None:
    path = await link_of(admin)
    settings = clinic.app.services.clinic_settings
    stored = await settings.stored(by=COMMAND_LINE)
    chen = next(each for each in stored.practitioners if each.id == "chen")
    await settings.save_practitioner(replace(chen.value, retired=True), chen.revision, by=COMMAND_LINE, now=clinic.now)
    assert (await read(admin, path))[0] == 404


async def test_the_token_is_kept_as_a_hash_and_stands_in_no_log(
    clinic: Clinic, admin: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    await booked(clinic, "明天")
    path = await link_of(admin)
    token = path.split("/")[-1].removesuffix(".ics")
    assert (await read(admin, path))[0] == 200
    (row,) = await clinic.rows("calendar_feeds")
    assert token not in str(row)
    assert token not in str(await clinic.rows("audit"))
    out, err = capsys.readouterr()
    assert token not in out + err


async def test_who_asks_too_often_waits(clinic: Clinic, admin: Browser) -> None:
    clinic.stand_still()
    path = await link_of(admin)
    statuses = [(await read(admin, f"/feeds/guess-{number}.ics"))[0] for number in range(61)]
    assert statuses == [*[404] * 60, 429]
    assert (await read(admin, path))[0] == 429
    await clinic.move(timedelta(minutes=1))
    assert (await read(admin, path))[0] == 200
