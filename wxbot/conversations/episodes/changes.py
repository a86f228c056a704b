"""What happens to an episode, each as a function from the episode before to the one after. Pure; writes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from wxbot.actors import PATIENT, SYSTEM, Actor
from wxbot.conversations.models import (
    MOST_COUNTED,
    MOST_HANDOVERS,
    MOST_KEYS,
    PREVIEW,
    Cause,
    Ending,
    Episode,
    EpisodeState,
    Handover,
    Offer,
    Priority,
    Snooze,
    SnoozeWake,
)
from wxbot.conversations.states import TRANSITIONS, EpisodeAction
from wxbot.staff.models import AccountId
from wxbot.understanding.message import normalise
from wxbot.workflow import transition

RUSHED = 2  # effort units of what cannot wait; others weigh one
HEAVY = frozenset({Cause.DANGER, Cause.COMPLAINT, Cause.ANGRY})
TASKS_OF_THEIR_OWN = frozenset({Cause.DANGER, Cause.COMPLAINT})  # theirs do not end with the talk
SHORT_HOLD = 40  # characters: a longer text says more than 请稍等


def shortened(words: str) -> str:
    """The words as a list shows them."""
    line = " ".join(words.split())
    return line if len(line) <= PREVIEW else f"{line[: PREVIEW - 1]}…"


def asks_to_hold(words: str, hold_words: Sequence[str]) -> bool:
    """Whether a colleague's text says no more than 请稍等 (A2-79)."""
    return len(words) <= SHORT_HOLD and any(each in words for each in hold_words if each)


def class_of(words: str, cause: Cause, high_intent: Sequence[str]) -> Priority:
    """The class in the queue that follows from the cause and the words (A0-16)."""
    if cause in {Cause.DANGER, Cause.COMPLAINT}:
        return Priority.URGENT
    return Priority.HIGH_INTENT if intent_of(words, high_intent) else Priority.NORMAL


def intent_of(words: str, high_intent: Sequence[str]) -> str:
    """The first of the clinic's words of high intent that was said (A0-16); empty without one."""
    text = normalise(words).text
    return next((each for each in high_intent if each and each in text), "")


def effort_of(cause: Cause, priority: Priority) -> int:
    """How much of somebody's capacity it takes."""
    return RUSHED if cause in HEAVY or priority is Priority.URGENT else 1


def joined(  # noqa: PLR0913 - one fact each
    episode: Episode,
    *,
    key: str,
    cause: Cause,
    words: str,
    priority: Priority,
    followup_id: str,
    now: datetime,
    intent: str = "",
) -> Episode:
    """Another cause on an open episode; the same one again changes nothing."""
    if key in episode.keys:
        return episode
    highest = min(episode.priority, priority)
    free = episode.state is EpisodeState.WAITING and episode.offer is None  # else somebody's capacity counts it already
    known = episode.keys if len(episode.keys) < MOST_KEYS else (episode.keys[0], *episode.keys[2:])
    after = replace(
        episode,
        keys=(*known, key),
        priority=highest,
        intent=episode.intent or intent,
        effort=max(episode.effort, effort_of(cause, highest)) if free else episode.effort,
        revision=episode.revision + 1,
    )
    if words:
        after = replace(after, preview=shortened(words), preview_by=PATIENT.by, latest_at=max(now, episode.latest_at))
    if followup_id:
        handoffs = () if cause in TASKS_OF_THEIR_OWN or followup_id in after.handoffs else (followup_id,)
        after = replace(after, followup_id=after.followup_id or followup_id, handoffs=(*after.handoffs, *handoffs))
    return after


def heard(  # noqa: PLR0913 - one fact each
    episode: Episode,
    *,
    line_id: str,
    words: str,
    polite: bool,
    question: bool,
    priority: Priority,
    rung_at: datetime | None,
    now: datetime,
    intent: str = "",
) -> Episode:
    """The patient wrote. `rung_at`: when the first rung of a wait that begins now is due."""
    if line_id in episode.counted:
        return episode
    after = replace(
        episode,
        counted=(*episode.counted, line_id)[-MOST_COUNTED:],
        unread=episode.unread + 1,
        patient_at=now if episode.patient_at is None else max(now, episode.patient_at),
        priority=min(episode.priority, priority),
        intent=episode.intent or intent,
        nudges=0,
        revision=episode.revision + 1,
    )
    if now >= episode.latest_at:
        after = replace(after, preview=shortened(words), preview_by=PATIENT.by, latest_at=now)
    if _wakes(episode.snooze, question=question):
        after = replace(after, state=transition(TRANSITIONS, after.state, EpisodeAction.WAKE, by=SYSTEM), snooze=None)
    if not polite and after.waiting_since is None:
        asleep = after.state is EpisodeState.SNOOZED
        after = replace(
            after,
            waiting_since=now,
            first_waited_at=after.first_waited_at or now,
            rungs=(),
            next_rung_at=None if asleep else rung_at,
        )
    elif after.waiting_since is not None and episode.snooze is not None and after.snooze is None:
        after = replace(after, next_rung_at=rung_at)
    return after


def _wakes(snooze: Snooze | None, *, question: bool) -> bool:
    if snooze is None:
        return False
    return snooze.wakes is SnoozeWake.REPLY or (snooze.wakes is SnoozeWake.QUESTION and question)


def answered(  # noqa: PLR0913 - one fact each
    episode: Episode, *, line_id: str, words: str, by: str, hold: bool, hold_ends_at: datetime | None, now: datetime
) -> Episode:
    """The platform took a colleague's message. A wait that began after it goes on.

    A greeting to somebody who has asked nothing is no reply: the clock of the first one runs on their answer (A0-39).

    `hold`: it is only 请稍等, and something must follow until `hold_ends_at`. Saying it again gains no time.
    """
    if line_id in episode.counted:
        return episode
    after = replace(
        episode,
        counted=(*episode.counted, line_id)[-MOST_COUNTED:],
        staff_at=now if episode.staff_at is None else max(now, episode.staff_at),
        first_reply_at=episode.first_reply_at or (now if episode.first_waited_at is not None else None),
        hold_since=(episode.hold_since or now) if hold else None,
        nudges=0,
    )
    if now >= episode.latest_at:
        after = replace(after, preview=shortened(words), preview_by=by, latest_at=now)
    waits = episode.waiting_since is not None and (
        episode.waiting_since > now or episode.state is EpisodeState.WAITING  # nobody has it: it stays in the queue
    )
    if not waits:
        again = episode.next_rung_at if episode.hold_since is not None else hold_ends_at
        after = replace(after, waiting_since=None, rungs=(), next_rung_at=again if hold else None)
    return after


def taken(episode: Episode, action: EpisodeAction, *, by: Actor, owner: AccountId, now: datetime) -> Episode:
    """It is somebody's. Raises ForbiddenError, NotNowError."""
    return replace(
        episode,
        state=transition(TRANSITIONS, episode.state, action, by=by),
        owner=owner,
        owner_since=now,
        offer=None,
        passed_over=(),
        passed_at=None,
        snooze=None,
        revision=episode.revision + 1,
    )


def released(
    episode: Episode, *, by: Actor, past: AccountId | None, rung_at: datetime | None, now: datetime
) -> Episode:
    """Nobody's: back in the queue, where it stands by how long the patient has waited. Raises as `transition` does.

    `past`: who is not offered it before the others. Of a patient who waited for nothing the wait begins now.
    """
    waited = episode.waiting_since is not None
    return replace(
        episode,
        state=transition(TRANSITIONS, episode.state, EpisodeAction.RELEASE, by=by),
        owner=None,
        owner_since=None,
        offer=None,
        snooze=None,
        waiting_since=episode.waiting_since or now,
        first_waited_at=episode.first_waited_at or now,
        rungs=episode.rungs if waited and episode.snooze is None else (),
        next_rung_at=episode.next_rung_at if waited and episode.snooze is None else rung_at,
        passed_over=() if past is None else (past,),
        passed_at=now if past is not None else None,
        revision=episode.revision + 1,
    )


def offered(episode: Episode, offer: Offer, *, again: bool = False) -> Episode:
    """It is offered to somebody; `again`: to those who passed it, too."""
    return replace(episode, offer=offer, passed_over=() if again else episode.passed_over)


def passed(episode: Episode, account_id: AccountId, now: datetime) -> Episode:
    """Somebody refused or missed it: the offer moves on."""
    over = episode.passed_over if account_id in episode.passed_over else (*episode.passed_over, account_id)
    return replace(episode, offer=None, passed_over=over, passed_at=now)


def handed_over(episode: Episode, handover: Handover) -> Episode:
    """With what the next person must know; the earliest goes where there are MOST_HANDOVERS."""
    return replace(episode, handovers=(*episode.handovers, handover)[-MOST_HANDOVERS:])


def snoozed(episode: Episode, snooze: Snooze, *, by: Actor) -> Episode:
    """Looked at again later; no clock rings meanwhile. Raises ForbiddenError, NotNowError."""
    return replace(
        episode,
        state=transition(TRANSITIONS, episode.state, EpisodeAction.SNOOZE, by=by),
        snooze=snooze,
        next_rung_at=None,
        revision=episode.revision + 1,
    )


def woken(episode: Episode, *, by: Actor, rung_at: datetime | None) -> Episode:
    """Gone on with. Raises ForbiddenError, NotNowError."""
    return replace(
        episode,
        state=transition(TRANSITIONS, episode.state, EpisodeAction.WAKE, by=by),
        snooze=None,
        next_rung_at=rung_at if episode.waiting_since is not None else None,
        revision=episode.revision + 1,
    )


def closed(episode: Episode, ending: Ending, *, note: str, by: Actor, now: datetime) -> Episode:
    """Over. Its owner stays written there, and is free. Raises ForbiddenError, NotNowError."""
    return replace(
        episode,
        state=transition(TRANSITIONS, episode.state, EpisodeAction.CLOSE, by=by),
        offer=None,
        passed_over=(),
        snooze=None,
        waiting_since=None,
        hold_since=None,
        rungs=(),
        next_rung_at=None,
        unread=0,
        ending=ending,
        closed_at=now,
        outcome=note,
        half_closed=True,
        revision=episode.revision + 1,
    )


def emptied(episode: Episode) -> Episode:
    """Of an erased contact: without a word that the patient or somebody wrote about them."""
    return replace(
        episode,
        reason="",
        preview="",
        intent="",
        outcome="",
        snooze=None,
        counted=(),
        erased=True,
        handovers=tuple(replace(each, reason="", asked="", promised="", still_open="") for each in episode.handovers),
        ending=replace(episode.ending, reason="", evidence=()) if episode.ending is not None else None,
    )
