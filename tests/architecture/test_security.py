"""docs/security.md: every requirement of ASVS 4.0.3 level 2 has its state, and every test it names exists."""

import ast
import re
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAPER = TESTS.parent / "docs" / "security.md"
STATES = {"met", "part", "not met", "n/a", "operator"}
LEVEL_TWO = {  # section → its requirements of level 2 (OWASP ASVS 4.0.3; the numbers left out are level 3 or deleted)
    "1.1": "1-7",
    "1.2": "1-4",
    "1.4": "1 4 5",
    "1.5": "1-4",
    "1.6": "1-4",
    "1.7": "1-2",
    "1.8": "1-2",
    "1.9": "1-2",
    "1.10": "1",
    "1.11": "1-2",
    "1.12": "2",
    "1.14": "1-6",
    "2.1": "1-12",
    "2.2": "1-3",
    "2.3": "1-3",
    "2.4": "1-5",
    "2.5": "1-7",
    "2.6": "1-3",
    "2.7": "1-6",
    "2.8": "1-7",
    "2.9": "1-3",
    "2.10": "1-4",
    "3.1": "1",
    "3.2": "1-4",
    "3.3": "1-4",
    "3.4": "1-5",
    "3.5": "1-3",
    "3.7": "1",
    "4.1": "1-3 5",
    "4.2": "1-2",
    "4.3": "1-3",
    "5.1": "1-5",
    "5.2": "1-8",
    "5.3": "1-10",
    "5.4": "1-3",
    "5.5": "1-4",
    "6.1": "1-3",
    "6.2": "1-6",
    "6.3": "1-2",
    "6.4": "1-2",
    "7.1": "1-4",
    "7.2": "1-2",
    "7.3": "1 3 4",
    "7.4": "1-3",
    "8.1": "1-4",
    "8.2": "1-3",
    "8.3": "1-8",
    "9.1": "1-3",
    "9.2": "1-4",
    "10.2": "1-2",
    "10.3": "1-3",
    "11.1": "1-8",
    "12.1": "1-3",
    "12.2": "1",
    "12.3": "1-6",
    "12.4": "1-2",
    "12.5": "1-2",
    "12.6": "1",
    "13.1": "1 3 4 5",
    "13.2": "1-3 5 6",
    "13.3": "1-2",
    "13.4": "1-2",
    "14.1": "1-4",
    "14.2": "1-6",
    "14.3": "2 3",
    "14.4": "1-7",
    "14.5": "1-4",
}
ROW = re.compile(
    r"^\| (?P<numbers>\d+\.\d+\.\d+(?:, \d+\.\d+\.\d+)*) \| (?P<about>[^|]+) \| (?P<state>[^|]+) \|(?P<by>[^|]*)\|$"
)
TEST = re.compile(r"`(?P<file>[a-z]+(?:/[a-z_]+)*/test_[a-z_]+\.py)(?:::(?P<name>test_[a-z0-9_]+))?`")


def rows() -> list[re.Match[str]]:
    """The rows of the requirement tables."""
    return [found for line in PAPER.read_text(encoding="utf-8").splitlines() if (found := ROW.match(line))]


def expected() -> set[str]:
    """The numbers of every requirement of level 2."""
    numbers = set()
    for section, spans in LEVEL_TWO.items():
        for span in spans.split():
            first, _, last = span.partition("-")
            numbers |= {f"{section}.{number}" for number in range(int(first), int(last or first) + 1)}
    return numbers


def test_every_requirement_of_level_two_has_one_row() -> None:
    named = Counter(number for row in rows() for number in row["numbers"].split(", "))
    assert set(named) == expected()
    assert [number for number, times in named.items() if times > 1] == []


def test_every_row_says_its_state_and_why() -> None:
    assert {row["state"].strip() for row in rows()} <= STATES
    unexplained = [row["numbers"] for row in rows() if row["state"].strip() != "n/a" and not row["by"].strip()]
    assert unexplained == []


def test_every_test_that_is_named_exists() -> None:
    named = {(found["file"], found["name"]) for found in TEST.finditer(PAPER.read_text(encoding="utf-8"))}
    assert len(named) > 50
    missing = [f"{file}::{name}" for file, name in sorted(named, key=str) if not _exists(file, name)]
    assert missing == []


def _exists(file: str, name: str | None) -> bool:
    path = TESTS / file
    if not path.is_file():
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return name is None or name in functions
