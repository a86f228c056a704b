"""What a message can be: typed or tapped, one of the offered entries, read so while no question is open. Pure."""

from collections.abc import Callable

from wxbot.booking.words import plain
from wxbot.dispatch.context import Context
from wxbot.dispatch.router import Filter
from wxbot.dispatch.updates import TextMessage
from wxbot.templates.models import Option

OFFER = "entrances"  # the dialog after an offer of entrances: it asks nothing, so any other words may be read freely


def taps_entry(prefix: str) -> Filter:
    """The patient tapped an entry whose id begins so, of the latest message or of an older one."""

    def accept(context: Context) -> bool:
        update = context.update
        return isinstance(update, TextMessage) and (update.menu_id or "").startswith(prefix)

    return accept


def typed(context: Context) -> bool:
    """Words, not a tap: a tapped entry means what it meant in its message."""
    return isinstance(context.update, TextMessage) and context.update.menu_id is None


def unasked(read: Callable[[str], bool]) -> Filter:
    """The patient wrote something that is read so, while no question of a dialog is open."""

    def accept(context: Context) -> bool:
        return not _question_open(context) and isinstance(context.update, TextMessage) and read(context.update.text)

    return accept


def surely_meant(context: Context, text: str) -> Option | None:
    """The offered entry whose number or whole label was written; a part of a label is only a guess."""
    choice, words = context.choice, plain(text)
    if choice is None or not (words.isdecimal() or words == plain(choice.label)):
        return None
    return choice


def answers_question(context: Context) -> bool:
    """The patient wrote the number or the whole label of an entry that an open question offers."""
    update = context.update
    return (
        _question_open(context) and isinstance(update, TextMessage) and surely_meant(context, update.text) is not None
    )


def _question_open(context: Context) -> bool:
    return context.dialog is not None and context.dialog.name != OFFER
