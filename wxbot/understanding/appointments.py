"""Booking, moving, cancelling, running late, coming: the particulars that a message names, and what is in doubt."""

from wxbot.understanding.message import Message
from wxbot.understanding.models import Reading
from wxbot.understanding.vocabulary import ReadingContext


def read_appointment(message: Message, context: ReadingContext) -> Reading:
    """The message as far as it is about appointments; its intent is NOTHING when it is not."""
    del context
    return Reading(text=message.text)
