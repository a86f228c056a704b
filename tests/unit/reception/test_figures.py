"""The front desk's figures: what each counts, and what it leaves out."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.unit.visits.visits import NINE, TUESDAY, ZONE, local, visit
from wxbot.booking.models import Appointment, AppointmentState, VisitStage
from wxbot.reception.figure_models import Figure, FigureKey, FrontDeskDays
from wxbot.reception.figures import figures, overdue_intakes
from wxbot.reception.models import ClassLabel, ReceptionRecord
from wxbot.reception.rules import ReceptionRules
from wxbot.visits.models import ArrivalForm, Checkout, NotedArrival, VisitRecord
from wxbot.visits.rules import Choice, VisitChannel, VisitDayRules

RULES = ReceptionRules(finished=frozenset({"finished"}), retention=timedelta(days=30))
VISIT_RULES = VisitDayRules(
    classes=(Choice(key="ca", name="CA"), Choice(key="cb", name="CB")),
    channels=(VisitChannel(key="online", name="网络"), VisitChannel(key="phone", name="电话")),
)
EVENING = local(TUESDAY, 20)
DAY = timedelta(days=1)


def left(name: str, start: datetime = NINE, **facts: Any) -> Appointment:
    """A visit whose patient came, waited five minutes and left."""
    known = {
        "state": AppointmentState.COMPLETED,
        "stage": VisitStage.LEFT,
        "arrived_at": start,
        "treated_at": start + timedelta(minutes=5),
        "departed_at": start + timedelta(minutes=30),
    }
    return visit(name, start, **{**known, **facts})


def noted(appointment: Appointment, *, preset: str = "", reason: str = "", **said: Any) -> VisitRecord:
    form = ArrivalForm(**{"first_visit": False, "visit_class": "ca", **said})
    arrival = NotedArrival(said=form, preset_channel=preset, fits=True, at=appointment.start, by="staff:1")
    checkout = (
        Checkout(next_visit=None, reason=reason, words="", at=appointment.start, by="staff:1") if reason else None
    )
    return VisitRecord(id=appointment.id, arrival=arrival, checkout=checkout)


def days(*visits: Appointment, records: tuple[VisitRecord, ...] = (), **facts: Any) -> FrontDeskDays:
    known: dict[str, Any] = {
        "visits": visits,
        "records": {each.id: each for each in records},
        "noted": {},
        "later": {},
        "following": frozenset(),
        "intakes": frozenset(),
        "now": EVENING,
        "zone": ZONE,
    }
    return FrontDeskDays(**{**known, **facts})


def of(key: FigureKey, found: FrontDeskDays) -> Figure:
    return figures(found, RULES, VISIT_RULES)[key]


def test_of_no_visits_every_figure_is_empty_and_nothing_is_missed() -> None:
    found = figures(days(), RULES, VISIT_RULES)
    assert set(found) == set(FigureKey)
    assert {(each.among, each.percent, each.missed) for each in found.values()} == {(0, None, False)}


def test_a4_01_a_patient_stays_with_a_next_visit_or_when_seen_again_in_time() -> None:
    booked, seen, late, gone, same_day = (left(name) for name in ("booked", "seen", "late", "gone", "same"))
    later = {
        booked.patient_id: [visit("n", NINE + 40 * DAY, patient_id=booked.patient_id)],
        seen.patient_id: [left("s", NINE + 10 * DAY, patient_id=seen.patient_id)],
        late.patient_id: [left("l", NINE + 35 * DAY, patient_id=late.patient_id)],
        same_day.patient_id: [left("d", NINE + timedelta(hours=3), patient_id=same_day.patient_id)],
    }
    found = of(FigureKey.RETENTION, days(booked, seen, late, gone, same_day, later=later, now=EVENING + 36 * DAY))
    good = {each.visit.id for each in found.rows if each.good}
    assert (good, found.among) == ({booked.id, seen.id}, 5)


def test_a4_01_a_finished_treatment_and_who_is_still_here_are_not_counted_and_a_patient_counts_once() -> None:
    finished = left("finished")
    here = visit("here", stage=VisitStage.WAITING, arrived_at=NINE)
    early, again = left("early"), left("again", NINE + timedelta(hours=2), patient_id=left("early").patient_id)
    found = of(FigureKey.RETENTION, days(finished, here, early, again, records=(noted(finished, reason="finished"),)))
    assert [each.visit.id for each in found.rows] == [again.id]


def test_a4_10_the_accuracy_is_of_those_that_were_labelled_twice() -> None:
    right, wrong, once = (left(name) for name in ("right", "wrong", "once"))
    label = ClassLabel(label="ca", at=NINE, by="staff:1")
    kept = {
        right.id: ReceptionRecord(id=right.id, first_label=label, second_label=label),
        wrong.id: ReceptionRecord(id=wrong.id, first_label=label, second_label=replace(label, label="cb")),
        once.id: ReceptionRecord(id=once.id, first_label=label, to_label=True),
    }
    changed = tuple(noted(each, visit_class="cb") for each in (right, wrong, once))  # corrected since: does not help
    found = of(FigureKey.ACCURATE, days(right, wrong, once, noted=kept, records=changed))
    assert [(each.visit.id, each.good, each.why) for each in found.rows] == [
        (wrong.id, False, "第一次 CA，复评 CB"),
        (right.id, True, "第一次 CA，复评 CA"),
    ]
    assert (found.percent, found.goal, found.missed) == (50, 95, True)


def test_a4_11_only_first_visits_need_a_channel_and_only_scanned_ones_can_differ() -> None:
    tagged, untagged, returning, other = (left(name) for name in ("tagged", "untagged", "returning", "other"))
    records = (
        noted(tagged, first_visit=True, channel="online", preset="online"),
        noted(untagged, first_visit=True),
        noted(returning, channel="phone", preset="online"),
        noted(other, first_visit=True, channel="phone", preset="online"),
    )
    found = days(tagged, untagged, returning, other, records=records)
    assert {each.visit.id: each.good for each in of(FigureKey.CHANNEL, found).rows} == {
        tagged.id: True,
        untagged.id: False,
        other.id: True,
    }
    assert {each.visit.id: each.why for each in of(FigureKey.MATCHING, found).rows} == {
        tagged.id: "网络",
        other.id: "二维码 网络，登记 电话",
    }


def test_a4_32_a_first_visit_waits_15_minutes_at_most_and_everybody_else_20() -> None:
    facts = {"treated_at": NINE + timedelta(minutes=18)}
    first, returning, unknown = left("first", **facts), left("returning", **facts), left("u", arrived_at=None)
    found = days(first, returning, unknown, records=(noted(first, first_visit=True), noted(returning)))
    waits = of(FigureKey.WAITS, found)
    assert {each.visit.id: each.good for each in waits.rows} == {first.id: False, returning.id: True}


def test_a4_13_a_questionnaire_is_due_on_the_day_and_overdue_after_it() -> None:
    without, filled_in, returning = left("without"), left("filled"), left("returning")
    records = (noted(without, first_visit=True), noted(filled_in, first_visit=True), noted(returning))
    facts: dict[str, Any] = {"records": records, "intakes": frozenset({filled_in.id})}
    today, tomorrow = (days(without, filled_in, returning, now=now, **facts) for now in (EVENING, EVENING + DAY))
    for found, expected in ((today, []), (tomorrow, [without])):
        assert overdue_intakes(figures(found, RULES, VISIT_RULES), found) == expected
    assert of(FigureKey.INTAKE, today).rows[0].why == "今天下班前录入"


def test_a4_25_cancelled_missed_and_late_ones_are_listed_first() -> None:
    cancelled = visit("cancelled", state=AppointmentState.CANCELLED, cancel_reason="出差")
    missed = visit("missed", state=AppointmentState.NO_SHOW)
    late = left("late", arrived_at=NINE + timedelta(minutes=12))
    found = days(late, missed, cancelled)
    kept, on_time = of(FigureKey.KEPT, found), of(FigureKey.ON_TIME, found)
    assert [each.why for each in kept.rows] == ["取消：出差", "失约", ""]
    assert [(each.visit.id, each.why) for each in on_time.rows] == [(late.id, "迟到 12 分钟")]


def test_a4_06_a4_49_who_follows_and_who_is_in_the_working_wechat_is_told_apart() -> None:
    follows, does_not, nobody = left("a"), left("b"), left("c", contact_id=None)
    records = (noted(follows, work_wechat=True), noted(does_not))
    found = days(follows, does_not, nobody, records=records, following=frozenset({follows.contact_id}))
    assert (of(FigureKey.FOLLOWING, found).good, of(FigureKey.FOLLOWING, found).short) == (1, 2)
    assert (of(FigureKey.WORK_WECHAT, found).good, of(FigureKey.WORK_WECHAT, found).short) == (1, 2)
