"""The work on a claimed push: recognise, route, answer, record; again when it fails, given up when it keeps failing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.clock import Clock
from wxbot.database import ConnectionFailure, PyMongoError
from wxbot.dispatch import transcript
from wxbot.dispatch.answers import Answers
from wxbot.dispatch.arrivals import Arrivals, Recognised
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.context import met as met_by
from wxbot.dispatch.dialogs import WAITING, Dialog, DialogRecord, after_reply
from wxbot.dispatch.failures import FailedPushes
from wxbot.dispatch.in_flight import InFlightUpdate
from wxbot.dispatch.inbox import Dialogs, Inbox
from wxbot.dispatch.replies import WireReply
from wxbot.dispatch.router import Router, first_match
from wxbot.dispatch.senders import NO_SENDER, WITHOUT_CONTACT, is_act, nobody
from wxbot.dispatch.talks import Talk, Talks
from wxbot.dispatch.updates import ImageMessage, Update, VoiceMessage, shortened
from wxbot.group_commit import await_all
from wxbot.logs import get_logger
from wxbot.media.models import MediaKind
from wxbot.metrics import PUSHES
from wxbot.patients.models import Contact
from wxbot.services import Services

log = get_logger(__name__)

HANDLER_LIMIT_SECONDS = 10.0  # a handler that takes longer is broken
MOST_FAILURES = 3  # attempts at one push that may raise an error; then a person takes it
LONGEST_READ = 600  # characters of a field that handlers see: our own choice, a full screen; the transcript keeps all
ROUTING = "routing"  # stands for a router's name where none was found yet


class Worker:
    """Handles claimed pushes, each to its end. `interrupted` are those that ended here for want of a database."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        *,
        services: Services,
        inbox: Inbox,
        arrivals: Arrivals,
        dialogs: Dialogs,
        routers: Sequence[Router],
        clock: Clock,
        lease: timedelta,
        public_url: str = "",
    ) -> None:
        self._services = services
        self._inbox = inbox
        self._arrivals = arrivals
        self._dialogs = dialogs
        self._routers = routers
        self._clock = clock
        self._lease = lease
        self._answers = Answers(services, public_url)
        self._talks = Talks(services, self._answers)
        self._failures = FailedPushes(services, inbox, self._answers, clock)
        self.give_up = self._failures.give_up
        self.interrupted: set[str] = set()

    async def work_or_give_up(self, flight: InFlightUpdate, met: Recognised | None = None) -> WireReply | None:
        """Work on a claimed push until it is done, given up, or left for the sweep.

        An error of the code is met again at once, and then the push is given up; one of the database gets more time.
        Raises ConnectionFailure: nothing can be written down, and it says nothing about the push.
        """
        update = flight.update
        while True:
            try:
                if met is None:
                    met = await self._arrivals.recognise(update)
                met = await self._reached_again(update, met)
                if met.contact is None:
                    await self._note(update)
                    return None
                return await self._work(flight, met.contact, met)
            except ConnectionFailure:
                self.interrupted.add(update.key)
                raise
            except Exception as error:
                log.exception("push_attempt_failed", key=update.key)
                of_database = isinstance(error, PyMongoError)
                lease = timedelta(0) if of_database else self._lease
                failures = await self._inbox.note_failure(update.key, self._clock.machine_now() + lease)
                if failures is None:
                    return None
                if failures >= MOST_FAILURES:
                    return await self._failures.give_up(update.key, update.openid, flight)
                if of_database:
                    return None
            met = None

    async def _work(self, flight: InFlightUpdate, contact: Contact, met: Recognised) -> WireReply | None:
        update, record, taken_up_at = flight.update, met.record, self._clock.now()
        talk = await self._talks.of(contact)
        dialog_met = _met(update, record, talk)
        context = Context(
            update=shortened(update, LONGEST_READ),
            contact=contact,
            services=self._services,
            now=taken_up_at,
            dialog=dialog_met,
            episode=talk.episode,
        )
        reply = await self._talks.settled(await self._handle(context), talk, context, self._clock.now())
        answer = self._answers.render(reply, update)
        # what a crash must not lose is written before the received line, which is the proof that everything was done
        remembered = None
        if reply is not None and not talk.is_for_a_person(update):
            dialog = after_reply(reply.dialog, dialog_met, person_needed=reply.needed)
            dialog = None if dialog is None else self._answers.with_options(dialog, answer.options)
            remembered = self._dialogs.remember(update.key, update.openid, dialog, record, self._clock)
        noting = self._answers.note_action(update, contact, self._clock.now(), met.rights)
        await (noting if remembered is None else await_all(noting, remembered))
        in_the_answer = answer.wire if not flight.late else None
        lines = [transcript.received(update, contact.id, taken_up_at)]
        if in_the_answer is not None:
            flight.reply_inline = True
            lines.append(transcript.answered(update, contact.id, in_the_answer, answer.provenance, self._clock.now()))
        elif reply is not None:  # a delivery may take it up at once, by the right just noted
            await self._answers.send_later(update, contact, reply, self._clock.now())
        await self._note_media(update, contact, taken_up_at)
        await self._services.history.append(*lines)
        if flight.missed_deadline and reply is not None:
            await self._answers.send_later(update, contact, reply, self._clock.now())
        self._inbox.done(update.key, update.openid or NO_SENDER)
        PUSHES.labels("answered" if in_the_answer is not None else "acknowledged").inc()
        return in_the_answer

    async def _reached_again(self, update: Update, met: Recognised) -> Recognised:
        """Who does something can be reached again. One who was erased since the push came is somebody new."""
        contact = met.contact
        if contact is None or (contact.following and not contact.refuses_messages) or not is_act(update):
            return met
        after = await self._services.patients.clear_refusal(contact.id)
        return met if after.erased_at is None else await self._arrivals.recognise(update)

    async def _note(self, update: Update) -> None:
        """What is about nobody whom we know: the account's own reports are handled, all of it is written down."""
        now = self._clock.now()
        if isinstance(update, WITHOUT_CONTACT):
            await self._handle(Context(update=update, contact=nobody(now), services=self._services, now=now))
        log.info("push_of_no_contact", key=update.key, kind=type(update).__name__)
        await self._services.history.append(transcript.of_nobody(update, now))
        self._inbox.done(update.key, update.openid or NO_SENDER)
        PUSHES.labels("acknowledged").inc()

    async def _note_media(self, update: Update, contact: Contact, at: datetime) -> None:
        """A photo or voice is fetched soon: the platform keeps it for three days."""
        if isinstance(update, ImageMessage):
            await self._services.media.note(update.key, contact.id, MediaKind.PHOTO, (update.media_id,), at)
        elif isinstance(update, VoiceMessage):
            ids = (update.media_id_16k or "", update.media_id)
            await self._services.media.note(update.key, contact.id, MediaKind.VOICE, ids, at)

    async def _handle(self, context: Context) -> Reply | None:
        update, name = context.update, ROUTING
        try:
            context = met_by(context, context.dialog)
            found = first_match(self._routers, context)
            if found is None:
                log.info("update_unmatched", key=update.key, kind=type(update).__name__)
                return None
            router, route = found
            name = router.name
            async with asyncio.timeout(HANDLER_LIMIT_SECONDS):
                return await route.handler(context)
        except ConnectionFailure:
            raise  # nothing can be written down now: the platform comes again, or the sweep finishes it
        except Exception as error:  # noqa: BLE001 - the outermost frame: the patient gets an answer, never silence
            return await self._answers.explain(error, name, context)


def _met(update: Update, record: DialogRecord | None, talk: Talk) -> Dialog | None:
    """The dialog that the update meets; a person who was to answer is waited for only while their episode is open."""
    dialog = None if record is None or talk.ends_dialogs(update) else record.met_by(update.key)
    if dialog is None or not dialog.task or talk.episode is not None:
        return dialog
    return None if dialog.name == WAITING else replace(dialog, task="")
