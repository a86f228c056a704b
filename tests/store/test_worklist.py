"""The worklist over a real mongod: its parts, their counts, families, and that every question goes by an index."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from tests.recalls import CLINIC, LI, NOBODY, NOW, Recalls
from wxbot.database import Database
from wxbot.errors import ForbiddenError
from wxbot.followups.attempt_models import AttemptForm, Outcome
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.followups.stores.attempts import AttemptFilter
from wxbot.followups.stores.followups import Position
from wxbot.followups.worklist import Tab
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Contact, Relation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MANY = 3000
SOME = 60  # documents or keys one question may look at beyond what it returns
PROFILE_BYTES = 16 * 1024 * 1024


@pytest.fixture
async def room(database: Database) -> Recalls:
    return await Recalls(database).indexed()


async def day(room: Recalls) -> dict[str, FollowUp]:
    """Late, today, tomorrow, urgent later, to be done by the day after tomorrow, mine in a week, done."""
    facts: dict[str, dict[str, Any]] = {
        "late": {"due_at": NOW - HOUR},
        "today": {"due_at": NOW + HOUR},
        "tomorrow": {"due_at": NOW + DAY},
        "urgent": {"due_at": NOW + 2 * DAY, "urgent": True, "kind": FollowUpKind.COMPLAINT},
        "check": {"due_at": NOW + 1.5 * DAY, "kind": FollowUpKind.CHECK},
        "urgent call": {"due_at": NOW + 3 * DAY, "urgent": True},
        "mine": {"due_at": NOW + 7 * DAY, "owner": "li"},
        "done": {"due_at": NOW - DAY},
    }
    tasks = {key: await room.task(key, **more) for key, more in facts.items()}
    await room.try_(tasks["done"], Outcome.REFUSED, now=NOW)
    return tasks


def keys(tasks: list[FollowUp]) -> list[str]:
    return [each.key.removeprefix("phone:") for each in tasks]


async def test_each_part_and_its_count(room: Recalls) -> None:
    await day(room)
    expected = {
        Tab.TODAY: ["urgent", "urgent call", "late", "today", "check"],
        Tab.OVERDUE: ["late"],
        Tab.MINE: ["mine"],
        Tab.OPEN: ["urgent", "urgent call", "late", "today", "tomorrow", "check", "mine"],
        Tab.DONE: ["done"],
    }
    found = {tab: keys(await room.worklist.page(tab, by=LI, now=NOW)) for tab in Tab}
    assert found == expected
    assert await room.worklist.counts(by=LI, now=NOW) == {tab: len(each) for tab, each in expected.items()}
    later = NOW + timedelta(days=8)
    assert keys(await room.worklist.page(Tab.OVERDUE, by=LI, now=later)) == expected[Tab.OPEN]
    assert (await room.worklist.counts(by=LI, now=later))[Tab.DONE] == 0  # today's
    only = await room.worklist.page(Tab.TODAY, by=LI, now=NOW, kind=FollowUpKind.COMPLAINT)
    assert keys(only) == ["urgent"]


async def test_the_empty_day(room: Recalls) -> None:
    assert await room.worklist.counts(by=LI, now=NOW) == dict.fromkeys(Tab, 0)
    for tab in Tab:
        assert await room.worklist.page(tab, by=LI, now=NOW) == []


async def test_today_ends_at_the_clinics_midnight(room: Recalls) -> None:
    midnight = NOW.replace(hour=0) + DAY
    await room.task("before", due_at=midnight - timedelta(milliseconds=1))
    await room.task("at", due_at=midnight)
    assert midnight.tzinfo is CLINIC.timezone
    assert keys(await room.worklist.page(Tab.TODAY, by=LI, now=NOW)) == ["before"]


async def test_pages_continue_and_a_page_that_is_read_again_is_the_same(room: Recalls) -> None:
    for number in range(25):
        await room.task(f"{number:02}", due_at=NOW - number * HOUR, urgent=number % 5 == 0)
    whole = keys(await room.worklist.page(Tab.TODAY, by=LI, now=NOW, limit=100))
    found: list[str] = []
    after = None
    while page := await room.worklist.page(Tab.TODAY, by=LI, now=NOW, after=after, limit=7):
        found += keys(page)
        after = Position(page[-1].due_at, page[-1].id, page[-1].urgent)
    assert found == whole
    assert len(set(found)) == 25


async def test_a_family_is_who_one_contact_speaks_for_and_its_card_has_all_that_is_due(room: Recalls) -> None:
    mother, child = await room.patient("妈妈", "ann"), await room.patient("孩子", "ann", relation=Relation.CHILD)
    other = await room.patient("别人", "bob")
    first = await room.task("child", patient_id=child.id, due_at=NOW)
    await room.task("other", patient_id=other.id, due_at=NOW + HOUR)
    own = await room.task("contact", contact_id=ContactId("ann"), due_at=NOW + 2 * HOUR)
    second = await room.task("mother", patient_id=mother.id, due_at=NOW + 3 * HOUR)
    await room.task("next week", patient_id=mother.id, due_at=NOW + 7 * DAY)
    listed = await room.worklist.page(Tab.TODAY, by=LI, now=NOW)
    families = await room.worklist.families(listed)
    assert [keys(list(each.tasks)) for each in families] == [["child", "contact", "mother"], ["other"]]
    await _contact(room, "ann", [mother.id, child.id])
    found = await room.worklist.of_family(first, by=LI, now=NOW)
    assert {each.id for each in found} == {own.id, second.id}


async def _contact(room: Recalls, contact_id: str, patient_ids: list[PatientId]) -> None:
    contact = Contact(
        id=ContactId(contact_id),
        openid=f"o-{contact_id}",
        alias="访客",
        created_at=NOW,
        following=True,
        patient_ids=tuple(patient_ids),
    )
    await room.patient_store.contacts.create([contact])


async def test_a2_03_how_long_the_list_lasts_is_counted_day_by_day(room: Recalls) -> None:
    await day(room)
    pool = await room.worklist.pool([FollowUpKind.PHONE, FollowUpKind.COMPLAINT], by=LI, now=NOW, days=9)
    assert pool == {0: 2, 1: 3, 2: 4, 3: 5, 4: 5, 5: 5, 6: 5, 7: 6, 8: 6}


async def test_who_may_not_read_the_list_sees_nothing(room: Recalls) -> None:
    with pytest.raises(ForbiddenError):
        await room.worklist.page(Tab.TODAY, by=NOBODY, now=NOW)
    with pytest.raises(ForbiddenError):
        await room.worklist.counts(by=NOBODY, now=NOW)


def questions(room: Recalls, task: FollowUp) -> dict[str, Awaitable[Any]]:
    worklist, attempts, until = room.worklist, room.store, NOW + timedelta(days=1)
    some = AttemptFilter(since=NOW - timedelta(hours=1), until=until)
    return {
        **{f"page {tab}": worklist.page(tab, by=LI, now=NOW, limit=20) for tab in Tab},
        "page further": worklist.page(Tab.OPEN, by=LI, now=NOW, after=Position(NOW, "x"), limit=20),
        "of_family": worklist.of_family(task, by=LI, now=NOW),
        "of_followup": attempts.of_followup(task.id),
        "of_people": attempts.of_people([PatientId("p7")], [ContactId("c7")], 15),
        "calls": attempts.calls([PatientId("p7")], [], NOW - timedelta(days=7)),
        "attempts": attempts.page(some, None, 20),
        "attempts of one": attempts.page(AttemptFilter(since=some.since, until=until, by="staff:li"), None, 20),
        "attempts further": attempts.page(some, (NOW, "x"), 20),
        "owners": room.owners.of([PatientId("p7")]),
    }


async def test_every_question_goes_by_an_index_and_looks_at_little(room: Recalls, database: Database) -> None:
    task = await room.task("asked", patient_id=PatientId("p7"), owner="li")
    row = await database.collection("followups").find_one({"_id": task.id})
    assert row is not None
    rows = [
        {
            **row,
            "_id": f"{task.id}-{number}",
            "key": f"k{number}",
            "topic": "",
            "patient_id": f"p{number}",
            "owner": f"owner{number % 50}",
            "due_at": NOW + timedelta(minutes=number - 20),
            "state": "open" if number % 2 else "done",
            "closed_at": None if number % 2 else NOW - timedelta(minutes=number * 20),
            "urgent": number % 500 == 1,
        }
        for number in range(MANY)
    ]
    await database.collection("followups").insert_many(rows)
    patient = await room.patient()
    form = AttemptForm(key="the-first-one", outcome=Outcome.NO_ANSWER)
    kept = await room.attempts.note(patient.id, form, by=LI, now=NOW)
    row = await database.collection("attempts").find_one({"_id": kept.id})
    assert row is not None
    await database.collection("attempts").insert_many(
        [
            {
                **row,
                "_id": f"a{number}",
                "patient_id": f"p{number % 300}",
                "contact_id": f"c{number % 300}",
                "followup_id": f"f{number}",
                "by": f"staff:{number % 50}",
                "at": NOW - timedelta(minutes=number * 30),
            }
            for number in range(MANY)
        ]
    )
    whole = database.client[database.name]
    found: list[str] = []
    for name, question in questions(room, task).items():
        await whole.drop_collection("system.profile")
        await whole.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
        await whole.command({"profile": 2})
        try:
            await question
        finally:
            await whole.command({"profile": 0})
        async for each in whole["system.profile"].find({"ns": {"$regex": "(followups|attempts|owners)$"}}):
            looked = max(each.get("docsExamined", 0), each.get("keysExamined", 0))
            plan = each.get("planSummary", "")
            if "COLLSCAN" in plan or looked > SOME + 2 * each.get("nreturned", 0):
                found.append(f"{name}: {looked} by {plan}")
    assert "\n".join(found) == ""
