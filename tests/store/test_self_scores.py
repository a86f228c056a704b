"""Self scores over a real mongod: once, of one's own talk, before it is rated; raters are blind to them."""

import asyncio
from datetime import timedelta

import pytest

from tests.store.test_figures import AGENT, LEAD, OTHER, closed, review
from tests.store.test_ratings import CURT, HEAD
from tests.unit.conversations.talks import OPENED
from wxbot.conversations.evaluation.review import Review
from wxbot.conversations.evaluation.scoring import Mark, RubricItem
from wxbot.conversations.models import Episode
from wxbot.database import Database
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.workflow import NotNowError

__all__ = ["review"]

NOW = OPENED + timedelta(hours=2)


@pytest.fixture(autouse=True)
def one_rater(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wxbot.conversations.evaluation.rating.needs_second_rater", lambda _id: False)


@pytest.fixture
async def episode(database: Database, review: Review) -> Episode:
    made = await closed(database, answer="您好，要看片子才能定。请问您缺牙多久了？")
    await review.figures.note_closed(made)
    return made


async def test_a_self_score_is_given_once_however_often_it_is_sent(review: Review, episode: Episode) -> None:
    sent = [review.self_scores.give(episode.id, (CURT,), "", by=AGENT, now=NOW) for _ in range(3)]
    outcomes = await asyncio.gather(*sent, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["SelfScore", "StaleError", "StaleError"]
    with pytest.raises(StaleError):
        await review.self_scores.give(episode.id, (), "", by=AGENT, now=NOW)


async def test_raters_are_blind_to_it_until_they_have_rated(review: Review, episode: Episode) -> None:
    given = await review.self_scores.give(episode.id, (CURT,), "有点急", by=AGENT, now=NOW)

    async def beside_for(by: object) -> object:
        return await review.self_scores.beside(await review.ratings.one(episode.id, by=by), by=by)  # type: ignore[arg-type]

    assert await beside_for(AGENT) == given
    assert await beside_for(LEAD) is None
    await review.ratings.rate(episode.id, (), "", by=LEAD, now=NOW)
    assert await beside_for(LEAD) == given
    assert await beside_for(HEAD) == given


async def test_it_is_of_ones_own_talk_and_before_a_rating(review: Review, episode: Episode) -> None:
    for somebody in (OTHER, LEAD):
        with pytest.raises(NotFoundError):
            await review.self_scores.give(episode.id, (), "", by=somebody, now=NOW)
    with pytest.raises(FieldErrors):
        await review.self_scores.give(episode.id, (), "长" * 501, by=AGENT, now=NOW)
    await review.ratings.rate(episode.id, (), "", by=LEAD, now=NOW)
    with pytest.raises(NotNowError, match="看到评分之前"):
        await review.self_scores.give(episode.id, (), "", by=AGENT, now=NOW)


async def test_of_an_erased_contact_the_points_stay_and_the_words_go(review: Review, episode: Episode) -> None:
    mark = Mark(item=RubricItem.CURT, level=1, words="不知道")
    given = await review.self_scores.give(episode.id, (mark,), "患者急", by=AGENT, now=NOW)
    await review.erase(episode.contact_id)
    kept = await review.self_scores.beside(await review.ratings.one(episode.id, by=AGENT), by=AGENT)
    assert kept is not None
    assert (kept.points, kept.comment, [(each.level, each.words) for each in kept.marks]) == (
        given.points,
        "",
        [(1, "")],
    )


async def test_marks_that_cannot_be_are_refused_as_in_a_rating(review: Review, episode: Episode) -> None:
    for marks in ((CURT, CURT), (Mark(item=RubricItem.CURT, level=9),)):
        with pytest.raises(FieldErrors):
            await review.self_scores.give(episode.id, marks, "", by=AGENT, now=NOW)
