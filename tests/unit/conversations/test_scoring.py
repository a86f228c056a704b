"""The score of a talk, and the draw of those that are rated."""

from dataclasses import replace

import pytest

from config.settings import Settings
from tests.unit.conversations.test_figures import GOOD, figures
from wxbot.conversations.evaluation.measuring import Hit
from wxbot.conversations.evaluation.sampling import is_sampled, needs_second_rater
from wxbot.conversations.evaluation.scoring import Mark, RubricItem, score
from wxbot.conversations.models import EndingKind, EpisodeId
from wxbot.installation import read_installation
from wxbot.quality.models import Circumstance
from wxbot.quality.service import Quality

BEST = figures(GOOD)
LEXICON = Quality(read_installation(Settings.model_construct()).lexicon)


def hit(severity: str, grade: int = 1) -> Hit:
    return Hit(line_id="l1", severity=severity, category="c", name="规则", words="词", grade=grade)


def test_a_talk_without_fault_has_all_points() -> None:
    assert score(BEST).points == 100
    assert score(BEST).deductions == ()


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({"first_reply_seconds": 30.0}, 100),
        ({"first_reply_seconds": 30.5}, 95),
        ({"next_reply_seconds": (120.0,)}, 100),
        ({"next_reply_seconds": (10.0, 121.0, 500.0)}, 95),
        ({"ending": EndingKind.AGENT}, 70),
        ({"ending": EndingKind.AGENT, "after_warnings": True}, 100),
        ({"left_unanswered": True}, 80),
        ({"agent_characters": 8}, 80),
        ({"agent_questions": 0}, 90),
        ({"ending": EndingKind.AGENT, "left_unanswered": True, "agent_characters": 8, "agent_questions": 0}, 20),
    ],
)
def test_each_fault_costs_its_points(changes: dict[str, object], points: int) -> None:
    assert score(replace(BEST, **changes)).points == points  # type: ignore[arg-type]


def test_an_outage_is_not_counted_against_anybody() -> None:
    late = replace(BEST, first_reply_seconds=500.0, left_unanswered=True, ending=EndingKind.SYSTEM)
    assert score(late).points == 100


def test_one_bad_thing_undoes_a_hundred_good_ones() -> None:
    vetoed = score(replace(BEST, hits=(hit("block", 3),)))
    assert (vetoed.points, vetoed.level) == (0, 3)
    assert score(replace(BEST, hits=(hit("block", 4),))).level == 4  # A0-31, A0-33
    assert score(BEST, [Mark(item=RubricItem.CROSS, level=3)]).points == 0
    assert score(replace(BEST, ending=EndingKind.SYSTEM, hits=(hit("block", 3),))).points == 0


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("关咱们什么事，把手机卖了，就有钱交话费了", 3),  # A0-31
        ("TMD，等着", 4),  # A0-33
        ("你看不懂中文吗", 2),  # A0-38
    ],
)
def test_the_articles_worst_sentences_have_their_level_by_the_shipped_lexicon(words: str, level: int) -> None:
    found = LEXICON.findings(words, purpose="service", circumstances=(Circumstance.CHAT,))
    it = figures(GOOD, findings={"l1": list(found)})
    assert score(it).level >= level
    assert (score(it).points == 0) is (level >= 3)


def test_small_findings_cost_little_however_many() -> None:
    assert score(replace(BEST, hits=(hit("warn", 2),))).points == 95
    assert score(replace(BEST, hits=(hit("block"),))).points == 95
    assert score(replace(BEST, hits=(hit("hint"),))).points == 98
    assert score(replace(BEST, hits=tuple(hit("warn", 2) for _ in range(50)))).points == 80


def test_a_raters_marks_cost_by_their_level_and_never_less_than_nothing_is_left() -> None:
    assert score(BEST, [Mark(item=RubricItem.CURT, level=1)]).points == 95
    assert score(BEST, [Mark(item=item, level=2) for item in RubricItem]).points == 0


def test_the_draw_is_the_same_for_everybody_and_near_its_share() -> None:
    ids = [EpisodeId(f"episode-{number}") for number in range(20_000)]
    drawn = [each for each in ids if is_sampled(each)]
    assert [each for each in ids if is_sampled(each)] == drawn
    assert 1_800 < len(drawn) < 2_200  # 10 % of 20,000, five standard deviations to each side
    twice = [each for each in drawn if needs_second_rater(each)]
    assert 0.06 < len(twice) / len(drawn) < 0.14  # independent of the first draw
    assert not any(is_sampled(each, 0) for each in ids[:100])
    assert all(is_sampled(each, 100) for each in ids[:100])
