"""Every question of the desk goes by an index and looks at little more than it returns, however many talks ended."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import ManualClock
from tests.desks import BOSS, A, B, Stage, set_stage
from wxbot.conversations.episodes import changes
from wxbot.conversations.models import Ending, EndingKind, Episode, EpisodeId, EpisodeState
from wxbot.conversations.store import Place
from wxbot.database import Database
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

ENDED = 3000  # talks that are over
SOME = 40  # documents or keys one question may look at beyond what it returns
PROFILE_BYTES = 16 * 1024 * 1024


@pytest.fixture
async def stage(database: Database, clock: ManualClock) -> Stage:
    stage = await set_stage(database, clock)
    await stage.available(A, B)
    first = await stage.asks("old")
    ending = Ending(kind=EndingKind.GREETING, by=A.by, at=stage.now)
    over = replace(changes.closed(first, ending, note="", by=BOSS, now=stage.now), half_closed=False)
    await stage.episodes.replace(first, over)
    copies = [
        stage.episodes._document(  # three thousand use cases take too long
            replace(over, id=EpisodeId(f"x{number}"), key=f"x{number}", keys=(f"x{number}",), owner=AccountId("a"))
            if number % 2
            else replace(
                over,
                id=EpisodeId(f"x{number}"),
                key=f"x{number}",
                keys=(f"x{number}",),
                contact_id=ContactId(f"n{number}"),
                latest_at=stage.now - timedelta(minutes=number),
            )
        )
        for number in range(ENDED)
    ]
    await database.collection("episodes").insert_many(copies)
    for number in range(12):
        await stage.asks(f"c{number}")
        stage.pass_time(1)
    await stage.desk.assign(stage.now)
    for contact in ("c0", "c1"):
        await _take(stage, contact)
    return stage


async def _take(stage: Stage, contact: str) -> Episode:
    episode = await stage.desk.of_contact(ContactId(contact))
    assert episode is not None
    return await stage.desk.take(episode.id, reason="熟人", by=A, now=stage.now)


def questions(stage: Stage, now: datetime) -> dict[str, Awaitable[Any]]:
    store, ann = stage.episodes, ContactId("c5")
    place = Place(at=now, id="x", priority=2)
    return {
        "by_key": store.by_key("x7"),
        "open_of": store.open_of(ann),
        "of_contacts": store.of_contacts([ann, ContactId("c6"), ContactId("n4")]),
        "head": store.head(but=AccountId("a")),
        "latest_closed": store.latest_closed(ContactId("n4"), now - timedelta(days=90)),
        "waiting": store.waiting(50),
        "waiting further": store.waiting(50, place),
        "owned": store.owned(AccountId("a"), 50),
        "owned further": store.owned(AccountId("a"), 50, place),
        "latest": store.latest(now - timedelta(days=30), 50),
        "latest further": store.latest(now - timedelta(days=30), 50, place),
        "snoozed": store.snoozed(50),
        "snoozed_until": store.snoozed_until(now, 50),
        "rungs_due": store.rungs_due(now + timedelta(minutes=1), 50),
        "offered": store.offered(50),
        "answering": store.answering(now, 50),
        "half_closed": store.half_closed(now, 50),
        "of_contact": store.of_contact(ann, 50),
        "efforts": store.efforts(),
        "count waiting": store.count(EpisodeState.WAITING, 99),
        "count mine": store.count(EpisodeState.ASSIGNED, 99, AccountId("a")),
        "count later": store.count(EpisodeState.SNOOZED, 99),
        "assign": stage.desk.assign(now),
    }


async def test_every_question_goes_by_an_index_and_looks_at_little(stage: Stage, database: Database) -> None:
    whole = database.client[database.name]
    found: list[str] = []
    for name, question in questions(stage, stage.now).items():
        await whole.drop_collection("system.profile")
        await whole.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
        await whole.command({"profile": 2})
        try:
            await question
        finally:
            await whole.command({"profile": 0})
        async for row in whole["system.profile"].find(
            {"ns": {"$regex": "episodes$"}, "planSummary": {"$exists": True}}
        ):
            looked = max(row.get("docsExamined", 0), row.get("keysExamined", 0))
            if "COLLSCAN" in row["planSummary"] or looked > SOME + 2 * row.get("nreturned", 0):
                found.append(f"{name}: {looked} by {row['planSummary']}")
    assert "\n".join(found) == ""
