"""What becomes of steps that fell due while nobody looked, or their plan was paused. Pure.

They are sent, skipped, asked about, or missed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from wxbot.care.models import CatchUp, Due

LONGEST_PAUSE = timedelta(minutes=10)  # between two looks; they are a minute apart
SKIPPED, MISSED, ASKED = "skipped_after_downtime", "missed_downtime", "asked"
GAP = "gap"  # of a precondition: the gap in which it fell due, where it was not simply sent later
ASKED_WORDS = "服务中断或计划暂停期间到期，等同事决定是否补发"
PAUSE = "pause-"  # the beginning of the name of a gap that was a pause
MOST_NAMED = 20


class Fate(StrEnum):
    """What becomes of one of them."""

    SEND = "send"  # as any other: judged when it is to leave
    SKIP = "skip"
    ASK = "ask"
    MISSED = "missed"  # nothing worth sending any more


FATE_WORDS: Mapping[Fate, str] = {
    Fate.SEND: "照常补发",
    Fate.SKIP: "按计划跳过",
    Fate.ASK: "等同事决定",
    Fate.MISSED: "已过有效时间，不再发",
}
WORDS: Mapping[Fate, tuple[str, str]] = {  # reason and sentence of a row that ends at once; after what happened
    Fate.SKIP: (SKIPPED, "期间到期，这一步在计划里写明不补发"),
    Fate.MISSED: (MISSED, "期间到期，恢复时已过有效时间"),
}


@dataclass(frozen=True)
class Gap:
    """A stretch in which nobody looked, or in which one plan was paused: what fell due in (since, until] is caught up.

    `plan` is the key of the paused one; empty: the service was down, and it is about all of them.
    """

    since: datetime
    until: datetime
    plan: str = ""

    @property
    def id(self) -> str:
        """Its name: when it began, which every process reads alike; of a pause also its plan."""
        return f"{f'{PAUSE}{self.plan}-' if self.plan else ''}{self.since:%Y%m%dT%H%M%S}"

    @property
    def words(self) -> str:
        """What happened, for staff."""
        return gap_words(self.id)

    def fate(self, step: Due) -> Fate:
        """What becomes of a step that is due now, or was in the gap."""
        if step.expires_at <= self.until:
            return Fate.MISSED
        if step.due_at <= self.since:
            return Fate.SEND
        return {CatchUp.SEND: Fate.SEND, CatchUp.SKIP: Fate.SKIP, CatchUp.ASK: Fate.ASK}[step.step.catch_up]

    def question(self, step: Due, tz: tzinfo) -> str:
        """Which decision a step waits for: one per gap, plan and local day."""
        return f"{self.id}/{step.plan.key}/{step.due_at.astimezone(tz).date().isoformat()}"


def gap_words(gap: str) -> str:
    """What happened in the gap of that name, for staff."""
    return "计划暂停" if gap.startswith(PAUSE) else "服务中断"


def gap_of(last: datetime | None, now: datetime) -> Gap | None:
    """The gap that ends now; None where the last look was a moment ago, or there was none."""
    return Gap(last, now) if last is not None and now - last > LONGEST_PAUSE else None


def report(gap: Gap, counts: Mapping[tuple[str, Fate], int], tz: tzinfo) -> str:
    """What a colleague reads of a gap; `counts` by the plan's title and fate."""
    total: Counter[Fate] = Counter()
    plans: dict[str, Counter[Fate]] = {}
    for (plan, fate), number in counts.items():
        total[fate] += number
        plans.setdefault(plan, Counter())[fate] += number
    begun, ended = (each.astimezone(tz) for each in (gap.since, gap.until))
    lines = [f"「{plan}」{_counted(numbers)}" for plan, numbers in sorted(plans.items())]
    return (
        f"{'计划' if gap.plan else '系统'}从 {begun:%m月%d日 %H:%M} 到 {ended:%m月%d日 %H:%M} "
        f"{'暂停' if gap.plan else '没有运行'}，期间到期的关怀共 {total.total()} 条："
        f"{_counted(total)}。{'；'.join(lines)}。"
    )


def question_words(gap: Gap, plan: str, day: str, names: Iterable[str], number: int) -> str:
    """What a colleague reads who decides about the steps of one plan and day."""
    named = "、".join(list(names)[:MOST_NAMED])
    more = f" 等 {number} 位" if number > MOST_NAMED else ""
    return f"{gap.words}期间，「{plan}」有 {number} 条关怀在 {day} 到期，请决定补发还是跳过：{named}{more}。"


def _counted(numbers: Mapping[Fate, int]) -> str:
    return "，".join(f"{FATE_WORDS[fate]} {numbers[fate]} 条" for fate in Fate if numbers.get(fate))
