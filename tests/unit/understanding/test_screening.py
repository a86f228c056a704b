"""What is known not to match without trying it: never a text that does match."""

import re

import pytest

from tests.corpus import sentences
from tests.corpus.reading import shipped_vocabulary
from tests.every import every
from wxbot.understanding import asking, doubtful_stops, requests, resume_wordings, stop_wordings
from wxbot.understanding.message import normalise
from wxbot.understanding.screening import AnyOf, Screen, alternatives_of, needs_of, needs_of_word
from wxbot.understanding.sending_words import Wordings

FILES = ("appointments", "complaints", "courtesies", "dangers", "questions", "stops")
TEXTS = [normalise(each.text).text for name in FILES for each in sentences(name)]
PERSON = requests.lexicon_of(shipped_vocabulary().words).person
SCREENED = (
    *(said for said, _ in asking._MADE_ALIKE),
    *(asking._ASKING, asking._SCHEDULES, asking._SYMPTOMS, asking._ELSEWHERE, stop_wordings._ENGLISH),
    *(doubtful_stops._ANNOYED, doubtful_stops.SOFT_FOR_ME, *doubtful_stops._DOUBTS),
    *(rule.pattern for rule in PERSON),
)


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("退订", ["退", "订"]),
        ("(?:好的?)+", ["好"]),
        ("[两几]天", ["两几", "天"]),
        ("第[1-3]", ["第", "123"]),
        ("甲乙|丙", ["甲丙"]),
        ("甲?乙*", []),
        ("(?<=第)[^一]|.", []),
        ("甲(?=乙)(?!丙)", ["甲", "乙"]),
        (r"(甲)\1\d", ["甲"]),
    ],
)
def test_what_a_pattern_needs_is_read_from_it(pattern: str, needs: list[str]) -> None:
    assert set(needs_of(re.compile(pattern))) == {frozenset(each) for each in needs}


def test_a_pattern_with_flags_needs_nothing() -> None:
    assert needs_of(re.compile("stop", re.IGNORECASE)) == ()
    assert needs_of(re.compile("stop"), re.compile("x", re.IGNORECASE)) == ()


def test_alternatives_are_parted_where_no_bracket_is_open() -> None:
    pattern = re.compile(r"甲(?:乙|丙)|[|)]丁|\||戊")
    assert [each.pattern for each in alternatives_of(pattern)] == ["甲(?:乙|丙)", "[|)]丁", r"\|", "戊"]


def test_patterns_are_possible_in_their_order() -> None:
    screen = Screen([needs_of(re.compile("退订")), (), needs_of_word("别发"), needs_of(re.compile("[发推]"))])
    assert list(screen.of("别发了")) == [1, 2, 3]
    assert list(screen.of("退")) == [1]
    assert list(screen.of("")) == [1]


@every("pattern", SCREENED)
def test_no_sentence_that_matches_is_passed_over(pattern: "re.Pattern[str]") -> None:
    screen = Screen([needs_of(pattern)])
    passed_over = [text for text in TEXTS if not screen.possible(text)]
    assert [text for text in passed_over if pattern.search(text)] == []


@every("pattern", (asking._ASKING, asking._SCHEDULES, asking._SYMPTOMS, asking._ELSEWHERE, stop_wordings._ENGLISH))
def test_alternatives_are_found_where_the_pattern_is(pattern: "re.Pattern[str]") -> None:
    found = AnyOf(pattern)
    assert [text for text in TEXTS if found.found_in(text) != bool(pattern.search(text))] == []


@every("wordings", (stop_wordings.STOPS, resume_wordings.RESUMES))
def test_a_clause_is_read_by_its_first_wording(wordings: Wordings) -> None:
    for text in TEXTS:
        tried = ((rule, hit) for rule, read in wordings._rules if (hit := read(text)))
        assert wordings.first(text) == next(tried, None), text
