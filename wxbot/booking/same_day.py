"""A patient who has a visit on that day already is asked once whether another one is meant. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.booking.models import Appointment, VisitStage
from wxbot.clinic.models import VisitTypeId
from wxbot.labels import LabelledEnum


class SameDayAnswer(LabelledEnum):
    """What can be done about a second visit on one day; not booking it needs no name."""

    KEEP = ("keep", "两个都要")
    MOVE = ("move", "改到新的时间")


@dataclass(frozen=True, kw_only=True)
class SameDayQuestion:
    """The visit that stands, and what may be answered. Without answers the two cannot be had at all."""

    existing: Appointment
    answers: tuple[SameDayAnswer, ...]


def same_day_question(
    standing: Sequence[Appointment], visit_type_id: VisitTypeId, start: datetime, end: datetime, now: datetime
) -> SameDayQuestion | None:
    """What to ask before a visit is booked beside those of the same day; None where nothing stands that day.

    One of the same type comes first: most likely the hour was meant to change. It can only where it has not begun.
    Visits that overlap cannot both be kept.
    """
    if not standing:
        return None
    existing = min(standing, key=lambda each: (each.visit_type_id != visit_type_id, each.start))
    answers: list[SameDayAnswer] = []
    if not any(each.start < end and start < each.end for each in standing):
        answers.append(SameDayAnswer.KEEP)
    fresh = existing.start > now and existing.stage is VisitStage.EXPECTED
    if existing.visit_type_id == visit_type_id and fresh:
        answers.append(SameDayAnswer.MOVE)
    return SameDayQuestion(existing=existing, answers=tuple(answers))
