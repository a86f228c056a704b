"""What a clinic sets for its calls. Read from config/followups.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from wxbot.followups.attempt_models import Clock, Effort, Group
from wxbot.followups.leads import INVITES, LEAD_SCRIPT
from wxbot.followups.models import ComplaintStep, FollowUp, FollowUpKind

CALL, ANSWER = "call", "answer"
_BY_KIND: Mapping[FollowUpKind, str] = {
    FollowUpKind.DANGER: "danger",
    FollowUpKind.COMPLAINT: "complaint",
    FollowUpKind.CORRECTION: "correction",
}


@dataclass(frozen=True, kw_only=True)
class Script:
    """What is said in one kind of call: who is it, what for, is it convenient, then the questions (A2-55, A2-56).

    The sentences may name {name}, {staff}, {clinic}, {about} and {day}, on which it was told.
    """

    key: str
    name: str
    goal: str = ""  # stands on top of the card (A2-11)
    greeting: str = ""
    purpose: str = ""
    lines: tuple[str, ...] = ()
    closing: str = ""
    effort: Effort | None = None  # which share of the work it counts for
    clock: Clock | None = None  # within which hours it must be done
    reason: bool = False  # whoever is reached, or refuses, is asked why (A1-09)


@dataclass(frozen=True, kw_only=True)
class FollowUpRules:
    """When and how often patients are called, whose they are, what is said, how the work is divided."""

    windows: tuple[tuple[time, time], ...] = ((time(9), time(11, 30)), (time(14), time(17)))  # local (A2-09)
    most: int = 5  # calls without an answer before a person decides (A2-12)
    week: int = 3  # calls to one patient in seven days (A1-15)
    unanswered: tuple[str, ...] = ()  # words that are no outcome of a call
    vip_tags: frozenset[str] = frozenset()  # patients whom only their own consultant calls (A1-07)
    hours: Mapping[Clock, timedelta] = field(
        default_factory=lambda: {
            Clock.COMPLAINT: timedelta(hours=48),
            Clock.FIRST_VISIT: timedelta(hours=24),
            Clock.AFTERCARE: timedelta(hours=24),
        }
    )
    mix: Mapping[Group, Mapping[Effort, int]] = field(default_factory=dict)  # percent
    drift: int = 15  # percentage points beside the goal that are worth a warning
    fewest: int = 10  # attempts in a week, below which nothing is said of it
    pool: timedelta = timedelta(days=30)  # for how long the list must last (A2-03)
    scripts: tuple[Script, ...] = (Script(key=CALL, name="电话联系"),)

    def due_at(self, kind: str, script: str, asked_at: datetime) -> datetime:
        """When a call that a care plan asks for is due: where a clock runs, when it is over (A4-41, A4-45)."""
        clock = next((each.clock for each in self.scripts if each.key == script), None)
        return asked_at + self.hours[clock] if kind == FollowUpKind.RECALL and clock is not None else asked_at

    def script_of(self, task: FollowUp) -> Script:
        """How a follow-up is talked about: by its own key, else by its kind, else the general one.

        A complaint that was listened to is answered by `answer` from then on (A1-30, A2-54).
        """
        by_key = {each.key: each for each in self.scripts}
        usual = _BY_KIND.get(task.kind, LEAD_SCRIPT if task.key.startswith(INVITES) else CALL)
        if task.kind is FollowUpKind.COMPLAINT and task.step is not ComplaintStep.NEW and ANSWER in by_key:
            return by_key[ANSWER]
        return by_key.get(task.script or usual) or by_key[CALL]


def followup_rules(entries: Mapping[str, Any]) -> FollowUpRules:
    """The rules that a file's entries say."""
    calls, effort = entries["calls"], entries["effort"]
    shares = {group: effort[group.value] for group in Group if group.value in effort}
    return FollowUpRules(
        windows=tuple((start, end) for start, end in calls["windows"]),
        most=calls["most"],
        week=calls["week"],
        unanswered=tuple(calls["unanswered"]),
        vip_tags=frozenset(entries["owners"]["vip_tags"]),
        hours={Clock(name): timedelta(hours=hours) for name, hours in entries["hours"].items()},
        mix={group: {Effort(name): share for name, share in of.items()} for group, of in shares.items()},
        drift=effort["drift"],
        fewest=effort["fewest"],
        pool=timedelta(days=effort["pool_days"]),
        scripts=tuple(_script(each) for each in entries["scripts"]),
    )


def _script(entry: Mapping[str, Any]) -> Script:
    effort, clock = entry["effort"], entry["clock"]
    return Script(
        **{
            **entry,
            "lines": tuple(entry["lines"]),
            "effort": Effort(effort) if effort else None,
            "clock": Clock(clock) if clock else None,
        }
    )
