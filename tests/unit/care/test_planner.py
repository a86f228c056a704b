from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wxbot.care.calendar import Calendar
from wxbot.care.models import Anchor, Audience, CarePlan, Offset, Step
from wxbot.care.planner import due, fell_due, schedule
from wxbot.care.spans import Reach, spans
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose

TZ = ZoneInfo("Asia/Shanghai")


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=TZ)  # type: ignore[arg-type, misc]


def step(key: str, offset: Offset, **more: object) -> Step:
    facts: dict[str, object] = {"template": f"t.{key}", "purpose": Purpose.REMINDER, "grace_hours": 8.0, **more}
    return Step(key=key, offset=offset, **facts)  # type: ignore[arg-type]


REMINDERS = CarePlan(
    key="appointment",
    title="就诊提醒",
    anchor="appointment",
    steps=(
        step("three_days", Offset(days=-3), at=time(10), audience=Audience.NEW),
        step("day_before", Offset(days=-1), at=time(10)),
        step("two_hours", Offset(hours=-2), grace_hours=3.0),
    ),
)
AFTERCARE = CarePlan(
    key="surgery",
    title="术后关怀",
    anchor="treatment",
    treatment="surgery",
    steps=(
        step("day_1", Offset(days=1), at=time(10)),
        step("stitches", Offset(window_days=(4, 7)), at=time(10)),
        step("month_1", Offset(months=1), at=time(10)),
    ),
)
START = here(2026, 11, 27, 14, 30)
VISIT = Anchor(
    kind="appointment",
    ref="appointment:a1:v1",
    at=START,
    contact_id=ContactId("c1"),
    patient_id=PatientId("p1"),
    created_at=here(2026, 11, 20, 9),
    ends_reminders=True,
)
TREATED = replace(
    VISIT,
    kind="treatment",
    ref="treatment:a1",
    treatment="surgery",
    at=here(2026, 11, 23, 15),
    created_at=None,
    ends_reminders=False,
)


def keys(now: datetime, *anchors: Anchor) -> list[str]:
    return [each.key for each in due((REMINDERS, AFTERCARE), anchors, now, Calendar(tz=TZ))]


def test_a_reminder_is_due_from_its_hour_until_its_grace_is_over() -> None:
    key = ["appointment/day_before/appointment:a1:v1"]
    assert keys(here(2026, 11, 26, 9, 59), VISIT) == []
    assert keys(here(2026, 11, 26, 10), VISIT) == key
    assert keys(here(2026, 11, 26, 17, 59), VISIT) == key
    assert keys(here(2026, 11, 26, 18), VISIT) == []


def test_a_new_patient_is_reminded_three_days_ahead_too() -> None:
    now = here(2026, 11, 24, 10)
    assert keys(now, VISIT) == []
    assert keys(now, replace(VISIT, new_patient=True)) == ["appointment/three_days/appointment:a1:v1"]


def test_a_step_for_returning_patients_leaves_new_ones_out() -> None:
    plan = replace(REMINDERS, steps=(step("back", Offset(days=-1), at=time(10), audience=Audience.RETURNING),))
    now = here(2026, 11, 26, 10)
    assert len(due((plan,), [VISIT], now, Calendar(tz=TZ))) == 1
    assert due((plan,), [replace(VISIT, new_patient=True)], now, Calendar(tz=TZ)) == []


def test_nothing_before_the_visit_is_sent_after_it_has_begun() -> None:
    assert keys(START - timedelta(minutes=1), VISIT) == ["appointment/two_hours/appointment:a1:v1"]
    assert keys(START, VISIT) == []


def test_a_reminder_whose_hour_had_passed_when_the_visit_was_booked_is_not_sent_late() -> None:
    booked_late = replace(VISIT, created_at=here(2026, 11, 26, 11))
    assert keys(here(2026, 11, 26, 11, 5), booked_late) == []
    assert keys(here(2026, 11, 27, 12, 30), booked_late) == ["appointment/two_hours/appointment:a1:v1"]


def test_a_moved_visit_is_a_new_fact_with_keys_of_its_own() -> None:
    moved = replace(VISIT, ref="appointment:a1:v2", at=START + timedelta(days=1))
    assert keys(here(2026, 11, 27, 10), moved) == ["appointment/day_before/appointment:a1:v2"]
    assert keys(here(2026, 11, 26, 10), moved) == []


def test_what_was_never_worth_sending_is_nothing_that_was_missed() -> None:
    """A visit that is noted after it took place needs no confirmation: not now, and not as missed after a gap."""
    plan = CarePlan(key="booked", title="", anchor="booked", steps=(step("confirmed", Offset(hours=0), answer=True),))
    later = START + timedelta(hours=4)
    noted = replace(VISIT, kind="booked", ends_reminders=False, at=later, created_at=None, latest=START)
    assert fell_due((plan,), [noted], START, later + timedelta(hours=1), Calendar(tz=TZ)) == []


def test_nothing_is_sent_after_the_anchors_latest_moment() -> None:
    plan = CarePlan(key="booked", title="", anchor="booked", steps=(step("confirmed", Offset(hours=0), answer=True),))
    booked = replace(
        VISIT, kind="booked", ends_reminders=False, at=here(2026, 11, 27, 13, 30), created_at=None, latest=START
    )
    assert len(due((plan,), [booked], here(2026, 11, 27, 13, 30), Calendar(tz=TZ))) == 1
    assert due((plan,), [booked], START, Calendar(tz=TZ)) == []


def test_aftercare_is_only_for_its_own_kind_of_treatment() -> None:
    now = here(2026, 11, 24, 10)
    assert keys(now, TREATED) == ["surgery/day_1/treatment:a1"]
    assert keys(now, replace(TREATED, treatment="laser")) == []
    general = replace(AFTERCARE, treatment=None)
    assert len(due((general,), [replace(TREATED, treatment="laser")], now, Calendar(tz=TZ))) == 1


def test_a_window_of_days_is_due_until_the_last_day_is_over() -> None:
    key = ["surgery/stitches/treatment:a1"]
    assert keys(here(2026, 11, 27, 9, 59), TREATED) == []
    assert keys(here(2026, 11, 27, 10), TREATED) == key
    assert keys(here(2026, 11, 30, 23, 59), TREATED) == key
    assert keys(here(2026, 12, 1, 0), TREATED) == []


def test_the_timeline_shows_every_step_in_order() -> None:
    assert [(each.step.key, each.due_at) for each in schedule(AFTERCARE, TREATED, Calendar(tz=TZ))] == [
        ("day_1", here(2026, 11, 24, 10)),
        ("stitches", here(2026, 11, 27, 10)),
        ("month_1", here(2026, 12, 23, 10)),
    ]
    assert schedule(AFTERCARE, VISIT, Calendar(tz=TZ)) == []


# -- properties --------------------------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
YES = st.sampled_from([True])
OFFSETS = st.one_of(
    st.builds(Offset, hours=st.floats(-200, 200)),
    st.builds(Offset, days=st.integers(-40, 40)),
    st.builds(Offset, months=st.integers(-14, 14)),
    st.tuples(st.integers(-10, 10), st.integers(0, 6)).map(lambda it: Offset(window_days=(it[0], it[0] + it[1]))),
    st.builds(Offset, days=st.integers(-40, 40), weekday=st.integers(0, 6), jitter_minutes=st.integers(0, 240)),
    st.builds(Offset, months=st.integers(-14, 14), working_day=YES, jitter_minutes=st.integers(0, 240)),
    st.builds(Offset, days=st.integers(-40, 40), weekday=st.integers(0, 6), working_day=YES),
    st.builds(Offset, hours=st.floats(-200, 200), jitter_minutes=st.integers(0, 240)),
    st.tuples(st.integers(-10, 10), st.integers(0, 6), st.integers(0, 6), st.integers(0, 240)).map(
        lambda it: Offset(window_days=(it[0], it[0] + it[1]), best_day=it[0] + min(it[1], it[2]), jitter_minutes=it[3])
    ),
)
STEPS = st.builds(
    lambda offset, at, grace: step("s", offset, at=None if offset.hours is not None else at, grace_hours=grace),
    OFFSETS,
    st.none() | st.times(),
    st.floats(0.5, 100),
)
ZONES = st.sampled_from([TZ, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")])


OPEN = st.sampled_from([lambda _: True, lambda day: day.weekday() != 6, lambda day: day.day > 9, lambda day: False])  # noqa: ARG005


@given(each=STEPS, at=MOMENTS, tz=ZONES, share=st.floats(0, 1), is_open=OPEN)
def test_whenever_a_step_is_due_its_anchor_lies_within_reach(
    each: Step, at: datetime, tz: ZoneInfo, share: float, is_open: Callable[[date], bool]
) -> None:
    """`reach` may ask the database for too many anchors, never for too few."""
    plan = CarePlan(key="p", title="", anchor="booked", steps=(each,))
    at = at.replace(microsecond=0)
    anchor = replace(VISIT, kind="booked", ends_reminders=False, at=at, created_at=None)
    calendar = Calendar(tz=tz, is_open=is_open)
    (planned,) = schedule(plan, anchor, calendar)
    now = planned.due_at + (planned.expires_at - planned.due_at) * share
    found = due((plan,), [anchor], now, calendar)
    if not found:
        return
    assert any(span.start <= at < span.end for span in spans((each,), now, calendar))
    assert fell_due((plan,), [anchor], now, now, calendar, Reach((plan,), now, calendar)) == found
    before = planned.due_at - timedelta(minutes=1)  # a look that need only find what fell due since
    assert any(span.start <= at < span.end for span in spans((each,), now, calendar, after=before))


@given(each=STEPS, at=MOMENTS, now=MOMENTS)
def test_due_means_begun_and_not_over(each: Step, at: datetime, now: datetime) -> None:
    plan = CarePlan(key="p", title="", anchor="booked", steps=(each,))
    anchor = replace(VISIT, kind="booked", ends_reminders=False, at=at, created_at=None)
    (planned,) = schedule(plan, anchor, Calendar(tz=TZ))
    assert planned.due_at < planned.expires_at
    assert bool(due((plan,), [anchor], now, Calendar(tz=TZ))) is (planned.due_at <= now < planned.expires_at)


@given(
    each=STEPS,
    anchors=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), unique=True, max_size=8),
    at=MOMENTS,
)
def test_every_step_of_every_version_has_a_key_of_its_own(
    each: Step, anchors: list[tuple[int, int]], at: datetime
) -> None:
    each = replace(each, offset=replace(each.offset, jitter_minutes=0))  # which differs by key and anchor
    plan = CarePlan(key="p", title="", anchor="booked", steps=(each, replace(each, key="other")))
    facts = [
        replace(
            VISIT, kind="booked", ends_reminders=False, at=at, created_at=None, ref=f"appointment:a{number}:v{version}"
        )
        for number, version in anchors
    ]
    (planned, *_) = schedule(plan, replace(VISIT, kind="booked", ends_reminders=False, at=at), Calendar(tz=TZ))
    found = due((plan,), facts, planned.due_at, Calendar(tz=TZ))
    assert len({one.key for one in found}) == len(found) == 2 * len(facts)


@given(each=STEPS, created=MOMENTS, at=MOMENTS, now=MOMENTS)
def test_nothing_is_ever_due_from_before_its_anchor_existed(
    each: Step, created: datetime, at: datetime, now: datetime
) -> None:
    plan = CarePlan(key="p", title="", anchor="appointment", steps=(each,))
    found = due((plan,), [replace(VISIT, at=at, created_at=created)], now, Calendar(tz=TZ))
    assert all(one.due_at >= created for one in found)
    assert all(one.due_at >= at or one.expires_at <= at for one in found)
