"""From a handler's reply to the answer a patient sees, in time or later; and the reply to an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from wxbot.actors import PATIENT
from wxbot.conversations.episodes.bot_messages import KIND as BOT_SPEAKS
from wxbot.conversations.models import Cause
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.replies import TextReply, WireReply
from wxbot.dispatch.transcript import WORDS
from wxbot.errors import ContactBlockedError, DomainError
from wxbot.followups.models import FollowUpKind
from wxbot.logs import get_logger
from wxbot.messaging import Purpose
from wxbot.metrics import HANDLER_FAILURES
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Rights
from wxbot.patients.models import Contact
from wxbot.services import Services
from wxbot.templates.checks import REPLY_BYTES
from wxbot.templates.models import Option, Rendered

log = get_logger(__name__)

LATE_REPLY_IS_WORTH = timedelta(hours=24)  # a later answer would only confuse
MARKUP_BYTES = 120  # around an entry to tap, at most
FAILED = "系统处理这位患者的消息时出错，请查看对话并人工回复。"
PAGE_LINK = "page.link"  # the template of the line that leads to a page of ours
APOLOGY = "error.apology"  # the template for what we did not foresee


@dataclass(frozen=True)
class Answer:
    """What goes out, and where its words come from."""

    wire: WireReply | None
    options: tuple[Option, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)  # template, version and the rule, for the transcript


class Answers:
    """Renders replies, keeps the ledger's windows open, and turns errors into words.

    `public_url` is our address as patients' phones see it; empty: no page can be linked.
    """

    def __init__(self, services: Services, public_url: str) -> None:
        self._services = services
        self._public_url = public_url

    def render(self, reply: Reply | None, update: u.Update) -> Answer:
        """Fill the reply's template. A template that cannot be filled becomes the apology, and is logged."""
        if reply is None:
            return Answer(None)
        if reply.wire is not None:
            return Answer(reply.wire, reply.options)
        try:
            rendered = self._services.templates.render(reply.template, reply.variables, reply.options)
        except Exception as error:  # whatever a variable did to it: the patient gets an answer
            if isinstance(error, DomainError):
                log.error("reply_not_renderable", key=update.key, template=reply.template, problem=str(error))  # noqa: TRY400
            else:
                log.exception("reply_not_renderable", key=update.key, template=reply.template)
            rendered = self._services.templates.render(APOLOGY, {})
        wire = TextReply(text=self._linked(rendered, reply.page), options=rendered.options)
        provenance: dict[str, Any] = {"template": rendered.key, "version": rendered.version}
        if reply.explanation:
            provenance["explanation"] = reply.explanation  # shown beside the line in the timeline
        return Answer(wire, rendered.options, provenance)

    def fits(self, reply: Reply) -> bool:
        """Whether the filled template and its entries go into one message (reference §1.6)."""
        rendered = self._services.templates.render(reply.template, reply.variables, reply.options)
        return self._fits(rendered.text, rendered.options)

    @staticmethod
    def _fits(text: str, options: tuple[Option, ...]) -> bool:
        labels = sum(len(option.label.encode()) + MARKUP_BYTES for option in options)
        return len(text.encode()) + labels <= REPLY_BYTES

    def _linked(self, rendered: Rendered, page: str) -> str:
        """The words with a link to the page below them, where there is a public address and room for it."""
        if not page or not self._public_url or rendered.key == APOLOGY:
            return rendered.text
        link = self._services.templates.render(PAGE_LINK, {"page_url": f"{self._public_url}{page}"}).text
        whole = f"{rendered.text}\n{link}"
        return whole if self._fits(whole, rendered.options) else rendered.text

    @staticmethod
    def with_options(dialog: Dialog, options: tuple[Option, ...]) -> Dialog:
        """The dialog remembering what was offered, so that a number or a word can be understood."""
        return dialog if dialog.options else replace(dialog, options=options)

    async def note_action(self, update: u.Update, contact: Contact, now: datetime, known: Rights | None = None) -> None:
        """What the patient did opens or widens what we may send, or ends it (reference §4.1).

        `known`: what might be sent when the push came, if it was read and this is the first attempt at it.
        """
        action = action_of(update)
        if action is not None:
            rights = self._services.outbox.rights
            await rights.note_action(contact.id, action, now, done_at=update.created_at, known=known)
        elif isinstance(update, u.Unfollowed):
            await self._services.outbox.rights.note_unfollow(contact.id, now)

    async def send_later(self, update: u.Update, contact: Contact, reply: Reply, now: datetime) -> None:
        """Too late for the HTTP answer: the reply goes through the outbox, once, however often this runs.

        An answer to what was said leaves only while no colleague has the chat.
        """
        alone = u.is_said(update) and not reply.beside_a_person
        message = self._services.outbox.message(
            key=f"reply:{update.key}",
            contact_id=contact.id,
            purpose=Purpose.SERVICE,
            template=reply.template,
            variables=dict(reply.variables),
            options=reply.options,
            now=now,
            due_at=now,
            expires_at=now + LATE_REPLY_IS_WORTH,
            answer=True,
            precondition={"kind": BOT_SPEAKS} if alone else None,
        )
        await self._services.outbox.enqueue([message])

    async def call_person(self, update: u.Update, contact: Contact, reason: str, now: datetime) -> None:
        """What the service could not handle, a person answers: an episode, unless nothing was said to answer."""
        if isinstance(update, u.PatientMessage) and not contact.blocked(now):
            await self._services.chat.desk.open(
                key=f"{Cause.REQUEST.value}:{update.key}",
                contact_id=contact.id,
                cause=Cause.REQUEST,
                reason=reason,
                words=update.text if isinstance(update, u.TextMessage) else WORDS.get(type(update), ""),
                by=PATIENT,
                now=now,
            )

    async def explain(self, error: Exception, router: str, context: Context) -> Reply | None:
        """A rule's refusal becomes its own kind sentence; anything else an apology and work for a person.

        A blocked contact is told once a day that nobody answers here; None the rest of the day.
        """
        if isinstance(error, ContactBlockedError):
            day = context.now.astimezone(self._services.clinic.timezone).date().isoformat()
            marks = self._services.patients.desk_marks
            if not await marks.tell_of_block(context.contact.id, day, context.update.key):
                return None
        if isinstance(error, DomainError):
            return Reply(template=error.wording, variables=error.variables, dialog=context.dialog)
        HANDLER_FAILURES.labels(router).inc()
        log.error("handler_failed", key=context.update.key, router=router, exc_info=error)
        await self._services.followups.open(
            key=f"handler_failed:{context.update.key}",
            kind=FollowUpKind.CHECK,
            reason=FAILED,
            contact_id=context.contact.id or None,
            patient_id=None,
            due_at=context.now,
            now=context.now,
            topic="handler_failed",
        )
        await self.call_person(context.update, context.contact, FAILED, context.now)
        return Reply(template=APOLOGY, dialog=context.dialog)


def action_of(update: u.Update) -> Action | None:
    """Which of the platform's budgets an update opens. A tapped menu entry counts as a menu tap, not a message."""
    if isinstance(update, u.TextMessage) and update.menu_id is not None:
        return Action.MENU_TAP
    if isinstance(update, u.PatientMessage):
        return Action.MESSAGE
    if isinstance(update, (u.MenuClicked, u.CodeScanned)):
        return Action.MENU_TAP
    if isinstance(update, u.Followed):
        return Action.FOLLOW
    if isinstance(update, u.Scanned):
        return Action.SCAN
    return None
