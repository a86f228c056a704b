"""设置 > 常见问题: the answers with their reviews, a box to try words in, and what patients asked in vain."""

from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.clinic.identifiers import identifier
from wxbot.errors import FieldErrors
from wxbot.questions.models import Button, Question, QuestionId, StoredQuestion
from wxbot.questions.reviews import USUAL_REVIEW_MONTHS, months_later, state_of
from wxbot.questions.variables import GENERAL, NAMED
from wxbot.web.console.forms import Day, Form, filled, parse
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import CHANGED, NOTHING_SINCE, opened, revision_of, since
from wxbot.web.console.submit import submit

PATH = "/console/settings/questions"
LONGEST_TRIED = 200  # characters of the try-box
BUTTONS = tuple((each.value, each.label) for each in Button)
LABELS = {
    "question": "问题",
    "ways": "其他问法",
    "answer": "回答",
    "answer_named": "问到项目时的回答",
    "button": "入口",
    "about": "项目",
    "patterns": "关键词",
    "retired": "停用",
}


class QuestionForm(BaseModel):
    """A question as typed; ways to ask and key words one a line."""

    question: str
    answer: str
    ways: str = ""
    answer_named: str = ""
    button: Button = Button.NONE
    about: Annotated[list[str], Field(default_factory=list)]
    patterns: str = ""
    retired: bool = False
    review: bool = False
    reviewed_until: Day | None = None


async def index(request: web.Request) -> web.StreamResponse:
    """Every question, what needs a review first; `q` narrows, `try` shows what those words would be answered."""
    questions, actor, now = services_of(request).questions, actor_of(request), now_of(request)
    search, tried = request.query.get("q", "").strip(), request.query.get("try", "").strip()[:LONGEST_TRIED]
    return await page(
        request,
        "settings/questions.html",
        listed=await questions.listed(by=actor, now=now, search=search),
        search=search,
        words=tried,
        tried=questions.try_out(tried, by=actor, now=now) if tried else None,
        waiting=len(await questions.unknown(by=actor)),
        section=PATH,
    )


async def unknown(request: web.Request) -> web.StreamResponse:
    """What patients asked that has no answer, the most asked first."""
    groups = await services_of(request).questions.unknown(by=actor_of(request))
    return await page(request, "settings/questions_unknown.html", groups=groups, section=PATH)


async def dismiss(request: web.Request) -> web.StreamResponse:
    """Take a group off the list."""
    return await submit(request, _dismiss)


async def _dismiss(request: web.Request, _: Form) -> web.StreamResponse:
    await services_of(request).questions.dismiss(request.match_info["id"], by=actor_of(request), now=now_of(request))
    return see_other(request, f"{PATH}/unknown", done="已移除。再有人这样问，会重新出现在这里")


async def new(request: web.Request) -> web.StreamResponse:
    """An empty form, or one that begins with what patients asked (`from`)."""
    actor_of(request).must("settings:question:edit")
    values = {"button": Button.NONE.value, "reviewed_until": _usual_end(request)}
    if origin := request.query.get("from", ""):
        group = await services_of(request).questions.unknown_words(origin, by=actor_of(request))
        values |= {"question": group.example, "ways": "\n".join(group.others), "from": origin}
    return await _form(request, filled(values), None)


async def add(request: web.Request) -> web.StreamResponse:
    """Keep a new question."""
    return await submit(request, _add, again=lambda request, form: _form(request, form, None))


async def _add(request: web.Request, form: Form) -> web.StreamResponse:
    questions, by, now = services_of(request).questions, actor_of(request), now_of(request)
    typed = parse(form, QuestionForm)
    question_id = QuestionId(identifier(typed.question, await questions.ids()))
    await questions.add(_question(question_id, typed), review_until=_until(typed), by=by, now=now)
    if origin := form.get("from"):
        await questions.dismiss(origin, by=by, now=now)
    done = "已添加，马上生效" if typed.review else "已存为草稿，审核后才会用来回答患者"
    return see_other(request, f"{PATH}/{question_id}", done=done)


async def one(request: web.Request) -> web.StreamResponse:
    """One question."""
    kept = await _kept(request)
    form = opened(kept, _values(kept.value))
    form.values["reviewed_until"] = _usual_end(request)
    return await _form(request, form, kept)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the changes, reviewed or as a draft."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    questions, by, now = services_of(request).questions, actor_of(request), now_of(request)
    typed = parse(form, QuestionForm)
    question = _question(QuestionId(request.match_info["id"]), typed)
    after = await questions.save(question, revision_of(form), review_until=_until(typed), by=by, now=now)
    draft = after.value.reviewed_until is None
    done = "已存为草稿，审核后才会用来回答患者" if draft else "已保存"
    return see_other(request, f"{PATH}/{after.id}", done=done)


async def remove(request: web.Request) -> web.StreamResponse:
    """Remove a question."""
    return await submit(request, _remove, overtaken=_changed_meanwhile)


async def _remove(request: web.Request, form: Form) -> web.StreamResponse:
    questions, by, now = services_of(request).questions, actor_of(request), now_of(request)
    await questions.remove(request.match_info["id"], revision_of(form), by=by, now=now)
    return see_other(request, PATH, done="已删除")


async def _changed_meanwhile(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, f"{PATH}/{request.match_info['id']}", done=CHANGED)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request), stale=True)


async def _kept(request: web.Request) -> StoredQuestion:
    return await services_of(request).questions.one(request.match_info["id"], by=actor_of(request))


async def _form(
    request: web.Request, form: Form, kept: StoredQuestion | None, *, stale: bool = False
) -> web.StreamResponse:
    services = services_of(request)
    changed = since(form, kept, _values(kept.value), LABELS) if stale and kept is not None else NOTHING_SINCE
    return await page(
        request,
        "settings/question.html",
        form=form,
        kept=kept,
        since=changed,
        state=None if kept is None else state_of(kept.value, services.questions.live.today(now_of(request))),
        buttons=BUTTONS,
        kinds=[(kind.id, kind.name) for kind in services.clinic.visit_types if not kind.retired],
        general=[(name, meaning) for name, (meaning, _) in GENERAL.items()],
        named=[(name, meaning) for name, (meaning, _) in NAMED.items()],
        section=PATH,
    )


def _question(question_id: QuestionId, typed: QuestionForm) -> Question:
    return Question(
        id=question_id,
        question=typed.question,
        answer=typed.answer,
        ways=_lines(typed.ways),
        answer_named=typed.answer_named,
        button=typed.button,
        about=tuple(typed.about),
        patterns=_lines(typed.patterns),
        retired=typed.retired,
    )


def _until(typed: QuestionForm) -> date | None:
    """The end of the review that was asked for. Raises FieldErrors for a review without one."""
    if not typed.review:
        return None
    if typed.reviewed_until is None:
        raise FieldErrors({"reviewed_until": "请填写有效到哪一天。"})
    return typed.reviewed_until


def _usual_end(request: web.Request) -> str:
    today = services_of(request).questions.live.today(now_of(request))
    return months_later(today, USUAL_REVIEW_MONTHS).isoformat()


def _values(value: Question) -> dict[str, str | list[str]]:
    return {
        "question": value.question,
        "ways": "\n".join(value.ways),
        "answer": value.answer,
        "answer_named": value.answer_named,
        "button": value.button.value,
        "about": list(value.about),
        "patterns": "\n".join(value.patterns),
        "retired": "true" if value.retired else "",
    }


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
