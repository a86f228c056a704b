"""What the check of words is told of the moment in which somebody writes."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.clinics import FixedClinic
from wxbot.actors import Actor
from wxbot.clinic.models import Block, Clinic, Weekday
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.models import Cause, Episode, EpisodeId
from wxbot.conversations.replies.spoken_check import ReplyCheck
from wxbot.conversations.rules import DeskRules
from wxbot.errors import NotFoundError
from wxbot.history.models import ContactId, Interaction, Kind
from wxbot.quality.facts import SpokenContext
from wxbot.quality.models import Finding
from wxbot.staff.models import Account, AccountId
from wxbot.staff.permissions import Role

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CLINIC = Clinic(
    name="晨光诊所",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(),
    practitioners=(),
)
EPISODE = Episode(
    id=EpisodeId("e"),
    key="e",
    contact_id=ContactId("ann"),
    cause=Cause.ASKED,
    reason="",
    opened_at=NOW,
    opened_by="patient",
    latest_at=NOW,
    waiting_since=NOW,
)

HOURS = tuple(
    Block(day=Weekday.MON, start=start, end=end) for start, end in ((time(9), time(12)), (time(13, 30), time(18)))
)


def line(minutes: float, kind: Kind, by: str, text: str | None) -> Interaction:
    at = NOW + timedelta(minutes=minutes)
    return Interaction(id=f"{minutes}", at=at, kind=kind, by=by, text=text, contact_id=EPISODE.contact_id)


LINES = [
    line(-600, Kind.MESSAGE_RECEIVED, "patient", "上个月的话"),
    line(-1, Kind.MESSAGE_RECEIVED, "patient", "洗牙多少钱"),
    line(0.1, Kind.MESSAGE_SENT, "bot", "已请同事回复您"),
    line(1, Kind.MESSAGE_SENT, "staff:7", "您好"),
    line(1.5, Kind.MESSAGE_DROPPED, "staff:7", "没有发出的话"),
    line(2, Kind.MESSAGE_RECEIVED, "patient", None),
    line(3, Kind.MESSAGE_RECEIVED, "patient", "在吗"),
]


class Words:
    """Remembers the moment it was asked in."""

    def __init__(self) -> None:
        self.asked: list[SpokenContext] = []

    def findings(self, text: str, context: SpokenContext) -> tuple[Finding, ...]:  # noqa: ARG002
        self.asked.append(context)
        return ()


class House:
    """The transcript, the shifts and the accounts."""

    async def timeline(
        self,
        contact_id: ContactId,
        *,
        before: datetime | None = None,  # noqa: ARG002
        limit: int = 100,
    ) -> list[Interaction]:
        assert contact_id == EPISODE.contact_id
        return LINES[::-1][:limit]

    async def ends_in(self, account_id: AccountId, now: datetime) -> timedelta | None:  # noqa: ARG002
        return timedelta(minutes=20)

    async def account(self, account_id: AccountId, *, by: Actor) -> Account:  # noqa: ARG002
        if account_id != "7":
            raise NotFoundError(account_id)
        return Account(
            id=account_id,
            login="li",
            name="小李",
            role=Role.RECEPTION,
            password_hash="",
            created_at=NOW,
            created_by="system",
            changed_at=NOW,
            changed_by="system",
        )


def reply_check(words: Words, house: House) -> ReplyCheck:
    clinics = FixedClinic(CLINIC)
    times = DeskTime(clinics, DeskRules(hours=HOURS))
    return ReplyCheck(words, clinics=clinics, times=times, transcript=house, duty=house, accounts=house)


@pytest.mark.parametrize(("account", "role"), [("7", "reception"), ("8", "")])
async def test_the_check_is_told_the_talk_the_shift_and_the_role(account: str, role: str) -> None:
    words, house = Words(), House()
    check = reply_check(words, house)
    later = NOW + timedelta(minutes=4)
    assert await check.findings("您好", EPISODE, AccountId(account), later) == ()
    [context] = words.asked
    assert context.patient_words == ("洗牙多少钱", "在吗")
    assert context.agent_replies == ("您好",)
    assert (context.shift_ends_in, context.waited) == (timedelta(minutes=20), timedelta(minutes=4))
    assert (context.at.hour, context.role) == (10, role)


async def test_lunch_is_no_wait_to_apologise_for() -> None:
    words, house = Words(), House()
    before_lunch = replace(EPISODE, waiting_since=NOW + timedelta(minutes=119, seconds=30))  # 11:59:30
    await reply_check(words, house).findings("您好", before_lunch, AccountId("7"), NOW + timedelta(hours=3, minutes=31))
    [context] = words.asked
    assert context.waited == timedelta(minutes=1, seconds=30)
