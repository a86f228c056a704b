"""Which actions a broadcast offers to whom: its table, marketing, authors, and a preview that still runs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wxbot.actors import Actor
from wxbot.broadcasts.models import (
    Audience,
    AudienceKind,
    Broadcast,
    BroadcastAction,
    BroadcastId,
    BroadcastState,
    PreviewRun,
)
from wxbot.broadcasts.states import EDITABLE, OVER, possible_actions
from wxbot.messaging import Purpose
from wxbot.staff.permissions import Role, permissions_of

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
S, A = BroadcastState, BroadcastAction
AUTHOR = Actor(id="author", name="小文", permissions=permissions_of(Role.CONSULTANT))
COLLEAGUE = Actor(id="colleague", name="小同", permissions=permissions_of(Role.CONSULTANT))
MANAGER = Actor(id="manager", name="小管", permissions=permissions_of(Role.MANAGER))
CLINICIAN = Actor(id="clinician", name="小医", permissions=permissions_of(Role.CLINICIAN))
BROADCAST = Broadcast(
    id=BroadcastId("b"),
    title="问候",
    purpose=Purpose.CARE,
    template="t",
    variables={},
    audience=Audience(kind=AudienceKind.TAG, tag="种植"),
    pace_per_hour=60,
    created_by=AUTHOR.by,
    created_at=NOW,
)
RUN = PreviewRun(id="r", by="author", name="小文", lease_until=NOW)


@pytest.mark.parametrize(
    ("state", "by_author", "by_manager"),
    [
        (S.DRAFT, {A.EDITED, A.PREVIEWED, A.CANCELLED}, set()),
        (S.PREVIEWED, {A.EDITED, A.PREVIEWED, A.SUBMITTED, A.CANCELLED}, set()),
        (S.WAITING, {A.PREVIEWED, A.RETURNED, A.CANCELLED}, {A.APPROVED}),
        (S.APPROVED, {A.PAUSED, A.CANCELLED}, set()),
        (S.RUNNING, {A.PAUSED, A.CANCELLED}, set()),
        (S.PAUSED, {A.RESUMED, A.CANCELLED}, set()),
        (S.DONE, set(), set()),
        (S.CANCELLED, set(), set()),
    ],
)
def test_each_state_offers_its_actions_and_a_manager_approves(
    state: BroadcastState, by_author: set[BroadcastAction], by_manager: set[BroadcastAction]
) -> None:
    broadcast = replace(BROADCAST, state=state)
    assert possible_actions(broadcast, by=AUTHOR) == by_author
    assert possible_actions(broadcast, by=MANAGER) == by_author | by_manager
    assert possible_actions(broadcast, by=COLLEAGUE) == by_author - {A.RETURNED}
    assert possible_actions(broadcast, by=CLINICIAN) == set()


def test_marketing_is_offered_only_to_who_may_write_it() -> None:
    offer = replace(BROADCAST, purpose=Purpose.MARKETING)
    assert possible_actions(offer, by=AUTHOR) == set()
    assert possible_actions(offer, by=MANAGER) == {A.EDITED, A.PREVIEWED, A.CANCELLED}


def test_a_running_preview_must_finish_first() -> None:
    running = replace(BROADCAST, state=S.WAITING, preview_run=RUN)
    assert possible_actions(running, by=MANAGER) == {A.RETURNED, A.CANCELLED}
    assert possible_actions(replace(running, state=S.PREVIEWED), by=AUTHOR) == {A.EDITED, A.CANCELLED}


def test_the_named_sets_of_states_are_those_of_the_table() -> None:
    assert {S.DRAFT, S.PREVIEWED} == EDITABLE
    assert {S.DONE, S.CANCELLED} == OVER
