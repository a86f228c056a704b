"""Whether a step is still wanted by what happened since its plan began: every fact, met, missed and turned round."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.care.conditions import judge_course
from wxbot.care.course import Course, CourseFacts, course_of, read_course
from wxbot.care.models import Anchor, CarePlan, Condition, Due, Fact, Loop, Offset, Step, Until
from wxbot.care.survey_outcomes import HAS_CASE
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId
from wxbot.patients.models import Patient, Tag
from wxbot.surveys.models import Answer, Occasion, ResponseState, SurveyResponse

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
ANSWER = Condition(fact=Fact.ANSWER, of="pain", low=7, high=10)
WORSE = Condition(fact=Fact.ANSWER, of="feel", values=("更严重了",))
TAG = Condition(fact=Fact.TAG, values=("敏感肌",))
CLASS = Condition(fact=Fact.VISIT_CLASS, values=("M",))
PROJECT = Condition(fact=Fact.PROJECT, values=("wisdom_tooth",))
ANSWERED = Condition(fact=Fact.SURVEY, of="opinion")
PLEASED = replace(ANSWERED, low=80)
MESSAGE = Message(
    id=MessageId("m1"),
    key="plan/step/ref",
    contact_id=ContactId("c1"),
    patient_id=PatientId("p1"),
    purpose=Purpose.CARE,
    template="care.step",
    variables={},
    created_at=NOW,
    due_at=NOW,
    expires_at=NOW + timedelta(hours=8),
)
VISIT = Appointment(
    id=AppointmentId("a1"),
    request_key="r1",
    contact_id=ContactId("c1"),
    patient_id=PatientId("p1"),
    visit_type_id=VisitTypeId("wisdom_tooth"),
    practitioner_id=PractitionerId("zhou"),
    room="2诊室",
    start=NOW - timedelta(days=1),
    end=NOW - timedelta(hours=23),
    created_at=NOW - timedelta(days=9),
    new_patient=False,
)
PATIENT = Patient(id=PatientId("p1"), name="张三", created_at=NOW)


DONE = SurveyResponse(
    id="plan:1",
    survey="treatment",
    occasion=Occasion.PLAN,
    key="survey/plan/opinion/ref",
    contact_id=ContactId("c1"),
    asked_at=NOW - timedelta(days=3),
    state=ResponseState.DONE,
    answers=(Answer(question="recommend", value="8", score=8, at=NOW, line_id="m:1"),),
    points=80,
    satisfied=True,
)
SILENT = replace(DONE, state=ResponseState.SENT, answers=(), points=None, satisfied=None)


def reason(course: Course, facts: CourseFacts, patient: Patient | None = PATIENT) -> str:
    return judge_course(course, MESSAGE, facts, patient, VISIT).reason


def of(*when: Condition) -> Course:
    return Course(plan="plan", step="step", ref="ref", when=when)


def answered(**values: str) -> CourseFacts:
    return CourseFacts(answers={"plan/ref": values})


def tagged(**changes: str) -> Patient:
    return replace(PATIENT, tags=(Tag(name="敏感肌", by="system", at=NOW, **changes),))


@pytest.mark.parametrize(
    ("condition", "facts", "patient", "holds"),
    [
        (ANSWER, answered(pain="7"), PATIENT, True),
        (ANSWER, answered(pain="10"), PATIENT, True),
        (ANSWER, answered(pain="6"), PATIENT, False),
        (ANSWER, answered(), PATIENT, False),
        (ANSWER, CourseFacts(answers={"plan/another": {"pain": "9"}}), PATIENT, False),
        (replace(ANSWER, low=None), answered(pain="0"), PATIENT, True),
        (WORSE, answered(feel="更严重了"), PATIENT, True),
        (WORSE, answered(feel="好多了"), PATIENT, False),
        (TAG, CourseFacts(), tagged(), True),
        (TAG, CourseFacts(), PATIENT, False),
        (TAG, CourseFacts(), None, False),
        (TAG, CourseFacts(tz=ZoneInfo("Asia/Shanghai")), tagged(expires_on="2026-11-27"), True),
        (TAG, CourseFacts(tz=ZoneInfo("Asia/Shanghai")), tagged(expires_on="2026-11-26"), False),
        (CLASS, CourseFacts(classes={AppointmentId("a1"): "M"}), PATIENT, True),
        (CLASS, CourseFacts(classes={AppointmentId("a1"): "C"}), PATIENT, False),
        (CLASS, CourseFacts(), PATIENT, False),
        (PROJECT, CourseFacts(), PATIENT, True),
        (replace(PROJECT, values=("filling",)), CourseFacts(), PATIENT, False),
    ],
)
def test_a_condition_holds_or_not_and_turned_round_the_other_way(
    condition: Condition, facts: CourseFacts, patient: Patient | None, *, holds: bool
) -> None:
    assert reason(of(condition), facts, patient) == ("" if holds else "condition")
    assert reason(of(replace(condition, absent=True)), facts, patient) == ("condition" if holds else "")


@pytest.mark.parametrize(
    ("condition", "response", "holds"),
    [
        (ANSWERED, DONE, True),
        (ANSWERED, replace(DONE, state=ResponseState.BEGUN, points=None), True),
        (ANSWERED, SILENT, False),
        (PLEASED, DONE, True),
        (PLEASED, replace(DONE, points=79), False),
        (PLEASED, replace(DONE, points=None), False),
        (PLEASED, SILENT, False),
        (replace(ANSWERED, high=40), replace(DONE, points=40), True),
        (replace(ANSWERED, high=40), replace(DONE, points=41), False),
        (PLEASED, replace(DONE, state=ResponseState.STOPPED), True),
    ],
)
def test_a_condition_on_a_survey_looks_at_its_answer_or_its_points(
    condition: Condition, response: SurveyResponse, *, holds: bool
) -> None:
    facts = CourseFacts(surveys={"plan/opinion/ref": response})
    assert reason(of(condition), facts) == ("" if holds else "condition")
    assert reason(of(replace(condition, absent=True)), facts) == ("condition" if holds else "")


@pytest.mark.parametrize("absent", [False, True])
@pytest.mark.parametrize("condition", [ANSWERED, PLEASED])
@pytest.mark.parametrize(
    "surveys",
    [
        {},
        {"plan/opinion/another": DONE},
        {"plan/opinion/ref": replace(SILENT, state=ResponseState.UNSENT)},
        {"plan/opinion/ref": replace(SILENT, state=ResponseState.STOPPED)},
    ],
)
def test_a_survey_that_did_not_reach_the_patient_or_was_declined_has_no_outcome(
    condition: Condition, surveys: Mapping[str, SurveyResponse], *, absent: bool
) -> None:
    assert reason(of(replace(condition, absent=absent)), CourseFacts(surveys=surveys)) == "condition"


def test_a4_44_nobody_calls_beside_the_case_that_a_bad_answer_opened() -> None:
    facts = CourseFacts(surveys={"plan/opinion/ref": replace(DONE, points=20, low=True)})
    course, call = of(replace(PLEASED, absent=True)), replace(MESSAGE, call="care:plan/ref")
    assert reason(course, facts) == ""
    assert judge_course(course, call, facts, PATIENT, VISIT).explanation == HAS_CASE


def test_every_condition_must_hold_and_each_objection_is_a_sentence() -> None:
    facts = answered(pain="3")
    assert reason(of(PROJECT, ANSWER), facts) == "condition"
    for condition in (ANSWER, WORSE, TAG, CLASS, replace(PROJECT, values=("x",)), replace(ANSWER, absent=True)):
        high = answered(pain="9") if condition.absent else facts
        words = judge_course(of(condition), MESSAGE, high, PATIENT, VISIT).explanation
        assert words.endswith("这一步不适用")


def test_a_loop_ends_by_what_it_waits_for_and_by_nothing_else() -> None:
    since = NOW - timedelta(days=3)
    course = replace(of(), since=since)
    coming = replace(VISIT, id=AppointmentId("a2"), start=NOW + timedelta(days=2), end=NOW + timedelta(days=2, hours=1))
    happened = CourseFacts(
        answers={"plan/ref": {"step": "5"}},
        heard={ContactId("c1"): since + timedelta(hours=1)},
        coming={PatientId("p1"): (coming,)},
    )
    assert reason(course, happened) == ""
    assert reason(replace(course, until=Until.ANSWERED), happened) == "answered"
    assert reason(replace(course, until=Until.FEEDBACK), happened) == "feedback"
    assert reason(replace(course, until=Until.BOOKED), happened) == "booked_again"
    nothing = CourseFacts(heard={ContactId("c1"): since}, coming={PatientId("p1"): (VISIT,)})
    assert {reason(replace(course, until=each), nothing) for each in Until} == {""}
    reached = CourseFacts(reached={PatientId("p1"): since + timedelta(hours=1)})
    assert reason(replace(course, until=Until.FEEDBACK), reached) == "feedback"


def test_the_visit_that_the_plan_is_about_is_no_new_booking() -> None:
    itself = replace(VISIT, start=NOW + timedelta(days=2), end=NOW + timedelta(days=2, hours=1))
    course = replace(of(), until=Until.BOOKED)
    facts = CourseFacts(coming={PatientId("p1"): (itself,)})
    assert judge_course(course, MESSAGE, facts, PATIENT, itself).met


def test_an_ended_plan_says_who_ended_it_before_anything_else() -> None:
    facts = CourseFacts(endings={"plan/ref": "李主管结束了这份计划：已转院"})
    judged = judge_course(of(ANSWER), MESSAGE, facts, PATIENT, VISIT)
    assert (judged.reason, judged.explanation) == ("ended", "李主管结束了这份计划：已转院")
    assert reason(replace(of(), ref="another"), facts) == ""


def test_what_a_message_keeps_of_its_plan_is_read_back_as_it_was() -> None:
    loop = Loop(every_days=3, most=3, until=Until.FEEDBACK)
    step = Step(
        key="day_3.2",
        template="care.day_3",
        purpose=Purpose.CARE,
        offset=Offset(days=6),
        grace_hours=8,
        when=(ANSWER, replace(TAG, absent=True)),
        loop=loop,
        occurrence=2,
        base="day_3",
    )
    plan = CarePlan(key="plan", title="计划", anchor="treatment", steps=(step,))
    anchor = Anchor(kind="treatment", ref="ref", at=NOW, contact_id=ContactId("c1"), patient_id=None)
    due = Due(key="k", plan=plan, step=step, anchor=anchor, due_at=NOW, expires_at=NOW)
    assert read_course(course_of(due, NOW)) == Course(
        plan="plan", step="day_3", ref="ref", when=step.when, until=Until.FEEDBACK, since=NOW
    )
    first = replace(due, step=replace(step, key="day_3", occurrence=1, base=""))
    assert read_course(course_of(first, NOW)) == Course(plan="plan", step="day_3", ref="ref", when=step.when)
    assert read_course({"kind": "treatment", "id": "a1"}) is None


RETURNED = Condition(fact=Fact.RETURNED)


def came(start: timedelta, arrived: timedelta | None = None, **changes: object) -> CourseFacts:
    """A visit that starts so long after the anchor, which was two days ago; `arrived` by the same measure."""
    since = NOW - timedelta(days=2)
    visit = replace(
        VISIT,
        id=AppointmentId("a2"),
        start=since + start,
        arrived_at=None if arrived is None else since + arrived,
        **changes,  # type: ignore[arg-type]
    )
    return CourseFacts(returned={PatientId("p1"): (visit,)})


@pytest.mark.parametrize(
    ("facts", "returned"),
    [
        (CourseFacts(), False),
        (came(timedelta(days=9)), True),  # booked
        (came(timedelta(days=1)), True),  # came
        (came(timedelta(days=-1)), False),
        (came(timedelta(minutes=30), timedelta(minutes=-20)), False),  # came early to the visit that made it so
        (replace(came(timedelta(days=9)), returned={PatientId("p1"): (replace(VISIT, start=NOW),)}), False),  # itself
    ],
)
def test_whether_a_patient_came_again_or_booked_since_the_anchor(facts: CourseFacts, returned: bool) -> None:
    course = replace(of(RETURNED), began=NOW - timedelta(days=2))
    assert (reason(course, facts) == "") is returned
    course = replace(of(replace(RETURNED, absent=True)), began=NOW - timedelta(days=2))
    assert (reason(course, facts) == "") is not returned


@pytest.mark.parametrize(
    ("label", "values", "holds"),
    [("c", ("C",), True), ("ca", ("C",), True), ("ca", ("CA",), True), ("cb", ("CA",), False), ("", ("C",), False)],
)
def test_a4_08_a_class_is_what_was_noted_and_ca_to_ce_are_of_class_c(
    label: str, values: tuple[str, ...], holds: bool
) -> None:
    facts = CourseFacts(classes={VISIT.id: label} if label else {})
    assert (reason(of(Condition(fact=Fact.VISIT_CLASS, values=values)), facts) == "") is holds


def test_a_project_is_named_by_its_id_or_as_staff_call_it() -> None:
    facts = CourseFacts(projects={VISIT.visit_type_id: "智齿拔除"})
    assert reason(of(Condition(fact=Fact.PROJECT, values=("智齿拔除",))), facts) == ""
    assert reason(of(PROJECT), facts) == ""
    assert reason(of(Condition(fact=Fact.PROJECT, values=("洁牙",))), facts) == "condition"
