"""Broken words are refused with file, line and fix; whatever the file check accepts, the search can read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.lexicon_file import MOST_SPELLINGS, SHAPES, LexiconFile, _faults, lexicon_findings
from config.problems import ConfigProblem
from config.toml_files import read_file
from wxbot.quality import patterns

HEAD = 'name = "试"\nseverity = "block"\nreason = "因为"\nsource = "某条"\n'
ENTRY = '\n[[entries]]\nwords = ["根治", "包治"]\ninstead = "换个说法"\n'


def problems(folder: Path, text: str) -> tuple[ConfigProblem, ...]:
    (folder / "words.toml").write_text(text, encoding="utf-8")
    return read_file(folder, "words.toml", LexiconFile).problems


def test_an_entry_takes_from_the_head_what_it_does_not_say(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text(HEAD + ENTRY + 'severity = "hint"\n', encoding="utf-8")
    file = read_file(tmp_path, "words.toml", LexiconFile).parsed
    assert file is not None
    assert list(file.whole_entries("words")) == [
        {
            "category": "words",
            "name": "试",
            "words": ("根治", "包治"),
            "severity": "hint",
            "reason": "因为",
            "source": "某条",
            "instead": "换个说法",
            "unless": (),
            "purposes": (),
            "lock_screen": False,
            "whole": False,
            "start": False,
            "label": "",
            "grade": 1,
            "replacement": "",
            "replaces": "words",
            "only_when": (),
            "except_when": (),
        }
    ]


@pytest.mark.parametrize(
    ("old", "new", "what", "fix"),
    [
        ('"包治"', '"包治[百病|好"', "has a bracket without its partner", "[甲|乙]"),
        ('"包治"', '"…包治"', "begins or ends with …", "both sides"),
        ('"包治"', '"{电话}包"', "names {电话}", "{手机号}"),
        ('"包治"', '"[甲|]…乙"', "may begin with nothing", "always there"),
        ('"包治"', '"——"', "may begin with nothing", "always there"),
        ('instead = "换个说法"\n', "", "instead is missing", "instead"),
        ("[[entries]]", "[[entries]]\npurposes = ['marketting']", "must be one of", "marketing"),
        ("[[entries]]", "[[entries]]\nseverity = 'blok'", "must be one of", "block"),
        ("[[entries]]", "[[entries]]\nlock_screan = true", "lock_screan is not known", "lock_screen"),
        ('"包治"', '"包[治|好]"], whole = true, x = [""', "not valid TOML", ""),
    ],
)
def test_a_mistake_is_told_with_what_and_fix(tmp_path: Path, old: str, new: str, what: str, fix: str) -> None:
    assert old in HEAD + ENTRY
    (problem,) = problems(tmp_path, (HEAD + ENTRY).replace(old, new))
    assert what in problem.what
    assert fix in problem.fix


def test_a_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, HEAD + ENTRY + ENTRY.replace("包治", "包治["))
    assert (problem.where, problem.line) == ("words.toml", 11)


def test_whole_messages_take_plain_words(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, HEAD + ENTRY.replace("包治", "[嗯|啊]") + "whole = true\n")
    assert "takes plain words" in problem.what


def test_words_given_twice_and_exceptions_in_vain_are_told(tmp_path: Path) -> None:
    text = HEAD + ENTRY + ENTRY.replace("包治", "断根") + 'unless = ["第一次"]\n'
    (tmp_path / "words.toml").write_text(text, encoding="utf-8")
    file = read_file(tmp_path, "words.toml", LexiconFile)
    assert file.parsed is not None
    told = [(problem.line, problem.what) for problem in file.report(lexicon_findings(file.parsed))]
    assert told == [
        (11, "the word '根治' is given twice in this file"),
        (13, "the exception '第一次' holds none of the words"),
    ]


def test_the_file_check_and_the_search_know_the_same_shapes_and_limits() -> None:
    assert set(patterns.SHAPES) == set(SHAPES)
    assert patterns.MOST_SPELLINGS == MOST_SPELLINGS


@given(
    st.lists(st.sampled_from(["甲", "[乙|丙]", "[丁|]", "…", "{数字}", "[", "]", "|", "——", "ok", "{谁}"]), max_size=6)
)
def test_what_the_file_check_accepts_the_search_can_read(parts: list[str]) -> None:
    word = "".join(parts)
    if word and next(_faults(word), None) is None:
        patterns.compile_pattern(word)
