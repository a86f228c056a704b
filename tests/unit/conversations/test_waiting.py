"""Why a patient waits, and when an answer is late."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from wxbot.clinic.models import Block, Clinic, Weekday
from wxbot.conversations.episodes.assignment import Seat
from wxbot.conversations.episodes.waiting import AtTheDesk, WhyWaiting, tone_of
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Agent, AgentStatus, Cause, Episode, EpisodeId, EpisodeState, Offer
from wxbot.conversations.rules import DeskRules
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

NOON = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # a Monday, 12:30
MORNING = NOON - timedelta(hours=2)
NIGHT = NOON + timedelta(hours=10)
RULES = DeskRules(
    hours=tuple(
        Block(day=day, start=time(start), end=time(end)) for day in Weekday for start, end in ((9, 12), (14, 18))
    )
)
TIME = BusinessTime(
    Clinic(
        name="", address="", phone="", privacy_contact="", timezone=ZoneInfo("Asia/Shanghai"), visit_types=(),
        practitioners=(),
    ),
    RULES,
)  # fmt: skip
LI = AccountId("li")


def episode(**more: object) -> Episode:
    facts: dict[str, object] = {
        "id": EpisodeId("e"),
        "key": "k",
        "contact_id": ContactId("ann"),
        "cause": Cause.ASKED,
        "reason": "",
        "opened_at": MORNING,
        "opened_by": "patient",
        "latest_at": MORNING,
        "waiting_since": MORNING,
        **more,
    }
    return Episode(**facts)  # type: ignore[arg-type]


def seat(taken: int) -> Seat:
    return Seat(account_id=LI, capacity=5, taken=taken)


AT_LUNCH = Agent(account_id=LI, status=AgentStatus.LUNCH)
PAUSED = Agent(account_id=LI, status=AgentStatus.PAUSED)


@pytest.mark.parametrize(
    ("desk", "now", "why"),
    [
        (AtTheDesk(), MORNING, WhyWaiting.NOBODY),
        (AtTheDesk(here=[PAUSED]), MORNING, WhyWaiting.NOBODY),
        (AtTheDesk(here=[AT_LUNCH]), MORNING, WhyWaiting.LUNCH),
        (AtTheDesk(seats=[seat(5)]), MORNING, WhyWaiting.FULL),
        (AtTheDesk(seats=[seat(5), seat(4)]), MORNING, WhyWaiting.NEXT),
        (AtTheDesk(seats=[seat(0)]), NOON, WhyWaiting.LUNCH),
        (AtTheDesk(seats=[seat(0)]), NIGHT, WhyWaiting.CLOSED),
    ],
)
def test_why_a_patient_waits(desk: AtTheDesk, now: datetime, why: WhyWaiting) -> None:
    assert desk.why(episode(), now, TIME) is why


def test_an_offer_says_so_until_it_ends() -> None:
    offered = episode(offer=Offer(to=LI, made_at=NIGHT, until=NIGHT + timedelta(seconds=20)))
    assert AtTheDesk().why(offered, NIGHT, TIME) is WhyWaiting.OFFERED
    assert AtTheDesk().why(offered, NIGHT + timedelta(seconds=20), TIME) is WhyWaiting.CLOSED


def test_what_somebody_has_waits_for_nobody() -> None:
    assert AtTheDesk().why(episode(state=EpisodeState.ASSIGNED), MORNING, TIME) is None


@pytest.mark.parametrize(
    ("replied", "waited", "tone"),
    [
        (False, 14, ""),
        (False, 15, "ring"),
        (False, 29, "ring"),
        (False, 30, "late"),
        (True, 59, ""),
        (True, 60, "ring"),
        (True, 119, "ring"),
        (True, 120, "late"),
    ],
)
def test_the_first_answer_rings_at_15_and_is_late_at_30_the_next_at_120(replied: bool, waited: int, tone: str) -> None:
    it = episode(first_reply_at=MORNING if replied else None)
    assert tone_of(it, timedelta(seconds=waited), RULES) == tone
    assert tone_of(episode(waiting_since=None), timedelta(seconds=waited), RULES) == ""
