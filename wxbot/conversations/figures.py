"""What the desk's numbers mean: each with its name, the definition that is printed under it, and the records behind it.

Pure. A figure is a share of episodes (`of` says which ones count at all, `hit` which ones are counted), a percentile of
seconds, or a count.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from wxbot.conversations.leads import Goal
from wxbot.conversations.measuring import FEW_CHARACTERS, EpisodeFigures
from wxbot.conversations.models import EndingKind
from wxbot.quality.models import Severity

FIRST_REPLY_SECONDS = 30  # A3-02
NEXT_REPLY_SECONDS = 120  # A0-05
HUMAN_ANSWER_TARGET = 85  # percent (A2-89)
WHOLE_NUMBER = 100
SHARES = ((50, "一半"), (90, "九成"))  # the percentiles that are shown, as staff call them

Which = Callable[[EpisodeFigures], bool]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A figure. `hit` names the records that the number opens; `of` those among which they are counted."""

    key: str
    name: str
    words: str  # the definition, printed under the figure
    hit: Which
    of: Which | None = None  # None: a count, no share
    seconds: Callable[[EpisodeFigures], Sequence[float]] | None = None  # a percentile of these instead
    percentile: int = 0
    low_is_bad: bool = False


@dataclass(frozen=True, kw_only=True)
class Value:
    """A figure over some episodes. `share` is in percent, `seconds` a percentile; None where nothing counts."""

    key: str
    name: str
    words: str
    count: int
    among: int
    share: float | None = None
    seconds: float | None = None
    alarm: bool = False
    timed: bool = False  # it is a percentile, also where there is none

    @property
    def shown(self) -> str:
        """As the page writes it."""
        if self.seconds is not None:
            return f"{self.seconds:.0f} 秒"
        if self.share is not None:
            return f"{self.share:.1f}%"
        return "—" if self.timed or (self.among == 0 and self.count == 0) else str(self.count)


def served_badly(it: EpisodeFigures) -> bool:
    """怠慢服务 (A0-02): the desk's basic standards were not kept."""
    late = it.first_reply_seconds is not None and it.first_reply_seconds > FIRST_REPLY_SECONDS
    slow = any(seconds > NEXT_REPLY_SECONDS for seconds in it.next_reply_seconds)
    rude = any(each.severity in {Severity.BLOCK.value, Severity.WARN.value} for each in it.hits)
    unasked = it.ending is EndingKind.AGENT and not it.after_warnings
    return late or slow or rude or unasked or it.low_effort or it.left_unanswered or not it.human_answered


def lost(it: EpisodeFigures) -> str:
    """Where a possible patient was lost (A0-01): "during" the talk, "after" it, or empty.

    During: they left neither contact nor booking and nobody could reach them. After: a contact was left, and no booking
    came of it. Who is on record or has booked, and who asked for what the clinic does not treat, is not lost.
    """
    if it.out_of_scope or it.patient_turns == 0 or Goal.INVITED.value in it.goals:
        return ""
    if it.goals:
        return "after"
    return "" if it.reachable else "during"


def _waited(it: EpisodeFigures) -> bool:
    return it.first_reply_seconds is not None


def _talked(it: EpisodeFigures) -> bool:
    return it.patient_turns > 0


def _on_time(it: EpisodeFigures) -> bool:
    return it.first_reply_seconds is not None and it.first_reply_seconds <= FIRST_REPLY_SECONDS


def _first(it: EpisodeFigures) -> Sequence[float]:
    return () if it.first_reply_seconds is None else (it.first_reply_seconds,)


def _everything(_it: EpisodeFigures) -> bool:
    return True


def _ended(kind: EndingKind) -> Which:
    return lambda it: it.ending is kind and not (kind is EndingKind.AGENT and it.after_warnings)


def _reached(goal: Goal) -> Which:
    return lambda it: goal.value in it.goals


def _lost(stage: str, *, badly: bool) -> Which:
    return lambda it: lost(it) == stage and served_badly(it) is badly


def _definitions() -> Iterator[Definition]:
    yield Definition(key="all", name="会话数", words="在所选日期内开始、现在已经结束的会话", hit=_everything)
    yield Definition(
        key="on_time",
        name="30 秒内首次答复",
        words="首次人工答复不超过 30 秒的会话 ÷ 有人工答复的会话；只算服务时间内的秒数（A3-02）",
        hit=_on_time,
        of=_waited,
        low_is_bad=True,
    )
    yield Definition(
        key="late",
        name="超过 30 秒",
        words="首次人工答复超过 30 秒的会话 ÷ 有人工答复的会话",
        hit=lambda it: _waited(it) and not _on_time(it),
        of=_waited,
    )
    for percentile, share in SHARES:
        yield Definition(
            key=f"first_p{percentile}",
            name=f"首次答复，{share}不超过",
            words=f"每 100 个会话里，有 {percentile} 个的首次人工答复不慢于这么久；只算服务时间内的秒数",
            hit=_waited,
            seconds=_first,
            percentile=percentile,
        )
    for percentile, share in SHARES:
        yield Definition(
            key=f"next_p{percentile}",
            name=f"后续答复，{share}不超过",
            words=f"首次答复之后，患者每 100 次等待里，有 {percentile} 次不长于这么久；礼貌性的“好的谢谢”不算等待",
            hit=lambda it: bool(it.next_reply_seconds),
            seconds=lambda it: it.next_reply_seconds,
            percentile=percentile,
        )
    yield Definition(
        key="human_answer",
        name="人工应答率",
        words="人工应答次数 ÷ 要求人工应答的次数 × 100%；要求人工 = 患者请求人工的会话，目标不低于 85%（A2-89）",
        hit=lambda it: it.asked_for_a_person and it.human_answered,
        of=lambda it: it.asked_for_a_person,
        low_is_bad=True,
    )
    for kind in EndingKind:
        extra = "（两次提醒文明用语之后的不算）" if kind is EndingKind.AGENT else ""
        yield Definition(
            key=f"ending_{kind.value}",
            name=kind.label,
            words=f"结束方式记为「{kind.label}」的会话 ÷ 全部会话{extra}（A0-09）",
            hit=_ended(kind),
            of=_everything,
        )
    yield Definition(
        key="unanswered",
        name="结束时还有问题没答",
        words="会话结束时患者最后的问题没有人答复 ÷ 患者说过话的会话（A0-05）",
        hit=lambda it: it.left_unanswered,
        of=_talked,
    )
    yield Definition(
        key="low_effort",
        name="敷衍",
        words=(
            f"我们全程不足 {FEW_CHARACTERS} 个字，或患者说了三轮以上而我们的字数不到患者的 30% "
            "÷ 患者说过话、我们也答过的会话（A0-07）"
        ),
        hit=lambda it: it.low_effort,
        of=lambda it: _talked(it) and it.agent_turns > 0,
    )
    yield Definition(
        key="one_sided",
        name="一问一答",
        words="患者说了三轮以上而我们一个问题也没有问 ÷ 患者说过话的会话（A3-05）",
        hit=lambda it: it.one_sided,
        of=_talked,
    )
    yield Definition(
        key="rude",
        name="触犯用语规则",
        words="我们发出的话里有被词库标为「禁止」的 ÷ 患者说过话的会话",
        hit=lambda it: it.blocked_hits > 0,
        of=_talked,
    )
    for goal, what in ((Goal.INVITED, "约到了时间"), (Goal.PHONE, "留下了电话"), (Goal.WECHAT, "留下了微信")):
        yield Definition(
            key=f"goal_{goal.value}",
            name=goal.label,
            words=f"会话中患者{what}的会话 ÷ 患者说过话、且属于就诊范围的会话（A3-14）",
            hit=_reached(goal),
            of=lambda it: _talked(it) and not it.out_of_scope,
        )
    for stage, stage_name, what in (
        ("during", "咨询中", "没有留下联系方式也没有约"),
        ("after", "咨询后", "留了联系方式、没有约"),
    ):
        for badly, side, why in (
            (True, "服务方面", "有一项基本服务没有做到"),
            (False, "营销方面", "基本服务都做到了"),
        ):
            yield Definition(
                key=f"lost_{stage}_{'service' if badly else 'marketing'}",
                name=f"流失：{stage_name} · {side}",
                words=f"患者{what}，{why}；已有档案电话、已有预约、就诊范围外的不算（A0-01、A0-02）",
                hit=_lost(stage, badly=badly),
            )


DEFINITIONS: Mapping[str, Definition] = {each.key: each for each in _definitions()}


def percentile(values: Sequence[float], share: int) -> float | None:
    """The nearest-rank percentile; None of nothing."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(share / WHOLE_NUMBER * len(values)) - 1)]


def value_of(definition: Definition, episodes: Sequence[EpisodeFigures]) -> Value:
    """One figure over those episodes."""
    among = [it for it in episodes if definition.of is None or definition.of(it)]
    count = sum(map(definition.hit, among))
    share = seconds = None
    if definition.seconds is not None:
        seconds = percentile([each for it in among for each in definition.seconds(it)], definition.percentile)
    elif definition.of is not None and among:
        share = count * WHOLE_NUMBER / len(among)
    alarm = definition.key == "human_answer" and share is not None and share < HUMAN_ANSWER_TARGET
    return Value(
        key=definition.key,
        name=definition.name,
        words=definition.words,
        count=count,
        among=len(among),
        share=share,
        seconds=seconds,
        alarm=alarm,
        timed=definition.seconds is not None,
    )


def values_of(episodes: Sequence[EpisodeFigures], keys: Sequence[str] = ()) -> dict[str, Value]:
    """Every figure (or those of `keys`) over those episodes."""
    wanted = [DEFINITIONS[key] for key in keys] if keys else DEFINITIONS.values()
    return {each.key: value_of(each, episodes) for each in wanted}


def records_of(key: str, episodes: Sequence[EpisodeFigures]) -> list[EpisodeFigures]:
    """The episodes that a figure counts, newest first; all of an unknown key are none."""
    definition = DEFINITIONS.get(key)
    if definition is None:
        return []
    counted = [it for it in episodes if (definition.of is None or definition.of(it)) and definition.hit(it)]
    return sorted(counted, key=lambda it: it.opened_at, reverse=True)


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """The same figures per person, day, hour or shift."""

    key: str  # an account, a date, an hour, a shift
    values: Mapping[str, Value] = field(default_factory=dict)


def grouped(
    episodes: Sequence[EpisodeFigures], by: Callable[[EpisodeFigures], str], keys: Sequence[str]
) -> list[Grouped]:
    """Figures per group, groups in order."""
    groups: dict[str, list[EpisodeFigures]] = {}
    for it in episodes:
        groups.setdefault(by(it), []).append(it)
    return [Grouped(key=key, values=values_of(groups[key], keys)) for key in sorted(groups)]


def hits_by_rule(episodes: Sequence[EpisodeFigures]) -> list[tuple[str, int]]:
    """How often each category of the lexicon was met, the most frequent first."""
    return Counter(hit.name for it in episodes for hit in it.hits).most_common()
