"""What the desk's numbers mean: each with its name, the definition that is printed under it, and the records behind it.

Pure. A figure is a share of episodes (`of` says which ones count at all, `hit` which ones are counted), a percentile of
seconds, or a count.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wxbot.conversations.closing.leads import Goal
from wxbot.conversations.evaluation.measuring import FEW_CHARACTERS, RETURN_WITHIN, EpisodeFigures
from wxbot.conversations.evaluation.shift_changes import NEAR
from wxbot.conversations.models import EndingKind
from wxbot.quality.models import Severity
from wxbot.surveys.models import Satisfaction

FIRST_REPLY_SECONDS = 30  # A3-02
NEXT_REPLY_SECONDS = 120  # A0-05
FIRST_CONTACT_DAYS = RETURN_WITHIN.days
NEAR_MINUTES = int(NEAR.total_seconds() // 60)

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


def _near_change(it: EpisodeFigures) -> bool:
    return it.shift_change is not None


def _lost_or_unanswered(it: EpisodeFigures) -> bool:
    return bool(lost(it)) or it.left_unanswered


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
        words="人工应答次数 ÷ 要求人工应答的次数 × 100%；要求人工 = 患者请求人工的会话，目标写在下面（A2-89）",
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
            low_is_bad=kind is EndingKind.GREETING,
        )
    yield Definition(
        key="unanswered",
        name="结束时还有问题没答",
        words="会话结束时患者最后的问题没有人答复 ÷ 患者说过话的会话（A0-05）",
        hit=lambda it: it.left_unanswered,
        of=_talked,
    )
    yield Definition(
        key="first_contact",
        name="一次解决",
        words=(
            f"结束时没有问题没答、之后 {FIRST_CONTACT_DAYS} 天内患者没有再找人工的会话 "
            "÷ 患者说过话、我们也答过、不是系统结束的会话；刚结束的先按没有再来计算（A2-78）"
        ),
        hit=lambda it: not it.left_unanswered and it.came_back_at is None,
        of=lambda it: _talked(it) and it.human_answered and it.ending is not EndingKind.SYSTEM,
        low_is_bad=True,
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
    yield from _satisfaction()
    for goal, what in ((Goal.INVITED, "约到了时间"), (Goal.PHONE, "留下了电话"), (Goal.WECHAT, "留下了微信")):
        yield Definition(
            key=f"goal_{goal.value}",
            name=goal.label,
            words=f"会话中患者{what}的会话 ÷ 患者说过话、且属于就诊范围的会话（A3-14）",
            hit=_reached(goal),
            of=lambda it: _talked(it) and not it.out_of_scope,
            low_is_bad=True,
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


def _at_shift_changes() -> Iterator[Definition]:
    near = (
        f"最后一句话在换班时刻前后 {NEAR_MINUTES} 分钟内，或最后的问题一直没答、等到了换班；"
        "换班时刻按值班表（没有值班表按会话台的服务时间），两小时以内的午休不算"
    )
    gone = "流失 = 没有留下联系方式也没有约，或留了没有约，或结束时还有问题没答"
    yield Definition(key="near_change", name="换班前后的会话", words=f"{near}（A0-18）", hit=_near_change)
    yield Definition(
        key="lost_near_change",
        name="换班前后流失",
        words=f"流失的会话 ÷ 换班前后的会话。{gone}（A0-18）",
        hit=_lost_or_unanswered,
        of=_near_change,
    )
    yield Definition(
        key="lost_elsewhere",
        name="其他时间流失",
        words=f"流失的会话 ÷ 不在换班前后的会话，用来对照。{gone}（A0-18）",
        hit=_lost_or_unanswered,
        of=lambda it: not _near_change(it),
    )


def _satisfaction() -> Iterator[Definition]:
    yield Definition(
        key="survey_asked",
        name="已询问是否满意",
        words="结束后询问过患者是否满意（问题已经发出）的会话数；同一位患者一段时间内只问一次（A0-42）",
        hit=lambda it: it.surveyed,
    )
    yield Definition(
        key="survey_answered",
        name="回答了",
        words="患者回答了是否满意的会话 ÷ 已询问的会话；没有回答的不算满意，也不算不满意",
        hit=lambda it: it.satisfaction is not None,
        of=lambda it: it.surveyed,
    )
    for answer in Satisfaction:
        yield Definition(
            key=f"survey_{answer.value}",
            name=answer.label,
            words=f"患者回答「{answer.label}」的会话 ÷ 回答了的会话；改过的，以最后一次回答为准（A0-42）",
            hit=lambda it, answer=answer: it.satisfaction is answer,  # type: ignore[misc]
            of=lambda it: it.satisfaction is not None,
        )


DEFINITIONS: Mapping[str, Definition] = {each.key: each for each in (*_definitions(), *_at_shift_changes())}
