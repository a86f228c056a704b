"""The delivery engine: a feeder claims and prepares batches ahead of time, workers keep the calls in flight full."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from wxbot.clock import Clock
from wxbot.database import PyMongoError
from wxbot.history.models import ContactId
from wxbot.logs import get_logger
from wxbot.outbox.attempt import Attempts
from wxbot.outbox.models import DeliveryCounts, Message, State
from wxbot.outbox.preparation import NotNow, Preparation, Ready
from wxbot.outbox.pushes_in_hand import PushesInHand
from wxbot.outbox.reactions import Retry, after_error
from wxbot.outbox.records import DeliveryRecords
from wxbot.outbox.stores.claims import Claimed
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.outbox.tally import LEASE

log = get_logger(__name__)

BATCHES_AHEAD = 2  # claimed batches of `calls_in_flight` rows kept ready, so that a claim never empties the line
BESIDE_PUSHES = (
    8  # rows claimed at once while pushes come: whatever a push needs stands behind one such portion at most
)
WORKERS_PER_CALL = 3  # a worker spends about two thirds of its time writing before and after its call

NAMES = {
    State.ACCEPTED: "accepted",
    State.WAITING: "waited",
    State.DROPPED: "dropped",
    State.FAILED: "failed",
    State.UNKNOWN: "unknown",
}


@dataclass
class Run:
    """One run of the engine, until nothing is due."""

    began: datetime
    began_monotonic: float
    clock: Clock
    line: asyncio.PriorityQueue[tuple[bool, int, Ready]]  # answers first, then as claimed
    counts: Counter[str] = field(default_factory=Counter)
    in_hand: set[ContactId] = field(default_factory=set)
    claimed_elsewhere: frozenset[ContactId] = frozenset()
    places: Iterator[int] = field(default_factory=count)
    workers: list[asyncio.Task[None]] = field(default_factory=list)
    hire: Callable[[], asyncio.Task[None]] | None = None

    def now(self) -> datetime:
        """Clinic time: when the run began, and the time that has passed since."""
        return self.began + timedelta(seconds=self.clock.monotonic() - self.began_monotonic)


class Delivery:
    """Sends what is due. Several processes may run one each over the same database.

    While this process has pushes in hand, patients come first: small portions, and a short pause before each.
    """

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        store: OutboxStore,
        preparation: Preparation,
        attempts: Attempts,
        records: DeliveryRecords,
        clock: Clock,
        calls_in_flight: int,
        per_second: float | None,
    ) -> None:
        self._store = store
        self._preparation = preparation
        self._attempts = attempts
        self._records = records
        self._clock = clock
        self.pushes = PushesInHand(clock)
        ahead = calls_in_flight * BATCHES_AHEAD
        if per_second is not None:  # half a second's worth: leaves well within the lease, and answers find a short line
            ahead = max(1, min(ahead, int(per_second / 2)))
        self._ahead = ahead
        self._most_workers = min(calls_in_flight * WORKERS_PER_CALL, ahead * 2)
        self._one_run = asyncio.Lock()
        self._stirred = asyncio.Event()  # something was enqueued, or a message in hand is done
        self._stopping = False

    def stir(self) -> None:
        """Look again at once: something may be due."""
        self._stirred.set()

    def stop(self) -> None:
        """Claim nothing more; the run in hand finishes its calls and puts the rest back."""
        self._stopping = True
        self._stirred.set()

    async def run(self, now: datetime) -> DeliveryCounts:
        """Deliver until nothing is due; messages by what became of them."""
        async with self._one_run:
            run = Run(now, self._clock.monotonic(), self._clock, asyncio.PriorityQueue(self._ahead))
            async with asyncio.TaskGroup() as group:
                run.hire = lambda: group.create_task(self._work(run))
                try:
                    await self._feed(run)
                finally:
                    for worker in run.workers:
                        worker.cancel()
            return dict(run.counts)

    async def _feed(self, run: Run) -> None:
        spread = False
        try:
            while not self._stopping:
                await self.pushes.pause()
                self._stirred.clear()
                claimed = await self._claim(run, spread=spread)
                spread = claimed.lost > 0
                if claimed.messages:
                    run.claimed_elsewhere = frozenset()
                    await self._line_up(run, claimed.messages)
                elif claimed.lost or claimed.claimed_elsewhere:
                    run.claimed_elsewhere |= claimed.claimed_elsewhere
                elif run.in_hand or self._stirred.is_set():  # the last in hand may end while the claim is under way
                    await self._stirred.wait()
                    run.claimed_elsewhere = frozenset()
                else:
                    return
        except PyMongoError as error:  # the next run tries again; what is in hand is finished
            log.warning("outbox_claim_failed", error=type(error).__name__)
        await self._put_back(run)

    async def _claim(self, run: Run, *, spread: bool) -> Claimed:
        machine_now = self._clock.machine_now()
        return await self._store.claims.claim(
            now=run.now(),
            machine_now=machine_now,
            lease_until=machine_now + LEASE,
            limit=min(BESIDE_PUSHES, self._ahead) if self.pushes.keep_coming() else self._ahead,
            busy=run.in_hand | run.claimed_elsewhere,
            spread=spread,
        )

    async def _line_up(self, run: Run, messages: Sequence[Message]) -> None:
        """Prepare a claimed batch; what may leave goes into the line, the rest is written down at once."""
        prepared = await self._preparation.prepare(messages, run.now(), self._clock.machine_now())
        run.in_hand.update(message.contact_id for message in messages)
        await asyncio.gather(*(self._write_down(run, each) for each in prepared if isinstance(each, NotNow)))
        for each in prepared:
            if isinstance(each, Ready):
                if run.hire is not None and len(run.workers) < self._most_workers:
                    run.workers.append(run.hire())
                await run.line.put((not each.message.answer, next(run.places), each))

    async def _write_down(self, run: Run, decided: NotNow) -> None:
        try:
            if isinstance(decided.next, Retry):
                await self._records.requeue(decided.message, decided.next, run.now())
                run.counts[NAMES[State.WAITING]] += 1
            else:
                await self._records.finish(decided.message, decided.next, run.now())
                run.counts[NAMES[decided.next.state]] += 1
        except Exception:
            log.exception("outbox_decision_not_written", message_id=decided.message.id)
        finally:
            self._done(run, decided.message)

    async def _work(self, run: Run) -> None:
        while True:
            _, _, ready = await run.line.get()
            try:
                state = await self._attempts.carry(ready, run.now)
                run.counts[NAMES[state]] += 1
            except Exception:
                log.exception("outbox_attempt_failed", message_id=ready.message.id)
                await self._after_failure(run, ready.message)
            finally:
                self._done(run, ready.message)

    async def _after_failure(self, run: Run, message: Message) -> None:
        """Back with a pause, if nothing has left; else the claim stays, and recovery decides when its lease ends."""
        tried = replace(message, attempts=message.attempts + 1)
        what = after_error(tried, run.now())
        with suppress(Exception):
            if not await self._records.not_sent_yet(message):
                return
            if isinstance(what, Retry):
                await self._records.requeue(tried, what, run.now())
            else:
                await self._records.finish(tried, what, run.now())

    def _done(self, run: Run, message: Message) -> None:
        run.in_hand.discard(message.contact_id)
        self._stirred.set()

    async def _put_back(self, run: Run) -> None:
        """Give back what waits in the line, and wait for the calls in hand."""
        rest: list[Ready] = []
        while not run.line.empty():
            rest.append(run.line.get_nowait()[2])
        run.in_hand.difference_update(ready.message.contact_id for ready in rest)
        while run.in_hand:
            self._stirred.clear()
            await self._stirred.wait()
        try:
            await self._store.claims.release([ready.message for ready in rest])
        except PyMongoError as error:  # their leases run out, recovery puts them back
            log.warning("outbox_release_failed", error=type(error).__name__, messages=len(rest))
