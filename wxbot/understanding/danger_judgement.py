"""Which of the danger rules that match counts, seen with what the patient was treated for lately (A2-74). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from wxbot.clinic.models import VisitType
from wxbot.understanding.danger import DangerRule, Urgency
from wxbot.understanding.message import normalise
from wxbot.understanding.models import DangerFound

FOLLOWED_FOR = timedelta(days=30)  # a sign this long after a treatment is told with it


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """A visit that took place. `whose` is the patient's name where the contact speaks for several."""

    visit_type: VisitType
    at: datetime
    whose: str = ""

    def about(self, now: datetime, zone: tzinfo) -> str:
        """For staff: 智齿拔除，11月18日，2天前."""
        day, today = self.at.astimezone(zone).date(), now.astimezone(zone).date()
        ago = {0: "今天", 1: "昨天"}.get((today - day).days, f"{(today - day).days}天前")
        whose = f"{self.whose}：" if self.whose else ""
        return f"{whose}{self.visit_type.name}，{day.month}月{day.day}日，{ago}"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The rule that counts, every rule that matched, and the treatment that the signs follow, if any is known."""

    rule: DangerRule
    rules: tuple[DangerRule, ...]
    treatment: Treatment | None

    @property
    def emergency(self) -> bool:
        """Whether 120 comes first."""
        return self.rule.urgency is Urgency.EMERGENCY


def judge(
    found: DangerFound, treatments: Iterable[Treatment], now: datetime, rules: Mapping[str, DangerRule]
) -> Judgement | None:
    """What `found` comes to. None only when none of its rules is known.

    The most urgent rule counts. Among those, one that is meant for a treatment at that time comes first where the
    treatment is known, and last where it is not: no known treatment makes a sign harmless.
    """
    matching = [rules[each] for each in found.rules if each in rules]
    if not matching:
        return None
    latest = sorted((each for each in treatments if each.at <= now), key=lambda each: each.at, reverse=True)
    treatments_by_rule = {rule.id: _followed(rule, latest, now) for rule in matching}

    def order(rule: DangerRule) -> tuple[bool, int]:
        special = bool(rule.projects) or rule.last_hour is not None
        fits = treatments_by_rule[rule.id] is not None
        return rule.urgency is not Urgency.EMERGENCY, 0 if special and fits else 2 if special else 1

    ordered = sorted(matching, key=order)
    rule = ordered[0]
    treatment = treatments_by_rule[rule.id]
    if treatment is None and latest and now - latest[0].at <= FOLLOWED_FOR:
        treatment = latest[0]
    return Judgement(rule=rule, rules=tuple(ordered), treatment=treatment)


def _followed(rule: DangerRule, latest: Sequence[Treatment], now: datetime) -> Treatment | None:
    """The latest treatment that the rule is meant for."""
    for treatment in latest:
        hours = (now - treatment.at) / timedelta(hours=1)
        if hours > FOLLOWED_FOR / timedelta(hours=1) or hours < rule.first_hour:
            continue
        if rule.last_hour is not None and hours > rule.last_hour:
            continue
        if not rule.projects or any(_names(treatment.visit_type, word) for word in rule.projects):
            return treatment
    return None


def _names(visit_type: VisitType, word: str) -> bool:
    if word in {visit_type.id, visit_type.aftercare}:
        return True
    folded = normalise(word).words
    return any(folded in normalise(name).words for name in (visit_type.name, *visit_type.also))
