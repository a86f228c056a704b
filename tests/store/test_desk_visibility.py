"""Open episodes that are in nobody's list go back to the queue, over a real mongod."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import pytest

from tests.auditing import audit_of, entries
from tests.clinics import FixedClinic
from tests.conftest import ManualClock
from tests.desks import CLINIC, A, B, Stage, set_stage
from wxbot.actors import Actor
from wxbot.conversations.episodes.visibility import LATE, Unseen, unseen
from wxbot.conversations.models import Episode, EpisodeId, EpisodeState, Offer, Snooze
from wxbot.conversations.reading.stores.lists import ListStore
from wxbot.conversations.reading.visibility_check import VisibilityCheck
from wxbot.database import Database
from wxbot.history.models import Kind
from wxbot.metrics import UNSEEN_EPISODES
from wxbot.staff.models import AccountId


@dataclass
class Staffed:
    """Who may answer."""

    ids: set[AccountId] = field(default_factory=lambda: {AccountId("a"), AccountId("b")})

    async def holders_of(self, permission: str) -> Collection[AccountId]:
        assert permission == "desk:conversation:reply"
        return self.ids


@pytest.fixture
async def stage(database: Database, clock: ManualClock) -> Stage:
    return await set_stage(database, clock)


async def taken(stage: Stage, contact: str, by: Actor = A) -> Episode:
    return await stage.desk.take((await stage.asks(contact)).id, reason="熟", by=by, now=stage.now)


async def kept(stage: Stage, episode_id: EpisodeId) -> Episode:
    found = await stage.episodes.by_id(episode_id)
    assert found is not None
    return found


def check_of(stage: Stage, database: Database, staff: Staffed) -> VisibilityCheck:
    return VisibilityCheck(
        ListStore(database), desk=stage.desk, staff=staff, audit=audit_of(database), clinics=FixedClinic(CLINIC)
    )


def counted(why: Unseen) -> float:
    return float(UNSEEN_EPISODES.labels(why.value)._value.get())


async def test_the_talks_of_an_account_that_was_disabled_go_back_to_the_queue_with_a_reason(
    stage: Stage, database: Database
) -> None:
    staff = Staffed()
    check = check_of(stage, database, staff)
    theirs, others = await taken(stage, "ann", B), await taken(stage, "bob", A)
    await stage.answers("ann", "l1", B)  # nobody waits: no clock would ever take it back
    before = counted(Unseen.OWNER_GONE)
    assert await check.run(stage.now) == 0
    staff.ids.discard(AccountId("b"))
    assert await check.run(stage.now) == 0  # noticed
    assert await check.run(stage.now) == 1
    assert await check.run(stage.now) == 0
    after = await kept(stage, theirs.id)
    assert (after.state, after.owner, after.waiting_since) == (EpisodeState.WAITING, None, stage.now)
    assert after.next_rung_at is not None
    assert (await kept(stage, others.id)).owner == "a"
    lines = {(each.kind, each.text) for each in await stage.history.timeline(theirs.contact_id)}
    assert (Kind.CONVERSATION_HANDED_OVER, "接待人已停用或不再接待，放回待回复") in lines
    (entry,) = await entries(database, "conversation:unstuck")
    assert (entry.by, entry.reason) == ("system", "接待人已停用或不再接待")
    assert counted(Unseen.OWNER_GONE) == before + 1


async def test_what_is_right_at_the_second_look_stays(stage: Stage, database: Database) -> None:
    staff = Staffed()
    check = check_of(stage, database, staff)
    episode = await taken(stage, "ann", B)
    staff.ids.discard(AccountId("b"))
    await check.run(stage.now)
    staff.ids.add(AccountId("b"))
    assert await check.run(stage.now) == 0
    staff.ids.discard(AccountId("b"))
    assert await check.run(stage.now) == 0
    assert (await kept(stage, episode.id)).owner == "b"


async def test_every_broken_document_is_found_and_mended(stage: Stage, database: Database) -> None:
    """By chance: documents with parts that do not fit; after two looks each is in a list, the sound ones as before."""
    chance, staff = Random(20), Staffed()
    late = stage.now - LATE - timedelta(seconds=1)
    before: dict[EpisodeId, Episode] = {}
    for number in range(80):
        episode = await taken(stage, f"c{number}", chance.choice((A, B)))
        state = chance.choice([EpisodeState.WAITING, EpisodeState.ASSIGNED, EpisodeState.SNOOZED])
        until = chance.choice([late, stage.now + LATE])
        broken = replace(
            episode,
            state=state,
            owner=chance.choice([None, AccountId("a"), AccountId("nobody")]),
            waiting_since=chance.choice([None, episode.waiting_since]),
            offer=chance.choice([None, Offer(to=AccountId("a"), made_at=late, until=until)]),
            snooze=chance.choice([None, Snooze(until=until, why="等片子")]),
        )
        written = await stage.episodes.replace(episode, broken)
        assert written is not None
        before[written.id] = written
    wrong = {each.id for each in before.values() if unseen(each, staff.ids, stage.now) is not None}
    assert 20 < len(wrong) < len(before)
    assert wrong <= {each.id for each in await ListStore(database).doubtful(staff.ids, stage.now - LATE, 200)}
    check = check_of(stage, database, staff)
    assert [await check.run(stage.now) for _ in range(3)] == [0, len(wrong), 0]
    for each in before.values():
        now = await kept(stage, each.id)
        assert unseen(now, staff.ids, stage.now) is None
        assert (now == each) is (each.id not in wrong)


async def test_the_look_reads_open_ones_by_an_index(stage: Stage, database: Database) -> None:
    for number in range(3):
        await taken(stage, f"c{number}", B)
    await database.client[database.name].command({"profile": 2})
    await ListStore(database).doubtful({AccountId("a")}, stage.now, 200)
    await database.client[database.name].command({"profile": 0})
    seen = await database.client[database.name]["system.profile"].find_one({"ns": {"$regex": r"\.episodes$"}})
    assert seen is not None
    assert "IXSCAN" in seen["planSummary"]
