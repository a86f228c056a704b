"""The way of an inbound update: claim, wait for the contact's turn, recognise, route, answer, record.

A push is claimed by its unique key and waits for its contact's turn; the contact and the dialog are read; the first
matching route handles it; transcript, ledger and dialog are written; the claim is marked done. An answer that is not
ready in time leaves empty, and the reply goes through the outbox.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from wxbot.clock import Clock
from wxbot.database import ConnectionFailure, PyMongoError
from wxbot.dispatch import transcript
from wxbot.dispatch.answers import Answer, Answers
from wxbot.dispatch.contact_queue import ContactQueue, Ticket
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import DialogRecord, choose
from wxbot.dispatch.in_flight import REPLY_WITHIN_SECONDS, InFlightUpdate
from wxbot.dispatch.inbox import Dialogs, Inbox
from wxbot.dispatch.replies import WireReply
from wxbot.dispatch.router import Router, first_match
from wxbot.dispatch.store import AbandonedClaim, ClaimResult, InboxClaim, InboxState, Turn
from wxbot.dispatch.updates import TextMessage, Unfollowed, Update, takes_reply
from wxbot.group_commit import await_all
from wxbot.logs import get_logger
from wxbot.metrics import PUSHES
from wxbot.patients.models import Contact
from wxbot.services import Services

log = get_logger(__name__)

HANDLER_LIMIT_SECONDS = 10.0  # a handler that takes longer is broken
LEASE = timedelta(seconds=20)  # longer than any handler: then its process must be gone
LONGEST_PAUSE_SECONDS = 0.5  # between looks for an answer that another process is about to give
TURN_POLL_SECONDS = 0.05  # another process has this contact's turn; only the database knows when it ends
SWEEP_BATCH = 200  # unfinished pushes taken over in one sweep

Parse = Callable[[bytes], Update]


class Dispatcher:
    """Takes updates from the gateway and answers them. Safe with several processes on one database."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        *,
        services: Services,
        inbox: Inbox,
        dialogs: Dialogs,
        routers: Sequence[Router],
        parse: Parse,
        clock: Clock,
        reply_within_seconds: float = REPLY_WITHIN_SECONDS,
        lease: timedelta = LEASE,
    ) -> None:
        self._services = services
        self._inbox = inbox
        self._dialogs = dialogs
        self._routers = routers
        self._parse = parse
        self._clock = clock
        self._reply_within = reply_within_seconds
        self._lease = lease
        self._queue = ContactQueue()
        self._in_flight: dict[str, InFlightUpdate] = {}
        self._answers = Answers(services)

    async def answer(self, update: Update, xml: bytes) -> WireReply | None:
        """Handle one push and give its answer, or None for an empty one.

        Raises what the database raises when the push could not be claimed or written down: the platform
        must then send it again.
        """
        flight = self._in_flight.get(update.key)
        if flight is None:
            flight = InFlightUpdate(update, late=not takes_reply(update))
            flight.task = asyncio.create_task(self._claim_and_work(flight, xml))
            self._in_flight[update.key] = flight
            flight.task.add_done_callback(lambda _: self._in_flight.pop(update.key, None))
        return await flight.in_time(self._reply_within)

    async def finish(self) -> int:
        """Finish what vanished processes left behind; the number finished. Replies go through the outbox."""
        left = await self._inbox.left_behind(self._clock.machine_now(), SWEEP_BATCH)
        by_contact: dict[str, list[AbandonedClaim]] = {}
        for row in left:
            flight = self._in_flight.get(row.key)
            if flight is None or flight.owned_elsewhere:
                by_contact.setdefault(row.openid, []).append(row)
        finished = await asyncio.gather(*(self._finish_in_order(rows) for rows in by_contact.values()))
        return sum(finished)

    async def forget(self, openid: str) -> None:
        """Erase every claim and dialog of that openid."""
        await self._inbox.erase(openid)
        await self._dialogs.forget(openid)

    async def oldest_received_at(self) -> datetime | None:
        """When the oldest unfinished push came in, by the machine's time."""
        return await self._inbox.oldest_unfinished()

    async def drained(self) -> None:
        """Wait until every push in hand is finished, for an orderly stop."""
        while self._in_flight:
            tasks = [flight.task for flight in self._in_flight.values() if flight.task is not None]
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _claim_and_work(self, flight: InFlightUpdate, xml: bytes) -> WireReply | None:
        update = flight.update
        ticket = self._queue.draw(update.openid, self._clock.machine_now())
        try:
            claim = InboxClaim(update.key, update.openid, xml, ticket.at, ticket.at + self._lease, not ticket.first)
            if ticket.first:
                result, contact, record = await self._claim_and_recognise(claim)
            else:
                result, contact, record = await self._inbox.claim(claim), None, None
            flight.claimed = True
            if result is ClaimResult.WAITING:
                if not await self._wait_for_turn(update, ticket):
                    return None
                contact = None  # what was read before the turn may be old
            if result is not ClaimResult.DUPLICATE:
                if contact is None:
                    contact, record = await self._recognise(update)
                return await self._work(flight, contact, record)
        finally:
            ticket.done()
        flight.owned_elsewhere = True
        return await self._earlier_answer(update)  # without the turn: the process that has the push may need it

    async def _claim_and_recognise(self, claim: InboxClaim) -> tuple[ClaimResult, Contact, DialogRecord | None]:
        now = self._clock.now()
        result, contact, record = await await_all(
            self._inbox.claim(claim),
            self._services.patients.recognise(claim.openid, now),
            self._dialogs.of(claim.openid, now),
        )
        return result, contact, record

    async def _recognise(self, update: Update) -> tuple[Contact, DialogRecord | None]:
        now = self._clock.now()
        contact, record = await await_all(
            self._services.patients.recognise(update.openid, now), self._dialogs.of(update.openid, now)
        )
        return contact, record

    async def _wait_for_turn(self, update: Update, ticket: Ticket) -> bool:
        """Wait until earlier pushes of the contact are finished; False when somebody else took this one over."""
        await ticket.turn()
        while True:
            turn = await self._inbox.take_turn(update.key, update.openid, self._clock.machine_now() + self._lease)
            if turn is not Turn.NOT_YET:
                return turn is Turn.TAKEN
            await asyncio.sleep(TURN_POLL_SECONDS)

    async def _earlier_answer(self, update: Update) -> WireReply | None:
        """The platform asks again: the same answer, if there is one; another process may be about to find it."""
        PUSHES.labels("duplicate").inc()
        until, pause = self._clock.monotonic() + self._reply_within, TURN_POLL_SECONDS
        while True:
            finished = await self._inbox.is_done(update.key)
            line = await self._services.history.line(transcript.reply_id(update.key))
            if line is not None:
                return transcript.earlier_answer(line)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)  # many may wait, after an outage
            if finished or self._clock.monotonic() + pause > until:
                return None
            await asyncio.sleep(pause)

    async def _work(self, flight: InFlightUpdate, contact: Contact, record: DialogRecord | None) -> WireReply | None:
        update, taken_up_at = flight.update, self._clock.now()
        reply = await self._handle(update, contact, record)
        answer = self._answers.render(reply, update)
        if reply is not None:
            await self._store_dialog(update, reply, answer, record)
        in_the_answer = answer.wire if not flight.late else None
        lines = [transcript.received(update, contact.id, taken_up_at)]
        if in_the_answer is not None:
            flight.reply_inline = True
            lines.append(transcript.answered(update, contact.id, in_the_answer, answer.provenance, self._clock.now()))
        elif reply is not None:  # a delivery may take it up at once: the right it leaves by is noted before
            await self._answers.note_action(update, contact, self._clock.now())
            await self._answers.send_later(update, contact, reply, self._clock.now())
        # the received line is the proof that everything was done: what must not be lost was written before it
        await await_all(
            self._answers.note_action(update, contact, self._clock.now()), self._services.history.append(*lines)
        )
        if flight.missed_deadline and reply is not None:
            await self._answers.send_later(update, contact, reply, self._clock.now())
        await self._inbox.done(update.key)
        PUSHES.labels("answered" if in_the_answer is not None else "acknowledged").inc()
        return in_the_answer

    async def _store_dialog(self, update: Update, reply: Reply, answer: Answer, record: DialogRecord | None) -> None:
        """Remember where the reply leaves the patient, unless that is where they stood already."""
        now = self._clock.now()
        dialog = None if reply.dialog is None else self._answers.with_options(reply.dialog, answer.options)
        if record is None:
            if dialog is None:
                return
        elif dialog == record.dialog and record.expires_at - now > Dialogs.TIME_TO_ANSWER / 2:
            return
        await self._dialogs.keep(
            DialogRecord(
                id=update.openid,
                dialog=dialog,
                expires_at=now + Dialogs.TIME_TO_ANSWER,
                forget_at=self._clock.machine_now() + Dialogs.KEPT,
                after=update.key,
                before=None if record is None else record.met_by(update.key),
            )
        )

    async def _handle(self, update: Update, contact: Contact, record: DialogRecord | None) -> Reply | None:
        dialog = None if record is None else record.met_by(update.key)
        now = self._clock.now()
        if (contact.refuses_messages or not contact.following) and not isinstance(update, Unfollowed):
            await self._services.patients.clear_refusal(contact.id)
        choice = None
        if dialog is not None and isinstance(update, TextMessage):
            choice = choose(dialog.options, update.text, update.menu_id)
        context = Context(
            update=update, contact=contact, services=self._services, now=now, dialog=dialog, choice=choice
        )
        found = first_match(self._routers, context)
        if found is None:
            log.info("update_unmatched", key=update.key, kind=type(update).__name__)
            return None
        router, route = found
        try:
            async with asyncio.timeout(HANDLER_LIMIT_SECONDS):
                return await route.handler(context)
        except ConnectionFailure:
            raise  # nothing can be written down now: the platform comes again, or the sweep finishes it
        except Exception as error:  # noqa: BLE001 - the outermost frame: the patient gets an answer, never silence
            return await self._answers.explain(error, router.name, context)

    async def _finish_in_order(self, rows: Sequence[AbandonedClaim]) -> int:
        finished = 0
        for row in rows:
            try:
                finished += await self._finish_one(row)
            except PyMongoError as error:  # the next sweep tries again
                log.warning("push_not_finished_yet", key=row.key, error=type(error).__name__)
            except Exception:  # it must not keep anybody else's push from being finished
                log.exception("push_not_finished", key=row.key)
        return finished

    async def _finish_one(self, row: AbandonedClaim) -> bool:
        """Finish one push if it is its turn. Never queued here: the contact's pushes in hand may wait for it."""
        now = self._clock.machine_now()
        if row.state is InboxState.WAITING:
            if await self._inbox.take_turn(row.key, row.openid, now + self._lease) is not Turn.TAKEN:
                return False
        elif not await self._inbox.take_over(row.key, now, now + self._lease):
            return False
        if await self._services.history.line(row.key) is not None:
            await self._inbox.done(row.key)  # only the last mark was missing
            return True
        flight = InFlightUpdate(self._parse(row.xml), late=True)
        contact, record = await self._recognise(flight.update)
        await self._work(flight, contact, record)
        log.info("push_finished_by_sweep", key=row.key)
        return True
