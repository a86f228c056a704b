"""What colleagues write reaches the patient, once, or is plainly shown as not sent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from tests.auditing import NOBODY, entries
from tests.store.desk_room import CHEN, LI, WANG, DeskRoom
from tests.store.test_outbox_delivery import LEASE_GONE, MovingClock, Platform, refused
from wxbot.actors import Actor
from wxbot.conversations.models import Episode, EpisodeState
from wxbot.conversations.replies.meter import Form
from wxbot.conversations.replies.reply_rules import why_unsent
from wxbot.conversations.replies.service import words_of
from wxbot.conversations.rules import DeskRules
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, Reaction, StaleError
from wxbot.history.models import Kind
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.ledger import Action
from wxbot.outbox.lines import sent_id
from wxbot.outbox.models import Call, Message, MessageId, Outcome, State
from wxbot.workflow import NotNowError

NIGHT = timedelta(hours=12)  # from ten in the morning: 22:00 at the clinic


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def room(database: Database, clock: MovingClock, platform: Platform) -> AsyncIterator[DeskRoom]:
    room = DeskRoom(database, clock, platform)
    await database.create_indexes(room.stores)
    yield room
    assert platform.in_flight == 0


# -- it leaves, once ---------------------------------------------------------------------------------------------


async def test_a_reply_leaves_after_its_seconds_as_its_authors(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    message = await room.send(episode, "您好，明天上午有号")
    assert (message.state, message.due_at - message.created_at) == (State.WAITING, timedelta(seconds=3))
    assert await room.deliver(timedelta(seconds=2)) == {}
    await room.deliver(timedelta(seconds=2))
    assert room.texts == ["您好，明天上午有号"]
    [line] = await room.lines(ann)
    assert (line.kind, line.by, line.text) == (Kind.MESSAGE_SENT, "staff:7", "您好，明天上午有号")
    assert (line.payload["episode"], line.payload["channel"]) == (episode.id, "customer")
    assert room.desk.told == [(ann.id, line.id, "您好，明天上午有号", "staff:7")]
    assert await room.replies.unsettled(ann.id) == []


async def test_a_reply_leaves_at_once_when_its_seconds_are_over(
    database: Database, clock: MovingClock, platform: Platform
) -> None:
    room = DeskRoom(database, clock, platform, DeskRules(take_back=timedelta(0)))
    await database.create_indexes(room.stores)
    _, episode = await room.talk()
    room.outbox.woken.clear()
    await room.send(episode)
    room.outbox.woken.clear()
    await asyncio.wait_for(room.outbox.woken.wait(), 30)  # woken once more, when it is due


async def test_nobody_waits_longer_than_five_seconds_to_take_it_back(
    database: Database, clock: MovingClock, platform: Platform
) -> None:
    room = DeskRoom(database, clock, platform, DeskRules(take_back=timedelta(minutes=1)))
    await database.create_indexes(room.stores)
    _, episode = await room.talk()
    message = await room.send(episode)
    assert message.due_at - message.created_at == timedelta(seconds=5)


async def test_quiet_hours_do_not_hold_up_a_talk(room: DeskRoom) -> None:
    room.clock.move(NIGHT)
    _, episode = await room.talk()
    message = await room.send(episode)
    await room.deliver()
    assert (await room.found(message)).state is State.ACCEPTED


async def test_a_double_click_sends_once(room: DeskRoom) -> None:
    _, episode = await room.talk()
    first, second = await asyncio.gather(room.send(episode), room.send(episode))
    assert first == second
    await room.deliver()
    await room.send(episode)
    await room.deliver()
    assert room.texts == ["您好"]


async def test_the_key_of_a_reply_carries_no_other_text(room: DeskRoom) -> None:
    _, episode = await room.talk()
    _, other = await room.talk(name="bob")
    await room.send(episode, "您好")
    with pytest.raises(StaleError, match="another text"):
        await room.send(episode, "您好，再补一句")
    with pytest.raises(StaleError, match="another text"):
        await room.send(other, "您好")
    await room.deliver()
    assert [envelope.openid for envelope in room.platform.sent] == ["o-ann"]


async def test_two_people_may_have_made_the_same_key(room: DeskRoom) -> None:
    _, episode = await room.talk(LI)
    _, other = await room.talk(WANG, name="bob")
    await room.send(episode, "一", by=LI)
    await room.send(other, "二", by=WANG)
    await room.deliver()
    assert sorted(room.texts) == ["一", "二"]


async def test_one_persons_replies_keep_their_order_through_a_platform_that_stumbles(room: DeskRoom) -> None:
    _, episode = await room.talk()
    room.platform.answers = [refused(-1, Reaction.RETRY), refused(-1, Reaction.RETRY)]
    for number in range(4):
        await room.send(episode, f"第{number}句", key=f"k{number}")
        room.clock.move(timedelta(milliseconds=300))
    for _ in range(8):
        await room.deliver(timedelta(seconds=3))
    assert list(dict.fromkeys(room.texts)) == ["第0句", "第1句", "第2句", "第3句"]
    assert [text for text in room.texts if text != "第0句"] == ["第1句", "第2句", "第3句"]


async def test_a_reply_that_rests_with_its_channel_is_not_overtaken(room: DeskRoom) -> None:
    _, episode = await room.talk()
    room.platform.answers = [refused(45009, Reaction.DEFER, retry_after=60)]
    await room.send(episode, "第一句", key="a")
    await room.deliver()
    await room.send(episode, "第二句", key="b")
    await room.deliver()
    await room.deliver(timedelta(seconds=120))
    assert room.texts == ["第一句", "第一句", "第二句"]


async def test_a_reply_that_has_to_wait_is_not_overtaken_by_the_one_written_right_behind_it(room: DeskRoom) -> None:
    _, episode = await room.talk()
    room.platform.answers = [refused(40252, Reaction.DEFER, retry_after=60)]
    await room.send(episode, "第一句", key="a")
    await room.send(episode, "第二句", key="b")
    await room.deliver()
    assert room.texts == ["第一句"]
    await room.deliver(timedelta(seconds=61))
    assert room.texts == ["第一句", "第一句", "第二句"]


async def test_words_that_the_platform_would_read_as_markup_are_counted_as_they_leave(room: DeskRoom) -> None:
    _, episode = await room.talk()
    await room.send(episode, "a<b", key="a")
    await room.deliver()
    assert room.texts == ["a＜b"]
    with pytest.raises(FieldErrors) as error:
        await room.send(episode, "<" * 700, key="b")
    assert "太长了" in error.value.fields["text"]


async def test_braces_in_a_reply_are_only_braces(room: DeskRoom) -> None:
    _, episode = await room.talk()
    await room.send(episode, "见 } 图 {{ 上")
    await room.deliver()
    assert room.texts == ["见 } 图 {{ 上"]


# -- whose talk it is --------------------------------------------------------------------------------------------


async def test_the_first_answer_takes_a_waiting_talk(room: DeskRoom) -> None:
    _, episode = await room.talk(None)
    await room.send(episode)
    assert room.desk.episodes[episode.id].owner == LI.id
    await room.deliver()
    assert room.texts == ["您好"]


async def test_a_double_click_on_a_waiting_talk_takes_it_once(room: DeskRoom) -> None:
    _, episode = await room.talk(None)
    await asyncio.gather(room.send(episode), room.send(episode))
    await room.deliver()
    assert room.texts == ["您好"]


async def test_of_two_who_answer_a_waiting_talk_one_reads_that_a_colleague_was_quicker(room: DeskRoom) -> None:
    _, episode = await room.talk(None)
    results = await asyncio.gather(
        room.send(episode, "小李", by=LI), room.send(episode, "小王", by=WANG), return_exceptions=True
    )
    refusals = [each for each in results if isinstance(each, Exception)]
    assert len(refusals) == 1
    assert isinstance(refusals[0], StaleError | NotNowError)
    await room.deliver()
    assert len(room.texts) == 1


async def test_nobody_writes_in_a_colleagues_talk_nor_a_supervisor(room: DeskRoom) -> None:
    _, episode = await room.talk(LI)
    for somebody in (WANG, CHEN):
        with pytest.raises(NotNowError) as refusal:
            await room.send(episode, by=somebody)
        assert "同事接待" in refusal.value.sentence
    with pytest.raises(ForbiddenError):
        await room.send(episode, by=NOBODY)


async def test_nobody_writes_in_a_closed_talk(room: DeskRoom) -> None:
    _, episode = await room.talk()
    room.desk.end(episode.id, LI, room.now)
    with pytest.raises(NotNowError):
        await room.send(episode)


async def test_a_talk_that_changed_hands_sends_nothing_of_its_former_owner(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    message = await room.send(episode, "我帮您看看")
    room.desk.change(episode.id, owner=WANG.id)
    await room.deliver()
    left = await room.found(message)
    assert (room.texts, left.state, left.reason) == ([], State.DROPPED, "conversation_owner")
    assert [words_of(each) for each in await room.replies.unsettled(ann.id)] == ["我帮您看看"]
    [line] = await room.lines(ann)
    assert (line.kind, line.by, line.text) == (Kind.MESSAGE_DROPPED, "staff:7", "我帮您看看")
    assert await room.tasks() == []


async def test_a_talk_that_changes_hands_while_its_message_waits_in_line_sends_nothing(
    room: DeskRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, episode = await room.talk()
    message = await room.send(episode)
    prepare = room.outbox._preparation.prepare

    async def then_transferred(*args: object) -> object:
        prepared = await prepare(*args)  # type: ignore[arg-type]
        room.desk.change(episode.id, owner=WANG.id)
        return prepared

    monkeypatch.setattr(room.outbox._preparation, "prepare", then_transferred)
    await room.deliver()
    assert (room.texts, (await room.found(message)).reason) == ([], "conversation_owner")


async def test_a_talk_that_was_closed_by_somebody_else_sends_nothing_more(room: DeskRoom) -> None:
    _, episode = await room.talk()
    message = await room.send(episode)
    room.desk.end(episode.id, CHEN, room.now)
    await room.deliver()
    assert (room.texts, (await room.found(message)).reason) == ([], "conversation_closed")


async def test_a_farewell_leaves_although_its_author_closed_the_talk_behind_it(room: DeskRoom) -> None:
    _, episode = await room.talk()
    await room.send(episode, "祝您周末愉快")
    room.clock.move(timedelta(seconds=1))
    room.desk.end(episode.id, LI, room.now)
    await room.deliver()
    assert room.texts == ["祝您周末愉快"]


# -- what the platform answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "reaction", "reason"),
    [
        (45015, Reaction.DEFER, "no_channel"),
        (45047, Reaction.DEFER, "no_channel"),
        (43004, Reaction.UNFOLLOW, "43004"),
        (48002, Reaction.UNFOLLOW, "48002"),
        (43019, Reaction.DROP, "43019"),
    ],
)
async def test_what_the_platform_refuses_is_shown_with_its_words_and_nobody_phones(
    room: DeskRoom, code: int, reaction: Reaction, reason: str
) -> None:
    ann, episode = await room.talk()
    room.platform.answers = [refused(code, reaction)]
    message = await room.send(episode, "明天见")
    await room.deliver()
    left = await room.found(message)
    assert left.state in {State.DROPPED, State.FAILED}
    assert left.reason == reason
    assert why_unsent(left)
    assert [words_of(each) for each in await room.replies.unsettled(ann.id)] == ["明天见"]
    [line] = await room.lines(ann)
    assert (line.kind, line.text, line.payload["episode"]) == (Kind.MESSAGE_DROPPED, "明天见", episode.id)
    assert (await room.tasks(), room.desk.told) == ([], [])
    assert room.platform.channels == [Channel.CUSTOMER]


async def test_a_reply_whose_fate_nobody_knows_is_shown_as_such_and_never_repeated(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    room.platform.answers = [Outcome(call=Call.UNKNOWN)]
    message = await room.send(episode, "明天见")
    await room.deliver()
    left = await room.found(message)
    assert (left.state, "不确定" in why_unsent(left)) == (State.UNKNOWN, True)
    assert [each.id for each in await room.replies.unsettled(ann.id)] == [message.id]
    [line] = await room.lines(ann)
    assert (line.kind, line.text) == (Kind.MESSAGE_UNKNOWN, "明天见")
    await room.deliver(timedelta(hours=1))
    assert (room.texts, await room.tasks(), room.desk.told) == (["明天见"], [], [])
    with pytest.raises(StaleError) as refusal:
        await room.replies.take_back("k", by=LI, now=room.now)
    assert "不确定" in refusal.value.sentence
    await room.replies.put_away(message.key, contact_id=ann.id, by=LI)
    assert await room.replies.unsettled(ann.id) == []


async def test_a_reply_that_the_platform_will_not_take_in_time_is_not_sent_later(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    room.platform.answers = [refused(-1, Reaction.RETRY)] * 20
    message = await room.send(episode)
    for _ in range(12):
        await room.deliver(timedelta(seconds=60))
    calls = len(room.texts)
    assert (await room.found(message)).state is State.FAILED
    room.platform.answers = []
    await room.deliver(timedelta(hours=1))
    assert len(room.texts) == calls
    assert [each.id for each in await room.replies.unsettled(ann.id)] == [message.id]
    assert await room.tasks() == []


async def test_a_reply_never_waits_for_a_right_that_may_come(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    message = await room.send(episode)
    await room.outbox.rights.note_unfollow(ann.id, room.now)
    await room.deliver()
    assert ((await room.found(message)).state, room.texts) == (State.DROPPED, [])
    await room.outbox.rights.note_action(ann.id, Action.MESSAGE, room.now)
    await room.deliver()
    assert room.texts == []


async def test_a_patient_who_left_or_was_erased_meanwhile_gets_nothing_and_the_author_is_told(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    bob, other = await room.talk(name="bob")
    left = await room.send(episode, "第一句", key="a")
    erased = await room.send(other, "第二句", key="b")
    await room.patients.unfollow(ann, room.now)
    await room.patients.unfollow(bob, room.now)
    await room.patients.erase(bob.id, room.now, keep=())
    await room.outbox.erase(bob.id)
    await room.deliver()
    assert room.texts == []
    assert why_unsent(await room.found(left)) == "患者已取消关注，这条没有发出。"
    assert why_unsent(await room.found(erased)) == "患者的微信信息已按规定删除，这条没有发出。"
    assert [words_of(each) for each in await room.replies.unsettled(bob.id)] == [""]
    assert (await room.replies.meter(ann.id, room.now)).form is Form.GONE
    assert (await room.replies.meter(bob.id, room.now)).form is Form.GONE


# -- taking back -------------------------------------------------------------------------------------------------


async def test_what_is_taken_back_never_leaves_and_its_text_comes_back(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    await room.send(episode, "写错了")
    assert await room.replies.take_back("k", by=LI, now=room.now) == "写错了"
    assert await room.replies.take_back("k", by=LI, now=room.now) == "写错了"
    await room.deliver()
    assert (room.texts, await room.replies.unsettled(ann.id), await room.lines(ann)) == ([], [], [])
    assert (await room.replies.meter(ann.id, room.now)).left == 5


async def test_a_late_repetition_does_not_send_what_was_taken_back(room: DeskRoom) -> None:
    _, episode = await room.talk()
    await room.send(episode)
    await room.replies.take_back("k", by=LI, now=room.now)
    assert (await room.send(episode)).reason == "taken_back"
    await room.deliver()
    assert room.texts == []


async def test_what_is_on_its_way_or_with_the_patient_cannot_be_taken_back(room: DeskRoom) -> None:
    _, episode = await room.talk()
    refusals: list[str] = []

    async def while_sending() -> Outcome:
        with pytest.raises(StaleError) as refusal:
            await room.replies.take_back("k", by=LI, now=room.now)
        refusals.append(refusal.value.sentence)
        return Outcome(call=Call.ACCEPTED)

    room.platform.answers = [while_sending]
    await room.send(episode)
    await room.deliver()
    with pytest.raises(StaleError):
        await room.replies.take_back("k", by=LI, now=room.now)
    assert refusals == ["这条已经在发送或已发出，不能撤回。"]
    assert room.texts == ["您好"]


async def test_nobody_takes_back_a_colleagues_reply(room: DeskRoom) -> None:
    _, episode = await room.talk()
    await room.send(episode)
    with pytest.raises(NotFoundError):
        await room.replies.take_back("k", by=WANG, now=room.now)


async def test_the_text_of_what_failed_comes_back_and_is_shown_no_more(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    room.platform.answers = [refused(45015, Reaction.DEFER)]
    await room.send(episode, "明天见")
    await room.deliver()
    assert await room.replies.take_back("k", by=LI, now=room.now) == "明天见"
    assert await room.replies.unsettled(ann.id) == []


async def test_what_is_on_its_way_cannot_be_put_away(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    message = await room.send(episode)
    with pytest.raises(StaleError):
        await room.replies.put_away(message.key, contact_id=ann.id, by=LI)
    with pytest.raises(NotFoundError):
        await room.replies.put_away("nothing", contact_id=ann.id, by=LI)


# -- later -------------------------------------------------------------------------------------------------------


async def test_what_is_sent_later_is_checked_again_when_it_leaves(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    at = room.now + timedelta(hours=3)
    message = await room.replies.send_later(episode.id, "下午好", key="k", at=at, by=LI, now=room.now)
    assert message.due_at == at
    await room.deliver(timedelta(hours=2))
    assert room.texts == []
    room.desk.change(episode.id, state=EpisodeState.SNOOZED)
    await room.deliver(timedelta(hours=1, seconds=1))
    assert room.texts == ["下午好"]
    assert room.desk.told[0][0] == ann.id


async def test_what_is_sent_later_does_not_leave_a_closed_talk_nor_without_rights(room: DeskRoom) -> None:
    _, episode = await room.talk()
    bob, other = await room.talk(name="bob")
    at = room.now + timedelta(hours=3)
    closed = await room.replies.send_later(episode.id, "下午好", key="a", at=at, by=LI, now=room.now)
    spent = await room.replies.send_later(other.id, "下午好", key="b", at=at, by=LI, now=room.now)
    room.desk.end(episode.id, LI, room.now)
    await room.outbox.rights.note_unfollow(bob.id, room.now)
    await room.deliver(timedelta(hours=3, seconds=1))
    assert room.texts == []
    assert (await room.found(closed)).reason == "conversation_closed"
    assert (await room.found(spent)).reason == "no_channel"


async def test_the_words_of_what_is_sent_later_are_looked_at_again(room: DeskRoom) -> None:
    _, episode = await room.talk()
    at = room.now + timedelta(hours=3)
    message = await room.replies.send_later(
        episode.id, "很快马上好", key="k", at=at, overriding="医生说过", by=LI, now=room.now
    )
    await room.database.collection("outbox").update_one({"_id": message.id}, {"$set": {"variables.words": "包治"}})
    await room.deliver(timedelta(hours=3, seconds=1))
    assert (room.texts, (await room.found(message)).reason) == ([], "words")


async def test_nothing_is_sent_in_the_past_or_when_no_right_will_be_left(room: DeskRoom) -> None:
    _, episode = await room.talk()
    for at, words in ((room.now, "还没有到"), (room.now + timedelta(hours=48), "更早")):
        with pytest.raises(FieldErrors) as error:
            await room.replies.send_later(episode.id, "您好", key="k", at=at, by=LI, now=room.now)
        assert words in error.value.fields["at"]


# -- rights ------------------------------------------------------------------------------------------------------


async def test_the_meter_counts_what_is_on_its_way(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    room.clock.move(timedelta(hours=17))
    assert (await room.replies.meter(ann.id, room.now)).words == "还可回复 5 条 · 31 小时"
    for number in range(3):
        await room.send(episode, f"第{number}句", key=f"k{number}")
    assert (await room.replies.meter(ann.id, room.now)).left == 2
    await room.deliver()
    await room.send(episode, "第四句", key="k4")
    meter = await room.replies.meter(ann.id, room.now)
    assert (meter.form, meter.left) == (Form.LAST, 1)


async def test_what_the_bot_has_on_its_way_spends_rights_too(room: DeskRoom) -> None:
    ann, _ = await room.talk()
    facts: dict[str, Any] = {
        "contact_id": ann.id,
        "purpose": Purpose.SERVICE,
        "template": "desk.reply",
        "variables": {"words": "您好"},
    }
    soon = room.outbox.message(key="soon", now=room.now, expires_at=room.now + timedelta(hours=1), answer=True, **facts)
    later = replace(soon, id=MessageId("later"), key="later", due_at=room.now + timedelta(days=1))
    await room.outbox.enqueue([soon, later])
    assert (await room.replies.meter(ann.id, room.now)).left == 4


async def test_a_reply_beyond_the_rights_is_refused_before_it_looks_sent(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    for number in range(5):
        await room.send(episode, f"第{number}句", key=f"k{number}")
    with pytest.raises(FieldErrors) as error:
        await room.send(episode, "第六句", key="k6")
    assert "条数已用完" in error.value.fields["text"]
    checked = await room.replies.check(episode.id, "第六句", by=LI, now=room.now)
    assert checked.blocked
    await room.deliver()
    assert (len(room.texts), (await room.replies.meter(ann.id, room.now)).form) == (5, Form.CLOSED)


async def test_of_two_windows_that_send_the_last_right_at_once_one_is_shown_as_not_sent(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    for number in range(4):
        await room.send(episode, f"第{number}句", key=f"k{number}")
    await room.deliver()
    results = await asyncio.gather(
        room.send(episode, "甲", key="a"), room.send(episode, "乙", key="b"), return_exceptions=True
    )
    await room.deliver()
    accepted = len(room.texts) - 4
    unsent = len(await room.replies.unsettled(ann.id)) + sum(isinstance(each, FieldErrors) for each in results)
    assert (accepted, unsent) == (1, 1)


async def test_a_closed_window_names_the_ways_that_are_left(room: DeskRoom) -> None:
    ann, episode = await room.talk(wrote=False)
    meter = await room.replies.meter(ann.id, room.now)
    assert (meter.form, meter.left, meter.ways) == (Form.CLOSED, 0, ("template", "phone"))
    await room.outbox.rights.note_notice_answers(ann.id, [("NTC", True)], room.now)
    assert (await room.replies.meter(ann.id, room.now)).ways == ("notice", "template", "phone")
    with pytest.raises(FieldErrors):
        await room.send(episode)


async def test_a_patient_is_asked_to_write_once_a_day(room: DeskRoom) -> None:
    ann, episode = await room.talk(wrote=False)
    await room.outbox.rights.note_notice_answers(ann.id, [("NTC", True)], room.now)
    first = await room.other_ways.invite(episode.id, by=LI, now=room.now)
    await room.deliver()
    again = await room.other_ways.invite(episode.id, by=LI, now=room.now)
    await room.deliver()
    assert (again.id, room.platform.channels) == (first.id, [Channel.NOTICE])
    assert room.desk.told == []


async def test_who_can_be_written_to_is_not_asked_by_card(room: DeskRoom) -> None:
    _, episode = await room.talk()
    with pytest.raises(NotNowError):
        await room.other_ways.invite(episode.id, by=LI, now=room.now)
    with pytest.raises(NotNowError):
        await room.other_ways.invite(episode.id, by=WANG, now=room.now)


async def test_a_call_is_a_task_once_per_talk_with_who_asked_for_it(room: DeskRoom) -> None:
    ann, episode = await room.talk(wrote=False)
    with pytest.raises(FieldErrors):
        await room.other_ways.phone(episode.id, "  ", by=LI, now=room.now)
    await room.other_ways.phone(episode.id, "问他明天来不来", by=LI, now=room.now)
    await room.other_ways.phone(episode.id, "问他明天来不来", by=LI, now=room.now)
    [task] = await room.tasks()
    assert (task.kind.value, task.contact_id, task.reason) == ("phone", ann.id, "问他明天来不来（小李）")


# -- words -------------------------------------------------------------------------------------------------------


async def test_what_may_not_be_said_does_not_leave_whoever_says_it(room: DeskRoom) -> None:
    for name, somebody in (("ann", LI), ("bob", CHEN)):
        _, episode = await room.talk(somebody, name=name)
        with pytest.raises(FieldErrors) as error:
            await room.send(episode, "我们包治", by=somebody, overriding="没关系")
        assert error.value.fields["text"] == "「包治」不能这样说：不能承诺。可以说：多数人会明显好转"
        assert (await room.replies.check(episode.id, "我们包治", by=somebody, now=room.now)).blocked


async def test_a_warning_asks_for_a_reason_which_the_audit_keeps(room: DeskRoom, database: Database) -> None:
    _, episode = await room.talk()
    with pytest.raises(FieldErrors) as error:
        await room.send(episode, "马上好")
    assert set(error.value.fields) == {"overriding"}
    assert await entries(database, "reply:overridden") == []
    await room.send(episode, "马上好", overriding="医生刚说的")
    await room.send(episode, "马上好", overriding="医生刚说的")
    [noted] = await entries(database, "reply:overridden")
    assert ("马上好" in noted.summary, "医生刚说的" in noted.summary) == (True, True)
    await room.deliver()
    assert room.texts == ["马上好"]


@pytest.mark.parametrize("text", ["", "  \n", "\u200b", "\x07"])
async def test_nothing_is_no_message(room: DeskRoom, text: str) -> None:
    _, episode = await room.talk()
    with pytest.raises(FieldErrors) as error:
        await room.send(episode, text)
    assert error.value.fields["text"] == "还没有写内容。"


async def test_too_long_a_text_is_refused_before_the_platform_cuts_it(room: DeskRoom) -> None:
    _, episode = await room.talk()
    await room.send(episode, "字" * 682, key="a")
    with pytest.raises(FieldErrors) as error:
        await room.send(episode, "字" * 683, key="b")
    assert "分成 2 条" in error.value.fields["text"]
    await room.deliver()
    assert room.texts == ["字" * 682]


async def test_a_reply_without_a_key_is_refused(room: DeskRoom) -> None:
    _, episode = await room.talk()
    for key in ("", "k" * 101):
        with pytest.raises(FieldErrors):
            await room.send(episode, key=key)


# -- photos ------------------------------------------------------------------------------------------------------

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(200))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


async def photo(room: DeskRoom, episode: Episode, data: bytes = JPEG, key: str = "p", by: Actor = LI) -> Message:
    return await room.replies.send_photo(episode.id, data, key=key, by=by, now=room.now)


@pytest.mark.parametrize("data", [JPEG, PNG])
async def test_a_photo_leaves_like_words_and_is_kept_with_its_line(room: DeskRoom, data: bytes) -> None:
    ann, episode = await room.talk()
    message = await photo(room, episode, data)
    line_id = sent_id(message.id)
    assert (await room.media.read(line_id, by=LI)).data == data  # seen before it left
    await room.deliver()
    assert [envelope.photo for envelope in room.platform.sent] == [data]
    [line] = await room.lines(ann)
    assert (line.id, line.text, line.by) == (line_id, "[图片]", "staff:7")
    assert (await room.replies.meter(ann.id, room.now)).left == 4
    assert [told[1] for told in room.desk.told] == [line_id]


async def test_a_photo_clicked_twice_is_kept_and_sent_once(room: DeskRoom) -> None:
    _, episode = await room.talk()
    await asyncio.gather(photo(room, episode), photo(room, episode))
    await photo(room, episode)
    await room.deliver()
    assert len(room.platform.sent) == 1
    assert await room.database.collection("media").count_documents({}) == 1
    with pytest.raises(StaleError):
        await photo(room, episode, PNG)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "JPG 或 PNG"),
        (b"GIF89a" + bytes(50), "JPG 或 PNG"),
        (b"%PDF-1.7", "JPG 或 PNG"),
        (b"<svg onload=alert(1)>", "JPG 或 PNG"),
        (JPEG + bytes(2 * 1024 * 1024), "2 MB"),
    ],
)
async def test_a_file_of_another_kind_or_too_large_is_refused_by_its_bytes(
    room: DeskRoom, data: bytes, words: str
) -> None:
    _, episode = await room.talk()
    with pytest.raises(FieldErrors) as error:
        await photo(room, episode, data)
    assert words in error.value.fields["photo"]
    assert await room.database.collection("media").count_documents({}) == 0


async def test_a_photo_obeys_rights_and_owner(room: DeskRoom) -> None:
    _, episode = await room.talk(wrote=False)
    with pytest.raises(FieldErrors):
        await photo(room, episode)
    with pytest.raises(NotNowError):
        await photo(room, episode, by=WANG)


async def test_a_photo_that_was_erased_before_it_left_is_shown_as_not_sent(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    message = await photo(room, episode)
    await room.media.erase(ann.id)
    await room.deliver()
    left = await room.found(message)
    assert (left.state, left.reason, room.platform.sent) == (State.DROPPED, "photo_gone", [])
    assert (await room.replies.meter(ann.id, room.now)).left == 5


# -- crashes -----------------------------------------------------------------------------------------------------


async def _dies(*_: object, **__: object) -> None:
    raise ConnectionResetError("the process ends here")


async def test_a_crash_between_taking_and_keeping_the_message_lets_it_be_sent_again(
    room: DeskRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, episode = await room.talk(None)
    with monkeypatch.context() as crash:
        crash.setattr(room.outbox, "enqueue", _dies)
        with pytest.raises(ConnectionResetError):
            await room.send(episode)
    await room.send(episode)
    await room.deliver()
    assert (room.texts, room.desk.takes) == (["您好"], 1)


async def test_a_crash_before_the_desk_is_told_is_mended_and_sends_nothing_twice(
    room: DeskRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, episode = await room.talk()
    message = await room.send(episode)
    with monkeypatch.context() as crash:
        crash.setattr(room.outbox._records, "tell_author", _dies)
        await room.deliver()
    assert room.desk.told == []
    room.clock.move(LEASE_GONE)
    await room.outbox.recover(room.now)
    await room.deliver()
    assert (room.texts, (await room.found(message)).state) == (["您好"], State.ACCEPTED)
    assert [told[0] for told in room.desk.told] == [ann.id]


async def test_a_crash_before_the_row_is_written_tells_the_desk_again(
    room: DeskRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, episode = await room.talk()
    await room.send(episode)
    with monkeypatch.context() as crash:
        crash.setattr(room.outbox._records, "note_accepted", _dies)
        await room.deliver()
    room.clock.move(LEASE_GONE)
    await room.outbox.recover(room.now)
    assert len(room.desk.told) == 2
    assert room.desk.told[0] == room.desk.told[1]
    assert room.texts == ["您好"]


async def test_a_desk_that_fails_keeps_no_message_from_being_sent(
    room: DeskRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, episode = await room.talk()
    message = await room.send(episode)
    monkeypatch.setattr(room.desk, "answered", _dies)
    await room.deliver()
    assert (await room.found(message)).state is State.ACCEPTED


async def test_a_database_that_is_away_while_the_desk_is_told_is_waited_for(
    room: DeskRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, episode = await room.talk()
    message = await room.send(episode)
    answered, tries = room.desk.answered, 0

    async def away_once(*args: object, **facts: object) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise AutoReconnect("away")
        await answered(*args, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(room.desk, "answered", away_once)
    await room.deliver()
    assert ((await room.found(message)).state, len(room.desk.told), room.texts) == (State.ACCEPTED, 1, ["您好"])


async def test_a_crash_during_the_call_is_shown_as_unknown_and_opens_no_task(
    room: DeskRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, episode = await room.talk()
    message = await room.send(episode)
    with monkeypatch.context() as crash:
        crash.setattr(room.outbox._records, "accepted", _dies)
        await room.deliver()
    room.clock.move(LEASE_GONE)
    await room.outbox.recover(room.now)
    assert (await room.found(message)).state is State.UNKNOWN
    assert [each.id for each in await room.replies.unsettled(ann.id)] == [message.id]
    assert (await room.tasks(), room.texts) == ([], ["您好"])


# -- drafts and typing -------------------------------------------------------------------------------------------


async def test_what_was_sent_is_no_draft_any_more_but_what_was_typed_since_is(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    await room.drafts.keep(ann.id, "您好 ", note=False, edit=0, by=LI, now=room.now)
    await room.send(episode, "您好", key="a")
    assert (await room.drafts.of(ann.id, by=LI))[0] == ""
    _, _, edit = await room.drafts.of(ann.id, by=LI)
    await room.drafts.keep(ann.id, "已经在写下一句", note=False, edit=edit, by=LI, now=room.now)
    await room.send(episode, "您好呀", key="b")
    assert (await room.drafts.of(ann.id, by=LI))[0] == "已经在写下一句"


async def test_a_note_that_is_being_typed_is_not_emptied_by_a_reply(room: DeskRoom) -> None:
    ann, episode = await room.talk()
    await room.drafts.keep(ann.id, "您好", note=True, edit=0, by=LI, now=room.now)
    await room.send(episode, "您好")
    assert (await room.drafts.of(ann.id, by=LI))[:2] == ("您好", True)


async def test_typing_is_shown_only_where_the_platform_would_and_not_too_often(room: DeskRoom) -> None:
    _, episode = await room.talk()
    await room.replies.show_typing(episode.id, by=LI, now=room.now)
    room.clock.move(timedelta(seconds=5))
    await room.replies.show_typing(episode.id, by=LI, now=room.now)
    assert room.sign.shown == ["o-ann"]
    room.clock.move(timedelta(seconds=10))
    await room.replies.show_typing(episode.id, by=LI, now=room.now)
    assert room.sign.shown == ["o-ann"] * 2
    room.clock.move(timedelta(seconds=16))  # more than half a minute after the patient's words
    await room.replies.show_typing(episode.id, by=LI, now=room.now)
    assert room.sign.shown == ["o-ann"] * 2


async def test_typing_is_shown_by_nobody_but_who_answers(room: DeskRoom) -> None:
    _, episode = await room.talk(LI)
    await room.replies.show_typing(episode.id, by=WANG, now=room.now)
    with pytest.raises(ForbiddenError):
        await room.replies.show_typing(episode.id, by=NOBODY, now=room.now)
    assert room.sign.shown == []


async def test_the_window_of_a_tap_is_told_in_minutes(room: DeskRoom) -> None:
    ann, _ = await room.talk(wrote=False)
    await room.outbox.rights.note_action(ann.id, Action.MENU_TAP, room.now)
    assert (await room.replies.meter(ann.id, room.now)).words == "还可回复 3 条 · 1 分钟"
