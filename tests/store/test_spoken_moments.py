"""Replies are checked with the moment in which they are written: what was said, the shift, who began, who writes."""

from datetime import datetime, time, timedelta

import pytest

from tests.clinics import FixedClinic
from tests.store.desk_room import CHEN, LI, WANG, DeskRoom
from tests.store.test_outbox_delivery import CLINIC, MovingClock, Platform
from tests.unit.quality.spoken_case import check, shipped
from wxbot.actors import Actor
from wxbot.clinic.models import Block, Weekday
from wxbot.conversations.clocks import DeskTime
from wxbot.conversations.desk_words import DeskWords
from wxbot.conversations.models import Cause, Episode, Handover
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.spoken_moments import SpokenMoments
from wxbot.database import Database
from wxbot.history.models import By, Interaction, Kind
from wxbot.staff.models import AccountId

ALWAYS = DeskRules(hours=tuple(Block(day=day, start=time(0), end=time(23, 59)) for day in Weekday))


class ShiftEnding:
    """Everybody's shift ends in a while."""

    def __init__(self, left: timedelta | None) -> None:
        self.left = left

    async def ends_in(self, account_id: AccountId, now: datetime) -> timedelta | None:  # noqa: ARG002 - everybody's
        return self.left


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def room(database: Database, clock: MovingClock, platform: Platform) -> DeskRoom:
    made = DeskRoom(database, clock, platform)
    await database.create_indexes(made.stores)
    return made


def moments(room: DeskRoom, left: timedelta | None = None) -> SpokenMoments:
    times = DeskTime(FixedClinic(CLINIC), ALWAYS)
    return SpokenMoments(history=room.history, shifts=ShiftEnding(left), times=times)


async def said(room: DeskRoom, episode: Episode, *lines: tuple[str, str]) -> None:
    """Lines of the transcript, a second apart: (by, words)."""
    for number, (by, words) in enumerate(lines, 1):
        kind = Kind.MESSAGE_RECEIVED if by == By.PATIENT else Kind.MESSAGE_SENT
        at = episode.opened_at + timedelta(seconds=number)
        line = Interaction(id=f"l{number}", at=at, kind=kind, contact_id=episode.contact_id, by=by, text=words)
        await room.history.append(line)


async def test_what_was_said_in_this_talk_is_known_by_whom(room: DeskRoom) -> None:
    _, episode = await room.talk()
    lines = ((By.PATIENT, "洗牙多少钱"), (By.BOT, "请稍等"), ("staff:7", "您好"), (By.PATIENT, "在吗"))
    await said(room, episode, *lines)
    moment = await moments(room).of(episode, by=LI, now=room.now)
    assert moment.patient_said == ("洗牙多少钱", "在吗")
    assert moment.staff_said == ("您好",)
    assert (moment.role, moment.follow_up, moment.handed_over) == ("reception", False, False)


@pytest.mark.parametrize(("by", "role"), [(LI, "reception"), (WANG, "consultant"), (CHEN, "manager")])
async def test_who_writes_is_known_by_their_role(room: DeskRoom, by: Actor, role: str) -> None:
    _, episode = await room.talk()
    assert (await moments(room).of(episode, by=by, now=room.now)).role == role


async def test_the_wait_the_shift_and_a_hand_over_count(room: DeskRoom) -> None:
    _, episode = await room.talk()
    handover = Handover(at=room.now, by=AccountId("7"), to=AccountId("8"), reason="财务的事")
    episode = room.desk.change(episode.id, waiting_since=room.now - timedelta(seconds=130), handovers=(handover,))
    moment = await moments(room, timedelta(minutes=9)).of(episode, by=LI, now=room.now)
    assert (moment.waited, moment.shift_ends_in) == (timedelta(seconds=130), timedelta(minutes=9))
    assert moment.handed_over
    later = await moments(room).of(episode, by=LI, now=room.now + timedelta(minutes=5))
    assert not later.handed_over


async def test_a_talk_that_the_clinic_began_is_a_follow_up_until_the_patient_writes(room: DeskRoom) -> None:
    _, episode = await room.talk()
    episode = room.desk.change(episode.id, cause=Cause.STAFF)
    assert (await moments(room).of(episode, by=LI, now=room.now)).follow_up
    await said(room, episode, (By.PATIENT, "好的"))
    assert not (await moments(room).of(episode, by=LI, now=room.now)).follow_up


async def test_the_desk_asks_for_all_of_it(room: DeskRoom) -> None:
    """Price list, schedule, shift and talk, through the seam by which replies are checked."""
    _, episode = await room.talk()
    await said(room, episode, (By.PATIENT, "洗牙多少钱"))
    words = DeskWords(check(), FixedClinic(shipped().clinic))
    moment = await moments(room, timedelta(minutes=9)).of(episode, by=LI, now=room.now)
    labels = [
        {each.label for each in words.findings(text, moment) if each.blocks}
        for text in ("99元就行", "刘教授下周不在", "您明天再咨询吧", "洗牙180–320元，以面诊为准")
    ]
    assert labels == [{"私自许价"}, {"虚假紧迫"}, {"敷衍"}, set()]


async def test_a_reply_that_the_moment_forbids_does_not_leave(room: DeskRoom) -> None:
    _, episode = await room.talk()
    checked = await room.replies.check(episode.id, "我在〔时间〕前回复您", by=LI, now=room.now)
    assert checked.blocked
    assert (await room.replies.check(episode.id, "  ", by=LI, now=room.now)).findings == ()
