"""What may be typed of a question, in words beside each field. Pure; the files are held against the same bounds."""

import re
from collections.abc import Collection, Mapping
from datetime import date

from wxbot.clinic.models import Clinic
from wxbot.quality.service import Quality
from wxbot.questions.models import AnswerField, Question
from wxbot.questions.reviews import LONGEST_REVIEW_MONTHS, months_later
from wxbot.questions.variables import GENERAL, LONGEST_BYTES, NAMED, filled
from wxbot.templates.rendering import WordingError

LONGEST_QUESTION = 60  # characters; what patients write in one breath
LONGEST_LABEL = 20  # characters of the question as an entry to tap: one line of a phone
LONGEST_ANSWER = 400  # characters, before its variables are filled
MOST_WAYS = 120
SERVICE = "service"  # the purpose for which the lexicon is asked

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


def problems_of(question: Question, clinic: Clinic, others: Collection[Question], lexicon: Quality) -> dict[str, str]:
    """Field → what is wrong and how to mend it; empty when the question may be kept."""
    problems: dict[str, str] = {}
    _bounds(question, problems)
    taken = {each.question: each for each in others if each.id != question.id}
    if question.question in taken:
        problems.setdefault(AnswerField.QUESTION, "已有这个问题，请在那里修改。")
    unknown = [each for each in question.about if all(each != kind.id for kind in clinic.visit_types)]
    if unknown:
        problems[AnswerField.ABOUT] = f"没有这个项目：{'、'.join(unknown)}。"
    for name, text, known in (
        (AnswerField.ANSWER, question.answer, GENERAL.keys()),
        (AnswerField.ANSWER_NAMED, question.answer_named, GENERAL.keys() | NAMED.keys()),
    ):
        wrong = _unknown_variable(text, known) or _forbidden(text, lexicon)
        if wrong:
            problems.setdefault(name, wrong)
    if not problems:
        problems |= _too_long(question, clinic)
    return problems


def review_problems(until: date | None, today: date) -> dict[str, str]:
    """The end of a review: a day to come, within two years."""
    if until is None:
        return {AnswerField.REVIEWED_UNTIL: "请填写有效到哪一天。"}
    if until < today:
        return {AnswerField.REVIEWED_UNTIL: "有效期不能早于今天。"}
    if until > months_later(today, LONGEST_REVIEW_MONTHS):
        return {AnswerField.REVIEWED_UNTIL: f"最多 {LONGEST_REVIEW_MONTHS} 个月，到期再审核一次。"}
    return {}


def _bounds(question: Question, problems: dict[str, str]) -> None:
    if not question.question.strip():
        problems[AnswerField.QUESTION] = "请填写问题。"
    elif len(question.question) > LONGEST_QUESTION:
        problems[AnswerField.QUESTION] = f"问题不能超过 {LONGEST_QUESTION} 个字。"
    if not question.answer.strip():
        problems[AnswerField.ANSWER] = "请填写回答。"
    for name, text in ((AnswerField.ANSWER, question.answer), (AnswerField.ANSWER_NAMED, question.answer_named)):
        if len(text) > LONGEST_ANSWER:
            problems[name] = f"回答不能超过 {LONGEST_ANSWER} 个字，现在有 {len(text)} 个。"
    too_long = next((way for way in question.ways if len(way) > LONGEST_QUESTION), None)
    if too_long is not None:
        problems[AnswerField.WAYS] = f"「{too_long[:12]}…」太长，每种问法不超过 {LONGEST_QUESTION} 个字。"
    elif len(question.ways) > MOST_WAYS:
        problems[AnswerField.WAYS] = f"最多 {MOST_WAYS} 种问法。"
    if any(not part.strip() for pattern in question.patterns for part in pattern.removeprefix("!").split("+")):
        problems[AnswerField.PATTERNS] = "关键词之间用 + 连接，例如：停车+收费。"


def _unknown_variable(text: str, known: Collection[str]) -> str:
    for found in _BRACES.finditer(text):
        if found[1] is None:
            return f"有单独的 {found[0]}。变量写成 {{clinic_phone}} 这样。"
        if found[1] not in known:
            return f"没有 {{{found[1]}}} 这个变量，可用的变量列在下面。"
    return ""


def _forbidden(text: str, lexicon: Quality) -> str:
    blocking = [each for each in lexicon.findings(text, purpose=SERVICE) if each.blocks]
    return "；".join(f"「{each.words}」不能用：{each.reason}。可以改为：{each.instead}" for each in blocking)


def _too_long(question: Question, clinic: Clinic) -> Mapping[str, str]:
    kinds = tuple(str(kind.id) for kind in clinic.visit_types)[:1]
    for name, named in ((AnswerField.ANSWER, ()), (AnswerField.ANSWER_NAMED, kinds)):
        try:
            size = len(filled(question, clinic, named).encode())
        except WordingError as error:
            return {name: error.sentence}
        if size > LONGEST_BYTES:
            return {name: f"填好变量后有 {size} 字节，一条回复放不下（最多 {LONGEST_BYTES}），请写短一些。"}
    return {}
