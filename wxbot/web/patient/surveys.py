"""问卷: every question of a survey on one page; what is answered is kept, also of a form that is not complete."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from wxbot.errors import NotFoundError
from wxbot.ids import new_id
from wxbot.surveys.answering import LONGEST_KEPT, Asked, Said
from wxbot.surveys.asking import PAGE
from wxbot.surveys.models import Question, QuestionKind, ResponseState
from wxbot.web.patient.frame import contact_of, now_of, page, see_other, services_of, typed


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """A question as the page shows it: what can be chosen, and what is chosen or written already."""

    question: Question
    choices: tuple[tuple[str, str], ...]  # value and label; none of a question in words
    value: str
    missing: bool = False


async def show(request: web.Request) -> web.StreamResponse:
    """GET /w/surveys/{response_id}: the questions, or what was kept."""
    return _shown(request, await _kept(request))


async def answer(request: web.Request) -> web.StreamResponse:
    """POST /w/surveys/{response_id}: keep what is answered; a form that comes again shows what was kept."""
    kept = await _kept(request)
    if kept.response.state is ResponseState.DONE or not _counts(request, kept):
        return see_other(f"{PAGE}/{kept.response.id}")
    given = await typed(request, *(each.key for each in kept.survey.questions))
    answers, now = services_of(request).surveys.answers, now_of(request)
    words_last = sorted(kept.survey.questions, key=lambda each: each.kind is QuestionKind.WORDS)
    for question in words_last:
        value, known = given[question.key], kept.response.answer_to(question.key)
        left_out = question.kind is QuestionKind.WORDS and not value and _others_open(kept, question)
        if left_out or not _fits(question, value) or (known is not None and known.value == value):
            continue
        text = value if question.kind is QuestionKind.WORDS else f"{question.name}：{value}"
        said = Said(value=value, text=text[:LONGEST_KEPT])
        kept = await answers.answer(kept, question, said, line_id=f"page:{new_id(now)}", now=now)
    if kept.response.state is not ResponseState.DONE:
        return _shown(request, kept, given, status=422)
    return see_other(f"{PAGE}/{kept.response.id}")


def _shown(
    request: web.Request, kept: Asked, given: Mapping[str, str] | None = None, *, status: int = 200
) -> web.StreamResponse:
    done = kept.response.state is ResponseState.DONE
    questions = [_question(each, kept, missing=given is not None) for each in kept.survey.questions]
    return page(
        request,
        "survey.html",
        {
            "here": f"{PAGE}/{kept.response.id}",
            "title": kept.survey.title,
            "questions": questions,
            "done": done,
            "open": _counts(request, kept) and not done,
            "bad": kept.response.low,
            "missing": sum(each.missing for each in questions),
            "longest": LONGEST_KEPT,
        },
        status=status,
    )


def _question(question: Question, kept: Asked, *, missing: bool) -> AskedQuestion:
    known = kept.response.answer_to(question.key)
    if question.kind is QuestionKind.CHOICE:
        choices = tuple((each.label, each.label) for each in question.choices)
    elif question.kind is QuestionKind.SCORE:
        choices = tuple((str(each), f"{each} 分") for each in range(question.low, question.high + 1))
    else:
        choices = ()
    return AskedQuestion(
        question=question,
        choices=choices,
        value=known.value if known is not None else "",
        missing=missing and known is None and question.kind is not QuestionKind.WORDS,
    )


def _fits(question: Question, value: str) -> bool:
    """Whether a form's value answers the question; words may be left out."""
    if question.kind is QuestionKind.WORDS:
        return len(value) <= LONGEST_KEPT
    if question.kind is QuestionKind.CHOICE:
        return any(each.label == value for each in question.choices)
    number = int(value) if value.isdecimal() and len(value) <= 2 else -1  # noqa: PLR2004 - 10 at most
    return question.low <= number <= question.high


def _others_open(kept: Asked, question: Question) -> bool:
    """Whether other questions have no answer yet: only a whole form says that there is nothing to add."""
    others = (each for each in kept.survey.questions if each.kind is not QuestionKind.WORDS and each is not question)
    return any(kept.response.answer_to(each.key) is None for each in others)


def _counts(request: web.Request, kept: Asked) -> bool:
    """Whether answers still count; who said 不方便 in the chat and opens the page has thought again."""
    waits = services_of(request).surveys.answers.waits(kept.response.asked_at, now_of(request))
    return waits and kept.response.state is not ResponseState.UNSENT


async def _kept(request: web.Request) -> Asked:
    """The contact's own. Raises NotFoundError."""
    answers = services_of(request).surveys.answers
    kept = await answers.kept(contact_of(request).id, request.match_info["response_id"])
    if kept is None:
        raise NotFoundError("no such survey")
    return kept
