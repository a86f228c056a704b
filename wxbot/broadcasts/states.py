"""The states of a broadcast: every action with the states it needs, the state it leads to and its permission. Pure."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from wxbot import workflow
from wxbot.actors import EVERYTHING, Actor
from wxbot.broadcasts.models import Broadcast, BroadcastAction, BroadcastState
from wxbot.messaging import Purpose
from wxbot.workflow import Transition

READ, WRITE, APPROVE = "broadcasts:broadcast:read", "broadcasts:broadcast:write", "broadcasts:broadcast:approve"
MARKETING = "broadcasts:marketing:write"

_S, _A = BroadcastState, BroadcastAction
_REFUSAL = "推送的状态已经变化，现在不能这样做。请返回推送页面看看最新情况。"


def _row(
    *from_states: BroadcastState,
    to: BroadcastState,
    permission: str,
    unchanged_in: Collection[BroadcastState] = (),
) -> Transition[BroadcastState]:
    return Transition(
        from_states=frozenset(from_states),
        to=to,
        permission=permission,
        unchanged_in=frozenset(unchanged_in),
        refusal=_REFUSAL,
    )


TRANSITIONS: Mapping[BroadcastAction, Transition[BroadcastState]] = MappingProxyType(
    {
        _A.CREATED: _row(to=_S.DRAFT, permission=WRITE),
        _A.EDITED: _row(_S.DRAFT, _S.PREVIEWED, to=_S.DRAFT, permission=WRITE),
        _A.PREVIEWED: _row(_S.DRAFT, _S.PREVIEWED, to=_S.PREVIEWED, permission=WRITE, unchanged_in={_S.WAITING}),
        _A.SUBMITTED: _row(_S.PREVIEWED, to=_S.WAITING, permission=WRITE),
        _A.RETURNED: _row(_S.WAITING, to=_S.DRAFT, permission=WRITE),  # by others than the authors: APPROVE too
        _A.APPROVED: _row(_S.WAITING, to=_S.APPROVED, permission=APPROVE),
        _A.STARTED: _row(_S.APPROVED, to=_S.RUNNING, permission=EVERYTHING),
        _A.PAUSED: _row(_S.APPROVED, _S.RUNNING, to=_S.PAUSED, permission=WRITE),
        _A.RESUMED: _row(_S.PAUSED, to=_S.RUNNING, permission=WRITE),  # with a changed template: APPROVE too
        _A.FINISHED: _row(_S.RUNNING, to=_S.DONE, permission=EVERYTHING),
        _A.CANCELLED: _row(
            _S.DRAFT,
            _S.PREVIEWED,
            _S.WAITING,
            _S.APPROVED,
            _S.RUNNING,
            _S.PAUSED,
            to=_S.CANCELLED,
            permission=WRITE,
        ),
    }
)

EDITABLE = TRANSITIONS[_A.EDITED].from_states
OVER = workflow.final_states(TRANSITIONS)
_NEEDS_FINISHED_PREVIEW = frozenset({_A.PREVIEWED, _A.SUBMITTED, _A.APPROVED})


def write_permissions(purpose: Purpose) -> tuple[str, ...]:
    """Everything needed to change a broadcast of that purpose, whatever the action."""
    return (WRITE, MARKETING) if purpose is Purpose.MARKETING else (WRITE,)


def possible_actions(broadcast: Broadcast, *, by: Actor) -> frozenset[BroadcastAction]:
    """The actions to offer this actor now; the use cases check again."""
    if not all(by.may(permission) for permission in write_permissions(broadcast.purpose)):
        return frozenset()
    found = workflow.possible_actions(TRANSITIONS, broadcast.state, by=by)
    if broadcast.preview_run is not None:
        found -= _NEEDS_FINISHED_PREVIEW
    if by.by not in broadcast.authors and not by.may(APPROVE):
        found -= {_A.RETURNED}
    return found
