"""The audit trail over a real database: one chain from many writers, filters, and what tampering looks like."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import ManualClock
from tests.encryption import KEYS
from wxbot.actors import SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.models import Broken, Change, Filter, Problem
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.database import Database
from wxbot.errors import ForbiddenError

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZHOU = Actor(id="zhou", name="小周", permissions=frozenset())
LIN = Actor(id="lin", name="林主管", permissions=frozenset())


@pytest.fixture
async def audit(database: Database) -> AuditTrail:
    store = AuditStore(database)
    await database.create_indexes([store])
    return AuditTrail(store, timezone=SHANGHAI, keys=KEYS)


async def three_days(audit: AuditTrail, clock: ManualClock) -> None:
    """Two entries a day, numbers 1 to 6."""
    for _ in range(3):
        await audit.record(AuditAction.PATIENT_EDITED, "patient:1", by=ZHOU, now=clock.now(), summary="改了电话")
        await audit.record(AuditAction.PHONE_REVEALED, "patient:2", by=LIN, now=clock.now(), summary="查看完整电话")
        clock.move(timedelta(days=1))


async def test_an_entry_says_who_did_what_to_whom_and_why(audit: AuditTrail, clock: ManualClock) -> None:
    await audit.record(
        AuditAction.PATIENT_EDITED,
        "patient:1",
        by=ZHOU,
        now=clock.now(),
        summary="改了电话",
        changes={"电话": ("138****0000", "139****1111")},
        reason="患者来电",
    )

    [entry] = await audit.of_subject("patient:1")

    assert (entry.seq, entry.day, entry.by, entry.name) == (1, "2026-11-23", "staff:zhou", "小周")
    assert (entry.action, entry.summary, entry.reason) == ("patient:edited", "改了电话", "患者来电")
    assert entry.changes == (Change(field="电话", old="138****0000", new="139****1111"),)
    assert entry.at == clock.now()


async def test_many_records_from_two_processes_make_one_unbroken_chain(database: Database, clock: ManualClock) -> None:
    store = AuditStore(database)
    await database.create_indexes([store])
    trails = [AuditTrail(AuditStore(database), timezone=SHANGHAI, keys=KEYS) for _ in range(3)]

    await asyncio.gather(
        *(
            trail.record(AuditAction.PATIENT_EDITED, f"patient:{number}", by=ZHOU, now=clock.now(), summary="改了电话")
            for number in range(60)
            for trail in trails
        )
    )
    found = await trails[0].verify(by=SYSTEM)

    assert (found.entries, found.last_seq, found.broken) == (180, 180, None)


async def test_writers_whose_clocks_disagree_about_midnight_still_make_one_chain(
    database: Database, clock: ManualClock
) -> None:
    await database.create_indexes([AuditStore(database)])
    trails = [AuditTrail(AuditStore(database), timezone=SHANGHAI, keys=KEYS) for _ in range(2)]
    moments = [clock.now(), clock.now() + timedelta(days=1)]

    await asyncio.gather(
        *(
            trails[number % 2].record(
                AuditAction.PATIENT_EDITED, f"x:{number}", by=ZHOU, now=moments[number % 2], summary=""
            )
            for number in range(40)
        )
    )

    assert (await trails[0].verify(by=SYSTEM)).broken is None


async def test_entries_are_filtered_and_paged_newest_first(audit: AuditTrail, clock: ManualClock) -> None:
    await three_days(audit, clock)

    async def numbers(wanted: Filter, before: int | None = None, limit: int = 50) -> list[int]:
        return [entry.seq for entry in await audit.entries(wanted, by=SYSTEM, before=before, limit=limit)]

    assert await numbers(Filter(), limit=2) == [6, 5]
    assert await numbers(Filter(), before=5, limit=2) == [4, 3]
    assert await numbers(Filter(by="staff:lin")) == [6, 4, 2]
    assert await numbers(Filter(action="patient:edited")) == [5, 3, 1]
    assert await numbers(Filter(subject="patient:2", by="staff:zhou")) == []
    assert await numbers(Filter(first_day="2026-11-24", last_day="2026-11-24")) == [4, 3]
    assert await numbers(Filter(by="staff:lin", first_day="2026-11-24")) == [6, 4]
    assert await numbers(Filter(first_day="2027-01-01")) == []
    assert await numbers(Filter(last_day="2026-01-01")) == []
    assert await audit.actions(by=SYSTEM) == ["patient:edited", "phone:revealed"]


async def test_every_question_of_the_page_uses_an_index(
    database: Database, audit: AuditTrail, clock: ManualClock
) -> None:
    await three_days(audit, clock)
    whole = database.client[database.name]
    await whole.command({"profile": 2})

    everything = Filter(by="staff:lin", action="phone:revealed", first_day="2026-11-23", last_day="2026-11-25")
    for wanted in (Filter(), Filter(by="staff:lin"), Filter(subject="patient:1"), everything):
        await audit.entries(wanted, by=SYSTEM, before=6)
    await audit.actions(by=SYSTEM)
    await whole.command({"profile": 0})

    seen = [line async for line in whole["system.profile"].find({"ns": f"{database.name}.audit"})]
    assert len(seen) >= 7
    assert [line["planSummary"] for line in seen if "COLLSCAN" in line.get("planSummary", "")] == []
    assert [line for line in seen if line.get("hasSortStage")] == []


async def test_an_edited_entry_is_named(database: Database, audit: AuditTrail, clock: ManualClock) -> None:
    await three_days(audit, clock)
    await database.collection("audit").update_one({"seq": 3}, {"$set": {"changes": [], "summary": "什么都没做"}})

    assert (await audit.verify(by=SYSTEM)).broken == Broken(seq=3, day="2026-11-24", problem=Problem.EDITED)


async def test_a_field_taken_away_or_put_in_is_an_edit(
    database: Database, audit: AuditTrail, clock: ManualClock
) -> None:
    await three_days(audit, clock)
    await database.collection("audit").update_one({"seq": 2}, {"$unset": {"reason": ""}})

    assert (await audit.verify(by=SYSTEM)).broken == Broken(seq=2, day="2026-11-23", problem=Problem.EDITED)


async def test_a_removed_entry_is_named(database: Database, audit: AuditTrail, clock: ManualClock) -> None:
    await three_days(audit, clock)
    await database.collection("audit").delete_one({"seq": 4})

    assert (await audit.verify(by=SYSTEM)).broken == Broken(seq=4, day="2026-11-24", problem=Problem.MISSING)


async def test_the_end_that_was_cut_off_is_named_and_its_number_never_given_again(
    database: Database, audit: AuditTrail, clock: ManualClock
) -> None:
    await three_days(audit, clock)
    await database.collection("audit").delete_many({"seq": {"$gte": 5}})
    cut = Broken(seq=5, day="2026-11-25", problem=Problem.CUT)

    assert (await audit.verify(by=SYSTEM)).broken == cut
    await audit.record(AuditAction.PATIENT_EDITED, "patient:1", by=ZHOU, now=clock.now(), summary="改了电话")

    assert (await audit.entries(Filter(), by=SYSTEM, limit=1))[0].seq == 7
    assert (await audit.verify(by=SYSTEM)).broken == Broken(seq=5, day="2026-11-24", problem=Problem.MISSING)


async def test_a_process_killed_before_it_noted_the_day_raises_no_false_alarm(
    database: Database, audit: AuditTrail, clock: ManualClock
) -> None:
    await three_days(audit, clock)
    await database.collection("audit_heads").delete_one({"_id": "2026-11-25"})

    assert (await audit.verify(by=SYSTEM)).holds
    await audit.record(AuditAction.PATIENT_EDITED, "patient:1", by=ZHOU, now=clock.now(), summary="改了电话")

    assert await database.collection("audit_heads").count_documents({}) == 4
    assert (await audit.verify(by=SYSTEM)).holds


async def test_recent_days_can_be_proved_alone(database: Database, audit: AuditTrail, clock: ManualClock) -> None:
    await three_days(audit, clock)
    await database.collection("audit").update_one({"seq": 1}, {"$set": {"summary": "什么都没做"}})

    recent = await audit.verify_recent(by=SYSTEM, now=clock.now(), days=2)

    assert (recent.entries, recent.broken) == (2, None)
    assert (await audit.verify(by=SYSTEM)).broken == Broken(seq=1, day="2026-11-23", problem=Problem.EDITED)


async def test_a_text_without_end_is_shortened_before_it_is_chained(audit: AuditTrail, clock: ManualClock) -> None:
    await audit.record(AuditAction.PATIENT_EDITED, "x:1", by=ZHOU, now=clock.now(), summary="长" * 900)

    [entry] = await audit.of_subject("x:1")

    assert len(entry.summary) == 500
    assert (await audit.verify(by=SYSTEM)).holds


async def test_the_trail_is_read_only_with_its_permission(audit: AuditTrail) -> None:
    with pytest.raises(ForbiddenError):
        await audit.entries(Filter(), by=ZHOU)
    with pytest.raises(ForbiddenError):
        await audit.verify(by=ZHOU)
