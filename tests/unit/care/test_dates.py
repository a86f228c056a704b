"""Dates of patients: which days can be meant, and when steps fall that count from them, in any zone."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.checks import FESTIVALS as NAMED_IN_FILES
from tests.encryption import KEYS
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.dates import date_anchor
from wxbot.care.anchors.festival import festival_anchor
from wxbot.care.anchors.kind import Facts, PatientFacts
from wxbot.care.calendar import Calendar
from wxbot.care.dates import OUTSIDE, PatientDate, objection_to, read_date
from wxbot.care.festivals import FESTIVALS, festivals_of, festivals_on
from wxbot.care.full_looks import FullLooks
from wxbot.care.models import CarePlan, Offset, Step
from wxbot.care.planner import schedule
from wxbot.clinic.models import Clinic
from wxbot.days import DayError
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.patients.models import Birthday, Patient, Relation
from wxbot.patients.models import Calendar as Of

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def noted(day: date, kind: str = "discharge") -> PatientDate:
    return PatientDate(
        id="d1", patient_id=PatientId("p1"), kind=kind, day=day, note="", noted_by="staff:7", noted_by_name="前台小李",
        noted_at=LONG_AGO, day_set_at=LONG_AGO,
    )  # fmt: skip


def plan(*offsets: Offset, at: time | None = time(10)) -> CarePlan:
    steps = (
        Step(key=f"s{number}", template="care.x", purpose=Purpose.CARE, offset=offset, grace_hours=8, at=at)
        for number, offset in enumerate(offsets)
    )
    return CarePlan(key="discharge", title="出院", anchor="discharge", steps=tuple(steps))


def falls(day: date, patient: Patient, clinic: Clinic, *offsets: Offset, at: time | None = time(10)) -> list[datetime]:
    anchor = date_anchor(noted(day), patient, clinic)
    assert anchor is not None
    return [each.due_at for each in schedule(plan(*offsets, at=at), anchor, Calendar(tz=clinic.timezone))]


def test_months_after_every_day_of_a_leap_cycle_end_with_their_month(patient: Patient, clinic: Clinic) -> None:
    months = (1, 3, 6)
    day = date(2025, 1, 1)
    while day < date(2029, 1, 1):
        for months_later, due_at in zip(
            months, falls(day, patient, clinic, *(Offset(months=each) for each in months)), strict=True
        ):
            year, month = divmod(day.year * 12 + day.month - 1 + months_later, 12)
            expected = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
            assert due_at.astimezone(SHANGHAI) == datetime.combine(expected, time(10), tzinfo=SHANGHAI)
        day += timedelta(days=1)


def test_no_day_of_1986_to_1991_is_moved_by_the_summer_time_of_the_zone(patient: Patient, clinic: Clinic) -> None:
    """A day is stored as a day: as midnight in Shanghai it would come back as the day before (field trap 2.3)."""
    mapper = EncryptedMapper(PatientDate, DocumentCipher(KEYS, "patient_dates", ["note"]))
    day = date(1986, 1, 1)
    while day <= date(1991, 12, 31):
        kept = mapper.thing(mapper.document(noted(day)))
        anchor = date_anchor(kept, patient, clinic)
        assert anchor is not None
        assert (kept.day, anchor.at.astimezone(SHANGHAI).date()) == (day, day)
        (due_at,) = falls(day, patient, clinic, Offset(days=1))
        assert due_at.astimezone(SHANGHAI).replace(tzinfo=None) == datetime.combine(day + timedelta(days=1), time(10))
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "at", "due_at"),
    [
        ("America/New_York", date(2027, 3, 13), time(2, 30), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),  # no 2:30 there
        (
            "Europe/Berlin",
            date(2027, 10, 30),
            time(2, 30),
            datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
        ),  # twice: the first
        ("America/Havana", date(2027, 3, 13), None, datetime(2027, 3, 14, 5, 0, tzinfo=UTC)),  # no midnight there
        ("Asia/Shanghai", date(1986, 5, 3), time(0, 30), datetime(1986, 5, 3, 16, 30, tzinfo=UTC)),
    ],
)
def test_an_hour_that_a_zone_leaves_out_is_due_once(  # noqa: PLR0917 - the cases and two fixtures
    zone: str, day: date, at: time | None, due_at: datetime, patient: Patient, clinic: Clinic
) -> None:
    assert falls(day, patient, replace(clinic, timezone=ZoneInfo(zone)), Offset(days=1), at=at) == [due_at]


def test_own_kinds_share_an_anchor_and_say_which_they_are(patient: Patient, clinic: Clinic) -> None:
    own, left = date_anchor(noted(date(2026, 11, 2), "review"), patient, clinic), noted(date(2026, 11, 2))
    assert own is not None
    assert (own.kind, own.treatment, own.ref) == ("date", "review", "date:d1")
    facts = PatientFacts(
        patient=patient, appointments=(), next_birthday=None, clinic=clinic, now=LONG_AGO, day=date(2026, 11, 2),
        dates=[noted(date(2026, 11, 2), "review"), replace(left, id="d2"), replace(left, id="d3")],
    )  # fmt: skip
    found = {key: [each.ref for each in ANCHORS[key].of_patient(facts)] for key in ("discharge", "screening", "date")}
    assert found == {"discharge": ["date:d2"], "screening": [], "date": ["date:d1"]}  # the same day twice is one


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2027-02-30", "2027年2月没有30日，请核对日期。"),
        ("2027-04-31", "2027年4月没有31日，请核对日期。"),
        ("2027-13-01", "请填写日期，例如 2026-11-24"),
        ("20270230", "请填写日期，例如 2026-11-24"),
        ("", "请填写日期，例如 2026-11-24"),
        ("²027-02-30", "请填写日期，例如 2026-11-24"),
        ("99999-02-30", "请填写日期，例如 2026-11-24"),
    ],
)
def test_what_is_no_day_is_told_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(DayError) as error:
        read_date(text)
    assert error.value.sentence == words


def test_days_that_nobody_can_mean_are_refused_and_others_are_not() -> None:
    today = date(2028, 2, 29)
    assert [objection_to(date(year, 2, 28), today, None) == "" for year in (1900, 1947, 1948, 2038, 2039, 2200)] == [
        *(False, False, True),
        *(True, False, False),
    ]
    assert objection_to(date.max, today, None) == OUTSIDE.format(first=1948, last=2038)
    lunar = Birthday(calendar=Of.LUNAR, year=1990, month=12, day=30)  # 14 February 1991
    assert objection_to(date(1991, 2, 13), today, lunar).startswith("比患者的出生日期（1991年2月14日）")
    assert objection_to(date(1991, 2, 14), today, lunar) == ""


def test_a_removed_date_is_not_wanted_any_more() -> None:
    kind, said = ANCHORS["discharge"], {"kind": "discharge", "date": "d1"}

    def facts(*dates: PatientDate) -> Facts:
        return Facts(appointments={}, patients={}, celebrated=lambda *_: True, dates={each.id: each for each in dates})

    day = noted(date(2026, 11, 2))
    assert kind.judge(said, facts(day)).met
    assert [kind.judge(said, each).reason for each in (facts(), facts(replace(day, live=False)))] == [
        "date_removed"
    ] * 2


# -- festivals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "festivals"),
    [
        (date(2027, 2, 6), ("spring",)),
        (date(2027, 2, 20), ("lantern",)),
        (date(2026, 6, 19), ("dragon_boat",)),
        (date(2033, 9, 8), ("mid_autumn",)),  # the year whose leap month calendars quarrelled about
        (date(2020, 10, 1), ("mid_autumn", "national")),
        (date(2026, 10, 18), ("double_ninth",)),
        (date(2100, 1, 1), ("new_year",)),
        (date(2026, 11, 27), ()),
        (date(2101, 1, 1), ()),
    ],
)
def test_festivals_are_computed_for_any_year(day: date, festivals: tuple[str, ...]) -> None:
    assert festivals_on(day) == festivals


def test_every_festival_comes_once_in_every_year_of_the_calendar() -> None:
    for year in range(1900, 2101):
        found = [festival for day, each in festivals_of(year).items() for festival in each if day.year == year]
        assert sorted(found) == sorted(FESTIVALS), year
    assert set(NAMED_IN_FILES) == set(FESTIVALS)


def test_a_festival_is_the_local_day_of_a_patient_who_follows_themselves(patient: Patient, clinic: Clinic) -> None:
    anchor = festival_anchor("spring", date(2027, 2, 6), patient.id, ContactId("c1"), clinic)
    assert (anchor.ref, anchor.at) == ("festival:spring:2027-02-06:p1", datetime(2027, 2, 5, 16, tzinfo=UTC))
    assert ANCHORS["festival"].fill(anchor, clinic) == {"festival": "春节"}
    facts = PatientFacts(
        patient=patient, appointments=(), next_birthday=None, clinic=clinic, now=LONG_AGO, day=date(2027, 2, 6)
    )
    assert [each.treatment for each in ANCHORS["festival"].of_patient(facts)] == ["spring", "lantern"]
    child = replace(facts, patient=replace(patient, relation=Relation.CHILD))
    assert list(ANCHORS["festival"].of_patient(child)) == []


def test_who_is_under_14_is_not_greeted(patient: Patient) -> None:
    said = {"kind": "festival", "id": "p1", "day": "2027-02-06"}

    def reason(year: int) -> str:
        born = replace(patient, birthday=Birthday(calendar=Of.SOLAR, year=year, month=2, day=6))
        facts = Facts(appointments={}, patients={patient.id: born}, celebrated=lambda *_: True)
        return ANCHORS["festival"].judge(said, facts).reason

    assert [reason(year) for year in (2013, 2014)] == ["", "under_age"]


def test_a_look_over_everything_is_the_rarer_the_more_there_is() -> None:
    looks = FullLooks()
    begun = datetime(2027, 2, 6, 3, tzinfo=UTC)

    def look(moment: datetime, anchors: int) -> bool:
        after = looks.since(moment)
        looks.note(moment, whole=after is None, anchors=anchors, due={str(moment)})
        return after is None

    assert look(begun, 60_000)  # the first of this process; the next in ten minutes
    later = [look(begun + timedelta(seconds=15 * number), 60_000) for number in range(1, 81)]
    assert [number for number, each in enumerate(later, 1) if each] == [40, 80]
    assert looks.handed_over == {str(begun + timedelta(minutes=20))}  # what a look over everything found again
    assert look(begun, 1)  # the clock went back
    assert look(begun + timedelta(seconds=15), 1)  # one anchor: each look
