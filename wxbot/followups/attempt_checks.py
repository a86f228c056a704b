"""What must be written of an attempt, and which next dates can be. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.clinic.models import Clinic
from wxbot.errors import FieldErrors
from wxbot.followups.attempt_models import AttemptChannel, AttemptForm, Competitor, Outcome
from wxbot.followups.models import ComplaintStep, FollowUp, FollowUpKind
from wxbot.followups.next_attempt import EARLIEST, LATEST, Slot, agreeable, in_windows, slot_of
from wxbot.followups.rules import FollowUpRules, Script

MOST_POINTS = 1000  # characters of key points
MOST_FACT = 100  # characters of one fact of a competitor
FARTHEST = timedelta(days=366)  # a next date later than that is another plan
_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")


def cleaned_key(key: str) -> str:
    """The name of a form. Raises FieldErrors for one that no page of ours wrote."""
    if _KEY.fullmatch(key) is None:
        raise FieldErrors({"": "这个页面已经过期，请刷新后再填。"})
    return key


def from_now(started_at: datetime | None, now: datetime, longest: timedelta) -> int | None:
    """Seconds since the form was opened; None where that says nothing."""
    if started_at is None or not timedelta(0) <= now - started_at <= longest:
        return None
    return int((now - started_at).total_seconds())


def checked(  # noqa: PLR0913 - one fact each
    form: AttemptForm,
    task: FollowUp,
    script: Script,
    tried: Collection[Slot],
    *,
    now: datetime,
    clinic: Clinic,
    rules: FollowUpRules,
) -> AttemptForm:
    """The form, its texts stripped. Raises FieldErrors with every complaint.

    Reached: key points (A2-70) and mood (A1-26); of an undecided patient who was reached or refuses, the reason
    (A1-09). 改天 needs the date that the patient named. Of 未接 a date chosen by hand lies in a call window and not on
    a weekday and hour that was tried (A2-10).
    """
    points = form.key_points.strip()
    faults = dict(_missing(form, task, script, points))
    if fault := _date_fault(form, tried, now, clinic, rules):
        faults["next_at"] = fault
    other = Competitor(
        **{name: getattr(form.competitor, name).strip() for name in ("clinic", "price", "plan", "surgeon")}
    )
    if any(len(getattr(other, name)) > MOST_FACT for name in ("clinic", "price", "plan", "surgeon")):
        faults["competitor"] = f"每一项最多 {MOST_FACT} 字"
    if faults:
        raise FieldErrors(faults)
    return replace(form, key_points=points, competitor=other)


def _missing(form: AttemptForm, task: FollowUp, script: Script, points: str) -> Iterator[tuple[str, str]]:
    """What is not written and must be, as field and sentence."""
    reached = form.outcome is Outcome.REACHED
    if reached and not points:
        yield "key_points", "接通了，请写下重点再保存"
    if len(points) > MOST_POINTS:
        yield "key_points", f"最多 {MOST_POINTS} 字"
    if reached and form.mood is None:
        yield "mood", "请选择患者的情绪"
    if reached and task.kind is FollowUpKind.COMPLAINT and form.step in {None, ComplaintStep.NEW}:
        yield "step", "请选择投诉处理到哪一步"
    if script.reason and form.outcome in {Outcome.REACHED, Outcome.REFUSED} and form.reason is None:
        yield "reason", "请选择还没有成交的原因"
    if form.outcome is Outcome.LATER and form.next_at is None:
        yield "next_at", "请写下患者说的日期和时间"


def _date_fault(form: AttemptForm, tried: Collection[Slot], now: datetime, clinic: Clinic, rules: FollowUpRules) -> str:
    """What is wrong with the next date; empty for none."""
    if form.next_at is None or form.outcome in {Outcome.REFUSED, Outcome.WRONG_NUMBER}:
        return ""
    if not now < form.next_at <= now + FARTHEST:
        return "下次联系的时间要在现在以后、一年以内"
    if form.outcome is Outcome.NO_ANSWER and form.way is AttemptChannel.PHONE:
        if slot_of(form.next_at, clinic) in {*tried, slot_of(now, clinic)}:
            return "这个星期几的这个钟点已经打过了，请换一个时间"
        if not in_windows(form.next_at, clinic, rules):
            told = "、".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in rules.windows)
            return f"请选有医生出诊的日子，{told} 之间"
    elif not agreeable(form.next_at, clinic):
        return f"{EARLIEST} 点以前、{LATEST} 点以后不打扰患者"
    return ""
