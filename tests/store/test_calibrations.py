"""Calibration sessions over a real mongod: scored blind, then compared."""

import asyncio
from datetime import timedelta

import pytest

from tests.auditing import entries
from tests.store.test_figures import AGENT, LEAD, closed, review
from tests.store.test_ratings import BOSS, CROSS, CURT, HEAD
from tests.unit.conversations.talks import OPENED
from wxbot.actors import Actor
from wxbot.conversations.evaluation.review import Review
from wxbot.conversations.evaluation.scoring import Mark, RubricItem
from wxbot.conversations.models import Episode, EpisodeId
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.staff.permissions import Role, permissions_of
from wxbot.workflow import NotNowError

__all__ = ["review"]

NOW = OPENED + timedelta(hours=2)
PLAIN = "您好，要看片子才能定。请问您缺牙多久了？"


@pytest.fixture
async def episode(database: Database, review: Review) -> Episode:
    made = await closed(database, answer=PLAIN)
    await review.figures.note_closed(made)
    await review.calibrations.begin(made.id, by=LEAD, now=NOW)
    return made


async def scored(review: Review, episode: Episode, by: Actor, *marks: Mark) -> None:
    await review.calibrations.score(episode.id, marks, f"{by.name}的话", by=by, now=NOW)


async def test_raters_are_blind_until_it_is_closed_then_all_see_where_they_differ(
    database: Database, review: Review, episode: Episode
) -> None:
    await scored(review, episode, LEAD, CURT)
    await scored(review, episode, BOSS)
    for by in (LEAD, BOSS, HEAD):
        session = await review.calibrations.one(episode.id, by=by)
        assert (session.number, session.calibration.scores, session.agreement) == (2, (), None)
        assert session.may_score is (by is HEAD)
        assert (session.mine is None) is (by is HEAD)
    done = await review.calibrations.close(episode.id, by=HEAD, now=NOW)
    assert [each.rater_name for each in done.calibration.scores] == [LEAD.name, BOSS.name]
    assert done.agreement is not None
    assert [each.item for each in done.agreement.items if each.differs] == [RubricItem.CURT]
    assert done.agreement.spread == 5
    assert done.agreement.kappa == pytest.approx(0)  # one found nothing at all: no better than chance
    (listed,) = await review.calibrations.listed(by=BOSS)
    assert listed.agreement == done.agreement
    assert [each.summary for each in await entries(database, "conversation:calibrated")] == [
        "结束校准，2 人评分",
        "开始校准",
    ]


async def test_it_opens_no_incident_and_is_no_rating(review: Review, episode: Episode) -> None:
    await scored(review, episode, LEAD, CROSS)
    await scored(review, episode, BOSS, CROSS)
    await review.calibrations.close(episode.id, by=LEAD, now=NOW)
    assert await review.incidents.listed(by=LEAD) == []
    assert (await review.ratings.one(episode.id, by=LEAD)).ratings == ()
    session = await review.calibrations.one(episode.id, by=LEAD)
    assert session.agreement is not None
    assert session.agreement.kappa == pytest.approx(1)
    assert [each.points for each in session.calibration.scores] == [0, 0]


async def test_one_session_per_talk_and_one_score_per_rater(review: Review, episode: Episode) -> None:
    again = await asyncio.gather(*(review.calibrations.begin(episode.id, by=BOSS, now=NOW) for _ in range(3)))
    assert {each.opened_by_name for each in again} == {LEAD.name}
    await scored(review, episode, LEAD)
    with pytest.raises(NotNowError, match="已经评过"):
        await scored(review, episode, LEAD)
    with pytest.raises(NotNowError, match="至少 2 个人"):
        await review.calibrations.close(episode.id, by=LEAD, now=NOW)
    await scored(review, episode, BOSS)
    await review.calibrations.close(episode.id, by=LEAD, now=NOW)
    with pytest.raises(NotNowError, match="已经结束"):
        await scored(review, episode, HEAD)
    with pytest.raises(NotNowError, match="已经结束"):
        await review.calibrations.close(episode.id, by=LEAD, now=NOW)


async def test_of_two_who_score_at_once_neither_score_is_lost(review: Review, episode: Episode) -> None:
    both = await asyncio.gather(*(scored(review, episode, by) for by in (LEAD, BOSS)), return_exceptions=True)
    for by, outcome in zip((LEAD, BOSS), both, strict=True):
        assert outcome is None or isinstance(outcome, StaleError)
        if outcome is not None:
            await scored(review, episode, by)
    assert (await review.calibrations.one(episode.id, by=HEAD)).number == 2


async def test_nobody_scores_their_own_talk_and_only_raters_take_part(review: Review, episode: Episode) -> None:
    lead = Actor(id=AGENT.id, name=AGENT.name, permissions=permissions_of(Role.MANAGER))
    assert not (await review.calibrations.one(episode.id, by=lead)).may_score
    with pytest.raises(ForbiddenError):
        await scored(review, episode, lead)
    for attempt in (
        lambda: review.calibrations.listed(by=AGENT),
        lambda: review.calibrations.begin(episode.id, by=AGENT, now=NOW),
        lambda: review.calibrations.one(episode.id, by=AGENT),
        lambda: scored(review, episode, AGENT),
        lambda: review.calibrations.close(episode.id, by=AGENT, now=NOW),
    ):
        with pytest.raises(ForbiddenError):
            await attempt()
    with pytest.raises(NotFoundError):
        await review.calibrations.begin(EpisodeId("none"), by=LEAD, now=NOW)
    with pytest.raises(FieldErrors):
        await review.calibrations.score(episode.id, (), "长" * 501, by=LEAD, now=NOW)


async def test_of_an_erased_contact_the_levels_stay_and_the_words_go(review: Review, episode: Episode) -> None:
    await scored(review, episode, LEAD, Mark(item=RubricItem.CURT, level=1, words="不知道"))
    await scored(review, episode, BOSS)
    await review.calibrations.close(episode.id, by=LEAD, now=NOW)
    await review.erase(episode.contact_id)
    kept = (await review.calibrations.one(episode.id, by=LEAD)).calibration
    assert [each.comment for each in kept.scores] == ["", ""]
    assert [(mark.level, mark.words) for mark in kept.scores[0].marks] == [(1, "")]


async def test_marks_that_cannot_be_are_refused_as_in_a_rating(review: Review, episode: Episode) -> None:
    for marks in ((CURT, CURT), (Mark(item=RubricItem.CURT, level=9),)):
        with pytest.raises(FieldErrors):
            await scored(review, episode, LEAD, *marks)
    assert (await review.calibrations.one(episode.id, by=LEAD)).number == 0
