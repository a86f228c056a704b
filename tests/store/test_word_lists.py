"""The word lists over a real mongod: seeding, following the files, two processes, two editors, permissions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import ManualClock
from tests.encryption import KEYS
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.change_counter import FULL_LOOK
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.understanding.words import WordList, WordLists
from wxbot.word_lists.service import ClinicWords
from wxbot.word_lists.store import WordListStore

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
READER = Actor(id="r", name="小林", permissions=frozenset({"settings:clinic:read"}))
ZONE = ZoneInfo("Asia/Shanghai")


def files(**words: Sequence[str]) -> WordLists:
    given = {"entrance.book": ("预约", "挂号"), "stop": ("退订",)} | {
        key.replace("__", "."): each for key, each in words.items()
    }
    return WordLists(tuple(WordList(key=key, name=key, about="", words=tuple(each)) for key, each in given.items()))


@dataclass
class Process:
    """What one process holds of the word lists."""

    database: Database
    clock: ManualClock
    lists: WordLists

    def __post_init__(self) -> None:
        audit = AuditTrail(AuditStore(self.database), timezone=ZONE, keys=KEYS)
        self.words = ClinicWords(WordListStore(self.database), self.lists, audit, self.clock)

    def of(self, key: str) -> tuple[str, ...]:
        return self.words.current.by_key[key].words

    async def started(self) -> "Process":
        await self.words.start(NOW)
        return self

    async def deeds(self) -> list[tuple[str, str]]:
        rows = await self.database.collection("audit").find({}).sort("seq", 1).to_list(None)
        return [(row["action"], row["subject"]) for row in rows]


@pytest.fixture
async def process(database: Database, clock: ManualClock) -> Process:
    await database.create_indexes([WordListStore, AuditStore])  # type: ignore[list-item]
    return await Process(database, clock, files()).started()


async def test_the_files_count_before_the_database_is_there(database: Database, clock: ManualClock) -> None:
    assert Process(database, clock, files()).of("stop") == ("退订",)


async def test_starting_twice_changes_nothing(process: Process) -> None:
    deeds = await process.deeds()
    current = process.words.current
    await process.started()
    assert await process.deeds() == deeds == [("settings:seeded", "settings:words")]
    assert process.words.current is current


async def test_what_only_the_files_wrote_follows_them_and_what_staff_changed_does_not(process: Process) -> None:
    await process.words.save("stop", "退订\n别发", 1, by=COMMAND_LINE, now=NOW)
    newer = files(entrance__book=("预约", "约号"), stop=("退订", "TD"))
    later = await Process(process.database, process.clock, newer).started()
    assert (later.of("entrance.book"), later.of("stop")) == (("预约", "约号"), ("退订", "别发"))


async def test_a_list_that_was_reset_follows_the_files_again(process: Process) -> None:
    kept = await process.words.save("stop", "别发", 1, by=COMMAND_LINE, now=NOW)
    await process.words.reset("stop", kept.revision, by=COMMAND_LINE, now=NOW)
    later = await Process(process.database, process.clock, files(stop=("退订", "TD"))).started()
    assert later.of("stop") == ("退订", "TD")


async def test_another_process_notices_at_its_next_look(process: Process) -> None:
    other = await Process(process.database, process.clock, files()).started()
    assert not await other.words.refresh(NOW)
    await process.words.save("stop", "别发", 1, by=COMMAND_LINE, now=NOW)
    assert other.of("stop") == ("退订",)
    assert await other.words.refresh(NOW)
    assert other.of("stop") == ("别发",)


async def test_a_change_whose_process_died_before_counting_is_found_within_a_minute(process: Process) -> None:
    other = await Process(process.database, process.clock, files()).started()
    await process.database.collection("word_lists").update_one({"_id": "stop"}, {"$set": {"words": ["别发"]}})
    assert not await other.words.refresh(NOW)
    process.clock.move(FULL_LOOK)
    assert await other.words.refresh(NOW)
    assert other.of("stop") == ("别发",)


async def test_two_editors_notice_each_other(process: Process) -> None:
    await process.words.save("stop", "别发", 1, by=COMMAND_LINE, now=NOW)
    with pytest.raises(StaleError):
        await process.words.save("stop", "停发", 1, by=COMMAND_LINE, now=NOW)
    with pytest.raises(StaleError):
        await process.words.reset("stop", 1, by=COMMAND_LINE, now=NOW)
    assert process.of("stop") == ("别发",)


async def test_the_same_words_again_change_nothing(process: Process) -> None:
    first = await process.words.save("stop", "别发", 1, by=COMMAND_LINE, now=NOW)
    again = await process.words.save("stop", " 别发 \n", first.revision, by=COMMAND_LINE, now=NOW)
    assert again == first
    assert [action for action, _ in await process.deeds()].count("settings:edited") == 1


async def test_a_word_has_one_meaning(process: Process) -> None:
    with pytest.raises(FieldErrors) as refused:
        await process.words.save("stop", "退订\n掛號", 1, by=COMMAND_LINE, now=NOW)
    assert "entrance.book" in refused.value.fields["words"]


async def test_who_may_only_read_changes_nothing(process: Process) -> None:
    assert len(await process.words.shown(by=READER)) == 2
    with pytest.raises(ForbiddenError):
        await process.words.save("stop", "别发", 1, by=READER, now=NOW)
    with pytest.raises(ForbiddenError):
        await process.words.reset("stop", 1, by=READER, now=NOW)


@pytest.mark.parametrize("key", ["nothing", "#counter"])
async def test_there_are_only_the_lists_of_the_files(process: Process, key: str) -> None:
    with pytest.raises(NotFoundError):
        await process.words.one(key, by=COMMAND_LINE)
    with pytest.raises(NotFoundError):
        await process.words.save(key, "别发", 1, by=COMMAND_LINE, now=NOW)
