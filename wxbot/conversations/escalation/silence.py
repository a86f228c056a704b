"""A patient who does not answer: two nudges, then 客户结束 (A2-22). Pure.

Only where the last word is ours and nothing is left for us to do: never over a snooze, a promise, 请稍等, or a message
of a colleague that has not left. Nothing is closed that was not asked about first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.actors import PATIENT
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Episode, EpisodeState
from wxbot.conversations.rules import DeskRules


@dataclass(frozen=True, kw_only=True)
class Nudge:
    """One nudge that was enqueued in this silence: when, and whether the platform took it."""

    at: datetime
    arrived: bool


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is due: nudge number `number` (0 is the first), or the close."""

    number: int
    closes: bool = False


def is_silent(episode: Episode) -> bool:
    """Whether it is for the patient to say something: their colleague has answered, and nothing else is open."""
    return (
        episode.state is EpisodeState.ASSIGNED
        and episode.waiting_since is None
        and episode.hold_since is None
        and episode.staff_at is not None
        and (episode.patient_at is None or episode.patient_at <= episode.staff_at)
        and episode.preview_by != PATIENT.by
    )


def silent_since(episode: Episode) -> datetime | None:
    """Since when; None while it is not for the patient to say something."""
    return episode.staff_at if is_silent(episode) else None


def nudge_key(episode: Episode, number: int) -> str:
    """The key of that nudge's message in the outbox: once in each silence."""
    since = int(episode.staff_at.timestamp() * 1000) if episode.staff_at is not None else 0
    return f"nudge/{episode.id}/{since}/{number}"


def next_step(
    episode: Episode, nudges: tuple[Nudge, ...], rules: DeskRules, time: BusinessTime, now: datetime
) -> Step | None:
    """What is due now, if anything. `nudges`: those of this silence, in order.

    Each step keeps its distance from the one before, so that a service that stood still does not say both at once.
    """
    since = silent_since(episode)
    if since is None or not rules.nudges:
        return None
    number = len(nudges)
    if number < len(rules.nudges):
        passed = rules.nudges[number]
        distance = passed - rules.nudges[number - 1] if number else timedelta(0)
        if _is_over(since, passed, time, now) and (not number or _is_over(nudges[-1].at, distance, time, now)):
            return Step(number=number)
        return None
    whole = rules.nudges[-1] + rules.close_silent_after
    told = any(each.arrived for each in nudges)
    if told and _is_over(since, whole, time, now) and _is_over(nudges[-1].at, rules.close_silent_after, time, now):
        return Step(number=number, closes=True)
    return None


def _is_over(since: datetime, length: timedelta, time: BusinessTime, now: datetime) -> bool:
    due = time.after(since, length)
    return due is not None and due <= now
