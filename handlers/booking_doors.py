"""Which messages belong to the appointment dialogs: the words that open them, and what is not an answer to them."""

from collections.abc import Callable

from handlers import entrances
from wxbot.booking.words import plain
from wxbot.dispatch.context import Context
from wxbot.dispatch.router import Filter, says
from wxbot.dispatch.updates import TextMessage
from wxbot.templates.models import Option

BOOKING_WORDS = (
    "预约",
    "预约挂号",
    "我要预约",
    "我想预约",
    "我要挂号",
    "挂号",
    "约号",
    "约个号",
    "在线预约",
    "再约一个",
)
APPOINTMENT_WORDS = (
    "我的预约",
    "查看预约",
    "查预约",
    "查询预约",
    "我的挂号",
    "预约记录",
    "取消预约",
    "取消挂号",
    "退号",
    "改约",
    "改期",
    "改时间",
    "换时间",
    "换个时间",
    "修改预约",
)


def taps_entry(prefix: str) -> Filter:
    """The patient tapped an entry whose id begins so, of whatever message."""

    def accept(context: Context) -> bool:
        update = context.update
        return isinstance(update, TextMessage) and (update.menu_id or "").startswith(prefix)

    return accept


def typed(context: Context) -> bool:
    """Not a tap: an entry of some other message means what it meant there."""
    return isinstance(context.update, TextMessage) and context.update.menu_id is None


def meaning(read: Callable[[str], bool]) -> Filter:
    """The patient wrote something that is read so, while no question of another dialog is open."""

    def accept(context: Context) -> bool:
        open_question = context.dialog is not None and context.dialog.name != entrances.DIALOG
        return not open_question and isinstance(context.update, TextMessage) and read(context.update.text)

    return accept


def no_other_door(context: Context) -> bool:
    """Not a word that opens something else."""
    return not _opens_another(context)


def surely_meant(context: Context, text: str) -> Option | None:
    """The offered entry whose number or whole label was written; a part of a label is only a guess."""
    choice, spoken = context.choice, plain(text)
    if choice is None or not (spoken.isdecimal() or spoken == plain(choice.label)):
        return None
    return choice


_opens_another = says(
    *entrances.HUMAN_WORDS,
    *entrances.INFO_WORDS,
    *entrances.PROFILE_WORDS,
    *entrances.CONSENT_WORDS,
    *APPOINTMENT_WORDS,
    *BOOKING_WORDS,
)
