from dataclasses import replace
from datetime import timedelta
from typing import Any

from config.content import load_content
from tests.unit.visits.visits import TUESDAY, local, visit
from wxbot.booking.models import Appointment, AppointmentState, VisitStage
from wxbot.visits.day_sheet import UNTAGGED, day_sheet
from wxbot.visits.models import ArrivalForm, Checkout, Noted, NotedArrival, VisitRecord
from wxbot.visits.rules import rules_of

RULES = rules_of(load_content().visit_day.model_dump())
EVENING = local(TUESDAY, 19)
MINUTE = timedelta(minutes=1)


def left(name: str, hour: int, late: int = 0, **facts: Any) -> Appointment:
    start = local(TUESDAY, hour)
    moments = {
        "arrived_at": start + late * MINUTE,
        "treated_at": start + (late + 5) * MINUTE,
        "departed_at": start + (late + 25) * MINUTE,
    }
    known: dict[str, Any] = {"stage": VisitStage.LEFT, "state": AppointmentState.COMPLETED, **moments, **facts}
    return visit(name, start, **known)


def arrival(visit_class: str, channel: str = "", preset: str = "", *, first: bool = False) -> NotedArrival:
    said = ArrivalForm(first_visit=first, visit_class=visit_class, channel=channel, complaint="cleaning")
    return NotedArrival(said=said, preset_channel=preset, fits=preset != "phone", at=EVENING, by="staff:7")


def checkout(reason: str, words: str = "") -> Checkout:
    return Checkout(next_visit=None, reason=reason, words=words, at=EVENING, by="staff:7")


A = left("a", 9, new_patient=True)
B = left("b", 10, late=12)
C = left("c", 11, late=-10)
D = visit("d", local(TUESDAY, 13), stage=VisitStage.WAITING, arrived_at=local(TUESDAY, 13))
E = visit("e", local(TUESDAY, 14))
F = visit("f", local(TUESDAY, 15), state=AppointmentState.NO_SHOW)
G = visit("g", local(TUESDAY, 16), state=AppointmentState.CANCELLED, cancel_reason="没空")
H = visit("h", local(TUESDAY, 16), state=AppointmentState.CANCELLED)
DAY = [H, G, F, E, D, C, B, A]
RECORDS = {
    A.id: VisitRecord(id=A.id, arrival=arrival("c", "online", "referral", first=True), checkout=checkout("price")),
    B.id: VisitRecord(id=B.id, arrival=arrival("m", preset="phone"), checkout=checkout("other", "出国")),
    G.id: VisitRecord(id=G.id, decision=Noted(at=EVENING, by="staff:3", words="周四再打")),
}
AGAIN = {C.patient_id: (visit("c2", local(TUESDAY + timedelta(days=7), 9)),)}
SHEET = day_sheet(DAY, RECORDS, AGAIN, RULES, now=EVENING)


def test_a4_02_the_sheet_fills_itself() -> None:
    assert (SHEET.booked, len(SHEET.came), SHEET.first_visits, SHEET.late) == (6, 4, 1, 1)
    assert (SHEET.missed, SHEET.cancelled) == ((F,), (G, H))
    assert SHEET.by_class == ((UNTAGGED, 2), ("C 类", 1), ("M 类", 1))
    assert SHEET.by_channel == (("网络平台", 1),)


def test_a4_02_every_visit_of_the_day_is_in_one_place() -> None:
    expected = [each for each in DAY if each.live and each not in SHEET.came]
    parts = [*SHEET.came, *SHEET.missed, *SHEET.cancelled, *expected]
    assert sorted(each.id for each in parts) == sorted(each.id for each in DAY)


def test_a4_17_a_cancellation_without_a_decision_is_open() -> None:
    assert SHEET.undecided == (H,)


def test_a4_19_who_left_without_a_next_visit_is_listed_with_the_reason() -> None:
    assert SHEET.without_next == ((A, "要考虑费用"), (B, "其他：出国"))


def test_a4_19_who_left_without_checkout_is_listed_too_and_who_booked_since_is_not() -> None:
    nothing = day_sheet([C], {}, {}, RULES, now=EVENING)
    assert nothing.without_next == ((C, "没有登记原因"),)
    since = day_sheet([A], RECORDS, {A.patient_id: AGAIN[C.patient_id]}, RULES, now=EVENING)
    assert since.without_next == ()


def test_a4_11_the_evening_shows_who_was_not_asked_and_which_channel_differs_from_the_scene() -> None:
    assert SHEET.not_registered == (C, D)
    assert SHEET.mismatches == (A,)
    untagged = {A.id: VisitRecord(id=A.id, arrival=arrival("c", first=True))}
    assert day_sheet([A], untagged, {}, RULES, now=EVENING).not_registered == (A,)


def test_a4_28_who_was_treated_beside_the_triage_table_is_listed() -> None:
    assert SHEET.misfits == (B,)


def test_who_is_still_here_or_whose_hour_is_over_is_not_closed() -> None:
    assert SHEET.not_closed == (D, E)
    assert day_sheet([E], {}, {}, RULES, now=E.start).not_closed == ()


def test_a4_21_the_charts_of_the_day_are_counted_by_patient() -> None:
    twice = replace(left("a2", 17), patient_id=A.patient_id)
    sheet = day_sheet([*DAY, twice], RECORDS, AGAIN, RULES, now=EVENING)
    assert (sheet.patients, sheet.new_patients) == (4, 1)


def test_a4_32_waits_within_the_goal() -> None:
    assert (SHEET.within_goal, SHEET.waits) == (3, 4)  # one waits since 13:00


def test_a_day_without_visits_is_an_empty_sheet() -> None:
    sheet = day_sheet([], {}, {}, RULES, now=EVENING)
    assert (sheet.booked, sheet.came, sheet.by_class, sheet.waits) == (0, (), (), 0)
