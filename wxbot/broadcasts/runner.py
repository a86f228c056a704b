"""Sends approved broadcasts: the messages of the next slots go to the outbox, one per recipient and key.

A run may be repeated and may stop anywhere: the outbox stores a key once, and `next_slot` moves on only after the
messages are stored.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from wxbot.actors import SYSTEM
from wxbot.broadcasts.lifecycle import BroadcastLifecycle
from wxbot.broadcasts.messages import held_from, message_for
from wxbot.broadcasts.models import Broadcast, BroadcastAction, BroadcastId, BroadcastState, Recipient
from wxbot.broadcasts.send_slots import slot_times
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotFoundError
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.logs import get_logger
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients
from wxbot.templates.service import Templates
from wxbot.workflow import NotNowError

log = get_logger(__name__)

ENQUEUE_AHEAD = timedelta(minutes=5)  # before a message is due; short, so that a pause leaves few in the outbox
LATE = timedelta(minutes=10)  # past due by more: slots are counted from now, so that not all leave at once
CHECK_AGAIN = timedelta(minutes=10)  # until a message of a paused broadcast is checked again
BATCH_SIZE = 500  # messages enqueued at once
MOST_AT_ONCE = 100  # broadcasts per run

PAUSED = "broadcast_paused"
MET = Verdict(met=True)
HELD = Verdict(met=True, reason=PAUSED, explanation="推送已暂停，恢复后再发", rests=CHECK_AGAIN)
CANCELLED = Verdict(met=False, reason="broadcast_cancelled", explanation="这次推送已取消")
GONE = Verdict(met=False, reason="broadcast_gone", explanation="这次推送已不存在")
CONTACT_CHANGED = Verdict(met=False, reason="patient_changed", explanation="就诊人资料有变动，不再由这位联系人接收")
TEMPLATE_CHANGED = "模板在批准之后改过，请核对后由审批人继续"
NO_OPENING_HOURS = "诊所今后 90 天都没有接诊时间，无法安排发送"


class BroadcastRunner:
    """Starts, sends and finishes approved broadcasts; decides whether their messages are still wanted."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: BroadcastStore,
        lifecycle: BroadcastLifecycle,
        *,
        patients: Patients,
        outbox: Outbox,
        templates: Templates,
        followups: FollowUps,
        clinics: LiveClinic,
    ) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._patients = patients
        self._outbox = outbox
        self._templates = templates
        self._followups = followups
        self._clinics = clinics

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Start what is due, enqueue the near slots, finish what is sent; the numbers of each."""
        started = enqueued = finished = 0
        for broadcast in await self._store.in_states([BroadcastState.APPROVED], MOST_AT_ONCE):
            if broadcast.slots_from is not None and broadcast.slots_from <= now + ENQUEUE_AHEAD:
                started += await self._move(broadcast, BroadcastAction.STARTED, "开始发送", now)
        for broadcast in await self._store.in_states([BroadcastState.RUNNING], MOST_AT_ONCE):
            if broadcast.preview is None or broadcast.next_slot >= broadcast.preview.slots:
                finished += await self._finish(broadcast, now)
            else:
                enqueued += await self._enqueue_due(broadcast, now)
        return {"started": started, "enqueued": enqueued, "finished": finished}

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether messages of broadcasts are still wanted; those of a paused one are checked again later."""
        broadcasts = await self._store.by_ids(
            {BroadcastId(str(message.precondition.get("id"))) for message in messages}
        )
        patients = await self._patients.patients({each.patient_id for each in messages if each.patient_id is not None})
        return {
            message.id: self._verdict(
                message, broadcasts.get(BroadcastId(str(message.precondition.get("id")))), patients
            )
            for message in messages
        }

    def version_of(self, broadcast: Broadcast) -> int | None:
        """The template version in force; None when the template does not exist any more."""
        try:
            return self._templates.get(broadcast.template).version
        except NotFoundError:
            return None

    def _template_outdated(self, broadcast: Broadcast) -> bool:
        """Whether this process has not read the approved template version yet; it will within seconds."""
        ours, approved = self.version_of(broadcast), broadcast.template_version
        return ours is not None and approved is not None and ours < approved

    def _verdict(self, message: Message, broadcast: Broadcast | None, patients: Mapping[Any, Patient]) -> Verdict:
        if broadcast is None:
            return GONE
        if broadcast.state is BroadcastState.CANCELLED:
            return CANCELLED
        patient = patients.get(message.patient_id)
        if patient is None or not _is_contact_of(message, patient):
            return CONTACT_CHANGED
        if broadcast.state is BroadcastState.PAUSED or self.version_of(broadcast) != broadcast.template_version:
            return HELD
        return MET

    # -- slots ------------------------------------------------------------------------------------------------

    async def _enqueue_due(self, broadcast: Broadcast, now: datetime) -> int:
        if self._template_outdated(broadcast):
            return 0
        if self.version_of(broadcast) != broadcast.template_version:
            await self._pause(broadcast, TEMPLATE_CHANGED, now)
            return 0
        times = self._slot_times(broadcast)
        first = next(times, None)
        if first is None:
            await self._pause(broadcast, NO_OPENING_HOURS, now)
            return 0
        if first < now - LATE:
            broadcast = await self._store.restart_slots(broadcast, now, broadcast.next_slot)
            times = self._slot_times(broadcast)
            first = next(times, None)
            if first is None:
                return 0
        near = [first, *islice(takewhile(lambda due: due <= now + ENQUEUE_AHEAD, times), BATCH_SIZE - 1)]
        if first > now + ENQUEUE_AHEAD or broadcast.preview is None:
            return 0
        last = min(broadcast.next_slot + len(near), broadcast.preview.slots)
        rows = await self._store.slots(broadcast.id, broadcast.preview.run_id, broadcast.next_slot, last)
        due_times = {broadcast.next_slot + number: due for number, due in enumerate(near)}
        await self._enqueue(broadcast, rows, due_times, now)
        await self._store.advance(broadcast, last)
        return len(rows)

    async def _enqueue(
        self, broadcast: Broadcast, rows: Sequence[Recipient], due_times: Mapping[int, datetime], now: datetime
    ) -> None:
        patients = await self._patients.patients({row.patient_id for row in rows})
        contacts = await self._patients.contacts({row.contact_id for row in rows if row.contact_id is not None})
        messages = []
        for row in rows:
            due = due_times[row.send_slot or 0]
            if row.contact_id is None:
                patient = patients.get(row.patient_id)
                if patient is not None and held_from(broadcast, patient, now) is None:
                    await self._open_call(broadcast, row, due, now)
                continue
            messages.append(
                message_for(
                    broadcast,
                    patient_id=row.patient_id,
                    contact_id=row.contact_id,
                    patient=patients.get(row.patient_id),
                    contact=contacts.get(row.contact_id),
                    clinic=self._clinics.current,
                    due_at=due,
                    now=now,
                )
            )
        if messages:
            await self._outbox.enqueue(messages)

    async def _open_call(self, broadcast: Broadcast, row: Recipient, due: datetime, now: datetime) -> None:
        """Open a call for a patient without WeChat; repeating it opens no second one."""
        await self._followups.open(
            key=f"phone:{row.key}",
            kind=FollowUpKind.PHONE,
            reason=f"关怀推送「{broadcast.title}」：{row.explanation}",
            contact_id=None,
            patient_id=row.patient_id,
            due_at=due,
            now=now,
        )

    def _slot_times(self, broadcast: Broadcast) -> Any:
        begin = broadcast.slots_from
        if begin is None:
            return iter(())
        return islice(
            slot_times(self._clinics.current, begin, broadcast.pace_per_hour),
            broadcast.next_slot - broadcast.first_slot,
            None,
        )

    # -- actions of the service itself --------------------------------------------------------------------------

    async def _finish(self, broadcast: Broadcast, now: datetime) -> bool:
        if await self._outbox.groups.any_pending(broadcast.prefix):
            return False
        return await self._move(broadcast, BroadcastAction.FINISHED, "发送完成", now)

    async def _pause(self, broadcast: Broadcast, reason: str, now: datetime) -> None:
        await self._move(broadcast, BroadcastAction.PAUSED, "自动暂停", now, reason)

    async def _move(
        self, broadcast: Broadcast, action: BroadcastAction, summary: str, now: datetime, pause_reason: str = ""
    ) -> bool:
        """Whether the action was taken; False when staff or another process changed the state meanwhile."""
        change = {"pause_reason": pause_reason} if pause_reason else {}
        try:
            await self._lifecycle.move(action, broadcast, summary, change, pause_reason, by=SYSTEM, now=now)
        except NotNowError:
            return False
        log.info("broadcast_moved", broadcast_id=broadcast.id, action=action.value)
        return True


def _is_contact_of(message: Message, patient: Patient) -> bool:
    """Whether the message's contact is still linked to the patient."""
    return message.contact_id in {patient.contact_id, *(other.contact_id for other in patient.other_contacts)}
