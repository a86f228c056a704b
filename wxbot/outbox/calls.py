"""A step of a plan that asks a colleague to ring the patient up: judged like a message, ended by a follow-up.

The order is: the decision with its goal, the follow-up, the end of the row. What a vanished process decided is finished
by recovery and never judged again, so that no row says otherwise than the list of follow-ups does.
"""

from datetime import datetime

from wxbot.clock import Clock
from wxbot.database import Document
from wxbot.messaging import Channel
from wxbot.outbox.models import Message, State
from wxbot.outbox.ports import Tasks
from wxbot.outbox.reactions import Finish
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.outbox.tally import FREE, LEASE, Tally
from wxbot.templates.models import Rendered

KIND = "recall"
REASON = "call"
EXPLANATION = "按计划由同事打电话，已列入回访"
ASKED = Finish(state=State.DROPPED, reason=REASON, explanation=EXPLANATION, phone=True)


class CallRecords:
    """Opens the follow-up of a call, once, and ends its row with the reason `call`."""

    def __init__(self, *, store: OutboxStore, tasks: Tasks, clock: Clock, tally: Tally) -> None:
        self._store = store
        self._tasks = tasks
        self._clock = clock
        self._tally = tally

    async def ask(self, message: Message, goal: Rendered, now: datetime) -> State:
        """Decide it, open the follow-up and end the row; the state it went to. Expects the message claimed."""
        machine_now = self._clock.machine_now()
        decided: Document = {
            "sending_since": machine_now,
            "lease_until": machine_now + LEASE,
            "channel": Channel.PHONE.value,
            "attempts": message.attempts + 1,
            "template_version": goal.version,
            "explanation": goal.text,
        }
        if not await self._store.change_claimed(message, decided):
            return State.WAITING
        return await self._finish(message, goal.text, now)

    async def finish(self, message: Message, now: datetime) -> State:
        """The same of one that was decided before its process vanished."""
        return await self._finish(message, message.explanation, now)

    async def _finish(self, message: Message, goal: str, now: datetime) -> State:
        await self._tasks.open(
            key=f"{KIND}:{message.key}",
            kind=KIND,
            reason=goal,
            contact_id=message.contact_id,
            patient_id=message.patient_id,
            due_at=message.due_at,
            now=now,
            subject=message.call,
            script=message.script,
            about=str(message.variables.get("visit_type") or message.variables.get("project", "")),
        )
        ended: Document = {
            "state": State.DROPPED.value,
            "reason": REASON,
            "explanation": EXPLANATION,
            "settled_at": now,
            "blocks_contact": False,
            **FREE,
        }
        if await self._store.change_claimed(message, ended):
            self._tally.states[State.DROPPED.value] += 1
            self._tally.reasons[REASON] += 1
        return State.DROPPED
