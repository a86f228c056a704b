"""The audit page has words for everything that any room writes into the audit."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from wxbot.web.console.audit_words import KINDS, action_words, subject_link, subject_words
from wxbot.web.console.routes import ROUTES

ROOT = Path(__file__).resolve().parents[2] / "wxbot"


def recorded(position: int) -> Iterator[str]:
    """What stands at that place of every `….record(by, action, subject, …)`: whole texts, or how they begin."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in {"record", "_record"} or len(node.args) <= position:
                continue
            said = node.args[position]
            if isinstance(said, ast.JoinedStr) and isinstance(said.values[0], ast.Constant):
                said = said.values[0]
            if isinstance(said, ast.Constant) and isinstance(said.value, str) and ":" in said.value:
                yield said.value


def test_every_action_that_is_recorded_has_words() -> None:
    actions = set(recorded(1))
    assert len(actions) > 20
    assert sorted(action for action in actions if action_words(action) == action and not action.endswith(":")) == []


def test_every_kind_of_subject_has_a_name() -> None:
    kinds = {subject.partition(":")[0] for subject in recorded(2)}
    assert sorted(kinds - set(KINDS)) == []


def test_every_link_leads_to_a_page_there_is() -> None:
    paths = {route.path for route in ROUTES if route.method == "GET"}
    given = [page.partition("?")[0].replace("{}", "0") for _, page in KINDS.values() if page]
    known = {path.replace("{id}", "0").replace("{key}", "0").replace("{login}", "0") for path in paths}
    assert sorted(set(given) - known) == []


@pytest.mark.parametrize(
    ("subject", "words", "link"),
    [
        ("staff:0190abcdef", "员工 90abcdef", "/console/staff/0190abcdef"),
        ("patient:a/../b", "患者 a/../b", "/console/patients/a%2F..%2Fb"),
        ("something:else", "something:else", ""),
        ("nothing", "nothing", ""),
    ],
)
def test_a_subject_is_named_and_linked(subject: str, words: str, link: str) -> None:
    assert (subject_words(subject), subject_link(subject)) == (words, link)
