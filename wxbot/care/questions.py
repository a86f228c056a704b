"""How a question of a plan is asked and its answer read: entries to tap, what to reply, the one value that is meant.

Only a whole message is an answer; whatever says more goes to a person. Pure.
"""

from collections.abc import Mapping
from unicodedata import decomposition

from wxbot.care.models import AnswerKind, Question
from wxbot.outbox.models import MessageId
from wxbot.templates.models import Option
from wxbot.understanding.message import normalise
from wxbot.understanding.numerals import choice_number, number

PREFIX = "care:"  # of every entry's id
HINTS: Mapping[AnswerKind, str] = {  # the template that says how to answer
    AnswerKind.NUMBER: "care.answer_by_number",
    AnswerKind.CHOICE: "care.answer_by_choice",
    AnswerKind.PHOTO: "care.answer_by_photo",
    AnswerKind.WORDS: "care.answer_by_words",
}
HINT = "answer_with"  # the variable of a question's wording that is filled by it
_UNITS = ("分左右", "分吧", "分")
_ENDS = ".!~,"  # as normalised
_RAISED = ("<super>", "<sub>")  # ² is an exponent or a footnote, no number


def entries(question: Question | None, message_id: MessageId) -> tuple[Option, ...]:
    """The choices to tap; each names its message."""
    if question is None or question.kind is not AnswerKind.CHOICE:
        return ()
    return tuple(Option(id=f"{PREFIX}{message_id}:{place}", label=each) for place, each in enumerate(question.choices))


def tapped(menu_id: str) -> tuple[MessageId, int] | None:
    """The message and the position of a tapped entry; None where it is another one's."""
    message_id, _, position = menu_id.removeprefix(PREFIX).rpartition(":")
    if not menu_id.startswith(PREFIX) or not message_id or not position.isdecimal():
        return None
    return MessageId(message_id), int(position)


def value_of(question: Question, text: str) -> str | None:
    """The value that a whole message gives a question about a number or a choice; None where it says something else."""
    if any(decomposition(sign).startswith(_RAISED) for sign in text):
        return None
    message = normalise(text)
    if question.kind is AnswerKind.NUMBER:
        found = _points(message.text.rstrip(_ENDS))
        return str(found) if found is not None and question.low <= found <= question.high else None
    if question.kind is not AnswerKind.CHOICE:
        return None
    for choice in question.choices:
        if message.words and normalise(choice).words == message.words:
            return choice
    position = choice_number(message.text)
    if position is None or position > len(question.choices):
        return None
    return question.choices[position - 1]


def is_number(text: str) -> bool:
    """Whether a whole message is one number, also as the number of an entry."""
    message = normalise(text)
    return _points(message.text.rstrip(_ENDS)) is not None or choice_number(message.text) is not None


def is_danger(question: Question, value: str) -> bool:
    """Whether an answer is a sign that a person must see at once (A2-74)."""
    if question.kind is AnswerKind.CHOICE:
        return value in question.danger
    return question.danger_from is not None and value.isdecimal() and int(value) >= question.danger_from


def _points(plain: str) -> int | None:
    unit = next((each for each in _UNITS if plain.endswith(each)), "")
    return number(plain.removesuffix(unit).strip())
