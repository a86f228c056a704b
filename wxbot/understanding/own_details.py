"""Name and birthday in every way people write them."""

from dataclasses import dataclass
from datetime import date

from wxbot.patients.models import Birthday
from wxbot.understanding.message import Message


@dataclass(frozen=True, kw_only=True)
class OwnDetails:
    """What the patient said about themselves; `alone` when the message says nothing else."""

    name: str | None = None
    birthday: Birthday | None = None
    alone: bool = True


def find_own_details(message: Message, today: date, asked: str = "") -> OwnDetails | None:
    """A name or birthday in the words; `asked` is "name" or "birthday" when that question is open."""
    del message, today, asked
    return None
