"""Ratings and incidents over a real mongod."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.auditing import entries
from tests.store.test_figures import AGENT, ALERTS, DAY, LEAD, OTHER, closed, review
from tests.unit.conversations.talks import OPENED
from wxbot.actors import Actor
from wxbot.conversations.evaluation.rating import Rating
from wxbot.conversations.evaluation.review import Review
from wxbot.conversations.evaluation.scoring import Mark, RubricItem
from wxbot.conversations.models import EpisodeId
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.staff.permissions import Role, permissions_of
from wxbot.workflow import NotNowError

__all__ = ["review"]

BOSS = Actor(id="2", name="主管小王", permissions=permissions_of(Role.MANAGER))
HEAD = Actor(id="3", name="管理员小赵", permissions=permissions_of(Role.ADMIN))
NOW = OPENED + timedelta(hours=2)
CURT = Mark(item=RubricItem.CURT, level=1, line_id="1l1")
CROSS = Mark(item=RubricItem.CROSS, level=3)


@pytest.fixture
async def measured(database: Database, review: Review) -> EpisodeId:
    it = await closed(database, answer="您好，一万二起，要看片子才能定。请问您缺牙多久了？")
    await review.figures.note_closed(it)
    return it.id


@pytest.fixture
def rated_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let every talk be drawn, for so many raters."""

    def so(raters: int) -> None:
        monkeypatch.setattr("wxbot.conversations.evaluation.rating.needs_second_rater", lambda _id: raters > 1)
        monkeypatch.setattr("wxbot.conversations.evaluation.rating.is_sampled", lambda _id: True)

    return so


async def rate(review: Review, episode_id: EpisodeId, by: Actor = LEAD, *marks: Mark) -> Rating:
    return await review.ratings.rate(episode_id, marks, "看过了", by=by, now=NOW)


async def test_a_talk_is_rated_once_and_its_colleague_answers(
    database: Database, review: Review, measured: EpisodeId, rated_by: Callable[[int], None]
) -> None:
    rated_by(1)
    (waiting,) = await review.ratings.drawn(DAY, DAY, by=LEAD)
    assert (waiting.may_rate, waiting.ratings, waiting.automatic.points) == (True, (), 50)  # 主动结束, 没答
    rating = await rate(review, measured, LEAD, CURT)
    assert (rating.points, rating.agent) == (45, "li")
    with pytest.raises(StaleError):
        await rate(review, measured, BOSS)
    answered = await review.ratings.answer(rating.id, "当时同时接待五位患者", by=AGENT, now=NOW)
    assert answered.answer is not None
    assert (await review.ratings.one(measured, by=AGENT)).ratings == (answered,)
    with pytest.raises(NotFoundError):
        await review.ratings.answer(rating.id, "不是我", by=OTHER, now=NOW)
    assert [each.summary for each in await entries(database, "conversation:rated")] == ["评分 45"]


async def test_the_second_rater_is_blind_and_another_person(
    review: Review, measured: EpisodeId, rated_by: Callable[[int], None]
) -> None:
    rated_by(2)
    first = await rate(review, measured, LEAD, CURT)
    with pytest.raises(StaleError):
        await rate(review, measured, LEAD)
    blind = await review.ratings.one(measured, by=BOSS)
    assert (blind.may_rate, blind.ratings, blind.gap, blind.second) == (True, (), None, True)
    second = await rate(review, measured, BOSS)
    seen = await review.ratings.one(measured, by=BOSS)
    assert (seen.may_rate, seen.ratings, seen.gap) == (False, (first, second), 5)
    with pytest.raises(StaleError):
        await rate(review, measured, HEAD)


async def test_of_two_who_rate_at_once_one_is_told(
    review: Review, measured: EpisodeId, rated_by: Callable[[int], None]
) -> None:
    rated_by(1)
    results = await asyncio.gather(*(rate(review, measured, by) for by in (LEAD, BOSS, HEAD)), return_exceptions=True)
    assert sorted(type(each) is StaleError for each in results) == [False, True, True]


async def test_nobody_rates_their_own_talk_and_a_finding_needs_words(review: Review, measured: EpisodeId) -> None:
    own = Actor(id="li", name="主管小李", permissions=permissions_of(Role.MANAGER))
    for by in (own, AGENT):
        with pytest.raises(ForbiddenError):
            await rate(review, measured, by)
    with pytest.raises(FieldErrors):
        await review.ratings.rate(measured, [CURT], " ", by=LEAD, now=NOW)
    with pytest.raises(FieldErrors):
        await review.ratings.rate(measured, [], "长" * 501, by=LEAD, now=NOW)


async def test_an_appeal_is_made_once_within_a_week_and_settled_by_a_third_person(
    review: Review, measured: EpisodeId, rated_by: Callable[[int], None]
) -> None:
    rated_by(1)
    rating = await rate(review, measured, LEAD, CURT)
    with pytest.raises(NotNowError):
        await review.ratings.appeal(rating.id, "不同意", by=AGENT, now=NOW + timedelta(days=8))
    with pytest.raises(NotNowError):
        await review.ratings.decide(rating.id, 90, "改分", by=BOSS, now=NOW)  # nobody appealed
    await review.ratings.appeal(rating.id, "患者自己说不用了", by=AGENT, now=NOW)
    with pytest.raises(NotNowError):
        await review.ratings.appeal(rating.id, "还是不同意", by=AGENT, now=NOW)
    with pytest.raises(NotNowError):
        await review.ratings.decide(rating.id, 90, "改分", by=LEAD, now=NOW)  # who rated
    with pytest.raises(FieldErrors):
        await review.ratings.decide(rating.id, 101, "改分", by=BOSS, now=NOW)
    settled = await review.ratings.decide(rating.id, 90, "患者确实说过", by=BOSS, now=NOW)
    assert (settled.points, settled.final) == (45, 90)
    with pytest.raises(NotNowError):
        await review.ratings.decide(rating.id, 10, "再改", by=HEAD, now=NOW)


async def test_something_grave_opens_one_incident_with_a_clock_that_needs_a_root_cause(
    review: Review, measured: EpisodeId, rated_by: Callable[[int], None]
) -> None:
    rated_by(2)
    assert await review.incidents.listed(by=LEAD) == []
    ALERTS.told.clear()
    await rate(review, measured, LEAD, CROSS)
    assert ALERTS.told == {}  # of level 3 nobody is called
    await rate(review, measured, BOSS, Mark(item=RubricItem.CURT, level=4))
    (incident,) = await review.incidents.listed(by=LEAD)
    assert (incident.level, incident.what, incident.due_at) == (4, "态度生硬", NOW + timedelta(hours=24))
    assert ALERTS.told[incident.id] == ("li", "态度生硬")
    taken = await review.incidents.take(incident.id, incident.revision, by=HEAD, now=NOW)
    assert taken.owner_name == "管理员小赵"
    with pytest.raises(StaleError):
        await review.incidents.take(incident.id, incident.revision, by=LEAD, now=NOW)
    with pytest.raises(FieldErrors) as refused:
        await review.incidents.settle(taken.id, taken.revision, root_cause="不小心", measures="", by=HEAD, now=NOW)
    assert set(refused.value.fields) == {"root_cause", "measures"}
    settled = await review.incidents.settle(
        taken.id,
        taken.revision,
        root_cause="中午一个人接待八位患者，没有第二值班",
        measures="午间安排两人值班",
        by=HEAD,
        now=NOW,
    )
    assert not settled.is_open
    assert await review.incidents.listed(by=LEAD) == []
    assert await review.incidents.listed(settled=True, by=LEAD) == [settled]
    with pytest.raises(ForbiddenError):
        await review.incidents.listed(by=AGENT)


async def test_a_forbidden_sentence_that_was_sent_opens_an_incident_at_the_close(
    database: Database, review: Review
) -> None:
    it = await closed(database, 3)
    await review.figures.note_closed(it)
    await review.figures.note_closed(it)
    (incident,) = await review.incidents.listed(by=LEAD)
    assert (incident.id, incident.level, incident.what, incident.line_id) == (it.id, 3, "过度承诺：包好", "3l1")
    assert incident.opened_at == it.closed_at
