"""docs/reference/front-desk-rules.md: every rule of the front desk has a row, and the tests it names cite the rule."""

import ast
import re
from collections import Counter
from pathlib import Path

from tests.every import every

TESTS = Path(__file__).parents[1]
PAPER = TESTS.parent / "docs/reference/front-desk-rules.md"
STATES = {"met", "elsewhere", "open"}
WANTED = {f"A4-{number:02}" for number in range(1, 55)} | {f"A2-{number}" for number in (16, *range(90, 99))}
ROW = re.compile(r"^\| (?P<rule>A\d-\d+) \| (?P<state>[^|]+) \| (?P<how>[^|]+) \|(?P<tests>[^|]*)\|$", re.MULTILINE)
TEST = re.compile(r"`(?P<file>[a-z]+(?:/[a-z_]+)*/test_[a-z_]+\.py)::(?P<name>test_[a-z0-9_]+)`")
ROWS = list(ROW.finditer(PAPER.read_text(encoding="utf-8")))


def source_of(file: str, name: str) -> str | None:
    """The source of that test; None where there is none."""
    path = TESTS / file
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    found = [
        ast.get_source_segment(text, node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    return found[0] if found else None


def cites(source: str, rule: str) -> bool:
    """Whether a test names the rule: `A4-14` in its text, or `a4_14` in its name."""
    in_name = rf"(?<![a-z0-9]){rule.lower().replace('-', '_')}(?![0-9])"
    return bool(re.search(rf"\b{rule}\b", source) or re.search(in_name, source))


def test_every_rule_of_the_front_desk_has_one_row() -> None:
    named = Counter(row["rule"] for row in ROWS)
    assert set(named) == WANTED
    assert [rule for rule, times in named.items() if times > 1] == []


def test_every_row_says_its_state_and_only_what_is_met_has_tests() -> None:
    assert {row["state"] for row in ROWS} <= STATES
    wrong = [row["rule"] for row in ROWS if bool(TEST.search(row["tests"])) != (row["state"] == "met")]
    assert wrong == []


@every("row", [row for row in ROWS if row["state"] == "met"], named=lambda row: row["rule"])
def test_every_test_that_is_named_exists_and_cites_its_rule(row: re.Match[str]) -> None:
    wrong = []
    for found in TEST.finditer(row["tests"]):
        source = source_of(found["file"], found["name"])
        if source is None or not cites(source, row["rule"]):
            wrong.append(f"{found['file']}::{found['name']}")
    assert wrong == []


def test_a_test_that_cites_another_rule_is_told_apart() -> None:
    assert cites("async def test_a4_1_and_a4_14_x(): ...", "A4-14")
    assert cites('def test_x():\n    """All of it, A2-16."""', "A2-16")
    assert not cites("def test_a4_140_x(): ...", "A4-14")
    assert not cites("def test_a4_15_x(): ...", "A4-14")
    assert source_of("architecture/test_nowhere.py", "test_x") is None
    assert source_of("architecture/test_front_desk_rules.py", "test_nowhere") is None
