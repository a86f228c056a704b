"""The pages inside WeChat, from the link in the menu to the visit that is booked, moved and cancelled."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.phones import OpenPhone, booked, confirmed, held
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import AppointmentState
from wxbot.clinic.models import BookingWindow, PractitionerId, VisitTypeId
from wxbot.patients.models import TOPIC_NAMES, ConsentTopic


async def appointments(clinic: Clinic) -> list[dict[str, Any]]:
    return await clinic.rows("appointments")


async def test_from_the_menu_to_booked_in_three_taps(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    types = await phone.open("/w/book")
    assert (types.status, types.path) == (200, "/w/book")
    assert "本人" in types.text
    assert "分钟" in types.text
    assert "元" in types.text
    hours = await phone.open(types.links("/w/book/time")[0])  # the first tap
    assert hours.text.count('class="day') == 14
    assert "不限医生" in hours.text
    fields, starts = hours.form("/w/book/hold")
    confirming = await phone.send("/w/book/hold", {**fields, "start": starts[0]})  # the second
    assert (confirming.status, confirming.path) == (200, "/w/book/confirm")
    page = await confirmed(phone, confirming, phone="13800138000")  # the third
    assert (page.status, page.query) == (200, "done=booked")
    assert "约好了" in page.text
    assert "看地图" in page.text
    assert "停车" in page.text
    assert "改时间" in page.text
    (row,) = await appointments(clinic)
    assert row["state"] == AppointmentState.BOOKED
    assert page.path == f"/w/appointments/{row['_id']}"
    (patient,) = await clinic.rows("patients")
    assert (patient["name"], patient["phone"]) == ("林晓", "+8613800138000")
    again = await held(phone, which=8)
    assert again.path == "/w/book/confirm"
    assert 'name="name"' not in again.text
    assert 'name="phone"' not in again.text


async def test_a_double_tap_and_the_back_button_book_once(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    hours = await phone.open((await phone.open("/w/book")).links("/w/book/time")[0])
    fields, starts = hours.form("/w/book/hold")
    confirming = await phone.send("/w/book/hold", {**fields, "start": starts[0]})
    first, second = await confirmed(phone, confirming), await confirmed(phone, confirming)
    assert (first.path, first.query) == (second.path, second.query)
    back = await phone.open(f"{confirming.path}?{confirming.query}")  # the page of before, opened again
    assert (back.path, back.query) == (first.path, "done=already")
    same_hour = await phone.send("/w/book/hold", {**fields, "start": starts[0]})
    assert (same_hour.path, same_hour.query) == (first.path, "done=already")
    assert len(await appointments(clinic)) == 1


async def test_a_taken_hour_answers_with_the_next_three(clinic: Clinic, phone_of: OpenPhone) -> None:
    one, two = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    address = (await one.open("/w/book")).links("/w/book/time")[0] + "&doctor=chen"
    late = await two.open(address)
    fields, starts = late.form("/w/book/hold")
    await confirmed(one, await held(one, address=address))
    page = await two.send("/w/book/hold", {**fields, "start": starts[0]})
    assert page.status == 409
    assert "离得最近的空号" in page.text
    again, offered = page.form("/w/book/hold")
    assert offered[:3] == starts[1:4]
    done = await confirmed(two, await two.send("/w/book/hold", {**again, "start": offered[0]}))
    assert done.query == "done=booked"


@pytest.mark.parametrize("start", ["2020-01-01T02:00Z", "2026-11-24T17:00Z", "2199-01-01T02:00Z", "明天", ""])
async def test_an_hour_that_cannot_be_is_refused_with_free_ones(
    clinic: Clinic, phone_of: OpenPhone, start: str
) -> None:
    phone = await phone_of(await clinic.person())
    fields, _ = (await phone.open((await phone.open("/w/book")).links("/w/book/time")[0])).form("/w/book/hold")
    for path in ("/w/book/hold", "/w/book"):
        page = await phone.send(path, {**fields, "start": start, "hold": "0" * 23, "name": "林晓"})
        assert page.status == 422
        assert 'class="problem"' in page.text
        assert page.form("/w/book/hold")[1]  # hours that are free
    assert await appointments(clinic) == []


async def test_what_a_page_offers_can_be_booked_also_under_a_window_for_new_patients(
    clinic: Clinic, phone_of: OpenPhone
) -> None:
    settings = clinic.app.services.clinic_settings
    (kind,) = [each for each in clinic.app.services.clinic.visit_types if each.id == "cleaning"]
    window = BookingWindow(lead_minutes=3 * 24 * 60, horizon_days=20)
    await settings.save_visit_type(replace(kind, new_window=window), 1, by=COMMAND_LINE, now=clinic.now)
    phone = await phone_of(await clinic.person())
    hours = await phone.open("/w/book/time?type=cleaning&for=self")
    fields, starts = hours.form("/w/book/hold")
    first = clinic.now + timedelta(days=3)
    assert starts
    assert all(datetime.strptime(each, "%Y-%m-%dT%H:%M%z") >= first for each in starts)
    tomorrow = await phone.send("/w/book/hold", {**fields, "start": "2026-11-24T02:00Z"})
    assert tomorrow.status == 422
    last = await phone.send("/w/book/hold", {**fields, "start": starts[-1]})
    assert (await confirmed(phone, last)).query == "done=booked"


async def test_a_week_with_closed_days_shows_which_are_open(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    page = await phone.open("/w/book/time?type=cleaning&for=self&doctor=chen")
    open_days = {href.rpartition("day=")[2] for href in page.links("/w/book/time?") if "day=" in href}
    assert 0 < page.text.count("无号") < 14
    free = await clinic.app.services.booking.days(VisitTypeId("cleaning"), PractitionerId("chen"), clinic.now)
    last = (clinic.now + timedelta(days=13)).date()
    assert {each.date.isoformat() for each in free if each.date <= last} <= open_days
    closed = await phone.open("/w/book/time?type=cleaning&for=self&doctor=chen&day=2026-11-29")
    assert (closed.status, closed.form("/w/book/hold")[1]) == (200, [])


async def test_a_relative_is_booked_for_under_their_own_name(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    fields, _ = (await phone.open("/w/people/new")).form("/w/people")
    types = await phone.send("/w/people", {**fields, "relation": "parent", "name": "林建国"})
    assert types.path == "/w/book"
    assert "林建国" in types.text
    hours = await phone.open(types.links("/w/book/time")[0])
    confirming = await held(phone, address=f"{hours.path}?{hours.query}")
    assert "name" not in confirming.form("/w/book")[0]
    page = await confirmed(phone, confirming)
    assert "林建国" in page.text
    (row,) = await appointments(clinic)
    (father,) = [each for each in await clinic.rows("patients") if each["name"] == "林建国"]
    assert row["patient_id"] == father["_id"]
    assert not any("林" in address or "%E6" in address for address in phone.seen)  # no name in an address


async def test_an_appointment_is_confirmed_moved_and_cancelled(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    page = await booked(phone)
    listed = await phone.open("/w/appointments")
    (link,) = listed.links("/w/appointments/")
    fields, _ = page.form(f"{page.path}/confirm")
    page = await phone.send(f"{page.path}/confirm", fields)
    assert "已确认会来" in page.text
    (move,) = (await phone.open(page.path)).links(f"{page.path}/move")
    hours = await phone.open(move)
    form, starts = hours.form(f"{page.path}/hold")
    confirming = await phone.send(f"{page.path}/hold", {**form, "start": starts[2]})
    assert confirming.path == f"{page.path}/move/confirm"
    form, _ = confirming.form(f"{page.path}/move")
    moved = await phone.send(f"{page.path}/move", form)
    assert (moved.path, moved.query) == (page.path, "done=moved")
    again = await phone.send(f"{page.path}/move", form)  # the same page once more
    assert again.path == page.path
    (row,) = await appointments(clinic)
    version = row["version"]
    stale = await phone.open(link)  # a link from before the move
    assert "下面是最新的内容" in stale.text
    assert "下面是最新的内容" in (await phone.open(move)).text
    (ask,) = (await phone.open(page.path)).links(f"{page.path}/cancel")
    asking = await phone.open(ask)
    assert asking.text.index("换个时间") < asking.text.index("还是要取消")
    assert (await appointments(clinic))[0]["state"] == AppointmentState.BOOKED  # asking changed nothing
    form, reasons = asking.form(f"{page.path}/cancel")
    old = await phone.send(f"{page.path}/cancel", {**form, "v": version - 1, "reason": "time"})
    assert old.query == "done=changed"
    gone = await phone.send(f"{page.path}/cancel", {**form, "reason": reasons[0]})
    assert "预约已取消" in gone.text
    (row,) = await appointments(clinic)
    assert (row["state"], row["cancel_reason"]) == (AppointmentState.CANCELLED, "患者在微信页面取消：时间不方便")


async def test_reading_changes_nothing(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    page = await booked(phone)
    doctor = (await phone.open("/w/doctors")).links("/w/doctors/")[0]
    watched = ("appointments", "occupancy", "holds", "patients", "contacts", "followups")
    before = {name: await clinic.rows(name) for name in watched}
    version = before["appointments"][0]["version"]
    for path in (
        "/w/",
        "/w/book",
        "/w/people/new",
        "/w/appointments",
        page.path,
        f"{page.path}/move?v={version}",
        f"{page.path}/move/confirm?v={version}&start=2026-11-26T02:00Z",
        "/w/book/confirm?for=self&type=cleaning&start=2026-11-26T02:00Z",
        f"{page.path}/cancel?v={version}",
        f"{page.path}/calendar.ics",
        f"{page.path}/confirm",
        "/w/doctors",
        doctor,
        "/w/me",
        "/w/me/edit",
        "/w/me/deletion",
        "/w/me/messages",
    ):
        assert (await phone.open(path)).status in {200, 405}, path
    assert {name: await clinic.rows(name) for name in watched} == before


async def test_another_contacts_appointment_shows_nothing(clinic: Clinic, phone_of: OpenPhone) -> None:
    mine, other = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    page = await booked(mine)
    await other.open("/w/")
    fields, _ = (await other.open("/w/me")).form("/w/me/messages")
    token = {"form_token": fields["form_token"], "v": "1", "reason": "time", "hold": "0" * 23}
    for path in ("", "?v=1", "/move?v=1", "/move/confirm?v=1", "/cancel?v=1", "/calendar.ics"):
        answer = await other.open(page.path + path)
        assert answer.status == 404
        assert "林晓" not in answer.text
        assert "医生" not in answer.text
    for path in ("/confirm", "/hold", "/release", "/move", "/cancel"):
        assert (await other.send(page.path + path, token)).status == 404
    assert (await other.open("/w/book?for=" + (await clinic.rows("patients"))[0]["_id"])).status == 404
    (row,) = await appointments(clinic)
    assert (row["state"], row["version"]) == (AppointmentState.BOOKED, 1)


# -- the login ----------------------------------------------------------------------------------------------------


async def test_a_snapshot_page_shows_nothing_and_books_nothing(clinic: Clinic, phone_of: OpenPhone) -> None:
    openid = await clinic.person()
    await clinic.platform.preview_pages(openid)
    phone = await phone_of(openid)
    page = await phone.open("/w/book")
    assert page.status == 403
    assert "使用完整服务" in page.text
    assert "本人" not in page.text
    assert [each for each in phone.session.cookie_jar if each.key == "wxbot_page"] == []
    await clinic.platform.preview_pages(openid, preview=False)
    assert (await phone.open("/w/book")).status == 200


async def test_who_does_not_follow_is_asked_to_first(clinic: Clinic, phone_of: OpenPhone) -> None:
    stranger = await phone_of(await clinic.person("路人", follow=False))
    page = await stranger.open("/w/book")
    assert (page.status, "请先关注" in page.text) == (403, True)
    gone = await phone_of(await clinic.person("小周"))
    assert (await gone.open("/w/me")).status == 200
    await clinic.platform.unfollow(gone.openid)
    page = await gone.open("/w/me")  # with the session of before
    assert (page.status, "请先关注" in page.text) == (403, True)


async def test_a_forged_or_replayed_link_signs_nobody_in(clinic: Clinic, phone_of: OpenPhone) -> None:
    victim, attacker = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    started = await attacker.open("/w/me", follow=False)
    consent = started.headers["Location"].partition("#")[0]
    (state,) = parse_qs(urlsplit(consent).query)["state"]
    own = clinic.platform.authorize(attacker.openid)
    forged = await victim.open(f"/w/login?code={own}&state={state}")  # the attacker's link on the victim's phone
    assert (forged.status, "这个链接已失效" in forged.text) == (403, True)
    assert (await victim.open(f"/w/login?code={own}")).status == 403
    assert list(victim.session.cookie_jar) == []
    await victim.open("/w/me", follow=False)  # with a login of their own under way
    assert (await victim.open(f"/w/login?code={own}&state={state}")).status == 403
    assert list(victim.session.cookie_jar) == []  # that login is used up as well
    done = await attacker.open(f"/w/login?code={own}&state={state}")
    assert (done.status, done.path) == (200, "/w/me")
    replayed = await attacker.open(f"/w/login?code={own}&state={state}")
    assert (replayed.status, replayed.path) == (200, "/w/")  # the session that stands, and no new one
    fresh = await phone_of(attacker.openid)
    assert (await fresh.open(f"/w/login?code={own}&state={state}")).status == 403


async def test_a_used_code_begins_the_login_once_more_and_then_gives_up(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    clinic.platform.faults.add("/sns/oauth2/access_token", code=40163)
    assert (await phone.open("/w/me")).status == 200
    other = await phone_of(await clinic.person("小周"))
    clinic.platform.faults.add("/sns/oauth2/access_token", code=40029, times=2)
    page = await other.open("/w/me")
    assert (page.status, "这个链接已失效" in page.text) == (403, True)


async def test_a_platform_that_fails_is_said_kindly(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    clinic.platform.faults.add("/sns/oauth2/access_token", code=48001)
    page = await phone.open("/w/me")
    assert (page.status, "微信暂时没有回应" in page.text) == (502, True)


async def test_a_form_needs_the_token_of_its_own_session(clinic: Clinic, phone_of: OpenPhone) -> None:
    one, two = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    fields, _ = (await held(one)).form("/w/book")
    await two.open("/w/")
    form = {**fields, "name": "林晓"}
    assert (await two.send("/w/book", form)).status == 403
    assert (await one.send("/w/book", {**form, "form_token": ""})).status == 403
    assert (await one.send("/w/book", form, Origin="https://elsewhere.example")).status == 403
    nobody = await phone_of(one.openid)
    assert (await nobody.send("/w/book", form)).status == 403
    assert await appointments(clinic) == []


async def test_every_answer_carries_the_headers(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    for path in ("/w/", "/w/book", "/w/nowhere", "/w/appointments/none"):
        page = await phone.open(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert (page.headers["Cache-Control"], page.headers["X-Frame-Options"]) == ("no-store", "DENY")
        assert "<script" not in page.text
        assert "style=" not in page.text
    cookies = {each.key: each for each in phone.session.cookie_jar}
    assert cookies["wxbot_page"]["httponly"]
    assert cookies["wxbot_page"]["samesite"] == "Lax"


async def test_too_many_requests_are_asked_to_wait(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    fields, _ = (await phone.open("/w/me")).form("/w/me/messages")
    answers = {(await phone.send("/w/me/messages", {**fields, "topic": "none"})).status for _ in range(60)}
    assert answers == {422, 429}


async def test_without_a_public_address_the_pages_are_closed(open_clinic: OpenClinic) -> None:
    clinic = await open_clinic(demo=False)
    async with aiohttp.ClientSession() as session, session.get(f"{clinic.url}/w/book") as answer:
        assert (answer.status, "回复「预约」" in await answer.text()) == (404, True)


# -- my data ------------------------------------------------------------------------------------------------------


async def test_my_data_are_seen_and_corrected(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    await booked(phone)
    fields, _ = (await phone.open("/w/me/edit?for=self")).form("/w/me/edit")
    wrong = await phone.send("/w/me/edit", {**fields, "name": "12", "birthday": "1990-13-40", "phone": "12"})
    assert (wrong.status, wrong.text.count('class="problem"')) == (422, 3)
    right = {**fields, "name": "林小晓", "birthday": "1990-05-12", "phone": "13800138000"}
    page = await phone.send("/w/me/edit", right)
    assert "林小晓" in page.text
    assert "138****8000" in page.text
    assert "13800138000" not in page.text
    (patient,) = await clinic.rows("patients")
    assert (patient["name"], patient["phone"]) == ("林小晓", "+8613800138000")


async def test_message_topics_are_set_with_the_wording_that_was_seen(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    fields, _ = (await phone.open("/w/me")).form("/w/me/messages")
    await phone.send("/w/me/messages", {**fields, "topic": "care", "granted": "no"})
    await phone.send("/w/me/messages", {**fields, "topic": "marketing", "granted": "yes"})
    contact = await clinic.app.services.patients.contact_by_openid(phone.openid)
    assert contact is not None
    assert (contact.allows(ConsentTopic.CARE), contact.allows(ConsentTopic.MARKETING)) == (False, True)
    assert {(each.source, each.wording) for each in contact.consents} == {
        ("page", "page.topic_care@1"),
        ("page", "page.topic_marketing@1"),
    }


async def test_each_topic_is_stopped_by_one_tap_and_brought_back_by_another(
    clinic: Clinic, phone_of: OpenPhone
) -> None:
    phone = await phone_of(await clinic.person())
    page = await phone.open("/w/me")
    for name in ("关怀消息", "就诊提醒", "祝福消息", "营销消息", "评价邀请"):
        assert name in page.text
    services = clinic.app.services
    for topic in TOPIC_NAMES:
        before = await services.patients.contact_by_openid(phone.openid)
        assert before is not None
        wanted = not before.receives(topic)
        fields, _ = page.form("/w/me/messages")
        tapped = await phone.send(
            "/w/me/messages", {**fields, "topic": topic.value, "granted": "yes" if wanted else "no"}
        )
        undo, _ = tapped.form("/w/me/messages")  # the first form of the page takes it back
        after = await services.patients.contact_by_openid(phone.openid)
        assert after is not None
        assert after.receives(topic) is wanted
        assert ("已打开" if wanted else "已停止") + TOPIC_NAMES[topic] in tapped.text
        assert undo["topic"] == topic.value
        await phone.send("/w/me/messages", undo)
        again = await services.patients.contact_by_openid(phone.openid)
        assert again is not None
        assert again.receives(topic) is not wanted
        assert [again.receives(each) for each in TOPIC_NAMES] == [before.receives(each) for each in TOPIC_NAMES]


async def test_a_request_for_deletion_is_one_task_within_15_days(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    fields, _ = (await phone.open("/w/me/deletion")).form("/w/me/deletion")
    assert "15天" in (await phone.send("/w/me/deletion", fields)).text
    await phone.send("/w/me/deletion", fields)
    (task,) = await clinic.rows("followups")
    assert task["due_at"] - task["opened_at"] == timedelta(days=15)


async def test_nothing_of_a_patient_reaches_the_log(
    clinic: Clinic, phone_of: OpenPhone, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = await phone_of(await clinic.person())
    page = await booked(phone)
    await phone.open(page.path)
    said = capsys.readouterr()
    for word in ("林晓", phone.openid):
        assert word not in said.out + said.err
    assert "page_login" in said.out + said.err


async def test_answers_in_the_chat_link_the_pages_only_where_there_is_a_public_address(
    open_clinic: OpenClinic,
) -> None:
    clinic = await open_clinic(public_url="https://clinic.example.cn")
    openid = await clinic.person()
    assert '<a href="https://clinic.example.cn/w/book">' in await clinic.say(openid, "预约")
    assert "/w/" not in await clinic.say(openid, "洁牙")  # in the middle of the questions it would lead away
    plain = await open_clinic()
    assert "<a href" not in (await plain.say(await plain.person(), "预约")).replace('<a href="weixin:', "")
