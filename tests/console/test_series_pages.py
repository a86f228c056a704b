"""A course of visits in the console: listed before anything is booked, booked, moved along, cancelled with the rest."""

import re
from html import unescape

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_board_pages import BOARD, patient
from tests.console.test_settings_pages import fields_of
from wxbot.booking.models import Appointment
from wxbot.clinic.models import Course
from wxbot.history.models import PatientId
from wxbot.staff.permissions import Role

START = re.compile(r'name="(start\d+)"\s+value="([^"]+)"')
KEY = re.compile(r'name="key"\s+value="([^"]+)"')
ASKED = "kind=laser_spots&who=gu&day=2026-11-24&at=10:00&every=28&within=3&count=3"


async def booked(clinic: Clinic, admin: Browser, whose: PatientId) -> list[Appointment]:
    base = f"/console/patients/{whose}/series"
    page = await admin.get(f"{base}?{ASKED}")
    assert page.shows("排出来的日期（还没有约）", "约好这 3 次")
    found = KEY.search(page.text)
    assert found is not None
    form = dict(each.split("=") for each in ASKED.split("&"))
    form |= {name: unescape(value) for name, value in START.findall(page.text)}
    assert await clinic.rows("appointments") == []
    done = await admin.post(base, {**form, "key": found[1]})
    assert done.path.startswith("/console/series/")
    assert done.shows("已约好 3 次", "第 1 次", "第 3 次")
    again = await admin.post(base, {**form, "key": found[1]})
    assert again.path == done.path
    return sorted(await clinic.app.services.booking.of_patients([whose]), key=lambda each: each.start)


async def test_a_course_is_shown_whole_booked_once_and_told_as_such(clinic: Clinic, admin: Browser) -> None:
    whose = await patient(clinic)
    visits = await booked(clinic, admin, whose)
    assert [f"{each.start:%m-%d}" for each in visits] == ["11-24", "12-22", "01-19"]
    page = await admin.get(f"/console/patients/{whose}")
    assert page.shows("疗程第 1 次，共 3 次", "约疗程")
    assert (await admin.get(f"{BOARD}/visits/{visits[1].id}")).shows("第 2 次，共 3 次")


async def test_what_cannot_be_placed_says_why_and_is_left_out_only_by_choice(clinic: Clinic, admin: Browser) -> None:
    """At an interval of one day, the doctor does not receive on Mondays and Saturdays."""
    whose = await patient(clinic)
    base = f"/console/patients/{whose}/series"
    page = await admin.get(f"{base}?kind=laser_spots&who=gu&day=2026-11-27&at=10:00&every=1&within=0&count=3")
    assert page.shows("排不上", "11月28日当天不出诊", "先约排得上的")
    form = {
        "kind": "laser_spots",
        "who": "gu",
        "day": "2026-11-27",
        "at": "10:00",
        "every": "1",
        "count": "3",
        "within": "0",
    }
    form |= {name: unescape(value) for name, value in START.findall(page.text)}
    refused = await admin.post(base, form)
    assert refused.shows("有 1 次没有排上")
    assert await clinic.rows("appointments") == []
    assert (await admin.post(base, {**form, "partial": "yes"})).shows("已约好 2 次")


async def test_moving_one_offers_to_move_the_rest_along(clinic: Clinic, admin: Browser) -> None:
    visits = await booked(clinic, admin, await patient(clinic))
    day = visits[1].start.strftime("%Y-%m-23")
    base = f"{BOARD}/visits/{visits[1].id}"
    to = {"day": day, "at": "10:00", "who": "gu", "version": 1, "key": "once", "tell": "no"}
    await admin.get(base)
    await admin.post(f"{base}/move", to, htmx=True)
    page = await admin.get(f"{base}/series")
    assert page.shows("第 3 次", "原来")
    form = {name: unescape(value) for name, value in START.findall(page.text)}
    assert list(form) == ["start3"]
    done = await admin.post(f"{base}/series", {**form, "key": "r"})
    assert done.shows("已顺延 1 次")
    after = (await clinic.app.services.booking.by_ids([visits[2].id]))[visits[2].id]
    assert f"{after.start:%m-%d}" == "01-20"


async def test_cancelling_one_asks_for_the_rest(clinic: Clinic, admin: Browser) -> None:
    visits = await booked(clinic, admin, await patient(clinic))
    base = f"{BOARD}/visits/{visits[1].id}"
    assert (await admin.get(base)).shows("疗程里后面的几次也一起取消")
    done = await admin.post(f"{base}/cancel", {"version": 1, "reason": "不做了", "rest": "yes"}, htmx=True)
    assert done.shows("疗程一共取消了 2 次")
    states = [row["state"] for row in await clinic.rows("appointments")]
    assert sorted(states) == ["booked", "cancelled", "cancelled"]


async def test_a_course_that_cannot_be_meant_is_refused_beside_its_fields(clinic: Clinic, admin: Browser) -> None:
    base = f"/console/patients/{await patient(clinic)}/series"
    assert (await admin.get(f"{base}?{ASKED.replace('every=28', 'every=0')}")).shows("间隔在 1 到")
    assert (await admin.get(f"{base}?{ASKED.replace('10:00', '07:00')}")).shows("第一次的时间约不上")
    for forged in ("2026-11-24T02:00", "x", "9999-12-31T00:00Z"):
        form = {
            "kind": "laser_spots",
            "day": "2026-11-24",
            "at": "10:00",
            "every": "28",
            "count": "3",
            "start1": forged,
        }
        assert (await admin.post(base, form)).shows("请重新排一遍")


async def test_who_may_only_read_books_no_course(clinic: Clinic, sign_in: SignIn) -> None:
    whose = await patient(clinic)
    doctor = await sign_in(Role.CLINICIAN)
    assert (await doctor.get(f"/console/patients/{whose}/series")).status == 403


async def test_a_bundle_and_a_course_are_set_in_the_console(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get("/console/settings/visit-types/checkup")
    refused = await admin.post(
        "/console/settings/visit-types/checkup", fields_of(page, course_every_days="28", course_times="1")
    )
    assert refused.shows("疗程要有 2 到 24 次")
    saved = await admin.post(
        "/console/settings/visit-types/checkup",
        fields_of(page, course_every_days="28", course_within_days="3", course_times="6"),
    )
    assert saved.shows("已保存")
    kind = next(each for each in clinic.app.services.clinic.visit_types if each.id == "checkup")
    assert kind.course == Course(every_days=28, within_days=3, times=6)
    new = await admin.get("/console/settings/visit-types/new")
    typed = [*fields_of(new, name="洁牙套餐", minutes="30").items(), ("parts", "cleaning"), ("parts", "checkup")]
    assert (await admin.post("/console/settings/visit-types/new", typed)).shows("已添加")
    made = next(each for each in clinic.app.services.clinic.visit_types if each.name == "洁牙套餐")
    assert (made.minutes, made.parts) == (50, ("cleaning", "checkup"))
