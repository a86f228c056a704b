"""Name and birthday as patients give them, in a sentence or in two questions. Both may be skipped.

What a message says is read by the understanding room. Whatever is neither an answer nor missed (a danger, a question, a
wish to book, a person) belongs to the routers around this one.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from handlers.misunderstanding import misunderstood
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import InvalidInputError
from wxbot.history.models import By
from wxbot.patients.birthday_sentence import birthday_sentence
from wxbot.patients.birthdays import may_be_greeted
from wxbot.patients.models import Patient
from wxbot.templates.models import Option
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent

DIALOG = "profile"
NAME = "name"
BIRTHDAY = "birthday"
SKIP = "profile:skip"

HANDOFF_REASON = "患者想登记姓名或生日，自动识别没有成功，请人工登记。"

_TOLD = frozenset({Intent.NAME, Intent.BIRTHDAY})
_MISSED = frozenset({Intent.NOTHING, Intent.DETAILS, Intent.CHOICE, Intent.MORE})  # no answer, and nothing else either
_COURTEOUS = ("greeting", "thanks", "good_news")  # word lists
_LEAVING = frozenset({Intent.LEAVE, Intent.BACK, Intent.NO})


async def open_profile(context: Context) -> Reply:
    """The first of two questions, showing what is known already."""
    return await _ask_name(context)


async def answer_name(context: Context) -> Reply:
    """A name, or 跳过; then the birthday, unless it was told too."""
    reading = context.reading
    if not _skips(context):
        if reading.name is None and reading.birthday is None:
            return await _once_more(context, NAME)
        try:
            patient = await _keep(context)
        except InvalidInputError:
            return await _once_more(context, NAME)
        if reading.name is None:
            return await _ask_name(context)
        if reading.birthday is not None:
            return _everything(context, patient)
    return await _ask_birthday(context)


async def answer_birthday(context: Context) -> Reply:
    """A birthday, or 跳过; then everything that is registered. A name that is told now is kept too."""
    reading = context.reading
    if _skips(context):
        return _registered(await context.services.patients.self_patient(context.contact, context.now))
    if reading.name is None and reading.birthday is None:
        return await _once_more(context, BIRTHDAY)
    try:
        patient = await _keep(context)
    except InvalidInputError:
        return await _once_more(context, BIRTHDAY)
    return await _ask_birthday(context) if reading.birthday is None else _everything(context, patient)


async def tell(context: Context) -> Reply:
    """姓名 张三, 我叫张三, 生日 1990-05-12, 我叫张三，1990年5月12日生: at any time, without a question."""
    reading = context.reading
    step = NAME if reading.intent is Intent.NAME else BIRTHDAY
    if reading.name is None and reading.birthday is None:
        return await _once_more(context, step)
    try:
        patient = await _keep(context)
    except InvalidInputError:
        return await _once_more(context, step)
    if reading.birthday is not None:
        return _everything(context, patient)
    return Reply(template="profile.name_kept", variables={"name": patient.name})


async def remind(context: Context) -> Reply:
    """好的, 嗯: the question once more, for it was not answered yet; it is no miss."""
    dialog = context.dialog
    asked = await (_ask_name(context) if dialog is None or dialog.step == NAME else _ask_birthday(context))
    misses = 0 if dialog is None else dialog.misses
    return replace(asked, dialog=None if asked.dialog is None else replace(asked.dialog, misses=misses))


async def _keep(context: Context) -> Patient:
    """Keep the name and the birthday that were told. Raises InvalidInputError when one of them cannot be."""
    patients, reading = context.services.patients, context.reading
    patient = await patients.self_patient(context.contact, context.now)
    if reading.name is not None:
        patient = await patients.set_name(patient.id, reading.name, now=context.now, by=By.PATIENT)
    if reading.birthday is not None:
        patient = await patients.set_birthday(patient.id, reading.birthday, now=context.now, by=By.PATIENT)
    return patient


def _everything(context: Context, patient: Patient) -> Reply:
    """The answer once the birthday is known: with the name, if that was told too."""
    today = context.now.astimezone(context.services.clinic.timezone).date()
    child = patient.birthday is not None and not may_be_greeted(patient.birthday, today)
    return _registered(patient) if context.reading.name is not None and not child else _birthday_kept(patient, today)


def _registered(patient: Patient) -> Reply:
    birthday = None if patient.birthday is None else birthday_sentence(patient.birthday)
    return Reply(template="profile.done", variables={"name": patient.name, "birthday": birthday})


async def _ask_name(context: Context) -> Reply:
    patient = await context.services.patients.self_patient(context.contact, context.now)
    return _ask(context, NAME, "profile.ask_name", {"name": patient.name})


async def _ask_birthday(context: Context) -> Reply:
    patient = await context.services.patients.self_patient(context.contact, context.now)
    known = None if patient.birthday is None else birthday_sentence(patient.birthday)
    return _ask(context, BIRTHDAY, "profile.ask_birthday", {"birthday": known})


async def leave(context: Context) -> Reply:
    """取消 inside the questions: nothing more is changed."""
    del context
    return Reply(template="profile.left")


def _birthday_kept(patient: Patient, today: date) -> Reply:
    """Thanks; for a child under 14 the promise of care instead of greetings (reference §12)."""
    if patient.birthday is None:
        return Reply(template="profile.left")
    child = not may_be_greeted(patient.birthday, today)
    template = "profile.birthday_kept_child" if child else "profile.birthday_kept"
    return Reply(template=template, variables={"birthday": birthday_sentence(patient.birthday)})


async def _once_more(context: Context, step: str) -> Reply:
    """Not understood: one kind question again, then a person takes over. 我姓欧阳 is asked for the whole name."""
    only_family_name = step == NAME and context.reading.intent is Intent.NAME
    again = "profile.ask_whole_name" if only_family_name else f"profile.ask_{step}_again"
    dialog = context.dialog
    if dialog is not None and (dialog.name, dialog.step) == (DIALOG, step):
        return await misunderstood(context, again=again, person="profile.person", reason=HANDOFF_REASON)
    asked = _ask(context, step, again, {})
    return replace(asked, dialog=None if asked.dialog is None else replace(asked.dialog, misses=1))


def _ask(context: Context, step: str, template: str, variables: dict[str, Any]) -> Reply:
    skip = Option(id=SKIP, label=context.services.templates.get("profile.skip_label").text)
    dialog = Dialog(name=DIALOG, step=step, options=(skip,))
    return Reply(template=template, variables=variables, options=(skip,), dialog=dialog)


def _skips(context: Context) -> bool:
    chosen = context.choice is not None and context.choice.id == SKIP
    return chosen or _is_one_of(context, "skip")


def _is_one_of(context: Context, words: str) -> bool:
    """Whether the whole message is a word of that list (config/words.toml)."""
    update = context.update
    if not isinstance(update, TextMessage) or update.menu_id is not None:
        return False
    return normalise(update.text).words in context.services.reader.vocabulary.words.of(words)


def _leaves(context: Context) -> bool:
    return context.reading.intent in _LEAVING and not _skips(context)


def _answers(context: Context) -> bool:
    """An answer, 跳过, or what is no answer to anything; all else has its own place."""
    return _skips(context) or (context.reading.intent in _TOLD | _MISSED and not _is_courtesy(context))


def _agrees(context: Context) -> bool:
    return context.reading.intent is Intent.YES and not _is_courtesy(context)


def _is_courtesy(context: Context) -> bool:
    return any(_is_one_of(context, words) for words in _COURTEOUS)


def _tells(context: Context) -> bool:
    return context.reading.intent in _TOLD


ROUTER = Router(
    name="profile",
    routes=(
        Route(TextMessage, leave, (in_dialog(DIALOG), _leaves)),
        Route(TextMessage, remind, (in_dialog(DIALOG), _agrees)),
        Route(TextMessage, answer_name, (in_dialog(DIALOG, NAME), _answers)),
        Route(TextMessage, answer_birthday, (in_dialog(DIALOG, BIRTHDAY), _answers)),
        Route(TextMessage, tell, (_tells,)),
    ),
)
