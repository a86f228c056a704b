"""Whether a step is still wanted by what happened since its plan began: endings, conditions, the end of its loop. Pure.

Each answer has one reason and its sentence for staff; the first that applies is given.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment
from wxbot.care.anchors.kind import MET, unwanted
from wxbot.care.anchors.visits import came_at
from wxbot.care.catch_up import ASKED, ASKED_WORDS, SKIPPED
from wxbot.care.course import Course, CourseFacts
from wxbot.care.models import Condition, Fact, Until
from wxbot.care.survey_outcomes import survey_objection
from wxbot.outbox.models import Message
from wxbot.outbox.ports import Verdict
from wxbot.patients.models import Patient

ENDED, CONDITION, HAND_SET = "ended", "condition", "hand_set"
SOON = timedelta(minutes=1)  # by then a look has moved it
_HAND_SET = Verdict(met=True, reason=HAND_SET, explanation="同事刚改了时间，到时再发", rests=SOON)
ASK_AGAIN = timedelta(minutes=30)  # a decision makes it due at once
_ANSWERED = unwanted("answered", "患者已经回答过这个问题，不再重复询问")
_FEEDBACK = unwanted("feedback", "上一次之后患者来过消息，或电话已接通，不再重复")
_BOOKED = unwanted("booked_again", "患者已经约好下次就诊，不再重复")


def judge_course(
    course: Course, message: Message, facts: CourseFacts, patient: Patient | None, visit: Appointment | None
) -> Verdict:
    """Whether a step is still wanted at its due time; `visit` is the appointment that its anchor is about."""
    if course.enrolment in facts.endings:
        return unwanted(ENDED, facts.endings[course.enrolment])
    if facts.hand_set.get(message.key, message.due_at) > message.due_at:
        return _HAND_SET
    for condition in course.when:
        objection = _objection(condition, course, message, facts, patient, visit)
        if objection:
            return unwanted(CONDITION, objection)
    wanted = _loop_ended(course, message, facts, visit)
    return wanted if not wanted.met or not course.asked else _decided(course.asked, facts)


def _decided(question: str, facts: CourseFacts) -> Verdict:
    """What colleagues decided about a step that fell due while nobody looked; until they do, it rests."""
    decision = facts.decisions.get(question)
    if decision is None:
        return Verdict(met=True, reason=ASKED, explanation=ASKED_WORDS, rests=ASK_AGAIN)
    return MET if decision.send else unwanted(SKIPPED, decision.words)


def _loop_ended(course: Course, message: Message, facts: CourseFacts, visit: Appointment | None) -> Verdict:
    if course.until is Until.ANSWERED and course.step in facts.answers.get(course.enrolment, {}):
        return _ANSWERED
    if course.until is Until.BOOKED and message.patient_id is not None:
        coming = facts.coming.get(message.patient_id, ())
        if any(each.start > message.due_at and (visit is None or each.id != visit.id) for each in coming):
            return _BOOKED
    if course.until is Until.FEEDBACK and course.since is not None:
        heard = facts.heard.get(message.contact_id)
        reached = facts.reached.get(message.patient_id) if message.patient_id is not None else None
        if any(each is not None and each > course.since for each in (heard, reached)):
            return _FEEDBACK
    return MET


def _objection(  # noqa: PLR0913, PLR0917 - everything a condition may look at
    condition: Condition,
    course: Course,
    message: Message,
    facts: CourseFacts,
    patient: Patient | None,
    visit: Appointment | None,
) -> str:
    """Why a condition does not hold, in words staff understand; empty when it does."""
    if condition.fact is Fact.ANSWER:
        return _objects_to_answer(condition, facts.answers.get(course.enrolment, {}).get(condition.of))
    if condition.fact is Fact.SURVEY:
        response = facts.surveys.get(course.key_of(condition.of))
        return survey_objection(condition, response, calls=bool(message.call))
    if condition.fact is Fact.RETURNED:
        return _objects_to_return(condition, course, message, facts, visit)
    if condition.fact is Fact.TAG:
        tags = _tags(message, facts, patient)
        if bool(tags & set(condition.values)) is not condition.absent:
            return ""
        named = "、".join(condition.values)
        return f"患者有标签「{named}」，这一步不适用" if condition.absent else f"患者没有标签「{named}」，这一步不适用"
    if condition.fact is Fact.VISIT_CLASS:
        label = facts.classes.get(visit.id, "") if visit is not None else ""
        known = {label.casefold(), label[:1].casefold()} - {""}  # of class CA: also C
        words = f"这次就诊的分类是 {label}" if label else "这次就诊没有登记分类"
    else:
        kind = visit.visit_type_id if visit is not None else None
        known = {kind.casefold(), facts.projects.get(kind, kind).casefold()} if kind is not None else set()
        words = "就诊的项目不同" if known else "没有对应的就诊项目"
    wanted = not known.isdisjoint(each.casefold() for each in condition.values)
    return "" if wanted is not condition.absent else f"{words}，这一步不适用"


def _objects_to_answer(condition: Condition, value: str | None) -> str:
    if _matches(condition, value) is not condition.absent:
        return ""
    return "患者没有回答前面的问题，这一步不适用" if value is None else f"患者前面的回答是「{value}」，这一步不适用"


def _objects_to_return(
    condition: Condition, course: Course, message: Message, facts: CourseFacts, visit: Appointment | None
) -> str:
    kept = facts.returned.get(message.patient_id, ()) if message.patient_id is not None else ()
    if _came_since(kept, course.began, visit) is not condition.absent:
        return ""
    return "患者已经约好下次，或又来过" if condition.absent else "患者还没有约下次，这一步不适用"


def _came_since(visits: Iterable[Appointment], moment: datetime | None, own: Appointment | None = None) -> bool:
    """Whether one of the visits, `own` apart, begins at that moment or later."""
    return moment is not None and any(came_at(each) >= moment and (own is None or each.id != own.id) for each in visits)


def _matches(condition: Condition, value: str | None) -> bool:
    """Whether an answer is one of those wanted; no answer is none."""
    if value is None:
        return False
    if condition.low is None and condition.high is None:
        return not condition.values or value in condition.values
    if not value.isdecimal():
        return False
    low, high = condition.low, condition.high
    return (low is None or int(value) >= low) and (high is None or int(value) <= high)


def _tags(message: Message, facts: CourseFacts, patient: Patient | None) -> set[str]:
    """The tags that count on the local day on which the message is due."""
    if patient is None:
        return set()
    day = message.due_at.astimezone(facts.tz).date().isoformat()
    return {tag.name for tag in patient.tags if tag.expires_on is None or tag.expires_on >= day}
