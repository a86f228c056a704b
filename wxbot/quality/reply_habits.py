"""What only several replies show: fillers, emoji on everything, few words, no apology, a farewell too early. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from wxbot.quality.facts import SpokenContext, SpokenRules
from wxbot.quality.models import Check, Finding, Severity
from wxbot.quality.sentences import sentence_around

HABITS = Check(category="habits", name="回复习惯")
LATE = timedelta(seconds=60)  # a gap after which one apologises first (A2-20)
VERY_LATE = timedelta(seconds=120)  # … after which patients leave (A0-05)
SHIFT_END = timedelta(minutes=30)
FEWEST = 4  # replies from which a share means something
MOST_FILLERS = 0.5  # of the latest replies
MOST_EMOJI = 0.5  # A2-102
LOOKED_AT = 6  # of the latest replies
FEW_CHARACTERS = 20  # in all replies together (A0-07)
FEW_SHARE = 0.3  # of what the patient wrote
PATIENT_TURNS = 3

_EMOJI = re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]|\[[\u4e00-\u9fff]{1,3}\]|/:[a-z:~)(@!-]{1,6}")
_QUESTION = re.compile(r"[？?]|吗|呢|怎么|能不能|可不可以|可以.{0,6}吗|什么|多少|哪|几")
_NOT_SAID = re.compile(r"[\s\W_]+")


@dataclass(frozen=True)
class Habits:
    """How many of the latest replies, this one included, are nothing but fillers."""

    fillers: int
    replies: int


def habit_findings(text: str, context: SpokenContext, rules: SpokenRules, habits: Habits) -> Iterator[Finding]:
    """What the reply and the ones before it show together."""
    if habits.replies >= FEWEST and habits.fillers / habits.replies > MOST_FILLERS:
        yield _of_text(
            text,
            "敷衍",
            f"最近 {habits.replies} 条里有 {habits.fillers} 条只有“嗯、哦”，患者会觉得没人在听",
            "说完整一句，再说下一步怎么办",
            "A0-38",
            Severity.HINT,
        )
    yield from _emoji(text, context, rules)
    yield from _too_few_words(text, context)
    yield from _no_apology(text, context, rules)
    yield from _early_farewell(text, context, rules)


def _emoji(text: str, context: SpokenContext, rules: SpokenRules) -> Iterator[Finding]:
    for emoji in rules.refused_emoji:
        at = text.find(emoji)
        if emoji and at >= 0:
            reason = "这个表情不雅，患者会觉得不被尊重"
            yield _of_span(text, at, at + len(emoji), "表情", reason, "去掉这个表情", "A2-102", Severity.WARN, "")
            return
    found = _EMOJI.search(text)
    if found is None:
        return
    latest = (*context.agent_replies[-(LOOKED_AT - 1) :], text)
    share = sum(_EMOJI.search(each) is not None for each in latest) / len(latest)
    if len(latest) >= FEWEST and share > MOST_EMOJI:
        reason = "一半以上的回复都带表情，显得不专业"
        yield _of_span(text, *found.span(), "表情", reason, "这一条不用表情", "A2-102", Severity.HINT, "")


def _too_few_words(text: str, context: SpokenContext) -> Iterator[Finding]:
    if len(context.patient_words) < PATIENT_TURNS or not context.agent_replies:
        return
    said = sum(_characters(each) for each in (*context.agent_replies, text))
    heard = sum(_characters(each) for each in context.patient_words)
    if said < FEW_CHARACTERS or said < FEW_SHARE * heard:
        reason = f"到现在一共才说了 {said} 个字，患者说了 {heard} 个字"
        yield _of_text(text, "怠慢", reason, "把原因、办法和下一步说清楚", "A0-07", Severity.HINT)


def _no_apology(text: str, context: SpokenContext, rules: SpokenRules) -> Iterator[Finding]:
    waited = context.waited
    if waited is None or waited <= LATE or any(word in text for word in rules.apologies):
        return
    reason = f"患者已经等了 {_lasted(waited)}"
    source = "A0-05、A2-20" if waited > VERY_LATE else "A2-20"
    yield _of_span(
        text,
        0,
        len(text),
        "久等",
        reason,
        "先道歉：“很抱歉让您久等了。”",
        source,
        Severity.HINT,
        "很抱歉让您久等了。" + text,
    )


def _lasted(time: timedelta) -> str:
    """A time of a minute or longer as one says it: 7 分钟, 2 小时."""
    hours = time // timedelta(hours=1)
    return f"{hours} 小时" if hours else f"{time // timedelta(minutes=1)} 分钟"


def _early_farewell(text: str, context: SpokenContext, rules: SpokenRules) -> Iterator[Finding]:
    farewell = next((word for word in rules.farewells if word in text), "")
    if not farewell or not context.patient_words or not _QUESTION.search(context.patient_words[-1]):
        return
    latest = (*context.agent_replies[-2:], text)
    if any(word in each for word in rules.ask_more for each in latest):
        return
    at = text.find(farewell)
    ending = context.shift_ends_in is not None and context.shift_ends_in <= SHIFT_END
    severity, label = (Severity.BLOCK, "敷衍") if ending else (Severity.WARN, "主动结束")
    first, last = sentence_around(text, at, at + len(farewell))
    better = rules.ask_more[0] if rules.ask_more else "请问您还有什么不清楚的地方吗？"
    yield Finding(
        severity=severity,
        start=at,
        end=at + len(farewell),
        words=farewell,
        category=HABITS.category,
        name=HABITS.name,
        reason="患者刚问了问题，还没有问“还有什么不清楚的”，就说了再见",
        instead=f"先问：“{better}”",
        source="服务规范：主动结束是大忌（A0-13、A0-15）",
        label=label,
        grade=2,
        replacement=better,
        replace_start=first,
        replace_end=last,
    )


def _characters(text: str) -> int:
    return len(_NOT_SAID.sub("", text))


def _of_text(text: str, label: str, reason: str, instead: str, row: str, severity: Severity) -> Finding:  # noqa: PLR0913, PLR0917
    return _of_span(text, 0, len(text), label, reason, instead, row, severity, None)


def _of_span(  # noqa: PLR0913, PLR0917 - one fact each
    text: str,
    start: int,
    end: int,
    label: str,
    reason: str,
    instead: str,
    row: str,
    severity: Severity,
    replacement: str | None,
) -> Finding:
    return HABITS.finding(
        text,
        (start, end),
        label=label,
        reason=reason,
        instead=instead,
        source=f"服务规范（{row}）",
        severity=severity,
        replacement=replacement,
    )


def latest(replies: Sequence[str]) -> Sequence[str]:
    """The replies that are looked at."""
    return replies[-(LOOKED_AT - 1) :]
