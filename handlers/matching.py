"""What a message can be: typed or tapped, one of the offered entries, read so while no question is open. Pure."""

from unicodedata import decomposition

from wxbot.dispatch.context import Context
from wxbot.dispatch.dialogs import OPTIONAL, small_number
from wxbot.dispatch.router import Filter, Tapped
from wxbot.dispatch.updates import TextMessage
from wxbot.templates.models import Option
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent

OFFER = "entrances"  # the dialog after an offer of entrances: it asks nothing, so any other words may be read freely
CLOSING_MARKS = ".!?~,"
RAISED = ("<super>", "<sub>")  # ² is an exponent or a footnote, no choice


def taps_entry(prefix: str) -> Filter:
    """The patient tapped an entry whose id begins so, of the latest message or of an older one."""
    return Tapped(prefix)


typed = Tapped()
"""Words, not a tap: a tapped entry means what it meant in its message."""


def reads_as(*intents: Intent) -> Filter:
    """The patient wrote something that is read as one of these intents."""
    wanted = frozenset(intents)
    return lambda context: context.reading.intent in wanted


def surely_meant(context: Context) -> Option | None:
    """The offered entry whose number or whole label was written; a part of a label is only a guess."""
    choice, update = context.choice, context.update
    if context.dialog is None or not isinstance(update, TextMessage):
        return None
    written, offered = normalise(update.text), context.dialog.options
    if choice is not None:
        label, number = normalise(choice.label), small_number(written.text.rstrip(CLOSING_MARKS))
        if label.words and written.words == label.words:
            return choice
        if number is not None and 1 <= number <= len(offered):
            return offered[number - 1]
    if any(decomposition(sign).startswith(RAISED) for sign in update.text):
        return None
    number = context.reading.choice if context.reading.intent is Intent.CHOICE else None
    return offered[number - 1] if number is not None and 1 <= number <= len(offered) else None


def assents(context: Context) -> bool:
    """A whole yes and nothing else."""
    return context.reading.intent is Intent.YES and context.reading.sure


def leaves(context: Context) -> bool:
    """取消, 算了: the whole message ends what is being asked, whatever it would mean without a question."""
    if context.reading.intent is Intent.LEAVE:
        return True
    update = context.update
    leave = context.services.reader.vocabulary.words.of("leave")
    return isinstance(update, TextMessage) and normalise(update.text).words in leave


def answers_question(context: Context) -> bool:
    """The patient wrote the number or the whole label of an entry that an open question offers."""
    return question_open(context) and surely_meant(context) is not None


def question_open(context: Context) -> bool:
    """Whether a dialog waits for an answer."""
    return context.dialog is not None and context.dialog.name not in {OFFER, *OPTIONAL}
