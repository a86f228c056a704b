"""Corrections of what a patient was told wrongly, over a real mongod."""

import asyncio
from datetime import timedelta

import pytest

from tests.auditing import entries
from tests.store.test_figures import AGENT, LEAD, OTHER, closed, review
from tests.unit.conversations.talks import OPENED
from wxbot.conversations.evaluation.corrections import DUE_IN, talk_of
from wxbot.conversations.evaluation.review import Review
from wxbot.conversations.evaluation.scoring import Mark, RubricItem
from wxbot.conversations.models import Episode
from wxbot.database import Database
from wxbot.errors import ForbiddenError, NotFoundError
from wxbot.followups.models import FollowUpKind, FollowUpState
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import Kind
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.workflow import NotNowError

__all__ = ["review"]

NOW = OPENED + timedelta(hours=2)
WRONG = Mark(item=RubricItem.WRONG, level=2)


@pytest.fixture(autouse=True)
def nobody_is_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wxbot.conversations.evaluation.rating.needs_second_rater", lambda _id: False)


async def rated(database: Database, review: Review, item: RubricItem = RubricItem.WRONG) -> Episode:
    episode = await closed(database)
    await review.figures.note_closed(episode)
    await review.ratings.rate(episode.id, [Mark(item=item, level=2)], "价格说成了旧的", by=LEAD, now=NOW)
    return episode


async def test_a_finding_of_wrong_information_becomes_one_task_of_whose_talk_it_was(
    database: Database, review: Review
) -> None:
    episode = await rated(database, review)
    assert await review.corrections.of(episode.id) is None
    tasks = await asyncio.gather(*(review.corrections.open(episode.id, by=LEAD, now=NOW) for _ in range(5)))
    (task,) = {each.id: each for each in tasks}.values()
    assert (task.kind, task.owner, task.contact_id) == (FollowUpKind.CORRECTION, "li", episode.contact_id)
    assert task.due_at == NOW + DUE_IN
    assert "价格说成了旧的" in task.reason
    assert "先致歉" in task.reason
    assert talk_of(task) == episode.id
    assert await review.corrections.of(episode.id) == task
    assert {each.subject for each in await entries(database, "conversation:corrected")} == {f"episode:{episode.id}"}
    lines = await History(HistoryStore(database)).timeline(episode.contact_id)
    assert [each.kind for each in lines].count(Kind.FOLLOWUP_OPENED) == 1


async def test_without_a_finding_nothing_is_corrected(database: Database, review: Review) -> None:
    episode = await rated(database, review, RubricItem.CURT)
    with pytest.raises(NotNowError, match="答错或不完整"):
        await review.corrections.open(episode.id, by=LEAD, now=NOW)
    assert await review.corrections.of(episode.id) is None


async def test_only_who_rates_asks_for_a_correction(database: Database, review: Review) -> None:
    episode = await rated(database, review)
    for somebody in (AGENT, OTHER):
        with pytest.raises(ForbiddenError):
            await review.corrections.open(episode.id, by=somebody, now=NOW)
    with pytest.raises(NotFoundError):
        await review.corrections.open(episode.id.__class__("none"), by=LEAD, now=NOW)


async def test_of_an_erased_contact_nobody_is_left_to_tell(database: Database, review: Review) -> None:
    episode = await rated(database, review)
    await review.corrections.open(episode.id, by=LEAD, now=NOW)
    tasks = FollowUps(FollowUpStore(database), history=History(HistoryStore(database)), audit=review.corrections._audit)
    await tasks.erase(episode.contact_id, NOW)
    await review.erase(episode.contact_id)
    kept = await review.corrections.of(episode.id)
    assert kept is not None
    assert (kept.state, kept.contact_id, "价格" in kept.reason) == (FollowUpState.OBSOLETE, None, False)
    other = await closed(database, 2)
    await review.figures.note_closed(other)
    await review.ratings.rate(other.id, [WRONG], "说错了", by=LEAD, now=NOW)
    await review.figures.erase(other.contact_id)
    with pytest.raises(NotNowError, match="已按规定删除"):
        await review.corrections.open(other.id, by=LEAD, now=NOW)
