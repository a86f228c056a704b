"""An hour kept while it is confirmed, a second visit on one day, the guardian of a child: on the page and by chat."""

import asyncio
from datetime import timedelta

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.phones import OpenPhone, Page, Phone, booked, confirmed, held
from wxbot.booking.models import AppointmentState

CLEANING = "/w/book/time?type=cleaning&for=self"
CHEN = f"{CLEANING}&doctor=chen"


async def test_a_tapped_hour_is_kept_for_five_minutes_and_told_so(clinic: Clinic, phone_of: OpenPhone) -> None:
    clinic.stand_still()
    one, two = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    page = await held(one, address=CHEN)
    assert page.path == "/w/book/confirm"
    assert 'data-left="300"' in page.text
    assert "为您保留到 <strong>上午10:05</strong>" in page.text
    again = await one.open(f"{page.path}?{page.query}")
    assert 'data-left="300"' in again.text
    await clinic.move(timedelta(minutes=2))
    assert 'data-left="180"' in (await one.open(f"{page.path}?{page.query}")).text
    assert len(await clinic.rows("holds")) == 1
    wanted = page.form("/w/book")[0]["start"]
    assert wanted not in (await two.open(CHEN)).form("/w/book/hold")[1]  # nobody else is offered it
    assert wanted in (await one.open(CHEN)).form("/w/book/hold")[1]  # who keeps it sees it still
    done = await confirmed(one, page)
    assert done.query == "done=booked"
    assert await clinic.rows("holds") == []


async def test_any_practitioner_is_bound_to_one_when_the_hour_is_kept(clinic: Clinic, phone_of: OpenPhone) -> None:
    one, two = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    both, address = "", ""
    for day in range(24, 31):  # an hour that two practitioners have
        address = f"/w/book/time?type=checkup&for=self&day=2026-11-{day}"
        of_each = [
            (await one.open(f"{address}&doctor={who}")).form("/w/book/hold")[1] for who in ("chen", "zhou", "lin")
        ]
        offered = [start for starts in of_each for start in starts]
        both = next((start for start in offered if offered.count(start) > 1), "")
        if both:
            break
    which = (await one.open(address)).form("/w/book/hold")[1].index(both)
    mine, other = await held(one, address=address, which=which), await held(two, address=address, which=which)
    (first, second) = [each["slot"]["practitioner_id"] for each in await clinic.rows("holds")]
    assert first != second  # one hold hides the hour of one practitioner only
    assert mine.form("/w/book")[0]["start"] == other.form("/w/book")[0]["start"]
    await confirmed(two, other, name="周明")
    await confirmed(one, mine)
    assert {each["practitioner_id"] for each in await clinic.rows("appointments")} == {first, second}


async def test_two_taps_at_once_keep_one_hour_and_book_one_visit(clinic: Clinic, phone_of: OpenPhone) -> None:
    """Trap of booking 3.7: a double tap is one booking, and both show it."""
    phone = await phone_of(await clinic.person())
    fields, starts = (await phone.open(CHEN)).form("/w/book/hold")
    form = {**fields, "start": starts[0]}
    pages = await asyncio.gather(*(phone.send("/w/book/hold", form) for _ in range(4)))
    assert {each.status for each in pages} == {200}
    assert len(await clinic.rows("holds")) == 1
    done = await asyncio.gather(*(confirmed(phone, pages[0]) for _ in range(4)))
    assert len({each.path for each in done}) == 1
    assert len(await clinic.rows("appointments")) == 1


async def test_an_ended_hold_says_so_and_shows_the_next_three_hours(clinic: Clinic, phone_of: OpenPhone) -> None:
    clinic.stand_still()
    one, two = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    page = await held(one, address=CHEN)
    _, starts = (await one.open(CHEN)).form("/w/book/hold")
    await clinic.move(timedelta(minutes=5))
    ended = await one.open(f"{page.path}?{page.query}")
    assert "为您保留的时间到了" in ended.text
    assert ended.form("/w/book/hold")[1][:3] == starts[:3]  # nobody has taken it yet
    await confirmed(two, await held(two, address=CHEN), name="周明")
    ended = await one.open(f"{page.path}?{page.query}")
    assert ended.form("/w/book/hold")[1][:3] == starts[1:4]
    late = await confirmed(one, page)
    assert late.status == 409
    assert late.form("/w/book/hold")[1][:3] == starts[1:4]
    assert len(await clinic.rows("appointments")) == 1


async def test_who_confirms_late_has_the_hour_if_it_is_free_still(clinic: Clinic, phone_of: OpenPhone) -> None:
    clinic.stand_still()
    phone = await phone_of(await clinic.person())
    page = await held(phone, address=CHEN)
    await clinic.move(timedelta(minutes=6))
    nameless = await confirmed(phone, page, name="")
    assert (nameless.status, "保留的时间到了" in nameless.text) == (422, True)
    assert (await confirmed(phone, nameless)).query == "done=booked"


async def test_another_time_gives_the_kept_hour_back(clinic: Clinic, phone_of: OpenPhone) -> None:
    one, two = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    page = await held(one, address=CHEN)
    fields, _ = page.form("/w/book/release")
    await two.open("/w/")
    theirs, _ = (await held(two, address=CHEN)).form("/w/book/release")
    await two.send("/w/book/release", {**theirs, "hold": fields["hold"]})  # somebody else's hold
    assert len(await clinic.rows("holds")) == 2
    times = await one.send("/w/book/release", fields)
    assert (times.status, times.path) == (200, "/w/book/time")
    assert len(await clinic.rows("holds")) == 1


async def test_a_hold_of_somebody_else_books_nothing_more_than_the_hour(clinic: Clinic, phone_of: OpenPhone) -> None:
    one, two = await phone_of(await clinic.person()), await phone_of(await clinic.person("小周"))
    page = await held(one, address=CHEN)
    fields, _ = page.form("/w/book")
    await two.open("/w/")
    own, _ = (await held(two, address=CHEN)).form("/w/book")
    stolen = await two.send("/w/book", {**own, "hold": fields["hold"], "start": fields["start"], "name": "周明"})
    assert stolen.status == 409
    assert (await confirmed(one, page)).query == "done=booked"


async def test_a_move_is_kept_and_confirmed_the_same_way(clinic: Clinic, phone_of: OpenPhone) -> None:
    clinic.stand_still()
    phone = await phone_of(await clinic.person())
    page = await booked(phone)
    form, starts = (await phone.open(f"{page.path}/move?v=1")).form(f"{page.path}/hold")
    confirming = await phone.send(f"{page.path}/hold", {**form, "start": starts[3]})
    assert 'data-left="300"' in confirming.text
    assert "原来约的" in confirming.text
    again = await phone.send(f"{page.path}/release", confirming.form(f"{page.path}/release")[0])
    assert (again.path, await clinic.rows("holds")) == (f"{page.path}/move", [])
    confirming = await phone.send(f"{page.path}/hold", {**form, "start": starts[3]})
    await clinic.move(timedelta(minutes=5))
    ended = await phone.open(f"{confirming.path}?{confirming.query}")
    assert "为您保留的时间到了" in ended.text
    assert ended.form(f"{page.path}/hold")[1][0] == starts[3]
    (row,) = await clinic.rows("appointments")
    assert row["version"] == 1


# -- a second visit on one day --------------------------------------------------------------------------------------


async def second(phone: Phone, *, kind: str = "cleaning") -> Page:
    """The page that confirms a late hour of the day of the first visit."""
    address = f"/w/book/time?type={kind}&for=self"
    _, starts = (await phone.open(address)).form("/w/book/hold")
    return await held(phone, address=address, which=len(starts) - 1)


@pytest.mark.parametrize(("answer", "visits", "done"), [("keep", 2, "done=booked"), ("move", 1, "done=moved")])
async def test_the_page_asks_about_a_second_visit_that_day(
    clinic: Clinic, phone_of: OpenPhone, answer: str, visits: int, done: str
) -> None:
    phone = await phone_of(await clinic.person())
    await confirmed(phone, await held(phone, address=CLEANING))
    page = await second(phone)
    assert "还要再约一个吗" in page.text
    unanswered = await confirmed(phone, page)
    assert (unanswered.status, "还要再约一个吗" in unanswered.text) == (422, True)
    assert len(await clinic.rows("appointments")) == 1
    answered = await confirmed(phone, page, same_day=answer)
    assert answered.query == done
    again = await confirmed(phone, page, same_day=answer)
    assert again.path == answered.path
    rows = await clinic.rows("appointments")
    assert len([each for each in rows if each["state"] == AppointmentState.BOOKED]) == visits
    assert page.form("/w/book")[0]["start"][:10] in {each["start"].isoformat()[:10] for each in rows}


async def test_a_visit_of_another_kind_is_not_moved_instead(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    await confirmed(phone, await held(phone, address=CLEANING))
    page = await second(phone, kind="checkup")
    _, answers = page.form("/w/book")
    assert answers == ["keep"]
    assert "/w/appointments/" in "".join(page.links("/w/appointments/"))
    forged = await confirmed(phone, page, same_day="move")
    assert forged.status == 422


async def test_the_chat_asks_the_same_question(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    answer = await clinic.book(openid, "洁牙", "明天", "下午4:00")
    assert answer.startswith("提醒您：本人明天 11月24日 周二 下午2:30已经约了")
    assert len(await clinic.rows("appointments")) == 1
    moved = await clinic.tap(openid, "原来的改到新时间")
    assert moved.startswith("已为您改好")
    (row,) = await clinic.rows("appointments")
    assert row["start"].hour == 8  # 16:00 in the clinic
    await clinic.book(openid, "洁牙", "明天", "上午10:00")
    assert (await clinic.say(openid, "两个都要")).startswith("约好了")
    await clinic.book(openid, "洁牙", "明天", "上午11:00")
    await clinic.say(openid, "不用了")
    assert len(await clinic.rows("appointments")) == 2


# -- a child --------------------------------------------------------------------------------------------------------


async def child_page(phone: Phone) -> Page:
    fields, _ = (await phone.open("/w/people/new")).form("/w/people")
    types = await phone.send("/w/people", {**fields, "relation": "child", "name": "王小雨"})
    return await held(phone, address=types.links("/w/book/time")[0])


async def test_no_page_books_for_a_child_without_a_guardian(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    page = await child_page(phone)
    assert "我是孩子的监护人" in page.text
    assert (await confirmed(phone, page)).status == 422  # no birthday
    alone = await confirmed(phone, page, birthday="2018-05-12", guardian_name="王芳", guardian_relation="mother")
    assert (alone.status, "勾选同意" in alone.text) == (422, True)
    assert 'value="王芳"' in alone.text  # what was typed stays
    assert await clinic.rows("appointments") == []
    told = {"guardian_name": "王芳", "guardian_relation": "mother", "guardian_agrees": "yes"}
    done = await confirmed(phone, page, birthday="2018-05-12", **told)
    assert done.query == "done=booked"
    (child,) = [each for each in await clinic.rows("patients") if each["name"] == "王小雨"]
    guardian = child["guardian"]
    assert (guardian["name"], guardian["relation"], guardian["by"]) == ("王芳", "mother", "patient")
    assert guardian["wording"] == "page.guardian_consent@1"
    again = await held(phone, address=f"/w/book/time?type=cleaning&for={child['_id']}", which=-1)
    assert "guardian_name" not in again.text  # asked once
    assert "王芳（母亲）" in (await phone.open("/w/me")).text
    fields, _ = (await phone.open(f"/w/me/edit?for={child['_id']}")).form("/w/me/edit")
    assert "王芳芳（母亲）" in (await phone.send("/w/me/edit", {**fields, "guardian": "王芳芳"})).text


async def test_a_child_of_fourteen_needs_no_guardian(clinic: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await clinic.person())
    page = await child_page(phone)
    assert (await confirmed(phone, page, birthday="2012-11-23")).query == "done=booked"
    (child,) = [each for each in await clinic.rows("patients") if each["name"] == "王小雨"]
    assert child["guardian"] is None


async def test_the_chat_asks_for_birthday_and_guardian_once(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "给孩子约洗牙")
    await clinic.say(openid, "王小雨")
    await clinic.tap(openid, "明天")
    await clinic.tap(openid, "上午10:00")
    assert "生日是哪一天" in await clinic.tap(openid, "可以")
    assert "由监护人同意才能预约" in await clinic.say(openid, "2018年5月12日")
    assert await clinic.rows("appointments") == []
    assert "监护人怎么称呼" in await clinic.tap(openid, "母亲")
    assert (await clinic.say(openid, "王芳")).startswith("约好了")
    (child,) = [each for each in await clinic.rows("patients") if each["name"] == "王小雨"]
    assert (child["guardian"]["name"], child["guardian"]["wording"]) == ("王芳", "booking.choose_guardian@1")
    await clinic.say(openid, "给孩子约周六下午三点洗牙")
    assert (await clinic.tap(openid, "可以")).startswith("约好了")
