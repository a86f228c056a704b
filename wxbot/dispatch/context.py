"""What a handler receives and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from wxbot.conversations.models import Episode
from wxbot.dispatch.dialogs import Dialog, choose
from wxbot.dispatch.replies import WireReply
from wxbot.dispatch.updates import TextMessage, Update
from wxbot.patients.models import Contact
from wxbot.services import Services
from wxbot.templates.models import Option
from wxbot.understanding.models import Intent, Reading

NOTHING = Reading(text="")
NO_MARKS = str.maketrans("", "", "。.！!？?~～，,、；;")  # punctuation that does not change what was meant


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything a handler may use. `choice` is the offered entry the patient's words or tap mean, if any."""

    update: Update
    contact: Contact
    services: Services
    now: datetime
    dialog: Dialog | None = None
    choice: Option | None = None
    episode: Episode | None = None  # the open one: a person is needed, or answers

    @property
    def with_a_person(self) -> bool:
        """Whether a colleague has the chat: what is said is for them."""
        return self.episode is not None and self.episode.with_a_person

    @property
    def kept_from_people(self) -> bool:
        """Whether the contact is blocked, and no talk is open all the same: for a danger sign, or by a supervisor."""
        return self.episode is None and self.contact.blocked(self.now)

    @cached_property
    def words(self) -> str:
        """What the patient wrote, bare: no spaces, no marks between words, no capitals; empty when it was not text."""
        if not isinstance(self.update, TextMessage):
            return ""
        return "".join(self.update.text.translate(NO_MARKS).split()).casefold()

    @cached_property
    def reading(self) -> Reading:
        """What the patient's words mean while the dialogue is where it is; of nothing for a tap or another kind."""
        update = self.update
        if not isinstance(update, TextMessage) or update.menu_id is not None:
            return NOTHING
        today = self.now.astimezone(self.services.clinic.timezone).date()
        question = "" if self.dialog is None else self.dialog.question
        return self.services.reader.read(update.text, today=today, question=question)


ANSWERS = frozenset({Intent.YES, Intent.NO, Intent.STOP, Intent.RESUME})  # beside the entries, to a question in between


def met(context: Context, dialog: Dialog | None) -> Context:
    """The context of an update that meets this dialog, with the entry that its words or tap mean.

    A question that was asked in between (`Dialog.interrupted`) gives way to the dialog it interrupted when the update
    does not answer it: nothing of that dialog is lost.
    """
    update = context.update
    while True:
        choice = None
        if dialog is not None and isinstance(update, TextMessage):
            choice = choose(dialog.options, update.text, update.menu_id)
        unchanged = dialog is context.dialog and choice is None and context.choice is None
        there = context if unchanged else replace(context, dialog=dialog, choice=choice)
        if dialog is None or dialog.interrupted is None or choice is not None or there.reading.intent in ANSWERS:
            return there
        dialog = dialog.interrupted


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A handler's answer: a template by key, filled with `variables`, with entries to tap.

    `dialog` is where the conversation stands after it; None ends the dialog. A person who is to answer stays called
    until their follow-up is closed, or the reply says that they are not `needed`. `wire` replaces the template for
    answers that are not text (a picture, articles, a transfer). `explanation` tells staff by which rule it was said.
    What is said `beside_a_person` is not left out while a colleague has the chat. `page` is one of our pages inside
    WeChat where the same can be done (/w/book): linked below the words where the service has a public address.
    """

    template: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    dialog: Dialog | None = None
    wire: WireReply | None = None
    needed: bool = True
    explanation: str = ""
    beside_a_person: bool = False
    page: str = ""
