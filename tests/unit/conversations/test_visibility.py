"""When an open episode is in no list that somebody sees."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wxbot.conversations.episodes.visibility import LATE, Unseen, unseen
from wxbot.conversations.models import (
    Cause,
    Episode,
    EpisodeId,
    EpisodeState,
    Offer,
    Snooze,
)
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ANN, GONE = AccountId("a"), AccountId("gone")
STAFFED = {ANN}
PAST = NOW - LATE - timedelta(seconds=1)

WAITING = Episode(
    id=EpisodeId("e"),
    key="k",
    contact_id=ContactId("c"),
    cause=Cause.ASKED,
    reason="",
    opened_at=NOW,
    opened_by="patient",
    latest_at=NOW,
    waiting_since=NOW,
)
MINE = replace(WAITING, state=EpisodeState.ASSIGNED, owner=ANN)
LATER = replace(MINE, state=EpisodeState.SNOOZED, snooze=Snooze(until=NOW, why="等片子"))


def offer(until: datetime) -> Offer:
    return Offer(to=ANN, made_at=NOW, until=until)


@pytest.mark.parametrize(
    ("episode", "expected"),
    [
        (WAITING, None),
        (replace(WAITING, offer=offer(NOW - LATE)), None),
        (MINE, None),
        (LATER, None),
        (replace(LATER, snooze=Snooze(until=NOW - LATE, why="")), None),
        (replace(MINE, owner=GONE, state=EpisodeState.CLOSED), None),
        (replace(WAITING, offer=offer(PAST)), Unseen.DEAD_OFFER),
        (replace(WAITING, waiting_since=None), Unseen.NO_WAIT),
        (replace(WAITING, owner=ANN), Unseen.OWNED_IN_QUEUE),
        (replace(MINE, owner=None), Unseen.NO_OWNER),
        (replace(LATER, owner=None), Unseen.NO_OWNER),
        (replace(MINE, owner=GONE), Unseen.OWNER_GONE),
        (replace(LATER, owner=GONE), Unseen.OWNER_GONE),
        (replace(LATER, snooze=None), Unseen.NO_SNOOZE),
        (replace(LATER, snooze=Snooze(until=PAST, why="")), Unseen.OVERSLEPT),
    ],
)
def test_an_open_episode_is_seen_by_somebody_or_it_is_said_why_not(episode: Episode, expected: Unseen | None) -> None:
    assert unseen(episode, STAFFED, NOW) is expected


def test_where_nobody_may_answer_no_owner_is_missed() -> None:
    assert unseen(replace(MINE, owner=GONE), (), NOW) is None
    assert unseen(replace(MINE, owner=None), (), NOW) is Unseen.NO_OWNER
