"""When a silent patient is asked, and when the talk ends: only after our last word, and never unasked."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wxbot.clinic.models import Block, Clinic, Weekday
from wxbot.conversations.escalation.silence import Nudge, Step, is_silent, next_step, nudge_key
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Cause, Episode, EpisodeId, EpisodeState, Snooze
from wxbot.conversations.rules import DeskRules
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

ZONE = ZoneInfo("Asia/Shanghai")
RULES = DeskRules(hours=tuple(Block(day=day, start=time(9), end=time(18)) for day in Weekday))
CLINIC = Clinic(name="", address="", phone="", privacy_contact="", timezone=ZONE, visit_types=(), practitioners=())
TIME = BusinessTime(CLINIC, RULES)
ANSWERED = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE).astimezone(UTC)
MINUTE = timedelta(minutes=1)


def answered(**facts: object) -> Episode:
    episode = Episode(
        id=EpisodeId("e1"),
        key="k",
        contact_id=ContactId("c1"),
        cause=Cause.ASKED,
        reason="",
        opened_at=ANSWERED - MINUTE,
        opened_by="patient",
        latest_at=ANSWERED,
        state=EpisodeState.ASSIGNED,
        owner=AccountId("a1"),
        patient_at=ANSWERED - MINUTE,
        staff_at=ANSWERED,
    )
    return replace(episode, **facts)  # type: ignore[arg-type]


def step(minutes: float, *nudges: Nudge, episode: Episode | None = None, rules: DeskRules = RULES) -> Step | None:
    return next_step(episode or answered(), nudges, rules, TIME, ANSWERED + minutes * MINUTE)


def nudged(minutes: float, *, arrived: bool = True) -> Nudge:
    return Nudge(at=ANSWERED + minutes * MINUTE, arrived=arrived)


def test_two_nudges_and_then_the_end() -> None:
    assert step(2.9) is None
    assert step(3) == Step(number=0)
    assert step(9.9, nudged(3)) is None
    assert step(10, nudged(3)) == Step(number=1)
    assert step(29.9, nudged(3), nudged(10)) is None
    assert step(30, nudged(3), nudged(10)) == Step(number=2, closes=True)


def test_after_a_standstill_the_steps_keep_their_distance() -> None:
    assert step(120) == Step(number=0)
    assert step(120.1, nudged(120)) is None
    assert step(127, nudged(120)) == Step(number=1)
    assert step(128, nudged(120), nudged(127)) is None
    assert step(147, nudged(120), nudged(127)) == Step(number=2, closes=True)


def test_the_night_is_no_silence() -> None:
    evening = answered(staff_at=datetime(2026, 11, 23, 17, 59, tzinfo=ZONE).astimezone(UTC))
    assert step(12 * 60, episode=evening) is None  # ten in the evening
    assert step(23 * 60 + 1, episode=evening) is None  # 09:01
    assert step(23 * 60 + 2, episode=evening) == Step(number=0)


def test_nobody_is_left_who_was_not_asked() -> None:
    assert step(300, nudged(3, arrived=False), nudged(10, arrived=False)) is None
    assert step(300, nudged(3, arrived=False), nudged(10)) == Step(number=2, closes=True)
    assert step(300, rules=replace(RULES, nudges=())) is None


def test_only_where_the_last_word_is_ours_and_nothing_is_left_to_do() -> None:
    assert is_silent(answered())
    for facts in (
        {"waiting_since": ANSWERED + MINUTE, "patient_at": ANSWERED + MINUTE},
        {"patient_at": ANSWERED + MINUTE},  # 好的谢谢: a polite closer opens no clock, and is no silence
        {"hold_since": ANSWERED},  # 请稍等: it is for us to say something
        {"staff_at": None},
        {"state": EpisodeState.WAITING, "owner": None},
        {"state": EpisodeState.CLOSED},
    ):
        assert not is_silent(answered(**facts)), facts


SNOOZE = Snooze(until=ANSWERED + timedelta(days=2), why="等片子")


@given(st.integers(0, 5_000), st.lists(st.booleans(), max_size=2))
def test_a_snoozed_one_never_takes_a_step(minutes: int, arrived: list[bool]) -> None:
    """Field traps 1.2, row 4: snoozed chats were closed by themselves."""
    snoozed = answered(state=EpisodeState.SNOOZED, snooze=SNOOZE)
    nudges = tuple(nudged(number, arrived=each) for number, each in enumerate(arrived))
    assert step(minutes, *nudges, episode=snoozed) is None


def test_each_silence_is_asked_about_anew() -> None:
    later = answered(staff_at=ANSWERED + MINUTE)
    assert nudge_key(answered(), 0) != nudge_key(later, 0)
    assert nudge_key(answered(), 0) != nudge_key(answered(), 1)
