"""What a clinic sets for its desk. Read from config/desk.toml; these are the values where it says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from wxbot.clinic.models import Block
from wxbot.conversations.standards import STANDARDS, Standard


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One rung of the ladder of escalation: who is told when a patient has waited so long (business time)."""

    name: str
    after: timedelta
    tell: tuple[str, ...]  # "owner", "desk", "supervisor", "wechat"


@dataclass(frozen=True, kw_only=True)
class DeskRules:
    """Times in business time unless said otherwise. Sources: A3-02, A0-05, A0-18, A2-22, A2-79."""

    ring_after: timedelta = timedelta(seconds=15)  # first human reply: it rings
    first_reply: timedelta = timedelta(seconds=30)  # … and is late
    next_reply: timedelta = timedelta(seconds=120)
    hold_limit: timedelta = timedelta(seconds=120)  # after 请稍等 something must follow
    offer_for: timedelta = timedelta(seconds=20)  # an offer moves on after it; by the clock
    silent_after: timedelta = timedelta(seconds=120)  # taken and not answered: to the head of the queue; by the clock
    pause_after_missed: int = 2  # offers missed in a row, then 小休
    ladder: tuple[Rung, ...] = (
        Rung(name="owner", after=timedelta(seconds=30), tell=("owner",)),
        Rung(name="desk", after=timedelta(seconds=60), tell=("desk",)),
        Rung(name="supervisor", after=timedelta(minutes=2), tell=("supervisor",)),
        Rung(name="wechat", after=timedelta(minutes=5), tell=("supervisor", "wechat")),
    )
    nudges: tuple[timedelta, ...] = (timedelta(minutes=3), timedelta(minutes=10))  # to a silent patient (A2-22)
    close_silent_after: timedelta = timedelta(minutes=20)  # after the last nudge's time: 客户结束
    no_new_before_end: timedelta = timedelta(minutes=30)  # of a shift (A0-18); by the clock
    take_back: timedelta = timedelta(seconds=3)  # an answer waits so long before it leaves; 0 to 5 s
    presence: timedelta = timedelta(seconds=45)  # without a sign of life somebody is gone; by the machine's clock
    capacity: int = 5  # effort units of a person at once
    trainee_capacity: int = 2
    hours: tuple[Block, ...] = ()  # when the desk answers; empty: while the clinic is open
    emergency_line: str = "120"
    high_intent: tuple[str, ...] = ()  # words of somebody about to decide (A0-16)
    hold_words: tuple[str, ...] = ("请稍等", "稍等一下", "请您稍候")  # after which something must follow (A2-79)
    tags: tuple[str, ...] = ()  # proposed where a colleague tags a patient
    block_usual: timedelta = timedelta(days=7)  # so long an abusive patient is blocked where nothing else is said
    block_most: timedelta = timedelta(days=90)  # … and at most, unless it is until somebody lifts it
    promise_warning: timedelta = timedelta(minutes=10)  # before a promise is due its owner is told; by the clock
    promise_vague: timedelta = timedelta(minutes=30)  # when 稍后回复您 is due; by the clock
    standards: Mapping[str, Standard] = field(default_factory=lambda: dict(STANDARDS))  # by figure (A0-03)
    promise_broken_after: timedelta = timedelta(days=1)  # overdue for so long it counts as broken; by the clock
