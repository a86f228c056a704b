"""Every action that the audit notes has words, and the audit page knows every kind of subject."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.every import every
from wxbot.audit.actions import AuditAction, action_label
from wxbot.broadcasts.models import BroadcastAction
from wxbot.clinic.editing import SUBJECTS
from wxbot.web.console.audit_words import KINDS, subject_link, subject_words
from wxbot.web.console.routes.tables import ROUTES

ROOT = Path(__file__).resolve().parents[2] / "wxbot"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NAMED = {"subject", "SUBJECT", "subject_of", "audit_subject"}


def subjects() -> Iterator[str]:
    """How the subjects of `….record(action, subject, …)` begin, also those that a name or function gives."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            given: list[ast.expr | None] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record":
                given += node.args[1:2]
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                given += [node.value] if node.targets[0].id in NAMED else []
            elif isinstance(node, ast.FunctionDef) and node.name in NAMED:
                given += [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            for value in given:
                yield from texts(value)


def texts(value: ast.expr | None) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from texts(value.body)
        yield from texts(value.orelse)
    first = value.values[0] if isinstance(value, ast.JoinedStr) else value
    if isinstance(first, ast.Constant) and isinstance(first.value, str) and ":" in first.value:
        yield first.value


@every("action", AuditAction)
def test_every_action_has_a_label_of_its_own(action: AuditAction) -> None:
    assert re.fullmatch(r"[a-z_]+:[a-z_]+", action.value)
    assert CHINESE.search(action.label)
    assert [other for other in AuditAction if other.label == action.label] == [action]
    assert action_label(action.value) == action.label


def test_every_action_is_recorded_somewhere() -> None:
    source = "".join(path.read_text() for path in ROOT.rglob("*.py") if path.name != "actions.py")
    unused = {action for action in AuditAction if f"AuditAction.{action.name}" not in source}
    assert unused == {AuditAction(f"broadcast:{action.value}") for action in BroadcastAction}


def test_an_action_that_is_listed_no_more_is_shown_as_it_was_written() -> None:
    assert action_label("patient:vanished") == "patient:vanished"
    with pytest.raises(ValueError, match="vanished"):
        AuditAction("patient:vanished")


def test_every_kind_of_subject_has_a_name() -> None:
    kinds = {subject.partition(":")[0] for subject in subjects()} | set(SUBJECTS.values())
    assert len(kinds) > 15
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
