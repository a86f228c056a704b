"""The state tables in the architecture paper are the code's, and states are written through them only."""

import ast
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from wxbot.actors import EVERYTHING
from wxbot.broadcasts import states as broadcasts
from wxbot.care.plans import stages as care_plans
from wxbot.conversations import states as conversations
from wxbot.templates import stages as templates
from wxbot.workflow import Transition

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
TABLES: Mapping[str, Mapping[Any, Transition[Any]]] = {
    "broadcasts/states.py": broadcasts.TRANSITIONS,
    "templates/stages.py": templates.TRANSITIONS,
    "care/plans/stages.py": care_plans.TRANSITIONS,
    "conversations/states.py": conversations.TRANSITIONS,
}
NOT_WRITTEN = {  # where a state is named without being written
    "wxbot/conversations/evaluation/practice.py": "an episode made up for the score of a practice, never kept",
    "wxbot/conversations/evaluation/stores/figures.py": "asked for, in queries",
    "wxbot/conversations/reading/stores/lists.py": "the same",
}
HEADER = "| action | from | to | permission |"


def named(states: Iterable[StrEnum]) -> str:
    """States in the order of their enum; the empty one is a template without a draft."""
    chosen = set(states)
    return ", ".join(
        f"`{state.value}`" if state.value else "none"
        for kind in {type(s) for s in chosen}
        for state in kind
        if state in chosen
    )


def row(action: StrEnum, rule: Transition[Any]) -> str:
    """A row as docs/architecture.md writes it."""
    to = named([rule.to])
    if rule.unchanged_in:
        to += f"; {named(rule.unchanged_in)} stays"
    before = named(rule.from_states | rule.unchanged_in) or "–"
    permission = "the service only" if rule.permission == EVERYTHING else f"`{rule.permission}`"
    return f"| `{action.value}` | {before} | {to} | {permission} |"


@pytest.mark.parametrize("name", TABLES)
def test_the_architecture_prints_every_table_of_states(name: str) -> None:
    printed = re.search(
        rf"^`{re.escape(name)}`.*?\n\n{re.escape(HEADER)}\n\|[-|]+\n((?:\|.*\n)+)", ARCHITECTURE, re.MULTILINE
    )
    assert printed is not None, f"docs/architecture.md lacks the table of {name}"
    assert printed[1].splitlines() == [row(action, rule) for action, rule in TABLES[name].items()]


def writes(source: str, fields: set[str], enum: str) -> list[int]:
    """Lines that set one of those fields to a constant of the enum: `state=BroadcastState.DONE` or in a dict."""
    found = []
    for node in ast.walk(ast.parse(source)):
        pairs: list[tuple[Any, ast.expr]] = []
        if isinstance(node, ast.Call):
            pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
        elif isinstance(node, ast.Dict):
            pairs = [
                (key.value if isinstance(key, ast.Constant) else None, value)
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        for name, value in pairs:
            text = ast.unparse(value)
            if name in fields and text.startswith(f"{enum}."):
                found.append(value.lineno)
    return found


def test_no_module_sets_a_state_beside_the_table() -> None:
    """Every state that is written comes out of `transition`."""
    rooms = {
        "broadcasts": ({"state"}, "BroadcastState"),
        "templates": ({"stage"}, "Stage"),
        "conversations": ({"state"}, "EpisodeState"),
    }
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for room, (fields, enum) in rooms.items()
        for path in sorted((ROOT / "wxbot" / room).rglob("*.py"))
        for line in writes(path.read_text(), fields, enum)
        if path.relative_to(ROOT).as_posix() not in NOT_WRITTEN
    ]
    assert found == []
    assert writes(
        "replace(x, state=BroadcastState.DONE)\ny = {'state': BroadcastState.DONE.value}", {"state"}, "BroadcastState"
    ) == [1, 2]
