"""The states of an episode as a table: what each action needs and does. Every state has an exit."""

from collections.abc import Mapping
from enum import StrEnum

from wxbot.actors import EVERYTHING
from wxbot.conversations.models import OPEN, EpisodeState
from wxbot.workflow import Transition

READ = "desk:conversation:read"
REPLY = "desk:conversation:reply"
SUPERVISE = "desk:conversation:supervise"

_GONE = "这个会话已经结束。患者再来消息时会重新进入待回复。"


class EpisodeAction(StrEnum):
    """What can be done with an episode."""

    OPEN = "open"  # a person is needed
    START = "start"  # a colleague begins, or takes over from the bot
    TAKE = "take"  # somebody makes it theirs
    TAKE_OVER = "take_over"  # a supervisor makes a colleague's theirs
    RELEASE = "release"  # back to the queue: by hand, missed, refused, its owner fell silent or signed off
    SNOOZE = "snooze"
    WAKE = "wake"
    CLOSE = "close"  # with an ending


TRANSITIONS: Mapping[EpisodeAction, Transition[EpisodeState]] = {
    EpisodeAction.OPEN: Transition(from_states=frozenset(), to=EpisodeState.WAITING, permission=EVERYTHING),
    EpisodeAction.START: Transition(from_states=frozenset(), to=EpisodeState.ASSIGNED, permission=REPLY),
    EpisodeAction.TAKE: Transition(
        from_states=frozenset({EpisodeState.WAITING}),
        to=EpisodeState.ASSIGNED,
        permission=REPLY,
        refusal="这个会话已经有同事在接待，或者已经结束。",
    ),
    EpisodeAction.TAKE_OVER: Transition(
        from_states=frozenset({EpisodeState.ASSIGNED, EpisodeState.SNOOZED}),
        to=EpisodeState.ASSIGNED,
        permission=SUPERVISE,
        refusal=_GONE,
    ),
    EpisodeAction.RELEASE: Transition(
        from_states=frozenset({EpisodeState.ASSIGNED, EpisodeState.SNOOZED}),
        to=EpisodeState.WAITING,
        permission=REPLY,
        unchanged_in=frozenset({EpisodeState.WAITING}),
        refusal=_GONE,
    ),
    EpisodeAction.SNOOZE: Transition(
        from_states=frozenset({EpisodeState.ASSIGNED}),
        to=EpisodeState.SNOOZED,
        permission=REPLY,
        unchanged_in=frozenset({EpisodeState.SNOOZED}),
        refusal="先接待这个会话，才能设为稍后。",
    ),
    EpisodeAction.WAKE: Transition(
        from_states=frozenset({EpisodeState.SNOOZED}), to=EpisodeState.ASSIGNED, permission=REPLY, refusal=_GONE
    ),
    EpisodeAction.CLOSE: Transition(
        from_states=frozenset(OPEN), to=EpisodeState.CLOSED, permission=REPLY, refusal=_GONE
    ),
}
