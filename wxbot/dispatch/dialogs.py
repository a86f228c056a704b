"""Dialogs: the state of a conversation of several steps. Stored, so a restart loses none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from wxbot.templates.models import Option

WAITING = "person"  # the dialog of a patient to whom a person will answer, while no question of another is open
CONTACT_DETAILS = "contact_details"  # asks beside a booking for name and telephone
OPTIONAL = frozenset({CONTACT_DETAILS})  # whose question may be left alone: other words mean what they always do
LONGEST_NUMBER = 4  # digits of an entry's number; Python refuses to count beyond 4,300
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}  # full-width forms → their plain twins


@dataclass(frozen=True, kw_only=True)
class Dialog:
    """The state after the last reply. `options` are what the patient was offered, in order."""

    name: str  # whose dialog: "booking", "cancel", "profile"
    step: str
    data: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    misses: int = 0  # answers in a row that were not understood
    task: str = ""  # the open follow-up by which a person answers; kept through every dialog until it is closed
    interrupted: "Dialog | None" = None  # what goes on once this one's question is answered, or other words come

    @property
    def question(self) -> str:
        """The open question by which words are read, `name.step`; empty where it may be left alone."""
        return "" if self.name in OPTIONAL else f"{self.name}.{self.step}"


@dataclass(frozen=True, kw_only=True)
class DialogRecord:
    """Where a patient stands, as stored: one per openid, over at `expires_at` by the clinic's clock.

    `forget_at` is by the machine's time, because the database deletes by its own clock: one that the demo or a test
    moved would lose dialogs that are still open.
    `after` is the update that led here and `before` the state it met: an update that is handled again after a crash
    must meet the same state, or "1" would answer the next question.
    """

    id: str
    dialog: Dialog | None
    expires_at: datetime
    forget_at: datetime
    after: str = ""
    before: Dialog | None = None

    def met_by(self, update_key: str) -> Dialog | None:
        """The state that the update of that key meets."""
        return self.before if update_key == self.after else self.dialog


def still_waiting(reply: Dialog | None, task: str) -> Dialog | None:
    """Where a patient stands after a reply while a person is to answer them by that follow-up."""
    if reply is not None:
        return replace(reply, task=task) if task and not reply.task else reply
    return Dialog(name=WAITING, step="waits", task=task) if task else None


def after_reply(reply: Dialog | None, met: Dialog | None, *, person_needed: bool = True) -> Dialog | None:
    """Where a patient stands after a reply to a message that met `met`.

    A dialog that was left as it is was understood: its misses are forgotten. A person who is to answer stays called.
    """
    if reply is not None and reply is met and reply.misses:
        reply = replace(reply, misses=0)
    return still_waiting(reply, met.task if met is not None and person_needed else "")


def choose(options: Sequence[Option], text: str, menu_id: str | None = None) -> Option | None:
    """Which offered entry the patient means: by tapped id, by number (1-based, full-width too), or by its words.

    Words match when they equal the label, or when exactly one label contains them (at least two characters).
    """
    if menu_id is not None:
        tapped = next((option for option in options if option.id == menu_id), None)
        if tapped is not None:
            return tapped
    words = _plain(text)
    number = small_number(words)
    if number is not None and 1 <= number <= len(options):
        return options[number - 1]
    exact = [option for option in options if _plain(option.label) == words]
    if exact:
        return exact[0]
    containing = [option for option in options if words in _plain(option.label)] if len(words) > 1 else []
    return containing[0] if len(containing) == 1 else None


def small_number(text: str) -> int | None:
    """The number that up to four digits write, of whatever script; None for anything else."""
    return int(text) if len(text) <= LONGEST_NUMBER and text.isdecimal() else None


def _plain(text: str) -> str:
    """Full-width digits and letters made plain, spaces and closing punctuation removed."""
    return "".join(text.translate(_NARROW).split()).rstrip(".。、,)!").casefold()
