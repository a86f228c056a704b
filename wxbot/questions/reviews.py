"""Whether an answer may be said on a day: drafts never, reviewed ones until their date. Pure."""

from calendar import monthrange
from datetime import date, timedelta

from wxbot.questions.models import Question, ReviewState

SOON = timedelta(days=30)  # before the end of a review staff are told
LONGEST_REVIEW_MONTHS = 24
USUAL_REVIEW_MONTHS = 12


def state_of(question: Question, today: date) -> ReviewState:
    """Where the answer stands on that local day."""
    if question.retired:
        return ReviewState.RETIRED
    if question.reviewed_until is None:
        return ReviewState.DRAFT
    if question.reviewed_until < today:
        return ReviewState.EXPIRED
    return ReviewState.ENDS_SOON if question.reviewed_until - today <= SOON else ReviewState.VALID


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
