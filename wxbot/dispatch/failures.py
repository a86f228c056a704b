"""Giving a push up: what nobody could handle is closed, kept for a person, and no longer in the way of the next one."""

from collections.abc import Iterator
from contextlib import contextmanager

from wxbot.clock import Clock
from wxbot.database import ConnectionFailure
from wxbot.dispatch import transcript
from wxbot.dispatch.answers import APOLOGY, Answers
from wxbot.dispatch.context import Reply
from wxbot.dispatch.in_flight import InFlightUpdate
from wxbot.dispatch.inbox import Inbox
from wxbot.dispatch.replies import WireReply
from wxbot.dispatch.senders import is_about_somebody, is_act
from wxbot.dispatch.updates import Update, takes_reply
from wxbot.followups.models import FollowUpKind
from wxbot.logs import get_logger
from wxbot.metrics import PUSHES
from wxbot.patients.models import Contact
from wxbot.services import Services

log = get_logger(__name__)

REASON = "系统多次处理这位患者发来的一条消息都没有成功，请查看对话并人工回复。"


class FailedPushes:
    """Gives pushes up. Each step is tried for itself: what failed before failed for a reason that nobody foresaw."""

    def __init__(self, services: Services, inbox: Inbox, answers: Answers, clock: Clock) -> None:
        self._services = services
        self._inbox = inbox
        self._answers = answers
        self._clock = clock

    async def give_up(self, key: str, openid: str, flight: InFlightUpdate | None) -> WireReply | None:
        """Open a follow-up, apologise, write down what came in, and close the push as failed; the apology, if any.

        `flight` is None for a push whose XML cannot be read. Raises what the database raises when the push could
        not be closed: then it is tried again later.
        """
        update = None if flight is None else flight.update
        PUSHES.labels("given_up").inc()
        log.error("push_given_up", key=key, kind=type(update).__name__)
        contact, reply = None, None
        with _whatever_happens(key, "contact"):
            contact = await self._whose(openid, update)
        with _whatever_happens(key, "follow_up"):
            await self._open_follow_up(key, contact)
        if contact is not None:
            episode = None
            if update is not None:
                with _whatever_happens(key, "episode"):
                    await self._answers.call_person(update, contact, REASON, self._clock.now())
                    episode = await self._services.chat.desk.of_contact(contact.id)
            if flight is not None and (episode is None or not episode.with_a_person):
                with _whatever_happens(key, "apology"):
                    reply = await self._apologise(flight, contact)
            await self._write_down(key, update, contact)
        await self._inbox.fail(key)
        return reply

    async def _whose(self, openid: str, update: Update | None) -> Contact | None:
        """Its contact, created where a patient did it, or where nobody can read who did."""
        if update is None or is_act(update):
            return await self._services.patients.recognise(openid, self._clock.now())
        return await self._services.patients.contact_by_openid(openid) if is_about_somebody(update) else None

    async def _open_follow_up(self, key: str, contact: Contact | None) -> None:
        now = self._clock.now()
        await self._services.followups.open(
            key=f"push_failed:{key}",
            kind=FollowUpKind.CHECK,
            reason=REASON,
            contact_id=None if contact is None else contact.id,
            patient_id=None,
            due_at=now,
            now=now,
            topic="push_failed",
        )

    async def _apologise(self, flight: InFlightUpdate, contact: Contact) -> WireReply | None:
        """The apology, in the answer where there is still time, else by the outbox."""
        update, reply = flight.update, Reply(template=APOLOGY)
        await self._answers.note_action(update, contact, self._clock.now())
        if not takes_reply(update):
            return None
        if not flight.late:
            flight.reply_inline = True
            answer = self._answers.render(reply, update)
            if answer.wire is not None:
                now = self._clock.now()
                line = transcript.answered(update, contact.id, answer.wire, answer.provenance, now)
                await self._services.history.append(line)
            if not flight.missed_deadline:
                return answer.wire
        await self._answers.send_later(update, contact, reply, self._clock.now())
        return None

    async def _write_down(self, key: str, update: Update | None, contact: Contact) -> None:
        """What came in, whole where that can be written, else what can be."""
        bare = transcript.unreadable(key, contact.id, update, self._clock.now())
        if update is not None:
            with _whatever_happens(key, "received"):
                await self._services.history.append(transcript.received(update, contact.id, self._clock.now()))
                return
        with _whatever_happens(key, "bare_line"):
            await self._services.history.append(bare)


@contextmanager
def _whatever_happens(key: str, step: str) -> Iterator[None]:
    """Go on after any failure but that of the database's connection: without it nothing can be closed."""
    try:
        yield
    except ConnectionFailure:
        raise
    except Exception:  # the next step is tried all the same
        log.exception("push_given_up_without", key=key, step=step)
