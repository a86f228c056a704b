"""Citations lead somewhere: `reference §5.2` and `A4-14` name what stands in docs/reference, and all there is cited."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from wxbot.wechat.errors import TABLE

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ROOT / "docs/reference/wechat-platform.md"
RULES = ROOT / "docs/reference/domain-rules.md"
PAPERS = (PLATFORM, RULES)

SIGN = "\N{SECTION SIGN}"
NUMBER = rf"{SIGN}(\d+)(?:\.(\d+))?"
SECTIONS = re.compile(rf"[Rr]eference {NUMBER}(?:(?:-|, ){NUMBER})*")
PART = re.compile(rf"(-?){NUMBER}")
RULE = re.compile(r"\bA(\d)-(\d{2,3})\b")
RULE_RANGE = re.compile(r"\bA(\d)-(\d{2,3}) (?:至|to) A\1-(\d{2,3})\b")


@dataclass(frozen=True, order=True)
class Citation:
    """Where something is cited, and what."""

    file: str
    line: int
    target: str  # "5.2", "A4-14"; a sign that is no citation keeps the sign: "§"

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


def section_numbers(citation: str) -> Iterator[str]:
    """What one citation names, its ranges filled: `reference §1.2-§1.4, §2` is 1.2, 1.3, 1.4 and 2."""
    before: tuple[int, int] | None = None
    for dash, chapter, part in PART.findall(citation):
        here = (int(chapter), int(part or 0))
        if dash and before is not None and before[0] == here[0]:
            yield from (f"{chapter}.{number}" for number in range(before[1] + 1, here[1]))
        yield f"{chapter}.{part}" if part else chapter
        before = here


def rule_ids(text: str) -> Iterator[str]:
    """The rules that a text names, ranges (`A1-20 至 A1-24`) filled."""
    yield from (f"A{article}-{number}" for article, number in RULE.findall(text))
    for article, first, last in RULE_RANGE.findall(text):
        yield from (f"A{article}-{number:0{len(first)}}" for number in range(int(first) + 1, int(last)))


def citations_in(file: str, lines: Sequence[str]) -> Iterator[Citation]:
    for number, line in enumerate(lines, 1):
        for found in SECTIONS.finditer(line):
            yield from (Citation(file, number, target) for target in section_numbers(found[0]))
        yield from (Citation(file, number, SIGN) for _ in range(SECTIONS.sub("", line).count(SIGN)))
        yield from (Citation(file, number, target) for target in rule_ids(line))


def texts() -> Iterator[tuple[str, list[str]]]:
    """Every text of the repository but the papers and this file, by name, in lines."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - git is where it is
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if not path.is_file() or path in PAPERS or path == Path(__file__):
            continue
        try:
            yield name, path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture


@pytest.fixture(scope="module")
def citations() -> list[Citation]:
    return sorted({found for name, lines in texts() for found in citations_in(name, lines)})


def sections() -> dict[str, int]:
    """The numbered headings of the platform's paper, with their lines."""
    headings = (re.match(r"#{2,3} (\d+(?:\.\d+)?)\.? ", line) for line in PLATFORM.read_text().splitlines())
    return {found[1]: number for number, found in enumerate(headings, 1) if found}


def rules() -> dict[str, int]:
    """The rules of the articles' paper, with their lines."""
    rows = (re.match(r"\| (A\d-\d+) \|", line) for line in RULES.read_text().splitlines())
    return {found[1]: number for number, found in enumerate(rows, 1) if found}


def without_target(citations: Sequence[Citation]) -> list[str]:
    known = sections().keys() | rules().keys()
    return [
        f"{each.place}: {each.target} does not stand in docs/reference"
        for each in citations
        if each.target != SIGN and each.target not in known
    ]


def without_citation(cited: set[str]) -> list[str]:
    """Sections and rules that nothing names. A chapter stands as long as one of its sections does."""
    chapters = {target.partition(".")[0] for target in cited}
    unused = [(PLATFORM, line, number) for number, line in sections().items() if number not in cited | chapters]
    unused += [(RULES, line, rule) for rule, line in rules().items() if rule not in cited]
    return [f"{path.relative_to(ROOT)}:{line}: nothing cites {target}" for path, line, target in unused]


def test_every_citation_leads_to_a_section_or_a_rule(citations: list[Citation]) -> None:
    lost = without_target(citations)
    assert lost == [], "\n".join(lost)


def test_every_section_sign_is_a_citation_that_can_be_followed(citations: list[Citation]) -> None:
    bare = [f"{each.place}: write `reference {SIGN}5.2`" for each in citations if each.target == SIGN]
    assert bare == [], "\n".join(bare)


def test_nothing_stands_in_the_papers_that_nobody_cites(citations: list[Citation]) -> None:
    unused = without_citation({each.target for each in citations})
    assert unused == [], "\n".join(unused)


def test_the_papers_name_only_sections_and_rules_that_they_hold() -> None:
    held = sections().keys() | rules().keys()
    lost = [
        f"{paper.relative_to(ROOT)}:{number}: {target}"
        for paper in PAPERS
        for number, line in enumerate(paper.read_text().splitlines(), 1)
        for target in (*(part for found in PART.finditer(line) for part in section_numbers(found[0])), *rule_ids(line))
        if target not in held
    ]
    assert lost == [], "\n".join(lost)


def test_a_test_that_a_rule_names_is_there_and_cites_the_rule() -> None:
    lost = [
        f"{RULES.relative_to(ROOT)}:{number}: {name} does not cite {row[1]}"
        for number, line in enumerate(RULES.read_text().splitlines(), 1)
        if (row := re.match(r"\| (A\d-\d+) \|", line))
        for name in re.findall(r"`(tests/[\w/]+\.py)`", line)
        if row[1] not in set(rule_ids((ROOT / name).read_text().upper().replace("_", "-")))
    ]
    assert lost == [], "\n".join(lost)


def test_no_section_and_no_rule_stands_twice() -> None:
    headings = re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", PLATFORM.read_text(), re.MULTILINE)
    rows = re.findall(r"^\| (A\d-\d+) \|", RULES.read_text(), re.MULTILINE)
    assert headings == sorted(set(headings), key=lambda number: [int(part) for part in number.split(".")])
    assert rows == sorted(set(rows), key=lambda rule: [int(part) for part in rule[1:].split("-")])


def test_the_table_of_error_codes_is_the_one_the_code_acts_on() -> None:
    written: dict[int, str] = {}
    for codes, reaction in re.findall(r"^\| ([-\d, ]+) \| .* \| ([A-Z]+) \|$", PLATFORM.read_text(), re.MULTILINE):
        for part in codes.split(", "):
            first, _, last = part.partition("-") if not part.startswith("-") else (part, "", "")
            for code in range(int(first), int(last or first) + 1):
                assert code not in written, f"{code} stands twice"
                written[code] = reaction
    assert written == {code: entry.reaction.name for code, entry in TABLE.items()}


@pytest.mark.parametrize(
    ("line", "targets"),
    [
        (f"# the limit (reference {SIGN}5.2)", ["5.2"]),
        (f"Reference {SIGN}1.2-{SIGN}1.4, {SIGN}2", ["1.2", "1.3", "1.4", "2"]),
        (f"(reference {SIGN}5.1: for 10 minutes) and reference {SIGN}12.", ["5.1", "12"]),
        (f"what cards may carry {SIGN}5.4", [SIGN]),
        (f"design {SIGN}5", [SIGN]),
        ("刚好（A1-22 至 A1-24、A2-103）", ["A1-22", "A1-23", "A1-24", "A2-103"]),
        ("nothing: DA1-22, A1-2x, A4 paper", []),
    ],
)
def test_citations_are_read(line: str, targets: list[str]) -> None:
    assert sorted(each.target for each in citations_in("x", [line])) == sorted(targets)


def test_a_citation_into_the_void_is_named_with_file_and_line() -> None:
    lost = without_target(list(citations_in("wxbot/x.py", ["", f"# reference {SIGN}99.9, A0-999"])))
    assert lost == [f"wxbot/x.py:2: {target} does not stand in docs/reference" for target in ("99.9", "A0-999")]


def test_a_section_or_a_rule_without_citation_is_named_with_file_and_line() -> None:
    unused = without_citation((sections().keys() | rules().keys()) - {"5.2", "A4-14"})
    assert unused == [
        f"docs/reference/wechat-platform.md:{sections()['5.2']}: nothing cites 5.2",
        f"docs/reference/domain-rules.md:{rules()['A4-14']}: nothing cites A4-14",
    ]
