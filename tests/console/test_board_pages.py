"""日程: the day board over HTTP: what it shows, booking in three actions, moving, the steps of the day, refusals."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import aiohttp
import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.clinic.models import Closure, PractitionerId, VisitTypeId
from wxbot.history.models import PatientId
from wxbot.patients.models import Birthday, Calendar, ConsentTopic, Relation
from wxbot.staff.permissions import Role

BOARD, VISITS = "/console/board", "/console/today/visits"
TUESDAY = "2026-11-24"
CARD = re.compile(r'data-visit="([^"]+)"\s+data-version="(\d+)"\s+data-at="(\d+)"')
LANE = re.compile(r"data-lane\s")
KEY = re.compile(r'name="key" value="([^"]+)"')


async def patient(clinic: Clinic, name: str = "张三", **typed: str) -> PatientId:
    made = await clinic.app.services.records.create(
        {"name": name, **typed}, by=COMMAND_LINE, now=clinic.now, despite_duplicates=True
    )
    return made.id


async def booked(
    clinic: Clinic, whose: PatientId, *, day: str = TUESDAY, hour: int = 1, kind: str = "cleaning", who: str = "chen"
) -> Appointment:
    """A visit at that UTC hour: 1 is nine o'clock."""
    found = (await clinic.app.services.patients.patients([whose]))[whose]
    return await clinic.app.services.booking.book(
        request_key=f"test:{whose}:{day}:{hour}",
        contact_id=found.contact_id,
        patient_id=whose,
        visit_type_id=VisitTypeId(kind),
        practitioner_id=PractitionerId(who),
        start=datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=hour),
        by=COMMAND_LINE,
        now=clinic.now,
    )


async def linked(clinic: Clinic, whose: PatientId, name: str = "小林") -> str:
    """The patient's own WeChat; the openid."""
    openid = await clinic.person(name)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.app.services.patient_links.link(whose, contact.id, Relation.SELF, by=COMMAND_LINE, now=clinic.now)
    return openid


async def stands(clinic: Clinic, visit: Appointment) -> Appointment:
    return (await clinic.app.services.booking.by_ids([visit.id]))[visit.id]


# -- the day --------------------------------------------------------------------------------------------------------


async def test_the_day_has_a_column_for_each_who_receives_and_a_card_for_each_visit(
    clinic: Clinic, admin: Browser
) -> None:
    whose = await patient(clinic, birthday="1990-05-12")
    visit = await booked(clinic, whose)
    await clinic.app.services.booking.confirm(visit.id, by=COMMAND_LINE, now=clinic.now)
    page = await admin.get(f"{BOARD}?day={TUESDAY}")
    assert page.shows("陈晓晴", "周明远", "顾安然", "张三", "36岁", "洁牙", "初诊", "✓已确认", "未到")
    assert "林若溪" not in page.text  # does not receive on Tuesdays
    assert len(LANE.findall(page.text)) == 3
    assert CARD.findall(page.text) == [(visit.id, "1", "540")]


async def test_what_is_shut_says_why(clinic: Clinic, admin: Browser) -> None:
    await clinic.app.services.closures.add(
        Closure(
            first=date(2026, 11, 24), last=date(2026, 11, 24), reason="外出学习", practitioner_id=PractitionerId("zhou")
        ),
        by=COMMAND_LINE,
        now=clinic.now,
    )
    page = await admin.get(f"{BOARD}?day={TUESDAY}")
    assert page.shows("休诊：外出学习", "不出诊", "周明远")


async def test_a_patient_who_has_not_come_ten_minutes_after_the_hour_is_late(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    clinic.app.clock.shift += visit.start - clinic.now + timedelta(minutes=9)
    assert "迟到" not in (await admin.get(BOARD)).text
    clinic.app.clock.shift += timedelta(minutes=2)
    page = await admin.get(BOARD)
    assert page.shows("迟到")
    assert "board-now" in page.text


async def test_a_cancelled_visit_is_folded_away(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    await clinic.app.services.booking.cancel(visit.id, "患者来电", by=COMMAND_LINE, now=clinic.now)
    page = await admin.get(f"{BOARD}?day={TUESDAY}")
    assert page.shows("已取消 1", "张三")
    assert CARD.findall(page.text) == []


async def test_the_week_of_one_and_of_all_and_the_day_on_paper(clinic: Clinic, admin: Browser) -> None:
    await booked(clinic, await patient(clinic))
    assert (await admin.get(f"{BOARD}/week?day={TUESDAY}")).shows("陈晓晴", "1位", "顾安然")
    one = await admin.get(f"{BOARD}/week?day={TUESDAY}&who=chen")
    assert one.shows("张三")
    assert len(LANE.findall(one.text)) == 7
    assert (await admin.get(f"{BOARD}/print?day={TUESDAY}")).shows("09:00–09:30", "张三", "洁牙")


async def test_a_mixed_week_shows_each_day_as_it_is(clinic: Clinic, admin: Browser) -> None:
    """Trap of booking 3.17: a week with half a day shut hung, and a leave of several days hid one of a single day."""
    zhou, now = PractitionerId("zhou"), clinic.now
    for first, last, reason, whose in (
        ("2026-11-24", "2026-11-26", "外出学习", zhou),
        ("2026-11-25", "2026-11-25", "设备年检", None),
    ):
        closure = Closure(
            first=date.fromisoformat(first), last=date.fromisoformat(last), reason=reason, practitioner_id=whose
        )
        await clinic.app.services.closures.add(closure, by=COMMAND_LINE, now=now)
    await booked(clinic, await patient(clinic))  # with 陈晓晴, who has one half of Wednesday and the other days whole
    every = await admin.get(f"{BOARD}/week?day={TUESDAY}")
    assert every.shows("休诊：外出学习", "休诊：设备年检", "1位")
    for who, words in (("zhou", "外出学习"), ("chen", "设备年检")):
        week = await admin.get(f"{BOARD}/week?day={TUESDAY}&who={who}")
        assert week.status == 200
        assert len(LANE.findall(week.text)) == 7
        assert week.shows(words)
    assert "外出学习" not in (await admin.get(f"{BOARD}/week?day={TUESDAY}&who=chen")).text
    for day in ("2026-11-23", "2026-11-27"):  # before and after the leave
        assert "外出学习" not in (await admin.get(f"{BOARD}?day={day}")).text


@pytest.mark.parametrize("day", ["2026-02-31", "0001-01-01", "9999-12-31", "<b>", "morgen"])
async def test_a_day_that_cannot_be_meant_shows_today_and_says_so(admin: Browser, day: str) -> None:
    for path in (BOARD, f"{BOARD}/week", f"{BOARD}/print"):
        page = await admin.get(f"{path}?day={day}")
        assert page.status == 200
    assert (await admin.get(f"{BOARD}?day={day}")).shows("请填写")


async def test_the_day_is_one_query_for_appointments_and_one_for_patients(
    clinic: Clinic, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate("赵钱孙李周吴"):
        who = ("chen", "zhou")[number // 3]
        await booked(clinic, await patient(clinic, f"{name}一"), hour=1 + number % 3, kind="checkup", who=who)
    asked: list[str] = []

    def counted(room: object, name: str) -> None:
        real = getattr(room, name)

        async def count(*given: object, **named: object) -> object:
            asked.append(name)
            return await real(*given, **named)

        monkeypatch.setattr(room, name, count)

    counted(clinic.app.services.booking, "on_day")
    counted(clinic.app.services.patients, "patients")
    page = await admin.get(f"{BOARD}?day={TUESDAY}")
    assert len(CARD.findall(page.text)) == 6
    assert sorted(asked) == ["on_day", "patients"]


# -- booking --------------------------------------------------------------------------------------------------------


async def form_of(admin: Browser, **query: str) -> dict[str, str]:
    page = await admin.get(f"{BOARD}/new?" + "&".join(f"{name}={value}" for name, value in query.items()), htmx=True)
    assert page.status == 200
    key = KEY.search(page.text)
    assert key is not None
    return {**query, "key": key[1]}


async def test_an_hour_is_booked_for_a_found_patient_with_what_fits_there(clinic: Clinic, admin: Browser) -> None:
    whose = await patient(clinic)
    await admin.get(BOARD)
    dialog = await admin.get(f"{BOARD}/new?day={TUESDAY}&at=11:45&who=chen", htmx=True)
    assert 'name="kind" value="follow_up"' in dialog.text  # 15 minutes before noon
    assert 'name="kind" value="cleaning"' not in dialog.text  # does not fit any more, and it says why
    assert "不在陈晓晴" in unescape(dialog.text)
    assert "wisdom_tooth" not in dialog.text  # not what this practitioner does
    found = await admin.get(f"{BOARD}/found?q=张三", htmx=True)
    assert f'value="{whose}"' in found.text
    form = await form_of(admin, day=TUESDAY, at="09:00", who="chen")
    done = await admin.post(f"{BOARD}/new", {**form, "patient_id": whose, "kind": "cleaning"}, htmx=True)
    assert "board-done" in done.headers["HX-Trigger"]
    (row,) = await clinic.rows("appointments")
    assert (row["patient_id"], row["practitioner_id"]) == (whose, "chen")
    assert row["by"].startswith("staff:")
    again = await admin.post(f"{BOARD}/new", {**form, "patient_id": whose, "kind": "cleaning"}, htmx=True)
    assert "board-done" in again.headers["HX-Trigger"]  # tapped twice: one visit
    assert len(await clinic.rows("appointments")) == 1


async def test_a_new_patient_is_created_with_name_and_telephone(clinic: Clinic, admin: Browser) -> None:
    await admin.get(BOARD)
    form = await form_of(admin, day=TUESDAY, at="09:00", who="chen")
    new = {**form, "name": "李四", "phone": "13800138111", "kind": "checkup"}
    page = await admin.post(f"{BOARD}/new", new)  # without scripts it leads back to the day
    assert page.path == BOARD
    assert page.shows("已约：", "李四", "口腔检查")
    form = await form_of(admin, day=TUESDAY, at="10:00", who="chen")
    twin = {**form, "name": "李四", "phone": "13800138111", "kind": "checkup"}
    asked = await admin.post(f"{BOARD}/new", twin, htmx=True)
    assert asked.shows("可能已有这位患者的档案", "仍然新建")
    assert len(await clinic.rows("appointments")) == 1


async def test_a_second_visit_that_day_and_a_child_without_guardian_are_asked_about(
    clinic: Clinic, admin: Browser
) -> None:
    whose = await patient(clinic)
    await booked(clinic, whose)
    await admin.get(BOARD)
    form = {**await form_of(admin, day=TUESDAY, at="11:00", who="chen"), "patient_id": whose, "kind": "checkup"}
    asked = await admin.post(f"{BOARD}/new", form, htmx=True)
    assert asked.shows("还要再约一个吗", "当天再约一个")
    assert len(await clinic.rows("appointments")) == 1
    await clinic.app.services.patients.set_birthday(
        PatientId(whose), Birthday(calendar=Calendar.SOLAR, year=2018, month=5, day=12), now=clinic.now
    )
    child = await admin.post(f"{BOARD}/new", {**form, "second": "true"}, htmx=True)
    assert child.shows("患者未满14周岁", "没有监护人记录仍预约的原因")
    assert len(await clinic.rows("appointments")) == 1
    done = await admin.post(
        f"{BOARD}/new", {**form, "second": "true", "without_guardian": "外婆陪同，电话里已同意"}, htmx=True
    )
    assert "board-done" in done.headers["HX-Trigger"]
    assert len(await clinic.rows("appointments")) == 2
    (noted,) = await clinic.rows("audit", {"action": "patient:without_guardian"})
    assert noted["subject"] == f"patient:{whose}"
    assert "外婆陪同" in noted["summary"]


async def test_what_the_patient_answered_stands_on_the_panel_and_on_the_arrival_card(
    clinic: Clinic, admin: Browser
) -> None:
    whose = await patient(clinic)
    openid = await linked(clinic, whose)
    visit = await booked(clinic, whose)
    services = clinic.app.services
    found = await services.patients.contact_by_openid(openid)
    assert found is not None
    contact = await services.patients.set_consent(
        found.id, ConsentTopic.HEALTH, granted=True, now=clinic.now, source="page", wording="page.health_consent@1"
    )
    for key, choice, words in (("blood_thinner", "no", ""), ("allergy", "yes", "青霉素<b>")):
        await services.questionnaire.answer(visit, contact, key, choice, words, now=clinic.now)
    for path in (f"{BOARD}/visits/{visit.id}", f"{VISITS}/{visit.id}/card"):
        page = await admin.get(path)
        text = re.sub(r"\s+", " ", page.text)
        assert "有，青霉素&lt;b&gt;" in text, path
        assert re.search(r'bad[^>]*">\s*有，青霉素', page.text), path  # red
        assert text.index("青霉素") < text.index("抗凝药"), path  # what is dangerous comes first


async def test_without_a_patient_or_a_visit_type_it_says_what_is_missing(clinic: Clinic, admin: Browser) -> None:
    await admin.get(BOARD)
    form = await form_of(admin, day=TUESDAY, at="09:00", who="chen")
    assert (await admin.post(f"{BOARD}/new", {**form, "kind": "cleaning"}, htmx=True)).shows("请先选择患者")
    whose = await patient(clinic)
    assert (await admin.post(f"{BOARD}/new", {**form, "patient_id": whose}, htmx=True)).shows("请选择项目")
    assert await clinic.rows("appointments") == []


async def test_a_taken_hour_says_until_when_and_offers_the_next_three(clinic: Clinic, admin: Browser) -> None:
    await booked(clinic, await patient(clinic))
    second = await patient(clinic, "李四")
    await admin.get(BOARD)
    form = {"day": TUESDAY, "at": "09:00", "who": "chen", "key": "k", "patient_id": second, "kind": "cleaning"}
    page = await admin.post(f"{BOARD}/new", form, htmx=True)
    text = unescape(page.text)
    assert "有预约" in text
    assert re.findall(r"at=(\d\d%3A\d\d)", text)[:3] == ["09%3A30", "09%3A45", "10%3A00"]
    assert f'value="{second}" checked' in re.sub(r"\s+", " ", text)  # who was chosen stays chosen
    assert len(await clinic.rows("appointments")) == 1


async def test_a_taken_hour_is_overbooked_with_a_reason_only(clinic: Clinic, admin: Browser) -> None:
    await booked(clinic, await patient(clinic))
    second = await patient(clinic, "李四")
    await admin.get(BOARD)
    form = {"day": TUESDAY, "at": "09:00", "who": "chen", "key": "k", "patient_id": second, "overbook": "cleaning"}
    refused = await admin.post(f"{BOARD}/new", {**form, "reason": " "}, htmx=True)
    assert refused.shows("请写明加号的原因")
    assert len(await clinic.rows("appointments")) == 1
    done = await admin.post(f"{BOARD}/new", {**form, "reason": "急性牙痛"}, htmx=True)
    assert "board-done" in done.headers["HX-Trigger"]
    page = await admin.get(f"{BOARD}?day={TUESDAY}")
    assert page.shows("加号", "lane-2 of-2")


@pytest.mark.parametrize(
    ("day", "at", "why"),
    [("2026-11-23", "09:00", "已经过去"), (TUESDAY, "12:30", "不在"), ("2026-11-26", "09:00", "不在")],
)
async def test_a_past_or_closed_hour_says_why_and_what_is_near(
    clinic: Clinic, admin: Browser, day: str, at: str, why: str
) -> None:
    page = await admin.get(f"{BOARD}/new?day={day}&at={at}&who=chen", htmx=True)
    assert page.shows(why, "最近的空档")
    assert "data-keep" in page.text
    await admin.get(BOARD)
    whose = await patient(clinic)
    refused = await admin.post(
        f"{BOARD}/new", {"day": day, "at": at, "who": "chen", "patient_id": whose, "kind": "cleaning"}, htmx=True
    )
    assert refused.shows(why)
    assert await clinic.rows("appointments") == []


@pytest.mark.parametrize("at", ["", "25:00", "9:00", "09:60", "٠٩:٠٠", "aa:bb"])
async def test_no_clock_is_refused(admin: Browser, at: str) -> None:
    page = await admin.get(f"{BOARD}/new?day={TUESDAY}&at={at}&who=chen", htmx=True)
    assert page.status == 422
    assert page.shows("请填写时间")


async def arrive(admin: Browser, visit: Appointment) -> None:
    """The questions of the door, opened from the board and answered."""
    await admin.get(f"{VISITS}/{visit.id}/arrival?back=board")
    said = {"first_visit": "yes", "channel": "online", "visit_class": "c", "complaint": "cleaning"}
    said |= {"name": "林小满", "phone": "13800138000"}
    page = await admin.post(f"{VISITS}/{visit.id}/arrival", {"seen": "expected", "back": "board", **said})
    assert page.path.startswith(BOARD)
    assert page.shows("已登记到诊")


# -- the panel ------------------------------------------------------------------------------------------------------


async def test_the_steps_of_the_day_each_with_its_way_back(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    clinic.app.clock.shift += visit.start - clinic.now
    base = f"{BOARD}/visits/{visit.id}"
    await admin.get(base)
    await arrive(admin, visit)
    seen = "arrived"
    for stage, button in (("waiting", "开始就诊"), ("in_treatment", "离开")):
        page = await admin.post(f"{base}/stage", {"to": stage, "seen": seen}, htmx=True)
        assert page.shows(button), stage
        assert page.headers["HX-Trigger"] == "board-changed"
        seen = stage
    left = await admin.post(f"{VISITS}/{visit.id}/checkout", {"seen": seen, "back": "board", "reason": "price"})
    assert left.path.startswith(BOARD)
    assert left.shows("已登记离开")
    assert (await stands(clinic, visit)).state == "completed"
    assert (await admin.get(base, htmx=True)).shows("撤销「已离开」")
    page = await admin.post(f"{base}/back", {"seen": "left"}, htmx=True)
    assert page.shows("现在是「就诊中」")
    stale = await admin.post(f"{base}/stage", {"to": "in_treatment", "seen": "arrived"}, htmx=True)
    assert not stale.shows("另一位同事刚刚更新了")  # they are there already: a second tap
    stale = await admin.post(f"{base}/stage", {"to": "waiting", "seen": "arrived"}, htmx=True)
    assert stale.shows("另一位同事刚刚更新了")


async def test_nobody_arrives_or_leaves_past_what_is_to_be_asked(clinic: Clinic, admin: Browser) -> None:
    """A4-11, A4-19: the board's own steps are those between the two."""
    visit = await booked(clinic, await patient(clinic))
    clinic.app.clock.shift += visit.start - clinic.now
    base = f"{BOARD}/visits/{visit.id}"
    assert f"{VISITS}/{visit.id}/arrival?back=board" in (await admin.get(base, htmx=True)).text
    for to, seen in (("arrived", "expected"), ("waiting", "expected"), ("left", "expected")):
        refused = await admin.post(f"{base}/stage", {"to": to, "seen": seen}, htmx=True)
        assert refused.shows("先点「到了」")
    await arrive(admin, visit)
    assert f"{VISITS}/{visit.id}/checkout?back=board" in (await admin.get(base, htmx=True)).text
    assert (await admin.post(f"{base}/stage", {"to": "left", "seen": "arrived"}, htmx=True)).shows("先点「到了」")
    assert (await stands(clinic, visit)).stage is VisitStage.ARRIVED


async def test_confirming_missing_and_taking_both_back(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    base = f"{BOARD}/visits/{visit.id}"
    await admin.get(base)
    assert (await admin.post(f"{base}/confirm", htmx=True)).shows("✓已确认", "撤销确认")
    assert (await admin.post(f"{base}/unconfirm", htmx=True)).shows("确认会来")
    assert (await admin.post(f"{base}/missed", htmx=True)).shows("就诊时间还没有到")
    clinic.app.clock.shift += visit.end - clinic.now
    assert (await admin.post(f"{base}/missed", htmx=True)).shows("撤销未到诊")
    assert (await admin.post(f"{base}/expected", htmx=True)).shows("已撤销未到诊")
    assert (await stands(clinic, visit)).live


async def test_cancelling_asks_for_a_reason_and_frees_the_hour(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    base = f"{BOARD}/visits/{visit.id}"
    await admin.get(base)
    assert (await admin.post(f"{base}/cancel", {"version": 1, "reason": " "}, htmx=True)).shows("请写明取消的原因")
    old = await admin.post(f"{base}/cancel", {"version": 7, "reason": "临时有事"}, htmx=True)
    assert old.shows("刚刚被同事改动")
    assert (await stands(clinic, visit)).live
    done = await admin.post(f"{base}/cancel", {"version": 1, "reason": "临时有事"}, htmx=True)
    assert done.shows("已取消这次预约", "临时有事")
    entries = await clinic.rows("audit", {"subject": f"appointment:{visit.id}"})
    assert "为患者取消预约" in [each["summary"] for each in entries]


# -- moving ---------------------------------------------------------------------------------------------------------


async def test_a_card_put_elsewhere_asks_and_moves_in_one_step(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic), kind="checkup")
    base = f"{BOARD}/visits/{visit.id}/move"
    await admin.get(BOARD)
    asked = await admin.get(f"{base}?day={TUESDAY}&at=15:30&who=zhou&version=1", htmx=True)
    assert asked.shows("15:30 周明远")
    assert (await stands(clinic, visit)).version == 1  # asking moves nothing
    to = {"day": TUESDAY, "at": "15:30", "who": "zhou", "version": 1, "key": "once", "tell": "no"}
    done = await admin.post(base, to, htmx=True)
    assert "board-done" in done.headers["HX-Trigger"]
    moved = await stands(clinic, visit)
    assert (moved.practitioner_id, moved.start, moved.version) == ("zhou", datetime(2026, 11, 24, 7, 30, tzinfo=UTC), 2)
    assert "board-done" in (await admin.post(base, to, htmx=True)).headers["HX-Trigger"]  # tapped twice
    assert (await stands(clinic, visit)).version == 2


async def test_moving_shows_first_how_the_reminders_go_along(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    (contact,) = await clinic.rows("contacts", {"openid": openid})
    someone = await clinic.app.services.patients.self_patient(
        (await clinic.app.services.patients.contacts([contact["_id"]]))[contact["_id"]], clinic.now
    )
    visit = await booked(clinic, someone.id, day="2026-11-25", hour=6, kind="checkup")
    base = f"{BOARD}/visits/{visit.id}/move"
    sooner = await admin.get(f"{base}?day={TUESDAY}&at=09:00&who=chen&version=1", htmx=True)
    assert sooner.shows("明天 10:00，不再发送")
    later = await admin.get(f"{base}?day=2026-11-25&at=15:30&who=chen&version=1", htmx=True)
    assert later.shows("明天 10:00，不变", "后天 12:00 → 后天 13:30")


async def test_a_card_put_on_a_day_with_another_visit_is_asked_about(clinic: Clinic, admin: Browser) -> None:
    whose = await patient(clinic)
    await booked(clinic, whose)
    visit = await booked(clinic, whose, day="2026-11-25", hour=6, kind="checkup")
    base = f"{BOARD}/visits/{visit.id}/move"
    await admin.get(BOARD)
    asked = await admin.get(f"{base}?day={TUESDAY}&at=15:30&who=chen&version=1", htmx=True)
    assert asked.shows("患者那天 上午9:00 已约洁牙", "当天两次都要")
    to = {"day": TUESDAY, "at": "15:30", "who": "chen", "version": 1, "key": "k1", "tell": "no"}
    refused = await admin.post(base, to, htmx=True)
    assert refused.shows("患者那天 上午9:00 已约洁牙", "当天两次都要")
    assert (await stands(clinic, visit)).version == 1
    done = await admin.post(base, {**to, "second": "true"}, htmx=True)
    assert "board-done" in done.headers["HX-Trigger"]
    again = await admin.get(f"{base}?day={TUESDAY}&at=16:30&who=chen&version=2", htmx=True)
    assert "当天两次都要" not in again.text  # on the same day: that was asked before


async def test_what_is_left_of_a_missed_hour_is_booked_on_the_board_and_then_not_taken_back(
    clinic: Clinic, admin: Browser
) -> None:
    """Trap of booking 3.8."""
    visit = await booked(clinic, await patient(clinic))  # half an hour from nine on
    base = f"{BOARD}/visits/{visit.id}"
    clinic.app.clock.shift += visit.start - clinic.now + timedelta(minutes=11)
    await admin.get(BOARD)
    assert (await admin.post(f"{base}/missed", htmx=True)).shows("09:15 起的时间空出来了")
    form = await form_of(admin, day=TUESDAY, at="09:15", who="chen")
    other = {**form, "name": "李四", "kind": "checkup"}
    assert "board-done" in (await admin.post(f"{BOARD}/new", other, htmx=True)).headers["HX-Trigger"]
    refused = await admin.post(f"{base}/expected", htmx=True)
    assert refused.shows("不能撤销：空出来的时间已经给了李四（今天 9:15 陈晓晴）")
    assert not (await stands(clinic, visit)).live
    assert 'data-minutes="15"' in (await admin.get(BOARD)).text  # the card leaves the rest to be clicked


async def test_of_two_who_move_one_card_the_second_is_told_and_nothing_moves(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    base = f"{BOARD}/visits/{visit.id}/move"
    await admin.get(BOARD)
    to = {"day": TUESDAY, "who": "chen", "version": 1, "tell": "no"}
    await admin.post(base, {**to, "at": "10:00", "key": "a"}, htmx=True)
    second = await admin.post(base, {**to, "at": "11:00", "key": "b"}, htmx=True)
    assert second.shows("刚刚被同事改动", "10:00")
    dragged = await admin.get(f"{base}?day={TUESDAY}&at=11:00&who=chen&version=1", htmx=True)
    assert dragged.shows("刚刚被同事改动")
    moved = await stands(clinic, visit)
    assert (moved.version, moved.start.hour) == (2, 2)


async def test_a_move_to_where_it_does_not_fit_says_why_and_what_is_free(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic, await patient(clinic))
    await booked(clinic, await patient(clinic, "李四"), hour=2)
    base = f"{BOARD}/visits/{visit.id}/move"
    taken = await admin.get(f"{base}?day={TUESDAY}&at=10:00&who=chen&version=1", htmx=True)
    assert taken.shows("放不下", "有预约", "仍要加号")
    closed = await admin.get(f"{base}?day={TUESDAY}&at=12:30&who=chen&version=1", htmx=True)
    assert closed.shows("放不下")
    assert "仍要加号" not in closed.text
    wrong = await admin.get(f"{base}?day={TUESDAY}&at=15:30&who=gu&version=1", htmx=True)
    assert wrong.shows("不做")
    picking = await admin.get(f"{base}?version=1", htmx=True)  # 改时间, the keyboard's way
    assert "at=09:30" in picking.text
    assert (await admin.get(f"{base}?day=2026-02-31", htmx=True)).shows("请填写日期")
    await admin.get(BOARD)
    forged = {"day": TUESDAY, "at": "10:00", "who": "chen", "version": 1, "key": "k"}
    assert (await admin.post(base, forged, htmx=True)).shows("刚刚被约走")
    assert (await stands(clinic, visit)).version == 1


async def test_the_patient_is_told_of_a_move_or_not_as_staff_say(clinic: Clinic, admin: Browser) -> None:
    told, quiet = await patient(clinic, "张三"), await patient(clinic, "李四")
    visits = []
    for whose, hour, name in ((told, 1, "小张"), (quiet, 2, "小李")):
        await linked(clinic, whose, name)
        visits.append(await booked(clinic, whose, hour=hour, kind="checkup"))
    await clinic.app.services.care.enqueue_due(clinic.now)
    await admin.get(BOARD)
    for visit, tell, at in zip(visits, ("yes", "no"), ("14:00", "15:00"), strict=True):
        clinic.app.clock.shift += timedelta(minutes=1)
        to = {"day": TUESDAY, "at": at, "who": "chen", "version": 1, "key": at, "tell": tell}
        done = await admin.post(f"{BOARD}/visits/{visit.id}/move", to, htmx=True)
        assert "board-done" in done.headers["HX-Trigger"]
    await clinic.app.services.care.enqueue_due(clinic.now)
    about = {each.id: 0 for each in visits}
    for row in await clinic.rows("outbox"):
        if row["precondition"].get("version") == 2 and row["template"] == "care.appointment_confirmed":
            about[row["precondition"]["id"]] += 1
    assert [about[each.id] for each in visits] == [1, 0], [
        (row["template"], row["precondition"]) for row in await clinic.rows("outbox")
    ]
    moved = [await stands(clinic, each) for each in visits]
    assert [each.move_not_announced for each in moved] == [False, True]


async def test_a_patient_who_arrives_early_is_not_sent_the_confirmation_again(clinic: Clinic, admin: Browser) -> None:
    whose = await patient(clinic)
    await linked(clinic, whose)
    visit = await booked(clinic, whose)
    await clinic.app.services.care.enqueue_due(clinic.now)
    clinic.app.clock.shift += visit.start - clinic.now - timedelta(minutes=20)
    await admin.get(BOARD)
    await arrive(admin, visit)
    await clinic.app.services.care.enqueue_due(clinic.now)
    sent = [row["template"] for row in await clinic.rows("outbox")]
    assert sent.count("care.appointment_confirmed") == 1


# -- live -----------------------------------------------------------------------------------------------------------


async def test_a_change_of_the_day_is_told_at_once_and_of_another_day_not(clinic: Clinic, admin: Browser) -> None:
    whose = await patient(clinic)
    timeout = aiohttp.ClientTimeout(total=30)
    async with admin.session.get(admin.url + f"{BOARD}/events?day={TUESDAY}", timeout=timeout) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")

        async def event() -> bytes:
            while not (line := await answer.content.readline()).startswith(b"event:"):
                assert line
            return line

        assert await event() == b"event: changed\n"
        other = asyncio.create_task(event())
        await booked(clinic, whose, day="2026-11-27")
        await booked(clinic, whose)
        assert await other == b"event: changed\n"
    assert (await admin.get(f"{BOARD}/grid?day={TUESDAY}", htmx=True)).shows("张三")


# -- who may --------------------------------------------------------------------------------------------------------


async def test_who_may_only_read_sees_the_board_without_its_buttons(clinic: Clinic, sign_in: SignIn) -> None:
    visit = await booked(clinic, await patient(clinic))
    reader = await sign_in(Role.CLINICIAN)
    page = await reader.get(f"{BOARD}?day={TUESDAY}")
    assert page.shows("张三")
    panel = await reader.get(f"{BOARD}/visits/{visit.id}", htmx=True)
    assert panel.shows("张三", "洁牙")
    assert "改时间" not in panel.text
    assert "取消这次预约" not in panel.text
    assert (await reader.get(f"{BOARD}/new?day={TUESDAY}&at=09:00&who=chen", htmx=True)).status == 403
    missing = AppointmentId("nobody")
    assert (await reader.get(f"{BOARD}/visits/{missing}", htmx=True)).status == 404
