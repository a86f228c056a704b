"""The closing wizard: what to send first, and the two-step warning (A0-11, A2-27, A2-33, A0-35)."""

from datetime import datetime, timedelta

import pytest

from tests.clinics import FixedClinic
from tests.unit.conversations.talks import LI, episode, shipped, talk
from tests.unit.conversations.test_farewells import CLINIC
from wxbot.conversations.closing.closings import Closings
from wxbot.conversations.models import EndingKind
from wxbot.history.models import ContactId, Interaction
from wxbot.patients.models import Patient


class Known:
    """Records and bookings of a test."""

    def __init__(self, *, booked: bool = False) -> None:
        self.booked = booked

    async def of_contacts(self, _contact_ids: object) -> dict[ContactId, list[Patient]]:
        return {}

    async def upcoming(self, _contact_id: ContactId, _now: datetime) -> list[object]:
        return [object()] if self.booked else []


def closings(*, booked: bool = False) -> Closings:
    return Closings(shipped(), clinics=FixedClinic(CLINIC), patients=Known(), booking=Known(booked=booked))


ANSWERED = (("p", "洗牙要多少钱"), ("a", "您好，洗牙 180 到 320 元。"))


def after(lines: list[Interaction], seconds: int = 5) -> datetime:
    return lines[-1].at + timedelta(seconds=seconds)


async def test_the_wizard_leads_from_a_contact_over_more_to_the_days_farewell() -> None:
    lines = talk(*ANSWERED)
    first = await closings().propose(episode(), lines, by=LI, now=after(lines))
    assert (first.ask_contact != "", first.ask_more, first.needs_reason) == (True, "", True)
    lines = talk(*ANSWERED, ("p", "13857042219"), ("a", "好的，记下了，稍后给您发项目介绍。"))
    second = await closings().propose(episode(), lines, by=LI, now=after(lines))  # the number stands in the talk
    assert (second.ask_contact, second.ask_more) == ("", "请问您还有其他疑问吗？")
    lines = talk(*ANSWERED, ("a", second.ask_more), ("p", "没有了"))
    third = await closings(booked=True).propose(episode(), lines, by=LI, now=after(lines))
    assert (third.ask_more, third.farewell) == ("", "感谢您的咨询，仁和口腔祝您健康，再见！")
    lines = talk(*ANSWERED, ("a", second.ask_more), ("p", "没有了"), ("a", third.farewell))
    done = await closings(booked=True).propose(episode(), lines, by=LI, now=after(lines))
    assert (done.ending.kind, done.needs_reason) == (EndingKind.GREETING, False)


async def test_a_booking_ahead_is_as_good_as_a_contact() -> None:
    lines = talk(*ANSWERED)
    assert (await closings(booked=True).propose(episode(), lines, by=LI, now=after(lines))).ask_more


def test_an_abusive_patient_is_warned_twice_before_the_talk_may_end() -> None:
    room = closings()
    assert room.abuse(talk(*ANSWERED)) is None
    insulted = (*ANSWERED, ("p", "你是猪吗"))
    first = room.abuse(talk(*insulted))
    assert first is not None
    assert (first.warned, first.may_end) == (0, False)
    assert "慢慢说" in first.sentence
    assert "冷静" in first.words
    calmed = (*insulted, ("a", first.sentence), ("p", "好吧，那多少钱"))
    assert room.abuse(talk(*calmed)) is None  # they went on politely
    second = room.abuse(talk(*insulted, ("a", first.sentence), ("p", "滚蛋")))
    assert second is not None
    assert "文明语言" in second.sentence
    third = room.abuse(talk(*insulted, ("a", first.sentence), ("p", "滚蛋"), ("a", second.sentence), ("p", "脑残")))
    assert third is not None
    assert (third.warned, third.may_end, third.sentence) == (2, True, "")


@pytest.mark.parametrize(
    "words",
    [
        *("医疗废物怎么处理", "我妈的牙齿松了", "以前去死髓了", "拔牙后能吃烤羊肉串吗", "滚烫的水不能喝吧"),
        *("usb能充电吗", "一共88元", "这个水太烫了", "我牙疼死了", "智障老人能看牙吗"),
    ],
)
def test_talk_of_teeth_is_no_insult(words: str) -> None:
    assert not shipped().words.says("abuse", words)


@pytest.mark.parametrize(
    "words", ["你他妈的", "你是猪吗", "滚蛋", "TMD", "你们都去死吧", "你是烤羊肉串的吧", "傻逼", "你是傻B吗"]
)
def test_insults_are_told(words: str) -> None:
    assert shipped().words.says("abuse", words)
