"""The plans and wordings that come with the product: what a patient of the demo clinic gets, and when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from wxbot.booking.models import Appointment, AppointmentState
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.appointment import appointment_anchor
from wxbot.care.anchors.birthday import birthday_anchor
from wxbot.care.anchors.booked import booked_anchor
from wxbot.care.anchors.dates import date_anchor
from wxbot.care.anchors.festival import festival_anchor
from wxbot.care.anchors.kind import PatientFacts
from wxbot.care.anchors.treatment import treatment_anchor
from wxbot.care.calendar import Calendar
from wxbot.care.checks import problems_of
from wxbot.care.dates import PatientDate
from wxbot.care.festivals import FESTIVALS
from wxbot.care.models import Anchor, CarePlan, Condition, Fact, StepKind
from wxbot.care.occurrences import expanded
from wxbot.care.planner import schedule
from wxbot.care.variables import variables_for
from wxbot.clinic.models import Clinic, VisitTypeId
from wxbot.demo.settings import DemoSettings
from wxbot.followups.leads import INVITES
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind
from wxbot.history.models import PatientId
from wxbot.installation import Installation, read_installation
from wxbot.patients.models import Contact, Patient
from wxbot.templates import fields
from wxbot.templates.service import Templates


@cache
def shipped() -> Installation:
    return read_installation(DemoSettings())  # with the demo account's templates bound


def plan(key: str) -> CarePlan:
    return next(each for each in shipped().plans if each.key == key)


def timeline(key: str, anchor: Anchor | None) -> list[tuple[str, str]]:
    assert anchor is not None
    tz = shipped().clinic.timezone
    return [
        (each.step.key, f"{each.due_at.astimezone(tz):%m-%d %H:%M}")
        for each in schedule(plan(key), anchor, Calendar(tz=tz))
    ]


def messages(key: str, anchor: Anchor | None) -> list[tuple[str, str]]:
    """The timeline without calls and what is asked again."""
    asked = {each.key for each in plan(key).steps if each.kind is not StepKind.CALL and not each.base}
    return [each for each in timeline(key, anchor) if each[0] in asked]


def clinic_with(aftercare: str) -> Clinic:
    """The shipped clinic, with that aftercare behind a wisdom tooth."""
    clinic = shipped().clinic
    kinds = (replace(each, aftercare=aftercare) if each.id == "wisdom_tooth" else each for each in clinic.visit_types)
    return replace(clinic, visit_types=tuple(kinds))


def noted(kind: str, day: date = date(2026, 11, 27)) -> PatientDate:
    """A date that a colleague noted on its day."""
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return PatientDate(
        id="d1", patient_id=PatientId("p1"), kind=kind, day=day, note="", noted_by="staff:7", noted_by_name="前台小李",
        noted_at=at, day_set_at=at,
    )  # fmt: skip


def treated(appointment: Appointment, visit_type: str, aftercare: str = "extraction") -> Anchor | None:
    visit = replace(appointment, state=AppointmentState.COMPLETED, visit_type_id=VisitTypeId(visit_type))
    return treatment_anchor(visit, clinic_with(aftercare))


def test_the_shipped_plans_have_no_problems() -> None:
    wordings = {template.key: template for template in shipped().templates}
    assert problems_of(shipped().plans, wordings) == []


def test_a_new_patient_is_reminded_three_times_and_a_returning_one_twice(appointment: Appointment) -> None:
    assert timeline("appointment", appointment_anchor(appointment)) == [
        ("three_days_before", "11-24 10:00"),
        ("day_before", "11-26 10:00"),
        ("two_hours_before", "11-27 12:30"),
    ]
    assert timeline("appointment", appointment_anchor(replace(appointment, new_patient=False))) == [
        ("day_before", "11-26 10:00"),
        ("two_hours_before", "11-27 12:30"),
    ]


def test_a_booking_is_confirmed_at_once_also_at_night(appointment: Appointment) -> None:
    assert timeline("booked", booked_anchor(appointment)) == [("confirmed", "11-20 09:00")]
    assert [step.answer for step in plan("booked").steps] == [True]


def test_a_birthday_is_wished_in_the_morning_until_the_day_is_over(patient: Patient) -> None:
    tz = shipped().clinic.timezone
    anchor = birthday_anchor(patient, datetime(2026, 11, 27, tzinfo=tz).date(), shipped().clinic)
    assert anchor is not None
    (wish,) = schedule(plan("birthday"), anchor, Calendar(tz=tz))
    assert wish.due_at == datetime(2026, 11, 27, 9, 30, tzinfo=tz)
    assert wish.expires_at == datetime(2026, 11, 28, 0, 0, tzinfo=tz)
    assert wish.step.greeting is True


def test_aftercare_of_a_surgery_follows_the_articles_days(appointment: Appointment) -> None:
    """A1-18, A1-20 to A1-22, A1-24; each by telephone, too (A1-25), and asked again until something comes (A4-46)."""
    assert timeline("aftercare_surgery", treated(appointment, "wisdom_tooth", "surgery")) == [
        ("call_1", "11-27 15:30"),
        ("day_1", "11-28 10:00"),
        ("day_3", "11-30 10:00"),
        ("call_3", "11-30 14:00"),
        ("stitches", "12-01 10:00"),
        ("call_stitches", "12-03 10:00"),
        ("month_1", "12-27 10:30"),
        ("call_month_1", "12-27 14:00"),
        ("month_3", "02-27 10:30"),
        ("call_month_3", "02-27 14:00"),
        ("month_6", "05-27 10:30"),
        ("call_month_6", "05-27 14:00"),
    ]
    asked_again = [each.key for each in expanded(plan("aftercare_surgery")).steps if each.base]
    assert asked_again == ["day_3.2", "day_3.person"]
    assert [step.kind for step in plan("aftercare_surgery").steps if step.key.startswith("call_")] == [
        StepKind.CALL
    ] * 6
    assert timeline("aftercare_laser", treated(appointment, "wisdom_tooth", "surgery")) == []


def test_aftercare_of_a_pulled_tooth_begins_the_same_evening(appointment: Appointment) -> None:
    assert messages("aftercare_extraction", treated(appointment, "wisdom_tooth")) == [
        ("day_0", "11-27 17:30"),
        ("day_1", "11-28 10:00"),
        ("day_3", "11-30 10:00"),
        ("stitches", "12-01 10:00"),
        ("month_1", "12-27 10:30"),
        ("month_3", "02-27 10:30"),
        ("month_6", "05-27 10:30"),
    ]
    assert timeline("aftercare_surgery", treated(appointment, "wisdom_tooth")) == []


def text_of(key: str) -> str:
    return next(each.text for each in shipped().templates if each.key == key)


def test_a_pulled_tooth_is_not_cared_for_like_skin() -> None:
    first = text_of("care.extraction_day_0")
    for words in (
        "纱布",
        "30 到 60 分钟",
        "24 小时",
        "不漱口",
        "不用吸管",
        "刷牙避开伤口",
        "软食",
        "烟和酒",
        "冰敷",
        "120",
    ):
        assert words in first
    of_skin = ("别沾水", "换药", "防晒", "敷料", "化妆")
    of_teeth = ("纱布", "漱口", "吸管", "刷牙", "牙")
    texts = {each.key: each.text for each in shipped().templates}
    for key, strange in (("care.extraction_", of_skin), ("care.surgery_", of_teeth), ("care.laser_", of_teeth)):
        said = [text for name, text in texts.items() if name.startswith(key)]
        assert said
        assert [word for word in strange for text in said if word in text] == []


OF_ONE_TREATMENT = {  # words that must stand in what is said after it on the first day
    "filling": ("麻药", "咬下去觉得高", "硬的"),
    "scaling": ("血丝", "软毛刷", "牙线"),
    "implant": ("24 小时", "软食", "烟和酒", "麻了没退"),
    "whitening": ("48 小时", "咖啡", "抗敏感"),
    "injection": ("不按、不揉", "发白或发紫", "看东西模糊"),
    "extraction": ("漱口", "软食"),
    "laser": ("防晒",),
}


@pytest.mark.parametrize("treatment", sorted(OF_ONE_TREATMENT))
def test_each_treatment_has_words_of_its_own(treatment: str) -> None:
    texts = {each.key: each.text for each in shipped().templates}
    first = texts[f"care.{treatment}_day_1"]
    assert [word for word in OF_ONE_TREATMENT[treatment] if word not in first] == []
    others = [texts[f"care.{each}_day_1"] for each in OF_ONE_TREATMENT if each != treatment]
    assert first not in others


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("filling", [("day_1", "11-28 10:00"), ("week_1", "12-04 10:00")]),
        ("scaling", [("day_1", "11-28 10:00")]),
        ("implant", [
            ("day_0", "11-27 17:30"), ("day_1", "11-28 10:00"), ("day_3", "11-30 10:00"), ("stitches", "12-04 10:00"),
            ("month_1", "12-27 10:30"), ("month_3", "02-27 10:30"), ("month_4", "03-27 10:30"),
            ("month_6", "05-27 10:30"),
        ]),
        ("whitening", [("day_1", "11-28 10:00"), ("day_3", "11-30 10:00")]),
        ("injection", [
            ("day_1", "11-28 10:00"), ("day_3", "11-30 10:00"), ("week_2", "12-11 10:30"),
            ("month_3", "02-27 10:30"), ("month_6", "05-27 10:30"),
        ]),
    ],
)  # fmt: skip
def test_other_treatments_have_days_of_their_own(
    treatment: str, expected: list[tuple[str, str]], appointment: Appointment
) -> None:
    anchor = treated(appointment, "wisdom_tooth", treatment)
    assert messages(f"aftercare_{treatment}", anchor) == expected


def test_a2_66_after_a_discharge_there_is_a_call_within_a_month_after_three_and_after_six(patient: Patient) -> None:
    calls = [step for step in plan("discharge").steps if step.kind is StepKind.CALL]
    assert {step.script for step in calls} == {"discharge"}
    assert timeline("discharge", date_anchor(noted("discharge"), patient, shipped().clinic)) == [
        ("day_3", "11-30 10:00"),
        ("unwell", "12-01 09:30"),  # only who answered that they are not well
        ("first_month", "12-11 09:30"),
        ("month_3", "02-27 09:30"),
        ("month_6", "05-27 09:30"),
    ]


def test_a2_68_a_screening_is_followed_on_day_3_and_15_and_after_one_three_and_six_months(patient: Patient) -> None:
    assert timeline("screening", date_anchor(noted("screening"), patient, shipped().clinic)) == [
        ("day_3", "11-30 10:00"),
        ("unhappy", "12-01 09:30"),
        ("day_15", "12-12 10:00"),
        ("unsure", "12-13 09:30"),
        ("month_1", "12-27 10:30"),
        ("month_3", "02-27 09:30"),
        ("month_6", "05-27 09:30"),
    ]


def test_a2_69_a_screening_asks_for_contentment_understanding_and_when_they_come() -> None:
    asked = [step.template for step in plan("screening").steps if step.kind is StepKind.QUESTION]
    for key, words in zip(asked, (("满意", "服务", "意见"), ("要不要治", "清楚"), ("哪一天过来",)), strict=True):
        assert [word for word in words if word not in text_of(key)] == []
        assert "{answer_with}" in text_of(key)


def test_a4_22_who_is_asked_four_months_after_an_implant_is_called_when_answers_count_no_more() -> None:
    rules, steps = shipped().surveys, {each.key: each for each in plan("aftercare_implant").steps}
    asked, called = steps["month_4"], steps["call_month_4"]
    assert (asked.kind, asked.survey) == (StepKind.SURVEY, "treatment")
    longest = timedelta(days=123, hours=asked.grace_hours)  # four months and a late survey
    assert timedelta(days=called.offset.days or 0) > longest + rules.answer_within
    assert timedelta(days=28) * (asked.offset.months or 0) > rules.again_after  # the visit asked as well
    assert (called.kind, called.when) == (
        StepKind.CALL,
        (Condition(fact=Fact.SURVEY, of="month_4", low=80, absent=True),),
    )


def test_each_festival_has_a_plan_of_its_own_which_greets_once_and_calls_nobody() -> None:
    plans = [each for each in shipped().plans if each.anchor == "festival"]
    assert {each.treatment for each in plans} == set(FESTIVALS)
    for each in plans:
        (step,) = each.steps
        assert (step.greeting, step.no_calls, step.offset.days) == (True, True, 0)


def test_aftercare_of_a_laser_treatment_has_no_stitches(appointment: Appointment) -> None:
    assert messages("aftercare_laser", treated(appointment, "laser_spots")) == [
        ("day_1", "11-28 10:00"),
        ("day_3", "11-30 10:00"),
        ("month_1", "12-27 10:30"),
        ("month_3", "02-27 10:30"),
        ("month_6", "05-27 10:30"),
    ]


def lead(key: str, visit: Appointment) -> FollowUp:
    return FollowUp(
        id=FollowUpId("f1"),
        key=key.replace("invited/", INVITES),
        kind=FollowUpKind.PHONE,
        reason="",
        contact_id=visit.contact_id,
        patient_id=visit.patient_id,
        opened_at=visit.end,
        due_at=visit.end,
        about="种植",
    )


@pytest.mark.parametrize("name", ["张三", None])
@pytest.mark.parametrize("key", [each.key for each in shipped().plans])
def test_every_step_can_be_said_to_a_patient_with_and_without_a_name(
    key: str, name: str | None, appointment: Appointment, patient: Patient, contact: Contact
) -> None:
    about = plan(key).treatment
    aftercare = plan(key).aftercare or "extraction"
    clinic = clinic_with(aftercare if aftercare != "laser" else "extraction")
    someone = replace(patient, id=PatientId("p1"), name=name)
    visit = replace(
        appointment, visit_type_id=VisitTypeId("laser_spots" if key == "aftercare_laser" else "wisdom_tooth")
    )
    facts = PatientFacts(
        patient=someone,
        appointments=[replace(visit, state=AppointmentState.COMPLETED), replace(visit, state=AppointmentState.NO_SHOW)],
        next_birthday=None,
        clinic=clinic,
        now=visit.end,
        day=visit.end.date(),
        leads=[lead(f"{plan(key).anchor}/1", visit)],
    )
    anchors = {
        "booked": booked_anchor(visit),
        "appointment": appointment_anchor(visit),
        "birthday": birthday_anchor(someone, visit.start.date(), clinic),
        "treatment": treatment_anchor(visit, clinic),
        "festival": festival_anchor(about or "", visit.start.date(), someone.id, contact.id, clinic),
        **{kind: date_anchor(noted(kind), someone, clinic) for kind in ("discharge", "screening")},
        "date": date_anchor(noted(about or ""), someone, clinic),
    }
    found = iter(ANCHORS[plan(key).anchor].of_patient(facts))
    anchor = anchors[plan(key).anchor] if plan(key).anchor in anchors else next(found)
    assert anchor is not None
    templates = Templates(shipped().templates)
    filled = variables_for(anchor, clinic, someone, contact)
    steps = schedule(plan(key), anchor, Calendar(tz=clinic.timezone))
    assert steps
    for each in steps:
        said = templates.render(each.step.template, {**filled, "answer_with": "请点选下面的一项。"})
        if each.step.kind is StepKind.CALL:
            assert len(said.text) <= 160
            continue
        assert ("张三" in said.text) is (name is not None)
        assert not said.text.startswith("，")
        assert "访客" not in said.text
        assert len(said.text.encode()) <= 2048
        for card, bound in (
            (said.template_card, templates.get(said.key).template_card),
            (said.notice_card, templates.get(said.key).notice_card),
        ):
            assert (card is None) is (bound is None)
            for field, value in card.fields.items() if card else ():
                assert fields.check(field, value) == []
                assert not value.endswith("…")


def test_a_card_on_the_lock_screen_names_no_treatment_and_no_speciality() -> None:
    keys = {step.template for each in shipped().plans for step in each.steps}
    cards = [
        card
        for template in shipped().templates
        if template.key in keys
        for card in (template.template_card, template.notice_card)
        if card is not None
    ]
    assert cards
    telling = ("{visit_type}", "{speciality}", "{bring}", "{room}")
    words = [kind.name for kind in shipped().clinic.visit_types if kind.name != "复诊"] + [
        "手术",
        "激光",
        "拆线",
        "口腔",
    ]
    for card in cards:
        said = " ".join((card.title, *card.fields.values()))
        assert [word for word in (*telling, *words) if word in said] == []


def test_wishes_have_no_template_card_and_everything_about_a_visit_has_one() -> None:
    """The account's cards are about visits: whoever never came, or has not decided, is written to without one.

    A survey has the cards of the template that asks it.
    """
    for each in shipped().plans:
        for step in [step for step in each.steps if step.kind not in {StepKind.CALL, StepKind.SURVEY}]:
            template = next(one for one in shipped().templates if one.key == step.template)
            if step.kind is StepKind.CALL and not step.base:
                continue
            without = step.greeting or each.anchor in {"undecided", "invited"}
            assert (template.template_card is None) is without
            assert template.notice_card is not None


def test_a_day_has_one_text_for_each_question_of_the_same_kind_and_danger_is_one_of_the_choices() -> None:
    """Pain, swelling, and whether somebody is content (A1-20, A1-22); what is dangerous or of concern is marked."""
    asked = {
        f"{each.key}/{step.key}": step.question
        for each in shipped().plans
        for step in each.steps
        if each.anchor == "treatment" and step.question is not None and not step.base
    }
    assert all(each.danger or each.concern or each.danger_from is not None for each in asked.values())
    assert asked["aftercare_surgery/day_1"].danger_from == 8
    assert asked["aftercare_surgery/month_1"].concern == ("有疑问或不满意",)
    for each in shipped().plans:
        for step in each.steps:
            if step.question is not None:
                assert "{answer_with}" in text_of(step.template)


def test_who_did_not_come_or_has_not_decided_is_never_pressed_or_sold_to() -> None:
    """A1-08: never as if one knew nothing of the talk; A1-15: the telephone and WeChat by turns, with an end."""
    texts = {each.key: each.text for each in shipped().templates if each.key.startswith("visits.")}
    assert texts
    assert [
        (key, word) for key, text in texts.items() for word in ("优惠", "名额", "赶紧", "最后机会") if word in text
    ] == []
    assert "您来咨询过" in texts["visits.undecided_day_3"]
    for key in ("undecided", "invited"):
        kinds = [step.kind for step in plan(key).steps]
        assert all(one is not two for one, two in pairwise(kinds))
        assert len(kinds) == 5


def test_every_aftercare_message_asks_for_an_answer_and_names_the_emergency_number() -> None:
    care = [
        step
        for each in shipped().plans
        for step in each.steps
        if each.anchor == "treatment" and step.kind is not StepKind.CALL
    ]
    assert len(care) == 36
    for step in care:
        text = next(one.text for one in shipped().templates if one.key == step.template)
        assert "回复" in text
        assert "120" in text
