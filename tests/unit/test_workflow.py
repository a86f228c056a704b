"""State tables: what `transition` allows and refuses, and that every room's table is sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.actors import EVERYTHING, SYSTEM, Actor
from wxbot.approval import ApprovalRule, SelfApprovalError
from wxbot.broadcasts import states as broadcasts
from wxbot.broadcasts.models import BroadcastAction, BroadcastState
from wxbot.errors import ForbiddenError
from wxbot.staff.permissions import PERMISSIONS, Role, permissions_of
from wxbot.templates import stages as templates
from wxbot.templates.records import Stage
from wxbot.templates.stages import TemplateAction
from wxbot.workflow import NotNowError, Transition, final_states, possible_actions, transition

Table = Mapping[Any, Transition[Any]]


@dataclass(frozen=True)
class Machine:
    """A room's table with the enums it is over, and the states that end."""

    table: Table
    actions: type[StrEnum]
    states: type[StrEnum]
    final: frozenset[StrEnum]


ENDS = frozenset({BroadcastState.DONE, BroadcastState.CANCELLED})
MACHINES = {
    "broadcasts": Machine(broadcasts.TRANSITIONS, BroadcastAction, BroadcastState, ENDS),
    "templates": Machine(templates.TRANSITIONS, TemplateAction, Stage, frozenset()),
}
every_machine = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES.keys())
NOBODY = Actor(id="nobody", name="无", permissions=frozenset())


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


class Switch(StrEnum):
    INSTALL = "install"
    GO = "go"
    CHECK = "check"
    BREAK = "break"


LIGHTS: Mapping[Switch, Transition[Light]] = {
    Switch.INSTALL: Transition(from_states=frozenset(), to=Light.RED, permission="light:install"),
    Switch.GO: Transition(
        from_states=frozenset({Light.RED}), to=Light.GREEN, permission="light:go", refusal="不是红灯"
    ),
    Switch.CHECK: Transition(
        from_states=frozenset({Light.GREEN}),
        to=Light.RED,
        permission="light:go",
        unchanged_in=frozenset({Light.BROKEN}),
    ),
    Switch.BREAK: Transition(from_states=frozenset(Light), to=Light.BROKEN, permission=EVERYTHING),
}
DRIVER = Actor(id="driver", name="司机", permissions=frozenset({"light:go"}))


def test_an_action_leads_to_its_state() -> None:
    assert transition(LIGHTS, None, Switch.INSTALL, by=SYSTEM) is Light.RED
    assert transition(LIGHTS, Light.RED, Switch.GO, by=DRIVER) is Light.GREEN
    assert transition(LIGHTS, Light.GREEN, Switch.CHECK, by=DRIVER) is Light.RED
    assert transition(LIGHTS, Light.BROKEN, Switch.CHECK, by=DRIVER) is Light.BROKEN


@pytest.mark.parametrize("state", [Light.GREEN, Light.BROKEN, None])
def test_a_state_that_does_not_allow_the_action_refuses_in_the_tables_words(state: Light | None) -> None:
    with pytest.raises(NotNowError, match="不是红灯"):
        transition(LIGHTS, state, Switch.GO, by=DRIVER)


def test_what_exists_is_not_created_again() -> None:
    with pytest.raises(NotNowError, match="状态已经变化"):
        transition(LIGHTS, Light.RED, Switch.INSTALL, by=SYSTEM)


def test_the_permission_is_asked_for_before_the_state() -> None:
    with pytest.raises(ForbiddenError) as refused:
        transition(LIGHTS, Light.GREEN, Switch.INSTALL, by=DRIVER)
    assert refused.value.permission == "light:install"
    with pytest.raises(ForbiddenError):
        transition(LIGHTS, Light.RED, Switch.BREAK, by=DRIVER)


def test_the_possible_actions_are_those_of_the_state_and_the_actor() -> None:
    assert possible_actions(LIGHTS, Light.GREEN, by=DRIVER) == {Switch.CHECK}
    assert possible_actions(LIGHTS, Light.BROKEN, by=SYSTEM) == {Switch.CHECK, Switch.BREAK}
    assert possible_actions(LIGHTS, None, by=DRIVER) == set()
    assert final_states(LIGHTS) == {Light.BROKEN}


# -- the rooms' tables ------------------------------------------------------------------------------------------------


@every_machine
def test_every_action_has_a_row_and_every_permission_exists(machine: Machine) -> None:
    assert set(machine.table) == set(machine.actions)
    assert {row.permission for row in machine.table.values()} - {EVERYTHING} <= PERMISSIONS.keys()


@every_machine
def test_every_state_but_the_final_ones_has_an_exit_and_every_state_is_reached(machine: Machine) -> None:
    table, states = machine.table, machine.states
    assert final_states(table) == machine.final
    assert {row.to for row in table.values()} == set(states)
    reached, added = set[StrEnum](), {transition(table, None, each, by=SYSTEM) for each in starts(table)}
    while added:
        reached |= added
        added = {
            transition(table, state, action, by=SYSTEM)
            for state in reached
            for action in possible_actions(table, state, by=SYSTEM)
        } - reached
    assert reached == set(states)


def starts(table: Table) -> list[Any]:
    """The actions that create a record."""
    return [action for action, row in table.items() if not row.from_states]


@every_machine
@given(data=st.data())
def test_no_sequence_of_actions_by_anybody_leaves_the_table(machine: Machine, data: st.DataObject) -> None:
    table, actions = machine.table, list(machine.actions)
    anybody = [SYSTEM, NOBODY, *(Actor(id=role, name=role, permissions=permissions_of(role)) for role in Role)]
    state: StrEnum | None = None
    steps = st.lists(st.tuples(st.sampled_from(actions), st.sampled_from(anybody)), max_size=60)
    for action, actor in data.draw(steps):
        row, before = table[action], state
        offered = action in possible_actions(table, before, by=actor)
        try:
            state = transition(table, before, action, by=actor)
        except ForbiddenError:
            assert not actor.may(row.permission)
        except NotNowError:
            assert actor.may(row.permission)
            assert before not in row.from_states | row.unchanged_in
        else:
            assert offered
            assert before is None or before not in machine.final
            assert (before, state) in edges(row)
            continue
        assert (offered, state) == (False, before)


def edges(row: Transition[Any]) -> set[tuple[Any, Any]]:
    """(before, after) of every way the row may be used."""
    return {(state, row.to) for state in row.from_states or {None}} | {(state, state) for state in row.unchanged_in}


# -- approval ---------------------------------------------------------------------------------------------------------


def test_an_author_approves_only_where_the_setting_allows_it() -> None:
    author = {"staff:nobody", "staff:other"}
    assert not ApprovalRule(self_approval=False, refusal="x").is_self_approval({"staff:other"}, by=NOBODY)
    assert ApprovalRule(self_approval=True, refusal="x").is_self_approval(author, by=NOBODY)
    with pytest.raises(SelfApprovalError, match="请另一位"):
        ApprovalRule(self_approval=False, refusal="请另一位").is_self_approval(author, by=NOBODY)
