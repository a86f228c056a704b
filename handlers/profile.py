"""Name and birthday as patients give them, in a sentence or in two questions. Both may be skipped."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

from handlers.free_text import GREETINGS, THANKS
from handlers.misunderstanding import misunderstood
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import InvalidInputError
from wxbot.history.models import By
from wxbot.patients.birthday_sentence import birthday_sentence
from wxbot.patients.birthday_words import parse_birthday
from wxbot.patients.birthdays import may_be_greeted
from wxbot.patients.models import Patient
from wxbot.templates.models import Option

DIALOG = "profile"
NAME = "name"
BIRTHDAY = "birthday"
SKIP = "profile:skip"

LONGEST_SENTENCE = 60  # characters; longer texts are about something else
HANDOFF_REASON = "患者想登记姓名或生日，自动识别没有成功，请人工登记。"

_SKIP_WORDS = frozenset({"跳过", "不填", "先不填", "下次", "下一步", "没有", "不想说", "不方便"})
_LEAVE_WORDS = frozenset({"取消", "返回", "退出", "算了", "不用了"})
_PERSON_NAME = r"[\u3400-\u9fff·]{2,20}|[A-Za-z][A-Za-z .'-]{1,39}"
_SAYS_NAME = re.compile(
    rf"\s*+(?:我的?姓名|姓名|我的?名字|名字|我叫|本人叫)\s*+(?:(?:是|叫|为|[:：])\s*+)?({_PERSON_NAME})\s*+[。.!！]?\s*+"
)
_SAYS_BIRTHDAY = re.compile(
    r"\s*+(?:我的?)?(?:生日|出生日期|出生)\s*+(?:(?:是|为|[:：])\s*+)?(.*(?:\d|月).*)", re.DOTALL
)
_NOT_AN_ANSWER = frozenset((*GREETINGS, *THANKS))


async def open_profile(context: Context) -> Reply:
    """The first of two questions, showing what is known already."""
    patient = await context.services.patients.self_patient(context.contact, context.now)
    return _ask(context, NAME, "profile.ask_name", {"name": patient.name})


async def answer_name(context: Context) -> Reply:
    """A name, or 跳过; then the birthday."""
    patients = context.services.patients
    patient = await patients.self_patient(context.contact, context.now)
    if not _skips(context):
        name = _SAYS_NAME.fullmatch(_text(context))
        try:
            patient = await patients.set_name(
                patient.id, name[1] if name else _text(context), now=context.now, by=By.PATIENT
            )
        except InvalidInputError:
            return await _once_more(context, NAME)
    known = None if patient.birthday is None else birthday_sentence(patient.birthday)
    return _ask(context, BIRTHDAY, "profile.ask_birthday", {"birthday": known})


async def answer_birthday(context: Context) -> Reply:
    """A birthday, or 跳过; then everything that is registered."""
    if not _skips(context):
        said = _SAYS_BIRTHDAY.fullmatch(_text(context))
        return await _keep_birthday(context, said[1] if said else _text(context))
    patient = await context.services.patients.self_patient(context.contact, context.now)
    birthday = None if patient.birthday is None else birthday_sentence(patient.birthday)
    return Reply(template="profile.done", variables={"name": patient.name, "birthday": birthday})


async def say_name(context: Context) -> Reply:
    """姓名 张三, 我叫张三: at any time, without a question."""
    said = _SAYS_NAME.fullmatch(_text(context))
    patients = context.services.patients
    patient = await patients.self_patient(context.contact, context.now)
    try:
        patient = await patients.set_name(patient.id, said[1] if said else "", now=context.now, by=By.PATIENT)
    except InvalidInputError:
        return await _once_more(context, NAME)
    return Reply(template="profile.name_kept", variables={"name": patient.name})


async def say_birthday(context: Context) -> Reply:
    """生日 1990-05-12, 生日 农历1990年八月十五: at any time."""
    said = _SAYS_BIRTHDAY.fullmatch(_text(context))
    return await _keep_birthday(context, said[1] if said else "")


async def leave(context: Context) -> Reply:
    """取消 inside the questions: nothing more is changed."""
    del context
    return Reply(template="profile.left")


async def _keep_birthday(context: Context, words: str) -> Reply:
    patients = context.services.patients
    today = context.now.astimezone(context.services.clinic.timezone).date()
    patient = await patients.self_patient(context.contact, context.now)
    try:
        patient = await patients.set_birthday(patient.id, parse_birthday(words, today), now=context.now, by=By.PATIENT)
    except InvalidInputError:
        return await _once_more(context, BIRTHDAY)
    return _birthday_kept(patient, today)


def _birthday_kept(patient: Patient, today: date) -> Reply:
    """Thanks; for a child under 14 the promise of care instead of greetings (reference §12)."""
    if patient.birthday is None:
        return Reply(template="profile.left")
    child = not may_be_greeted(patient.birthday, today)
    template = "profile.birthday_kept_child" if child else "profile.birthday_kept"
    return Reply(template=template, variables={"birthday": birthday_sentence(patient.birthday)})


async def _once_more(context: Context, step: str) -> Reply:
    """Not understood: one kind question again, then a person takes over."""
    again = f"profile.ask_{step}_again"
    dialog = context.dialog
    if dialog is not None and (dialog.name, dialog.step) == (DIALOG, step):
        return await misunderstood(context, again=again, person="profile.person", reason=HANDOFF_REASON)
    asked = _ask(context, step, again, {})
    return replace(asked, dialog=None if asked.dialog is None else replace(asked.dialog, misses=1))


def _ask(context: Context, step: str, template: str, variables: dict[str, Any]) -> Reply:
    skip = Option(id=SKIP, label=context.services.templates.get("profile.skip_label").text)
    dialog = Dialog(name=DIALOG, step=step, options=(skip,))
    return Reply(template=template, variables=variables, options=(skip,), dialog=dialog)


def _text(context: Context) -> str:
    return context.update.text if isinstance(context.update, TextMessage) else ""


def _skips(context: Context) -> bool:
    chosen = context.choice is not None and context.choice.id == SKIP
    return chosen or _word(context) in _SKIP_WORDS


def _leaves(context: Context) -> bool:
    return _word(context) in _LEAVE_WORDS


def _answers(context: Context) -> bool:
    """Not a greeting and not thanks."""
    return _word(context) not in _NOT_AN_ANSWER


def _word(context: Context) -> str:
    return "".join(_text(context).split()).rstrip("。.!！")


def _gives_name(context: Context) -> bool:
    return _SAYS_NAME.fullmatch(_text(context)) is not None


def _gives_birthday(context: Context) -> bool:
    text = _text(context)
    return len(text) <= LONGEST_SENTENCE and _SAYS_BIRTHDAY.fullmatch(text) is not None


ROUTER = Router(
    name="profile",
    routes=(
        Route(TextMessage, leave, (in_dialog(DIALOG), _leaves)),
        Route(TextMessage, answer_name, (in_dialog(DIALOG, NAME), _answers)),
        Route(TextMessage, answer_birthday, (in_dialog(DIALOG, BIRTHDAY), _answers)),
        Route(TextMessage, say_name, (_gives_name,)),
        Route(TextMessage, say_birthday, (_gives_birthday,)),
    ),
)
