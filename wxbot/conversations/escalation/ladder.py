"""Which rungs of the ladder of escalation are due in a wait, and when the next one is. Pure.

Everything follows from facts of the episode: since when the patient waits, since when 请稍等 is unanswered, which rungs
were fired. So a rule or an opening hour that changes in the middle of a wait changes what is to come, and nothing that
has passed: no time is lost, none is counted twice, and a pause (lunch, the night) stays a pause.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Episode, EpisodeState
from wxbot.conversations.rules import DeskRules, Rung

HOLD, HOLD_SUPERVISOR = "hold", "hold_supervisor"  # after 请稍等 nothing followed (A2-79)
PROMISE, PROMISE_LATE = "promise", "promise_late"  # an answer that was promised is due soon, or overdue
LOST = "lost"  # whose it was did not answer: it is back in the queue
WECHAT, SUPERVISOR, DESK, OWNER = "wechat", "supervisor", "desk", "owner"


@dataclass(frozen=True, kw_only=True)
class Due:
    """What is due in a wait: rungs in their order, and when the one after them is; None when none follows."""

    rungs: tuple[Rung, ...]
    next_at: datetime | None


def due_rungs(episode: Episode, rules: DeskRules, time: BusinessTime, now: datetime) -> Due:
    """The rungs whose time has come and that were not fired in this wait. None rings while it is snoozed or over."""
    reached: list[tuple[datetime, Rung]] = []
    next_at: datetime | None = None
    for since, rung in waits(episode, rules):
        if rung.name in episode.rungs:
            continue
        at = time.after(since, rung.after)
        if at is None:
            continue
        if at <= now:
            reached.append((at, rung))
        else:
            next_at = at if next_at is None else min(next_at, at)
    return Due(rungs=tuple(rung for _, rung in sorted(reached, key=lambda each: each[0])), next_at=next_at)


def waits(episode: Episode, rules: DeskRules) -> Iterator[tuple[datetime, Rung]]:
    """Every rung that this wait has, with the moment it is counted from."""
    if episode.state not in {EpisodeState.WAITING, EpisodeState.ASSIGNED}:
        return
    if episode.waiting_since is not None:
        yield from ((episode.waiting_since, rung) for rung in rules.ladder)
    if episode.hold_since is not None:
        yield from ((episode.hold_since, rung) for rung in hold_rungs(rules.hold_limit))


def hold_rungs(limit: timedelta) -> Sequence[Rung]:
    """After 请稍等: its owner and the desk when the limit is over, the supervisor when it is over twice."""
    return (
        Rung(name=HOLD, after=limit, tell=(OWNER, DESK)),
        Rung(name=HOLD_SUPERVISOR, after=2 * limit, tell=(SUPERVISOR,)),
    )
