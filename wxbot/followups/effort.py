"""How the work is divided, against the clinic's goals (A1-01 to A1-06), and what each person did on a day (A2-02)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wxbot.actors import STAFF, Actor
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.attempt_models import Effort, Group, Mood, Outcome
from wxbot.followups.models import FollowUpKind
from wxbot.followups.rules import FollowUpRules
from wxbot.followups.service import READ, FollowUps
from wxbot.followups.stores.attempts import AttemptStore, Tally
from wxbot.followups.stores.worklist import WorklistStore

FIGURES = "followups:figures:read"
WEEK = timedelta(days=7)
WHOLE = 100  # percent


@dataclass(frozen=True, kw_only=True)
class Share:
    """One kind of work of a group: what it is and what it should be, in percent of the attempts."""

    effort: Effort
    count: int
    percent: float
    goal: int

    @property
    def drift(self) -> float:
        """Percentage points beside the goal; positive is more than wanted."""
        return self.percent - self.goal


@dataclass(frozen=True, kw_only=True)
class Mix:
    """How a group divided its work."""

    group: Group
    shares: tuple[Share, ...]
    count: int  # attempts that count for any goal of the group, or for none of them

    def drifted(self, rules: FollowUpRules) -> bool:
        """Whether it is so far beside the goals that the head is told."""
        return self.count >= rules.fewest and any(abs(each.drift) > rules.drift for each in self.shares)


@dataclass(frozen=True, kw_only=True)
class PersonDay:
    """What one person did: attempts by outcome, moods, minutes, follow-ups finished."""

    by: str
    outcomes: Mapping[str, int]
    moods: Mapping[str, int]
    minutes: int
    done: int

    @property
    def count(self) -> int:
        """All attempts."""
        return sum(self.outcomes.values())

    @property
    def reached(self) -> int:
        """Those in which the patient was reached."""
        return self.outcomes.get(Outcome.REACHED, 0)


def mixes(tallies: Sequence[Tally], rules: FollowUpRules) -> list[Mix]:
    """The division of each group's work, groups without goals left out. Pure."""
    found = []
    for group, goals in rules.mix.items():
        of_group = [each for each in tallies if each.group == group.value and each.effort]
        count = sum(each.count for each in of_group)
        shares = []
        for effort, goal in goals.items():
            number = sum(each.count for each in of_group if each.effort == effort.value)
            percent = WHOLE * number / count if count else 0.0
            shares.append(Share(effort=effort, count=number, percent=percent, goal=goal))
        found.append(Mix(group=group, shares=tuple(shares), count=count))
    return found


def person_days(tallies: Sequence[Tally], done: Mapping[str, int]) -> list[PersonDay]:
    """What each person did, the busiest first. Pure."""
    people = sorted({each.by for each in tallies} | {by for by in done if by.startswith(STAFF)})
    found = []
    for by in people:
        own = [each for each in tallies if each.by == by]
        outcomes = {each.value: sum(one.count for one in own if one.outcome == each.value) for each in Outcome}
        moods = {each.value: sum(one.count for one in own if one.mood == each.value) for each in Mood}
        minutes = round(sum(each.seconds for each in own) / 60)
        found.append(PersonDay(by=by, outcomes=outcomes, moods=moods, minutes=minutes, done=done.get(by, 0)))
    return sorted(found, key=lambda each: (-each.count, each.by))


class EffortFigures:
    """Figures of the work, each opening its records."""

    def __init__(
        self,
        attempts: AttemptStore,
        worklist: WorklistStore,
        *,
        followups: FollowUps,
        clinics: LiveClinic,
        rules: FollowUpRules,
    ) -> None:
        self._attempts = attempts
        self._worklist = worklist
        self._followups = followups
        self._clinics = clinics
        self._rules = rules

    async def days(self, first: date, last: date, *, by: Actor) -> list[PersonDay]:
        """What each person did from one local day to another; one's own only, without the right to figures.

        Raises ForbiddenError.
        """
        by.must(READ)
        since, until = self._midnight(first), self._midnight(last + timedelta(days=1))
        tallies = await self._attempts.tally(since, until)
        found = person_days(tallies, await self._worklist.done_by(since, until))
        return found if by.may(FIGURES) else [each for each in found if each.by == by.by]

    async def mix(self, first: date, last: date, *, by: Actor) -> list[Mix]:
        """How each group divided its work. Raises ForbiddenError."""
        by.must(FIGURES)
        since, until = self._midnight(first), self._midnight(last + timedelta(days=1))
        return mixes(await self._attempts.tally(since, until), self._rules)

    async def warn(self, now: datetime) -> int:
        """Once per week and group, tell the head that last week's work was divided otherwise; the number opened."""
        today = now.astimezone(self._clinics.current.timezone).date()
        monday = today - timedelta(days=today.weekday())
        keys = {group: f"effort/{monday}/{group.value}" for group in self._rules.mix}
        known = await self._followups.opened_before(keys.values(), now)
        if len(known) == len(keys):
            return 0
        since = self._midnight(monday - WEEK)
        opened = 0
        for each in mixes(await self._attempts.tally(since, self._midnight(monday)), self._rules):
            if keys[each.group] in known or not each.drifted(self._rules):
                continue
            told = "，".join(f"{one.effort.label} {one.percent:.0f}%（目标 {one.goal}%）" for one in each.shares)
            await self._followups.open(
                key=keys[each.group],
                kind=FollowUpKind.CHECK,
                reason=f"上周{each.group.label}的联系与目标相差较大：{told}。请主管看一看原因",
                contact_id=None,
                patient_id=None,
                due_at=now,
                now=now,
            )
            opened += 1
        return opened

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._clinics.current.timezone)
