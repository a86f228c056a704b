"""The booking window of the visit type and of the booker in the chat: what is offered, and why a day is not."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests.store.test_booking_dialog import CLINIC, NOW, Chat, Desk, OnePatientEach, desk_of, local
from wxbot.actors import PATIENT
from wxbot.booking.models import Booker
from wxbot.clinic.models import BookingWindow, Clinic, Closure, PractitionerId, VisitType, VisitTypeId
from wxbot.database import Database
from wxbot.history.models import ContactId, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.models import Patient

CLEANING, CHECKUP = CLINIC.visit_types
TODAY = date(2026, 11, 23)  # Monday, 10:00 at the clinic


def with_window(window: BookingWindow, new_window: BookingWindow | None = None) -> Clinic:
    """Cleaning with that window; the check-up keeps the clinic's own fortnight."""
    kinds: tuple[VisitType, ...] = (replace(CLEANING, window=window, new_window=new_window), CHECKUP)
    return replace(CLINIC, visit_types=kinds)


class OwnRecords(OnePatientEach):
    """Every contact is a patient of their own, found by the contact."""

    async def of_contacts(self, contact_ids: Collection[ContactId]) -> dict[ContactId, list[Patient]]:
        return {
            each: [Patient(id=PatientId(f"patient-{each}"), name=None, created_at=NOW, contact_id=each)]
            for each in contact_ids
        }


async def own_desk(database: Database, clinic: Clinic) -> Desk:
    desk = await desk_of(database, clinic)
    desk.patients = OwnRecords(desk.patients.store, History(HistoryStore(database)))
    return desk


async def seen_before(chat: Chat) -> None:
    """The contact's own record, with a visit behind it."""
    booking, when = chat.desk.booking, NOW - timedelta(days=30)
    patient = PatientId(f"patient-{chat.contact.id}")
    start = local(TODAY - timedelta(days=29), 9)
    await booking.book(
        request_key="past",
        contact_id=chat.contact.id,
        patient_id=patient,
        visit_type_id=CLEANING.id,
        practitioner_id=PractitionerId("wang"),
        start=start,
        by=PATIENT,
        now=when,
        booker=Booker.RETURNING,
    )
    await booking.close_past(start + timedelta(days=1))


async def test_a_day_inside_a_longer_window_of_its_own_is_read_and_offered(database: Database) -> None:
    """The clinic books a fortnight ahead, cleaning sixty days: 12月28日 is five weeks away."""
    chat = Chat(await desk_of(database, with_window(BookingWindow(horizon_days=60))))
    said = await chat.say("我想约12月28日上午九点洗牙")

    assert "12月28日 周一 上午9:00" in said
    assert chat.template == "booking.confirm"
    await chat.say("好的")
    assert [each.start for each in await chat.upcoming()] == [local(date(2026, 12, 28), 9)]


async def test_the_same_day_is_too_far_for_a_visit_type_that_keeps_the_clinics_rule(database: Database) -> None:
    chat = Chat(await desk_of(database, with_window(BookingWindow(horizon_days=60))))
    await chat.say("我想约12月28日口腔检查")
    said = await chat.say("不限医生")

    assert said.startswith("抱歉，12月28日 周一还没有放号，口腔检查目前最远可以约到12月7日 周一。")
    assert chat.labels[0] == "12月7日 周一 上午9:00"  # the nearest hours, by a tap
    await chat.say("1")
    assert [each.start for each in await chat.upcoming()] == [local(date(2026, 12, 7), 9)]


async def test_a_day_beyond_a_shorter_window_of_its_own_is_too_far(database: Database) -> None:
    chat = Chat(await desk_of(database, with_window(BookingWindow(horizon_days=3))))
    said = await chat.say("约12月2日洗牙")

    assert said.startswith("抱歉，12月2日 周三还没有放号，洗牙目前最远可以约到11月26日 周四。")
    assert all(date.fromisoformat(each.split(":")[2]) <= date(2026, 11, 26) for each in chat.ids if ":day:" in each)


async def test_an_hour_within_the_lead_time_is_refused_with_the_lead_time(database: Database) -> None:
    chat = Chat(await desk_of(database, with_window(BookingWindow(lead_minutes=26 * 60))))
    said = await chat.say("约明天上午九点洗牙")

    assert said.startswith("抱歉，洗牙需要至少提前26小时预约，明天 11月24日 周二 上午9:00来不及了。")
    assert chat.labels[0] == "下午2:00"  # twelve is the earliest, and the doctor is at lunch then
    assert await chat.upcoming() == []


async def test_a_whole_day_within_the_lead_time_is_refused_with_the_nearest_hours(database: Database) -> None:
    chat = Chat(await desk_of(database, with_window(BookingWindow(lead_minutes=2 * 24 * 60))))
    said = await chat.say("约明天洗牙")

    assert said.startswith("抱歉，洗牙需要至少提前2天预约，明天 11月24日 周二来不及了。")
    assert chat.labels[:3] == [
        "后天 11月25日 周三 上午10:00",
        "后天 11月25日 周三 上午10:30",
        "后天 11月25日 周三 上午11:00",
    ]


async def test_the_day_itself_after_its_cut_off_is_refused(database: Database) -> None:
    chat = Chat(await desk_of(database, with_window(BookingWindow(same_day_until=time(9, 30)))))
    said = await chat.say("约今天下午三点洗牙")

    assert said.startswith("抱歉，今天 11月23日 周一的洗牙已经停止预约了。")
    assert chat.labels[0] == "明天 11月24日 周二 上午9:00"


async def test_new_and_returning_patients_are_offered_their_own_window(database: Database) -> None:
    clinic = with_window(BookingWindow(horizon_days=10), BookingWindow(horizon_days=2))
    chat = Chat(await own_desk(database, clinic))
    assert (await chat.say("约11月30日上午九点洗牙")).startswith(
        "抱歉，11月30日 周一还没有放号，洗牙目前最远可以约到11月25日 周三。"
    )

    await seen_before(chat)
    chat.dialog = None
    assert "11月30日 周一 上午9:00" in await chat.say("约11月30日上午九点洗牙")
    await chat.say("好的")
    assert [each.start for each in await chat.upcoming()] == [local(date(2026, 11, 30), 9)]


@pytest.mark.parametrize(
    ("clinic", "text", "words"),
    [
        (
            replace(CLINIC, closures=(Closure(first=date(2026, 11, 25), last=date(2026, 11, 25), reason="学习"),)),
            "约11月25日洗牙",
            "抱歉，后天 11月25日 周三王芳医生不出诊。",
        ),
        (replace(CLINIC, horizon_days=60), "约1月1日洗牙", "抱歉，1月1日 周五诊所放假休息。"),
    ],
)
async def test_a_closed_day_is_said_to_be_closed(database: Database, clinic: Clinic, text: str, words: str) -> None:
    """Never that it is full, and never why a doctor is away."""
    chat = Chat(await desk_of(database, clinic))
    said = await chat.say(text)

    assert said.startswith(words)
    assert "学习" not in said


async def test_a_full_day_is_said_to_be_full_with_the_next_hours(database: Database) -> None:
    short = replace(CLINIC, practitioners=(CLINIC.practitioners[1],), visit_types=(CHECKUP,))
    chat = Chat(await desk_of(database, short))
    for number in range(6):
        await chat.desk.booking.book(
            request_key=f"full{number}",
            contact_id=None,
            patient_id=PatientId(f"other{number}"),
            visit_type_id=VisitTypeId("checkup"),
            practitioner_id=PractitionerId("li"),
            start=local(date(2026, 11, 24), 9 + number // 2, 30 * (number % 2)),
            by=PATIENT,
            now=NOW,
        )
    said = await chat.say("约明天口腔检查")

    assert said.startswith("抱歉，明天 11月24日 周二没有可以约的时间了。")
    assert chat.labels[0] == "后天 11月25日 周三 上午9:00"


async def test_a_part_of_a_nearest_hours_label_is_read_back_first(database: Database) -> None:
    chat = Chat(await desk_of(database, with_window(BookingWindow(horizon_days=3))))
    await chat.say("约12月2日洗牙")
    await chat.say("9:30")

    assert await chat.upcoming() == []


async def test_every_hour_offered_in_the_chat_can_be_booked_and_no_other(database: Database) -> None:
    """Reference: field traps, section 3, row 2. Over each window, for one who is new."""
    windows = (
        BookingWindow(lead_minutes=0, horizon_days=2),
        BookingWindow(lead_minutes=24 * 60, same_day_until=time(9)),
    )
    for number, window in enumerate(windows):
        desk = await desk_of(database, with_window(BookingWindow(), window))
        offered = {
            slot.start
            for day in await desk.booking.days(CLEANING.id, None, NOW, booker=Booker.NEW)
            for slot in await desk.booking.slots(CLEANING.id, None, day.date, NOW, booker=Booker.NEW)
        }
        asked = [NOW + timedelta(minutes=30 * each) for each in range(2 * 24 * 4)]
        for start in asked:
            told = await desk.booking.why_not(CLEANING.id, None, start, now=NOW, booker=Booker.NEW)
            assert (not told) == (start in offered), (number, start)
        assert datetime(2026, 11, 23, 1, tzinfo=UTC) not in offered
