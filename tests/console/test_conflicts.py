"""受影响的预约 over HTTP: a leave added later, move, cancel or keep for each, nothing automatic."""

import html
import re
from datetime import date, datetime

from tests.console.conftest import Clinic, Page, SignIn
from wxbot.actors import COMMAND_LINE, PATIENT
from wxbot.booking.models import AppointmentId, AppointmentState, ClinicDecision
from wxbot.clinic.models import Closure
from wxbot.staff.permissions import Role

C = "/console/conflicts"


async def hit(clinic: Clinic, *hours: str) -> list[str]:
    """Appointments of different patients, on days that are then closed; their ids, the earliest first."""
    for hour in hours:
        await clinic.book(await clinic.person(f"患者{hour}"), "洁牙", "11月24日", hour)
    closure = Closure(first=date(2026, 11, 24), last=date(2026, 11, 24), reason="外出学习")
    await clinic.app.services.closures.add(closure, by=COMMAND_LINE, now=clinic.now)
    return [row["_id"] for row in sorted(await clinic.rows("appointments"), key=lambda row: row["start"])]


def hours_of(page: Page) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'name="hour"\s+value="([^"]+)"', page.text)]


def hidden(page: Page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None
    return found[1]


async def test_a_leave_lists_whom_it_hits_and_changes_nothing_itself(clinic: Clinic, sign_in: SignIn) -> None:
    """Trap of booking 3.19: a leave over bookings makes a list to decide about, and nothing is automatic."""
    reception = await sign_in(Role.RECEPTION)
    assert (await reception.get(C)).shows("没有受影响的预约")
    ids = await hit(clinic, "上午9:00", "上午9:30")
    page = await reception.get(C)
    assert page.shows("休诊：外出学习", "还有 2 个没有处理", "陈晓晴医生 洁牙")
    assert [row["state"] for row in await clinic.rows("appointments")] == ["booked", "booked"]
    one = await reception.get(f"{C}/{ids[0]}")
    assert one.shows("休诊：外出学习", "改到", "照常接诊")
    assert hours_of(one)
    assert not any("2026-11-24" in hour for hour in hours_of(one))


async def test_a_move_is_made_once_noted_with_who_did_it_and_the_message_is_a_draft(
    clinic: Clinic, sign_in: SignIn
) -> None:
    reception = await sign_in(Role.RECEPTION)
    (one,) = await hit(clinic, "上午9:00")
    page = await reception.get(f"{C}/{one}")
    assert (await reception.post(f"{C}/{one}/move", {"version": "1", "key": "k"})).shows("请先选一个时间")
    typed = {"version": hidden(page, "version"), "key": hidden(page, "key"), "hour": hours_of(page)[0]}
    moved = await reception.post(f"{C}/{one}/move", typed)
    assert moved.shows("已改期", "告诉患者", "已为您改好")
    again = await reception.post(f"{C}/{one}/move", typed)  # the double tap
    assert again.shows("已改期")
    found = (await clinic.app.services.booking.by_ids([one]))[one]  # type: ignore[list-item,index]
    assert (found.version, found.state) == (2, AppointmentState.BOOKED)
    assert found.clinic_change is not None
    assert (found.clinic_change.decision, found.clinic_change.reason) == (ClinicDecision.MOVED, "休诊：外出学习")
    listed = await reception.get(C)
    assert listed.shows("没有受影响的预约", "最近处理的", "已改期", found.clinic_change.by_name)
    sent = len(await clinic.rows("outbox"))
    desk = await reception.post(f"{C}/{one}/draft")
    assert desk.path.startswith("/console/desk/")
    (kept,) = await clinic.rows("drafts")
    assert kept["contact_id"] == found.contact_id
    assert len(await clinic.rows("outbox")) == sent


async def test_a_later_move_of_the_patients_own_is_theirs_again(clinic: Clinic, sign_in: SignIn) -> None:
    reception = await sign_in(Role.RECEPTION)
    (one,) = await hit(clinic, "上午9:00")
    page = await reception.get(f"{C}/{one}")
    typed = {"version": "1", "key": hidden(page, "key"), "hour": hours_of(page)[0]}
    assert (await reception.post(f"{C}/{one}/move", typed)).shows("已改期")
    booking, now = clinic.app.services.booking, clinic.now
    start = datetime.fromisoformat(hours_of(page)[1].split("|")[0])
    moved = await booking.move(AppointmentId(one), start, None, 2, "own", by=PATIENT, now=now)
    assert (moved.version, moved.clinic_change) == (3, None)


async def test_a_cancellation_for_the_clinics_sake_is_marked_as_such(clinic: Clinic, sign_in: SignIn) -> None:
    reception = await sign_in(Role.RECEPTION)
    (one,) = await hit(clinic, "上午9:00")
    await reception.get(f"{C}/{one}")
    assert (await reception.post(f"{C}/{one}/cancel", {"version": "1"})).shows("不算患者爽约", "已为您取消")
    found = (await clinic.app.services.booking.by_ids([one]))[one]  # type: ignore[list-item,index]
    assert (found.state, found.cancel_reason) == (AppointmentState.CANCELLED, "休诊：外出学习")
    assert found.clinic_change is not None
    assert found.clinic_change.decision is ClinicDecision.CANCELLED
    lines = [row for row in await clinic.rows("interactions") if row["kind"] == "appointment:cancelled"]
    assert [row["payload"]["clinic_reason"] for row in lines] == ["休诊：外出学习"]


async def test_what_is_kept_leaves_the_list_and_a_second_colleague_is_told(clinic: Clinic, sign_in: SignIn) -> None:
    """Trap of booking 3.19: what was decided on a page that is out of date is refused."""
    reception = await sign_in(Role.RECEPTION)
    (one,) = await hit(clinic, "上午9:00")
    page = await reception.get(f"{C}/{one}")
    assert (await reception.post(f"{C}/{one}/keep", {"version": "1"})).shows("已记下照常接诊", "照常接诊：休诊")
    assert (await reception.get(C)).shows("没有受影响的预约", "照常接诊")
    late = await reception.post(f"{C}/{one}/cancel", {"version": "1"})
    assert late.shows("没有改动：刚刚有同事处理过")
    typed = {"version": "1", "key": hidden(page, "key"), "hour": hours_of(page)[0]}
    assert (await reception.post(f"{C}/{one}/move", typed)).shows("没有改动：刚刚有同事处理过")
    (row,) = await clinic.rows("appointments")
    assert (row["state"], row["version"]) == ("booked", 1)


async def test_an_hour_that_was_taken_meanwhile_is_told_with_others(clinic: Clinic, sign_in: SignIn) -> None:
    reception = await sign_in(Role.RECEPTION)
    first, second = await hit(clinic, "上午9:00", "上午9:30")
    pages = [await reception.get(f"{C}/{each}") for each in (first, second)]
    hour = hours_of(pages[0])[0]
    typed = [{"version": "1", "key": hidden(page, "key"), "hour": hour} for page in pages]
    assert (await reception.post(f"{C}/{first}/move", typed[0])).shows("已改期")
    late = await reception.post(f"{C}/{second}/move", typed[1])
    assert late.status == 200
    assert "已改期" not in late.text
    assert hours_of(late)
    assert hour not in hours_of(late)
    assert (await reception.post(f"{C}/nobody/keep", {"version": "1"})).status == 404
