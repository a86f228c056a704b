"""Which version a patient's steps follow, whatever was published when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wxbot.care.calendar import Calendar
from wxbot.care.models import Anchor, CarePlan, CatchUp, Due, Offset, Step
from wxbot.care.planner import schedule
from wxbot.care.plans.following import followed, still_followed
from wxbot.care.plans.live import Course
from wxbot.care.plans.records import Interval, LiveVersion, PlanRecord, Running
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose
from wxbot.templates.records import Signature
from wxbot.templates.seeds import LONG_AGO

ZERO = datetime(2026, 11, 1, tzinfo=UTC)
CALENDAR = Calendar(tz=ZoneInfo("Asia/Shanghai"))
hours = st.integers(min_value=0, max_value=24 * 60)
moments = hours.map(lambda each: ZERO + timedelta(hours=each))
runnings = st.sampled_from(Running)
published = st.lists(st.tuples(moments, runnings), max_size=6)
offsets = st.one_of(
    st.integers(-48, 24 * 40).map(lambda each: Offset(hours=each)),
    st.integers(-5, 40).map(lambda each: Offset(days=each)),
    st.tuples(st.integers(0, 20), st.integers(0, 5)).map(lambda each: Offset(window_days=(each[0], sum(each)))),
)
keys = st.sampled_from(["a", "b", "c", "d"])
plans = st.dictionaries(keys, offsets, min_size=1, max_size=4).map(
    lambda steps: CarePlan(
        key="plan",
        title="计划",
        anchor="treatment",
        steps=tuple(
            Step(key=key, template="t", purpose=Purpose.CARE, offset=offset, grace_hours=12)
            for key, offset in steps.items()
        ),
    )
)


def record() -> PlanRecord:
    signature = Signature(by="config", name="配置文件", at=ZERO)
    first = LiveVersion(number=1, effective_from=LONG_AGO, running=Running.MIGRATE)
    return PlanRecord(id="plan", title="计划", anchor="treatment", created=signature, live=(first,), last_number=1)


def after(publications: list[tuple[datetime, Running]]) -> PlanRecord:
    """The plan after these publications, one after the other."""
    kept = record()
    for at, running in publications:
        version = LiveVersion(number=kept.last_number + 1, effective_from=at, running=running)
        kept = replace(kept, live=kept.followed_by(version), last_number=version.number)
    return kept


def anchor_at(at: datetime) -> Anchor:
    return Anchor(kind="treatment", ref=f"treatment:{at:%d%H}", at=at, contact_id=ContactId("c"), patient_id=None)


def chosen(course: Course, anchor: Anchor) -> list[Due]:
    """Every step of the course that the anchor follows, whatever the time."""
    found = [each for plan in course.plans.values() for each in schedule(plan, anchor, CALENDAR)]
    return [each for each in found if course.follows(number_of(course, each), each)]


def number_of(course: Course, each: Due) -> int:
    return next(number for number, plan in course.plans.items() if plan is each.plan)


@given(published)
def test_versions_are_in_order_of_number_and_of_moment(publications: list[tuple[datetime, Running]]) -> None:
    live = after(publications).live
    assert [each.number for each in live] == sorted({each.number for each in live})
    assert [each.effective_from for each in live] == sorted({each.effective_from for each in live})
    assert not publications or live[-1].number == len(publications) + 1


@given(published, moments, moments, moments, runnings)
def test_publishing_changes_nothing_that_falls_due_before_it_begins(
    publications: list[tuple[datetime, Running]], began: datetime, due: datetime, at: datetime, running: Running
) -> None:
    at = max([at, *(moment for moment, _ in publications)])
    before, later = after(publications).live, after([*publications, (at, running)]).live
    if due < at:
        assert followed(later, began, due) == followed(before, began, due)


@given(published, moments, moments, moments)
def test_who_is_in_the_middle_stays_with_a_version_that_lets_them_stay(
    publications: list[tuple[datetime, Running]], began: datetime, due: datetime, at: datetime
) -> None:
    at = max([at, *(moment for moment, _ in publications)]) + timedelta(hours=1)
    before, later = after(publications).live, after([*publications, (at, Running.STAY)]).live
    if began < at:
        assert followed(later, began, due) == followed(before, began, due)


@given(published, moments, moments, moments, runnings)
def test_who_begins_afterwards_begins_with_the_newest(
    publications: list[tuple[datetime, Running]], began: datetime, due: datetime, at: datetime, running: Running
) -> None:
    live = after([*publications, (at, running)]).live
    version = followed(live, max(began, at), max(due, at))
    assert version is not None
    assert version.number == len(publications) + 2


@given(published, moments, moments)
def test_everything_that_moves_along_is_with_the_newest_in_force(
    publications: list[tuple[datetime, Running]], began: datetime, due: datetime
) -> None:
    live = after([(at, Running.MIGRATE) for at, _ in publications]).live
    version = followed(live, began, due)
    assert version == [each for each in live if each.effective_from <= due][-1]


@given(plans, plans, moments, moments, runnings)
def test_no_step_of_a_course_has_two_versions_and_each_has_its_own_key(
    first: CarePlan, second: CarePlan, began: datetime, at: datetime, running: Running
) -> None:
    """Of one step that two versions have, the outbox knows the key once it left; each version decides its own time."""
    live = after([(at, running)]).live
    course = Course(versions=live, plans={1: first, 2: second})
    anchor = anchor_at(began)
    for each in chosen(course, anchor):
        assert followed(live, began, each.due_at).number == number_of(course, each)  # type: ignore[union-attr]
        assert each.key == f"plan/{each.step.key}/{anchor.ref}"
    if running is Running.STAY and began < at:
        assert {number_of(course, each) for each in chosen(course, anchor)} <= {1}
    late = [each for each in chosen(course, anchor) if each.due_at >= at]
    if running is Running.MIGRATE or began >= at:
        assert {number_of(course, each) for each in late} <= {2}


@given(plans, plans, moments, moments, runnings)
def test_publishing_a_plan_begins_nobody(
    first: CarePlan, second: CarePlan, began: datetime, at: datetime, running: Running
) -> None:
    """The first version of a new plan: whoever came before it gets nothing, unless running patients are taken along."""
    versions = (LiveVersion(number=1, effective_from=at, running=running),)
    course = Course(versions=versions, plans={1: first})
    found = chosen(course, anchor_at(began))
    assert all(each.due_at >= at for each in found)
    if began < at and running is Running.STAY:
        assert found == []
    again = LiveVersion(number=2, effective_from=at + timedelta(hours=1), running=Running.STAY)
    both = Course(versions=(*versions, again), plans={1: first, 2: second})
    if began <= at:
        assert chosen(both, anchor_at(began)) == found


@given(st.lists(st.tuples(moments, runnings, plans), max_size=5), moments, st.integers(0, 1500))
def test_versions_that_are_left_out_are_followed_by_no_step_that_may_still_leave(
    publications: list[tuple[datetime, Running, CarePlan]], began: datetime, days: int
) -> None:
    now = ZERO + timedelta(days=days)
    plan = CarePlan(key="plan", title="计划", anchor="treatment", steps=())
    kept = after([(at, running) for at, running, _ in publications])
    contents = {1: plan, **{number: each for number, (_, _, each) in enumerate(publications, 2)}}
    live = still_followed(kept.live, [contents[each.number].steps for each in kept.live], now)
    whole = Course(versions=kept.live, plans={each.number: contents[each.number] for each in kept.live})
    for each in chosen(whole, anchor_at(began)):
        if each.expires_at > now:
            assert number_of(whole, each) in {version.number for version in live}


def step(catch_up: CatchUp = CatchUp.SEND) -> Step:
    offset = Offset(days=1)
    return Step(key="a", template="t", purpose=Purpose.CARE, offset=offset, grace_hours=48, catch_up=catch_up)


def course_of(*, pauses: tuple[Interval, ...] = (), retirements: tuple[Interval, ...] = ()) -> tuple[Course, CarePlan]:
    plan = CarePlan(key="plan", title="计划", anchor="treatment", steps=(step(), replace(step(CatchUp.SKIP), key="b")))
    return Course(versions=record().live, plans={1: plan}, pauses=pauses, retirements=retirements), plan


def test_nothing_leaves_while_a_plan_is_paused() -> None:
    pause = Interval(since=ZERO + timedelta(hours=20), until=ZERO + timedelta(hours=30))
    course, _ = course_of(pauses=(pause,))
    during, later = ZERO + timedelta(hours=25), ZERO + timedelta(hours=31)
    assert [course.held_back(each) for each in (during, later)] == [True, False]


def test_nobody_begins_a_plan_that_is_retired_and_who_is_in_the_middle_comes_to_its_end() -> None:
    retired = Interval(since=ZERO + timedelta(hours=1), until=ZERO + timedelta(hours=10))
    course, plan = course_of(retirements=(retired,))
    for hours_later, wanted in ((0, True), (1, False), (9, False), (10, True)):
        (first, _) = schedule(plan, anchor_at(ZERO + timedelta(hours=hours_later)), CALENDAR)
        assert course.follows(1, first) is wanted
    assert course.in_force(ZERO + timedelta(hours=5)) is None
    assert course.in_force(ZERO + timedelta(hours=10)) is plan
