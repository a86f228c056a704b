"""The score of a talk: 100 less what was found, and 0 for one thing that must never happen (A0-37, 100 − 1). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wxbot.conversations.evaluation.figure_definitions import FIRST_REPLY_SECONDS, NEXT_REPLY_SECONDS
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.models import EndingKind
from wxbot.labels import LabelledEnum
from wxbot.quality.models import Severity

FULL = 100
VETO = 3  # from this level on one finding takes the whole score, and opens an incident (A0-32, A0-37)
WORST = 4
MOST_OF_A_KIND = 20  # points that repeated small findings of the lexicon cost together
LEAST = {Severity.HINT.value: 1, Severity.WARN.value: 1, Severity.BLOCK.value: 2}  # of a finding without a grade
POINTS_OF = {1: 2, 2: 5, VETO: FULL, WORST: FULL}
LEVELS = {1: "轻微", 2: "一般", 3: "严重", 4: "恶劣"}


class RubricItem(LabelledEnum):
    """What a rater looks for (A2-83, A2-84). Passing on what one does not know costs nothing."""

    DRAWLING = ("drawling", "拖腔、拖延")
    CURT = ("curt", "态度生硬")
    LECTURING = ("lecturing", "教训患者")
    IRRITATED = ("irritated", "烦躁")
    CROSS = ("cross", "诘问、质问")
    PRETENDING = ("pretending", "不懂装懂")
    SHIRKING = ("shirking", "推诿")
    STALLING = ("stalling", "搪塞")
    WRONG = ("wrong", "答错或不完整")


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a rater found: the item, how bad it is (1 to 4), and where."""

    item: RubricItem
    level: int
    line_id: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Deduction:
    """What a score lost points for."""

    name: str
    points: int
    level: int
    line_id: str = ""

    @property
    def vetoes(self) -> bool:
        """Whether it takes the whole score."""
        return self.level >= VETO


@dataclass(frozen=True, kw_only=True)
class Score:
    """Points from 0 to 100, and why."""

    points: int
    deductions: tuple[Deduction, ...] = ()

    @property
    def level(self) -> int:
        """The worst level found; 0 for none."""
        return max((each.level for each in self.deductions), default=0)


def score(figures: EpisodeFigures, marks: Sequence[Mark] = ()) -> Score:
    """The score of a measured talk with a rater's marks."""
    found = (*_by_rule(figures), *_by_lexicon(figures), *_by_rater(marks))
    if any(each.vetoes for each in found):
        return Score(points=0, deductions=found)
    return Score(points=max(0, FULL - sum(each.points for each in found)), deductions=found)


def _by_rule(it: EpisodeFigures) -> Iterator[Deduction]:
    if it.ending is EndingKind.SYSTEM:  # outages are excluded from the agent's score (A0-14)
        return
    if it.first_reply_seconds is not None and it.first_reply_seconds > FIRST_REPLY_SECONDS:
        yield Deduction(name=f"首次答复超过 {FIRST_REPLY_SECONDS} 秒", points=5, level=1)
    if any(seconds > NEXT_REPLY_SECONDS for seconds in it.next_reply_seconds):
        yield Deduction(name=f"有一次让患者等了超过 {NEXT_REPLY_SECONDS} 秒", points=5, level=1)
    if it.ending is EndingKind.AGENT and not it.after_warnings:
        yield Deduction(name="主动结束", points=30, level=2)
    if it.left_unanswered:
        yield Deduction(name="结束时还有问题没答", points=20, level=2)
    if it.low_effort:
        yield Deduction(name="敷衍：字数太少", points=20, level=2)
    if it.one_sided:
        yield Deduction(name="一问一答：一个问题也没有问", points=10, level=1)


def _by_lexicon(it: EpisodeFigures) -> Iterator[Deduction]:
    small = 0
    for hit in it.hits:
        level = max(hit.grade, LEAST.get(hit.severity, 1))
        points = POINTS_OF[level]
        if level < VETO:
            points = min(points, MOST_OF_A_KIND - small)
            small += points
        yield Deduction(name=f"{hit.name}：{hit.words}", points=points, level=level, line_id=hit.line_id)


def _by_rater(marks: Sequence[Mark]) -> Iterator[Deduction]:
    for mark in marks:
        points = {1: 5, 2: 15}.get(mark.level, FULL)
        yield Deduction(name=mark.item.label, points=points, level=mark.level, line_id=mark.line_id)
