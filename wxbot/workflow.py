"""State machines as tables: `action → (from states, to state, permission)`, and the one function that reads them.

A room declares its table as `TRANSITIONS` and asks `transition` before it changes a state; no rule about states stands
elsewhere. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from wxbot.actors import Actor
from wxbot.errors import DomainError

NOT_NOW = "状态已经变化，现在不能这样做。请刷新页面，看看最新情况。"

A = TypeVar("A", bound=StrEnum)
S = TypeVar("S", bound=StrEnum)


class NotNowError(DomainError):
    """The present state does not allow the action."""

    code = "not_now"
    sentence = NOT_NOW

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence=sentence)


@dataclass(frozen=True, kw_only=True)
class Transition(Generic[S]):
    """What one action needs and does.

    `permission` is one of the permission table, or `EVERYTHING` for what only the service itself does. `refusal` is the
    sentence staff read when the state does not allow the action.
    """

    from_states: frozenset[S]  # empty: the action creates the record
    to: S
    permission: str
    unchanged_in: frozenset[S] = frozenset()  # states that allow the action too, and that it does not change
    refusal: str = NOT_NOW

    def allowed_in(self, state: S | None) -> bool:
        """Whether that state allows it. None: there is no record yet."""
        if state is None:
            return not self.from_states
        return state in self.from_states or state in self.unchanged_in


def transition(table: Mapping[A, Transition[S]], state: S | None, action: A, *, by: Actor) -> S:
    """The state after the action. `state` is the present one, None before the record exists.

    Raises:
        ForbiddenError: the actor does not hold the action's permission.
        NotNowError: the state does not allow the action.
    """
    rule = table[action]
    by.must(rule.permission)
    if not rule.allowed_in(state):
        raise NotNowError(rule.refusal)
    return state if state is not None and state in rule.unchanged_in else rule.to


def possible_actions(table: Mapping[A, Transition[S]], state: S | None, *, by: Actor) -> frozenset[A]:
    """The actions that `transition` would accept from this actor in this state."""
    return frozenset(action for action, rule in table.items() if by.may(rule.permission) and rule.allowed_in(state))


def final_states(table: Mapping[A, Transition[S]]) -> frozenset[S]:
    """The states of the table that no action leaves."""
    reached = frozenset(rule.to for rule in table.values())
    left = frozenset(state for rule in table.values() for state in rule.from_states - {rule.to})
    return reached - left
