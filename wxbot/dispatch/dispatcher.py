"""The way of an inbound update: claim, wait for the contact's turn, recognise, route, answer, record.

A push is claimed by its unique key and waits for its contact's turn; the contact and the dialog are read; the first
matching route handles it; transcript, ledger and dialog are written; the claim is marked done. An answer that is not
ready in time leaves empty, and the reply goes through the outbox.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.clock import Clock
from wxbot.database import PyMongoError
from wxbot.dispatch import transcript
from wxbot.dispatch.arrivals import Arrivals
from wxbot.dispatch.contact_queue import ContactQueue, Ticket
from wxbot.dispatch.former_keys import FormerKeys
from wxbot.dispatch.in_flight import REPLY_WITHIN_SECONDS, InFlightUpdate
from wxbot.dispatch.inbox import Dialogs, Inbox
from wxbot.dispatch.replies import WireReply
from wxbot.dispatch.router import Router
from wxbot.dispatch.senders import NO_SENDER
from wxbot.dispatch.stores.inbox import AbandonedClaim, ClaimResult, InboxClaim, InboxState, Turn
from wxbot.dispatch.updates import Update, takes_reply
from wxbot.dispatch.worker import Worker
from wxbot.logs import get_logger
from wxbot.metrics import PUSHES
from wxbot.services import Services

log = get_logger(__name__)

LEASE = timedelta(seconds=20)  # longer than any handler: then its process must be gone
LONGEST_PAUSE_SECONDS = 0.5  # between looks for an answer that another process is about to give
TURN_POLL_SECONDS = 0.05  # another process has this contact's turn; only the database knows when it ends
SWEEP_BATCH = 200  # unfinished pushes taken over in one sweep
MOST_TAKEN_UP = 10  # attempts in all: an end of the process during each of them is no accident
DRAIN_SECONDS = 6.0  # how long a stop waits for pushes in hand; the others are left for the sweep
CANCEL_SECONDS = 1.0  # and for what was told to end

Parse = Callable[[bytes, datetime], Update]


class Dispatcher:
    """Takes updates from the gateway and answers them. Safe with several processes on one database."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        *,
        services: Services,
        inbox: Inbox,
        arrivals: Arrivals,
        dialogs: Dialogs,
        routers: Sequence[Router],
        parse: Parse,
        clock: Clock,
        public_url: str = "",
        reply_within_seconds: float = REPLY_WITHIN_SECONDS,
        lease: timedelta = LEASE,
    ) -> None:
        self._services = services
        self._inbox = inbox
        self._arrivals = arrivals
        self._dialogs = dialogs
        self._parse = parse
        self._clock = clock
        self._reply_within = reply_within_seconds
        self._lease = lease
        self._queue = ContactQueue()
        self._former_keys = FormerKeys(inbox, clock)
        self._in_flight: dict[str, InFlightUpdate] = {}
        self._worker = Worker(
            services=services,
            inbox=inbox,
            arrivals=arrivals,
            dialogs=dialogs,
            routers=routers,
            clock=clock,
            lease=lease,
            public_url=public_url,
        )

    async def answer(self, update: Update, xml: bytes, within_seconds: float | None = None) -> WireReply | None:
        """Handle one push and give its answer, or None for an empty one.

        Raises NotClaimedError, or what the database raises, when the push could not be claimed or written down (in
        that many seconds at most): it must not be acknowledged then. Asking again is harmless.
        """
        flight = self._in_flight.get(update.key)
        if flight is None:
            flight = InFlightUpdate(update, late=not takes_reply(update))
            flight.task = asyncio.create_task(self._claim_and_work(flight, xml))
            self._in_flight[update.key] = flight
            self._services.outbox.pushes.add(flight.task)
            flight.task.add_done_callback(lambda _: self._in_flight.pop(update.key, None))
        return await flight.in_time(self._reply_within if within_seconds is None else within_seconds)

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

    async def drained(self, limit: float = DRAIN_SECONDS) -> bool:
        """Wait until every push in hand is finished, for an orderly stop, but no longer than `limit` seconds.

        What is not finished by then is told to end and left for the sweep; False when there was such.
        """
        loop = asyncio.get_running_loop()
        ends, all_finished = loop.time() + limit, True
        while self._in_flight and all_finished:
            tasks = [flight.task for flight in self._in_flight.values() if flight.task is not None]
            _, stuck = await asyncio.wait(tasks, timeout=max(0.0, ends - loop.time()))
            if stuck:
                for task in stuck:
                    task.cancel()
                log.warning("pushes_left_for_the_sweep", count=len(stuck))
                await asyncio.wait(stuck, timeout=CANCEL_SECONDS)
                all_finished = False
        with suppress(TimeoutError):  # the database is away: the marks are set by the sweep
            async with asyncio.timeout(CANCEL_SECONDS):
                await self._inbox.flush()
        return all_finished

    async def _claim_and_work(self, flight: InFlightUpdate, xml: bytes) -> WireReply | None:
        update, key = flight.update, flight.update.key
        openid = update.openid or NO_SENDER
        ticket = self._queue.draw(openid, self._clock.machine_now())
        try:
            former = await self._former_keys.claimed_as(key, openid)
            if former is None:
                if ticket.first:
                    await self._inbox.caught_up(openid)
                claim = InboxClaim(key, openid, xml, ticket.at, ticket.at + self._lease, not ticket.first)
                result, met = await self._arrivals.arrive(claim, update)
                flight.claimed = True
                if result is ClaimResult.WAITING:
                    if not await self._wait_for_turn(claim, ticket):
                        return None
                    met = None  # what was read before the turn may be old
                if result is not ClaimResult.DUPLICATE:
                    return await self._worker.work_or_give_up(flight, met)
        finally:
            ticket.done()
        flight.claimed = flight.owned_elsewhere = True
        return await self._earlier_answer(former or key)  # without the turn: whoever has the push may need it

    async def _wait_for_turn(self, claim: InboxClaim, ticket: Ticket) -> bool:
        """Wait until earlier pushes of the contact are finished; False when somebody else took this one over."""
        await ticket.turn()
        await self._inbox.caught_up(claim.openid)
        while True:
            turn = await self._inbox.take_turn(claim.key, claim.openid, self._clock.machine_now() + self._lease)
            if turn is not Turn.NOT_YET:
                return turn is Turn.TAKEN
            if not await self._finished_ahead(claim.openid):
                await asyncio.sleep(TURN_POLL_SECONDS)

    async def _finished_ahead(self, openid: str) -> bool:
        """Whether the contact's push ahead was finished, and only its mark was missing: it is set then.

        Its process may have ended with the mark still to write; nobody must wait for the sweep because of that.
        """
        key = await self._inbox.working_of(openid)
        if key is None or await self._services.history.line(key) is None:
            return False
        await self._inbox.finished(key)
        return True

    async def _earlier_answer(self, key: str) -> WireReply | None:
        """The platform asks again: the same answer, if there is one; another process may be about to find it."""
        PUSHES.labels("duplicate").inc()
        until, pause = self._clock.monotonic() + self._reply_within, TURN_POLL_SECONDS
        while True:
            finished = await self._inbox.is_done(key)
            line = await self._services.history.line(transcript.reply_id(key))
            if line is not None:
                return transcript.earlier_answer(line)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)  # many may wait, after an outage
            if finished or self._clock.monotonic() + pause > until:
                return None
            await asyncio.sleep(pause)

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
        now, key = self._clock.machine_now(), row.key
        if row.state is InboxState.WAITING:
            if await self._inbox.take_turn(key, row.openid, now + self._lease) is not Turn.TAKEN:
                return False
        elif not await self._inbox.take_over(key, now, now + self._lease, counted=key not in self._worker.interrupted):
            return False
        self._worker.interrupted.discard(key)
        if await self._services.history.line(key) is not None:
            await self._inbox.finished(key)  # only the last mark was missing
            return True
        try:
            read = self._parse(row.xml, self._clock.now())
            flight = InFlightUpdate(replace(read, key=key), late=True)  # claimed under this key, in whatever form
        except Exception:  # however it came in, it will not read better the next time
            log.exception("push_not_readable", key=key)
            await self._worker.give_up(key, row.openid, None)
            return True
        if row.taken_up >= MOST_TAKEN_UP:
            await self._worker.give_up(key, row.openid, flight)
            return True
        await self._worker.work_or_give_up(flight)
        log.info("push_finished_by_sweep", key=key)
        return True
