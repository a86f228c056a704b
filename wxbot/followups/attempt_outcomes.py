"""What an attempt does to its follow-up. Pure."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.followups.attempt_models import AttemptChannel, AttemptForm, Outcome
from wxbot.followups.models import ComplaintStep, FollowUp, FollowUpKind, ToDecide
from wxbot.followups.rules import FollowUpRules


@dataclass(frozen=True, kw_only=True)
class Move:
    """What a follow-up is after an attempt. `due_at` None: it stays due when it was, or it is closed."""

    closes: bool
    cause: str  # in words staff understand
    attempts: int
    step: ComplaintStep
    due_at: datetime | None = None
    to_decide: ToDecide | None = None
    refused: bool = False


def move_after(form: AttemptForm, task: FollowUp, preset: datetime | None, rules: FollowUpRules) -> Move:
    """What becomes of the follow-up. `preset`: when it is tried next unless the form says another date.

    Only reaching the patient, or their refusal, closes it; a complaint closes only when it is solved.
    """
    step = form.step if task.kind is FollowUpKind.COMPLAINT and form.step is not None else task.step
    count = task.attempts + (form.way is AttemptChannel.PHONE)
    said = f"{form.way.label}{form.outcome.label}"
    if form.outcome is Outcome.REACHED:
        unsolved = task.kind is FollowUpKind.COMPLAINT and step is not ComplaintStep.SOLVED
        closes = form.next_at is None and not unsolved
        return Move(closes=closes, cause=_with_mood(said, form), attempts=0, step=step, due_at=form.next_at)
    if form.outcome is Outcome.REFUSED:
        why = f"，{form.reason.label}" if form.reason is not None else ""
        return Move(closes=True, cause=f"{said}{why}", attempts=count, step=step, refused=True)
    if form.outcome is Outcome.LATER:
        return Move(closes=False, cause=said, attempts=count, step=step, due_at=form.next_at)
    due_at, to_decide = form.next_at or preset, None
    if form.outcome is Outcome.WRONG_NUMBER:
        due_at, to_decide = None, ToDecide.WRONG_NUMBER
    elif form.way is AttemptChannel.PHONE and (count >= rules.most or due_at is None):
        due_at, to_decide = None, ToDecide.EXHAUSTED
    return Move(closes=False, cause=said, attempts=count, step=step, due_at=due_at, to_decide=to_decide)


def _with_mood(said: str, form: AttemptForm) -> str:
    return f"{said}，{form.mood.label}" if form.mood is not None else said
