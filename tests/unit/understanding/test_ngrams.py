"""Ways to ask, compared by characters and pairs of characters."""

from tests.corpus import sentences
from tests.every import every
from wxbot.understanding.ngrams import NgramIndex, grams_of

WAYS = [(number // 3, grams_of([each.text])) for number, each in enumerate(sentences("questions")[:300])]
INDEX = NgramIndex(WAYS, answered=90)
TEXTS = [each.text for each in sentences("questions")[200:500]]


@every("way", [way for way in WAYS if len(way[1]) > 2])
def test_a_way_to_ask_is_exactly_one_whatever_the_order_of_its_ngrams(way: tuple[int, frozenset[str]]) -> None:
    number, grams = way
    for ordered in (sorted(grams), sorted(grams, reverse=True)):
        assert INDEX.scores(INDEX.weighed(ordered), 1.0)[number] == 1.0


@every("least", (0.3, 0.5, 0.7, 0.95))
def test_what_is_left_out_would_not_have_reached_the_score(least: float) -> None:
    for text in TEXTS:
        weighed = INDEX.weighed(grams_of([text]))
        every_score = INDEX.scores(weighed, 0.0)
        expected = {number: score for number, score in every_score.items() if score >= least}
        assert INDEX.scores(weighed, least) == expected, text


def test_a_single_character_finds_nothing() -> None:
    assert INDEX.scores(INDEX.weighed(grams_of(["牙"])), 0.1) == {}


def test_neighbours_across_parts_are_no_pair() -> None:
    assert grams_of(["洗牙", "疼"]) == {"洗", "牙", "洗牙", "疼"}
