"""What is typed at the desk is never lost and never carried into another talk."""

import asyncio

import pytest

from tests.auditing import NOBODY
from tests.desks import Marks
from tests.store.desk_room import LI, WANG, DeskRoom
from tests.store.test_outbox_delivery import MovingClock, Platform
from wxbot.actors import Actor
from wxbot.conversations.replies.drafts import Drafts
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import ContactId

ANN, BOB, GONE = ContactId("ann"), ContactId("bob"), ContactId("gone")


@pytest.fixture
async def room(database: Database, clock: MovingClock) -> DeskRoom:
    room = DeskRoom(database, clock, Platform())
    await database.create_indexes(room.stores)
    room.drafts = Drafts(room.draft_store, clock, contacts=Marks(unknown={GONE}))
    return room


async def keep(
    room: DeskRoom, text: str, edit: int, contact: ContactId = ANN, by: Actor = LI, *, note: bool = False
) -> int:
    return await room.drafts.keep(contact, text, note=note, edit=edit, by=by, now=room.now)


async def test_a_draft_is_there_in_every_window_with_what_it_was_meant_as(room: DeskRoom) -> None:
    assert await room.drafts.of(ANN, by=LI) == ("", False, 0)
    assert await keep(room, "您好", 0, note=True) == 1
    assert await room.drafts.of(ANN, by=LI) == ("您好", True, 1)
    assert await keep(room, "您好，", 1) == 2
    assert await room.drafts.of(ANN, by=LI) == ("您好，", False, 2)


async def test_drafts_of_two_talks_and_of_two_people_are_apart(room: DeskRoom) -> None:
    await keep(room, "给安", 0, ANN, LI)
    await keep(room, "给鲍", 0, BOB, LI)
    await keep(room, "小王给安", 0, ANN, WANG)
    assert (await room.drafts.of(ANN, by=LI))[0] == "给安"
    assert (await room.drafts.of(BOB, by=LI))[0] == "给鲍"
    assert (await room.drafts.of(ANN, by=WANG))[0] == "小王给安"
    await room.drafts.clear(ANN, by=LI)
    assert [(await room.drafts.of(ANN, by=LI))[0], (await room.drafts.of(ANN, by=WANG))[0]] == ["", "小王给安"]


async def test_of_two_windows_the_one_that_read_the_latest_is_kept(room: DeskRoom) -> None:
    edit = await keep(room, "旧", 0)
    newer = await keep(room, "左边的窗口", edit)
    with pytest.raises(StaleError) as refusal:
        await keep(room, "右边的窗口", edit)
    assert "另一个窗口" in refusal.value.sentence
    assert await room.drafts.of(ANN, by=LI) == ("左边的窗口", False, newer)


async def test_of_two_windows_that_begin_at_once_neither_overwrites_the_other(room: DeskRoom) -> None:
    results = await asyncio.gather(*(keep(room, f"窗口{n}", 0) for n in range(8)), return_exceptions=True)
    assert sorted(str(type(each).__name__) for each in results) == ["StaleError"] * 7 + ["int"]
    (winner,) = [n for n, each in enumerate(results) if each == 1]
    assert (await room.drafts.of(ANN, by=LI))[0] == f"窗口{winner}"


async def test_keeping_the_same_again_after_a_lost_answer_is_no_conflict(room: DeskRoom) -> None:
    edit = await keep(room, "您好", 0)
    assert await keep(room, "您好", 0) == edit


async def test_a_window_that_slept_does_not_bring_back_what_was_sent(room: DeskRoom) -> None:
    edit = await keep(room, "您好", 0)
    await room.drafts.sent(ANN, "您好", note=False, by=LI)
    with pytest.raises(StaleError):
        await keep(room, "您好", edit)
    assert (await room.drafts.of(ANN, by=LI))[0] == ""


async def test_a_draft_is_encrypted_where_it_is_kept(room: DeskRoom) -> None:
    await keep(room, "她怀孕了", 0)
    row = await room.database.collection("drafts").find_one({})
    assert row is not None
    assert row["text"].startswith("enc1:")


async def test_a_draft_that_is_too_long_is_refused_and_the_kept_one_stays(room: DeskRoom) -> None:
    edit = await keep(room, "您好", 0)
    with pytest.raises(FieldErrors):
        await keep(room, "字" * 10_001, edit)
    assert (await room.drafts.of(ANN, by=LI))[0] == "您好"


async def test_drafts_to_an_erased_contact_are_deleted(room: DeskRoom) -> None:
    await keep(room, "一", 0, ANN, LI)
    await keep(room, "二", 0, ANN, WANG)
    await keep(room, "三", 0, BOB, LI)
    assert await room.drafts.erase([ANN]) == 2
    assert await room.drafts.erase([]) == 0
    assert [(await room.drafts.of(each, by=LI))[0] for each in (ANN, BOB)] == ["", "三"]


async def test_who_may_not_read_talks_keeps_no_drafts(room: DeskRoom) -> None:
    with pytest.raises(ForbiddenError):
        await keep(room, "您好", 0, by=NOBODY)
    with pytest.raises(ForbiddenError):
        await room.drafts.of(ANN, by=NOBODY)


async def test_nothing_is_kept_for_a_contact_that_is_not_there(room: DeskRoom) -> None:
    with pytest.raises(NotFoundError):
        await keep(room, "给谁呢", 0, GONE)
    assert await room.drafts.of(GONE, by=LI) == ("", False, 0)
