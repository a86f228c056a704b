"""姓名和手机号 after the first booking: asked once, beside the answer that it is booked. Nothing waits for it.

The hour is booked before it is asked, and whatever else the patient writes means what it means without the question.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from handlers import profile
from handlers.booking_message import today
from handlers.misunderstanding import misunderstood
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import CONTACT_DETAILS, Dialog
from wxbot.dispatch.router import Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import InvalidInputError
from wxbot.history.models import By, PatientId
from wxbot.patients.models import Patient
from wxbot.patients.names import clean_name
from wxbot.patients.phones import has_letters, parse
from wxbot.templates.models import Option
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent

BOTH, NAME, PHONE = "both", "name", "phone"  # steps: what is asked
SKIP = "details:skip"
LONGEST_ANSWER = 60  # characters; a longer one is a story
FEWEST_DIGITS = 9  # of what may be meant as a telephone: more than a date has
HANDOFF_REASON = "患者在聊天中留电话，自动识别没有成功，请人工登记。"
ASKING: Mapping[str, str] = {BOTH: "booking.ask_details", NAME: "booking.ask_own_name", PHONE: "booking.ask_phone"}

_NUMBER = re.compile(r"\+?\d[\d \-()]{5,22}\d")
_BROKEN = re.compile(r"[\dA-Za-z*]{9,15}")  # 138OOO38000, 138****8000: meant as a number, and none


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What goes with the answer that it is booked: the words of the question, 跳过, and the dialog. Empty: nothing."""

    words: str = ""
    options: tuple[Option, ...] = ()
    dialog: Dialog | None = None


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What an answer tells: a telephone in E.164, a name, or what was meant as a telephone and is none."""

    phone: str = ""
    name: str = ""
    broken: bool = False

    @property
    def anything(self) -> bool:
        return bool(self.phone or self.name or self.broken)


async def ask_once(context: Context, patient: Patient | None) -> Asked:
    """The question for what the record of this visit lacks; of a contact who was asked before, nothing."""
    step = None if patient is None else _lacking(patient)
    if patient is None or step is None:
        return Asked()
    if not await context.services.patients.phones.may_ask(context.contact.id, context.update.key):
        return Asked()
    asked = _question(context, patient.id, step)
    words = context.services.templates.render(asked.template, context.services.templates.common).text
    return Asked(words=f"\n\n{words}", options=asked.options, dialog=asked.dialog)


async def answer(context: Context) -> Reply:
    """Keep the name and the telephone that were told; what is still missing is asked for."""
    dialog, told = context.dialog, _told(context)
    if dialog is None or told.broken:
        return await misunderstood(
            context, again="booking.details_again", person="booking.details_person", reason=HANDOFF_REASON
        )
    patients, patient_id = context.services.patients, PatientId(str(dialog.data.get("patient", "")))
    patient: Patient | None = None
    if told.phone:
        patient = await patients.phones.set(patient_id, told.phone, now=context.now)
    if told.name:
        patient = await patients.set_name(patient_id, told.name, now=context.now, by=By.PATIENT)
    step = None if patient is None or dialog.step != BOTH else _lacking(patient)
    return Reply(template="booking.details_kept") if step is None else _question(context, patient_id, step)


async def skip(context: Context) -> Reply:
    """跳过, 不用了: the visit stands all the same."""
    del context
    return Reply(template="booking.details_skipped")


def _lacking(patient: Patient) -> str | None:
    if patient.phone:
        return None if patient.name else NAME
    return PHONE if patient.name else BOTH


def _question(context: Context, patient_id: PatientId, step: str) -> Reply:
    entry = Option(id=SKIP, label=context.services.templates.get("profile.skip_label").text)
    dialog = Dialog(name=CONTACT_DETAILS, step=step, data={"patient": patient_id}, options=(entry,))
    return Reply(template=ASKING[step], options=(entry,), dialog=dialog)


def _told(context: Context) -> _Told:
    """What the words tell of what is asked; a date, a wish or a story is none of it."""
    update, dialog = context.update, context.dialog
    if not isinstance(update, TextMessage) or update.menu_id is not None or dialog is None:
        return _Told()
    text = unicodedata.normalize("NFKC", update.text)
    if len(text) > LONGEST_ANSWER:
        return _Told()
    phone, rest, broken = ("", text, False) if dialog.step == NAME else _phone_in(text)
    if broken or not rest.strip() or dialog.step == PHONE:
        return _Told(phone=phone, broken=broken and not phone)
    return _Told(phone=phone, name=_name_in(context, rest))


def _phone_in(text: str) -> tuple[str, str, bool]:
    """The telephone, what stands around it, and whether something was meant as one and is none."""
    for match in _NUMBER.finditer(text):
        try:
            return parse(match[0]), f"{text[: match.start()]} {text[match.end() :]}", False
        except InvalidInputError:
            if sum(sign.isdigit() for sign in match[0]) >= FEWEST_DIGITS:
                return "", text, True
    broken = any(has_letters(each) or "*" in each for each in _BROKEN.findall(text) if each[0].isdigit())
    return "", text, broken


def _name_in(context: Context, text: str) -> str:
    reading = context.services.reader.read(
        text.strip(" ,，、。:："), today=today(context), question=f"{profile.DIALOG}.{profile.NAME}"
    )
    if reading.intent is not Intent.NAME or not reading.name:
        return ""
    try:
        return clean_name(reading.name)
    except InvalidInputError:
        return ""


def _tells(context: Context) -> bool:
    return _told(context).anything


def _skips(context: Context) -> bool:
    if context.choice is not None and context.choice.id == SKIP:
        return True
    update = context.update
    if not isinstance(update, TextMessage) or update.menu_id is not None:
        return False
    words = context.services.reader.vocabulary.words.of("skip")
    return normalise(update.text).words in words or context.reading.intent in {Intent.NO, Intent.LEAVE}


ROUTER = Router(
    name="contact_details",
    routes=(
        Route(TextMessage, skip, (in_dialog(CONTACT_DETAILS), _skips)),
        Route(TextMessage, answer, (in_dialog(CONTACT_DETAILS), _tells)),
    ),
)
