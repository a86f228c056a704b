"""Replies are checked with the moment in which they are written: what was said, the shift, who began, who writes."""

from datetime import datetime, timedelta

import pytest

from tests.clinics import FixedClinic
from tests.store.desk_room import LI, DeskRoom
from tests.store.test_outbox_delivery import MovingClock, Platform
from tests.unit.quality.spoken_case import check, shipped
from wxbot.actors import Actor
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.models import Cause, Episode, Handover
from wxbot.conversations.replies.spoken_check import ReplyCheck
from wxbot.conversations.rules import DeskRules
from wxbot.database import Database
from wxbot.errors import NotFoundError
from wxbot.history.models import By, Interaction, Kind
from wxbot.quality.facts import SpokenContext
from wxbot.quality.models import Finding
from wxbot.staff.models import Account, AccountId

LI_ID = AccountId(LI.id)


class ShiftEnding:
    """Everybody's shift ends in nine minutes."""

    async def ends_in(self, account_id: AccountId, now: datetime) -> timedelta | None:  # noqa: ARG002 - everybody's
        return timedelta(minutes=9)


class NoAccounts:
    """Knows nobody."""

    async def account(self, account_id: AccountId, *, by: Actor) -> Account:  # noqa: ARG002 - nobody
        raise NotFoundError(account_id)


class Remembering:
    """The shipped check, and with what it was asked."""

    def __init__(self) -> None:
        self.asked: list[SpokenContext] = []

    def findings(self, text: str, context: SpokenContext) -> tuple[Finding, ...]:
        self.asked.append(context)
        return check().findings(text, context)


class Asked:
    """The desk's check over a real transcript."""

    def __init__(self, room: DeskRoom) -> None:
        self.room = room
        self.words = Remembering()
        self.check = ReplyCheck(
            self.words,
            clinics=FixedClinic(shipped().clinic),
            times=DeskTime(FixedClinic(shipped().clinic), DeskRules()),
            transcript=room.history,
            duty=ShiftEnding(),
            accounts=NoAccounts(),
        )

    async def stopped(self, text: str, episode: Episode, later: timedelta = timedelta(minutes=1)) -> set[str]:
        found = await self.check.findings(text, episode, LI_ID, self.room.now + later)
        return {each.label for each in found if each.blocks}

    @property
    def moment(self) -> SpokenContext:
        return self.words.asked[-1]


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def asked(database: Database, clock: MovingClock, platform: Platform) -> Asked:
    room = DeskRoom(database, clock, platform)
    await database.create_indexes(room.stores)
    return Asked(room)


async def said(room: DeskRoom, episode: Episode, *lines: tuple[str, str]) -> None:
    """Lines of the transcript, a second apart: (by, words)."""
    for number, (by, words) in enumerate(lines, 1):
        kind = Kind.MESSAGE_RECEIVED if by == By.PATIENT else Kind.MESSAGE_SENT
        at = episode.opened_at + timedelta(seconds=number)
        line = Interaction(id=f"l{number}", at=at, kind=kind, contact_id=episode.contact_id, by=by, text=words)
        await room.history.append(line)


async def test_what_was_said_in_this_talk_is_known_by_whom(asked: Asked) -> None:
    _, episode = await asked.room.talk()
    lines = ((By.PATIENT, "洗牙多少钱"), (By.BOT, "请稍等"), ("staff:7", "您好"), (By.PATIENT, "在吗"))
    await said(asked.room, episode, *lines)
    await asked.stopped("您好", episode)
    assert asked.moment.patient_words == ("洗牙多少钱", "在吗")
    assert asked.moment.agent_replies == ("您好",)


async def test_price_list_schedule_and_shift_are_asked(asked: Asked) -> None:
    _, episode = await asked.room.talk()
    await said(asked.room, episode, (By.PATIENT, "洗牙多少钱"))
    texts = ("99元就行", "刘教授下周不在", "您明天再咨询吧", "洗牙180–320元，以面诊为准")
    found = [await asked.stopped(text, episode) for text in texts]
    assert found == [{"私自许价"}, {"虚假紧迫"}, {"敷衍"}, set()]


async def test_another_department_is_fine_just_after_the_talk_was_handed_over(asked: Asked) -> None:
    _, episode = await asked.room.talk()
    handover = Handover(at=asked.room.now, by=LI_ID, to=AccountId("8"), reason="财务的事")
    handed = asked.room.desk.change(episode.id, handovers=(handover,))
    assert await asked.stopped("您去收费科问一下吧", episode) == {"推卸"}
    assert await asked.stopped("您去收费科问一下吧", handed) == set()
    assert await asked.stopped("您去收费科问一下吧", handed, timedelta(minutes=5)) == {"推卸"}


async def test_a_talk_that_the_clinic_began_is_a_follow_up_until_the_patient_writes(asked: Asked) -> None:
    _, episode = await asked.room.talk()
    episode = asked.room.desk.change(episode.id, cause=Cause.STAFF)
    await asked.stopped("不好意思", episode)
    assert asked.moment.follow_up
    await said(asked.room, episode, (By.PATIENT, "好的"))
    await asked.stopped("不好意思", episode)
    assert not asked.moment.follow_up


async def test_a_blank_that_was_not_filled_does_not_leave(asked: Asked) -> None:
    _, episode = await asked.room.talk()
    checked = await asked.room.replies.check(episode.id, "我在〔时间〕前回复您", by=LI, now=asked.room.now)
    assert checked.blocked
