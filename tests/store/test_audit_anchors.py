"""What somebody who may write the database, but has no key, can do to the audit: each is found."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import ManualClock
from tests.encryption import KEYS, OTHER_SECRET, SECRET
from wxbot.actors import SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.anchor_file import AnchorFile
from wxbot.audit.chain import START, canonical, place_of
from wxbot.audit.models import Broken, Entry, Filter, Head, Problem, Verification
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.database import Database
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.key_file import SettingKeys
from wxbot.web.console.audit_words import evidence

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZHOU = Actor(id="zhou", name="小周", permissions=frozenset())
NOT_CHECKED = "只核对了库内的链，没有外部记录"


class Trail:
    """An audit of a few days, and the file beside it."""

    def __init__(self, database: Database, folder: Path, clock: ManualClock, keys: DataKeys = KEYS) -> None:
        self.database, self.clock = database, clock
        self.path = folder / "audit-anchors.log"
        self.store = AuditStore(database)
        self.audit = AuditTrail(self.store, timezone=SHANGHAI, keys=keys, anchors=AnchorFile(self.path, keys.audit_key))

    async def day(self, entries: int = 2, *, anchored: bool = True) -> None:
        """A day's entries; at its end the head is written down, if it is."""
        for number in range(entries):
            await self.audit.record(
                AuditAction.PATIENT_EDITED, f"patient:{number}", by=ZHOU, now=self.clock.now(), summary="改了电话"
            )
        if anchored:
            await self.audit.anchor(now=self.clock.now())
        self.clock.move(timedelta(days=1))

    async def verified(self, first_day: str = "") -> Verification:
        return await self.audit.verify(by=SYSTEM, first_day=first_day)

    async def entries(self) -> list[Entry]:
        return [entry async for _, entry in self.store.walk(0) if entry is not None]

    async def replaced(self, entries: list[Entry]) -> None:
        """Put these in place of the whole chain, with heads that fit: all that a writer of the database can."""
        for name in ("audit", "audit_heads"):
            await self.database.collection(name).delete_many({})
        if entries:
            await self.store.append(entries)
        for head in {entry.day: place_of(entry) for entry in entries}.values():
            await self.store.note(head)


def without_key(entries: list[Entry], *, key: str) -> list[Entry]:
    """The chain computed anew from its words by somebody who has no key; `key` is what its entries say."""
    made: list[Entry] = []
    for entry in entries:
        last = place_of(made[-1]) if made else START
        digest = sha256(last.hash.encode() + b"\n" + canonical(entry, last.seq + 1)).hexdigest()
        made.append(replace(entry, seq=last.seq + 1, prev=last.hash, hash=digest, key=key))
    return made


@pytest.fixture
async def trail(database: Database, tmp_path: Path, clock: ManualClock) -> Trail:
    trail = Trail(database, tmp_path, clock)
    await database.create_indexes([trail.store])
    await trail.audit.anchor(now=clock.now())  # as the service does before its first entry
    return trail


async def test_a_chain_is_proved_against_what_was_written_outside(trail: Trail) -> None:
    for _ in range(3):
        await trail.day()

    found = await trail.verified()

    assert (found.proved, found.entries, found.unkeyed) == (True, 6, 0)
    assert evidence(found) == ("已按 3 天的外部记录核对（2026-11-23 至 2026-11-25，到第 6 条）。",)
    assert S_IMODE(trail.path.stat().st_mode) == 0o600
    assert await trail.audit.anchor(now=trail.clock.now()) == 0


async def test_without_an_outside_record_nothing_is_called_whole(trail: Trail) -> None:
    trail.path.unlink()
    await trail.day(anchored=False)

    found = await trail.verified()

    assert (found.holds, found.anchored, found.proved) == (True, False, False)
    assert evidence(found)[0].startswith(NOT_CHECKED)


async def test_entries_after_the_last_outside_record_are_said_to_be_checked_inside_only(trail: Trail) -> None:
    await trail.day()
    await trail.day(anchored=False)

    assert "第 2 条以后的记录还没有外部记录，只核对了库内的链。" in evidence(await trail.verified())
    assert not (await trail.verified("2026-11-24")).proved


@pytest.mark.parametrize("anchored", [True, False])
async def test_a_chain_rebuilt_without_the_key_is_found(trail: Trail, *, anchored: bool) -> None:
    for _ in range(2):
        await trail.day(anchored=anchored)
    entries = await trail.entries()
    changed = [replace(entries[0], summary="什么都没做"), *entries[1:]]

    await trail.replaced(without_key(changed, key=entries[0].key))

    assert (await trail.verified()).broken == Broken(seq=1, day="2026-11-23", problem=Problem.EDITED)


async def test_a_chain_rebuilt_under_a_key_of_ones_own_is_found(trail: Trail, clock: ManualClock) -> None:
    await trail.day()
    theirs = Trail(
        trail.database, trail.path.parent / "theirs", clock, DataKeys(SettingKeys(OTHER_SECRET, ""), approved=True)
    )
    await trail.replaced([])
    await theirs.day(anchored=False)

    assert (await trail.verified()).broken == Broken(seq=1, day="2026-11-24", problem=Problem.UNKNOWN_KEY)


async def test_falling_back_to_a_chain_without_a_key_is_found(trail: Trail) -> None:
    await trail.day()

    await trail.replaced(without_key(await trail.entries(), key=""))

    assert (await trail.verified()).broken == Broken(seq=1, day="2026-11-23", problem=Problem.UNKEYED)


async def test_falling_back_in_the_middle_is_found_without_any_outside_record(trail: Trail) -> None:
    await trail.day(3, anchored=False)
    trail.path.unlink()
    entries = await trail.entries()
    [tail] = without_key([replace(entries[2])], key="")
    digest = sha256(entries[1].hash.encode() + b"\n" + canonical(tail, 3)).hexdigest()

    await trail.replaced([*entries[:2], replace(tail, seq=3, prev=entries[1].hash, hash=digest)])

    assert (await trail.verified()).broken == Broken(seq=3, day="2026-11-23", problem=Problem.UNKEYED)


async def test_a_tail_that_was_deleted_with_its_notes_is_found(trail: Trail) -> None:
    for _ in range(3):
        await trail.day()
    entries = await trail.entries()

    await trail.replaced(entries[:4])
    gone = await trail.verified()
    await trail.day(3)  # its numbers are given again

    assert gone.broken == Broken(seq=5, day="2026-11-25", problem=Problem.ANCHOR)
    assert (await trail.verified()).broken == Broken(seq=6, day="2026-11-25", problem=Problem.ANCHOR)


async def test_a_database_that_was_emptied_is_found(trail: Trail) -> None:
    await trail.day()
    await trail.replaced([])

    assert (await trail.verified()).broken == Broken(seq=1, day="2026-11-23", problem=Problem.ANCHOR)


async def test_documents_that_are_no_entries_are_counted(trail: Trail) -> None:
    await trail.day()
    await trail.database.collection("audit").insert_one({"_id": "stray", "seq": "3", "day": "x", "summary": "?"})

    assert (await trail.verified()).broken == Broken(seq=3, day="2026-11-23", problem=Problem.SURPLUS)


# -- the file -------------------------------------------------------------------------------------------------------


async def test_a_file_that_was_deleted_or_cut_is_said(trail: Trail) -> None:
    for _ in range(3):
        await trail.day()
    lines = trail.path.read_text().splitlines(keepends=True)

    trail.path.write_text("".join(lines[:-2]))
    cut = await trail.verified()
    trail.path.unlink()
    deleted = await trail.verified()

    assert (cut.holds, cut.proved, cut.checked.lost, cut.checked.last_seq) == (True, False, 2, 2)
    assert (deleted.holds, deleted.anchored, deleted.checked.lost) == (True, False, 4)
    assert any("数据库记得还有 4 行外部记录" in sentence for sentence in evidence(deleted))
    await trail.audit.anchor(now=trail.clock.now())
    assert not (await trail.verified()).proved  # a new file does not make up for the old one


@pytest.mark.parametrize("field", ["hash", "seq", "day", "keyed_from", "key", "mac"])
async def test_a_line_that_was_changed_does_not_count(trail: Trail, field: str) -> None:
    await trail.day()
    first, *rest = trail.path.read_text().splitlines(keepends=True)
    words = json.loads(first)
    words[field] = 5 if isinstance(words[field], int) else "1" * 64
    trail.path.write_text("".join([json.dumps(words) + "\n", *rest]))

    found = await trail.verified()

    assert (found.proved, found.checked.damaged) == (False, 2)
    assert "外部记录里有 2 行不能采信" in evidence(found)[1]


async def test_a_line_torn_by_a_power_cut_is_said_and_the_next_one_counts(trail: Trail) -> None:
    await trail.day()
    with trail.path.open("a") as file:
        file.write('{"at": "2026-11-2')
    await trail.day()

    found = await trail.verified()

    assert (found.holds, found.checked.damaged, found.checked.last_seq) == (True, 1, 4)


async def test_an_entry_that_contradicts_the_file_is_named(trail: Trail) -> None:
    await trail.day()
    entries = await trail.entries()
    trail.path.unlink()
    other = AnchorFile(trail.path, KEYS.audit_key)
    other.append([Head(id="2026-11-23", seq=2, hash="0" * 64)], keyed_from=1, key_id=KEYS.current.id, at="now")

    assert (await trail.verified()).broken == Broken(seq=2, day=entries[1].day, problem=Problem.ANCHOR)


# -- a chain from before --------------------------------------------------------------------------------------------


async def older(trail: Trail) -> list[Entry]:
    """A chain of two entries from before it was keyed, as the database has it, and no file."""
    await trail.day()
    trail.path.unlink()
    await trail.database.collection("audit_anchors").delete_many({})
    entries = without_key(await trail.entries(), key="")
    await trail.replaced(entries)
    await trail.database.collection("audit").update_many({}, {"$unset": {"key": ""}})
    return entries


async def test_a_chain_from_before_goes_on_keyed_and_is_pinned_as_it_was(trail: Trail) -> None:
    entries = await older(trail)
    await trail.audit.anchor(now=trail.clock.now())
    await trail.day()

    found = await trail.verified()
    assert (found.proved, found.entries, found.unkeyed) == (True, 4, 2)
    assert "其中 2 条写于启用密钥之前，指纹没有密钥保护。" in evidence(found)

    after = (await trail.entries())[2:]
    changed = without_key([replace(entries[0], summary="什么都没做"), entries[1]], key="")
    await trail.replaced([*changed, *after])
    assert (await trail.verified()).broken == Broken(seq=2, day="2026-11-23", problem=Problem.ANCHOR)


async def test_the_moment_from_which_the_chain_is_keyed_is_kept_outside(trail: Trail) -> None:
    await older(trail)
    await trail.audit.anchor(now=trail.clock.now())
    await trail.day(anchored=False)

    await trail.replaced(without_key(await trail.entries(), key=""))

    assert (await trail.verified()).broken == Broken(seq=3, day="2026-11-24", problem=Problem.UNKEYED)


async def test_a_chain_goes_on_under_a_new_key_and_is_proved_under_both(
    trail: Trail, tmp_path: Path, clock: ManualClock
) -> None:
    await trail.day()
    both = DataKeys(SettingKeys(OTHER_SECRET, SECRET), approved=True)
    rotated = Trail(trail.database, tmp_path, clock, both)
    await rotated.day()

    found = await rotated.verified()
    assert (found.proved, found.entries, found.checked.days) == (True, 4, 2)
    assert len({entry.key for entry in await rotated.audit.entries(Filter(), by=SYSTEM)}) == 2

    alone = Trail(trail.database, tmp_path, clock, DataKeys(SettingKeys(OTHER_SECRET, ""), approved=True))
    assert (await alone.verified()).broken == Broken(seq=1, day="2026-11-23", problem=Problem.UNKNOWN_KEY)
