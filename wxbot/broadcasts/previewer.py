"""The preview of a broadcast: who would get what, when and by which channel, and who would not and why."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from wxbot.broadcasts.audience_selector import AudienceSelector
from wxbot.broadcasts.messages import GOOD_FOR, held_from, message_for
from wxbot.broadcasts.models import MOST_RECIPIENTS, AudienceKind, Broadcast, Preview, Recipient
from wxbot.broadcasts.send_slots import slot_times
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors
from wxbot.history.models import ContactId, PatientId
from wxbot.ids import new_id
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.forecast import Forecaster, Will
from wxbot.outbox.models import Message
from wxbot.outbox.service import Outbox
from wxbot.patients.birthdays import may_be_greeted
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients
from wxbot.templates.service import Templates

OnProgress = Callable[[int], Awaitable[None]]  # called with the number of patients done

WITHIN_REQUEST = 500  # patients previewed within a request (a quarter of a second); more: in the background
BATCH_SIZE = 100  # patients read and rows stored at once
YIELD_EVERY = 20  # forecasts between two yields to the event loop: some milliseconds

TAKES_SLOT = frozenset({Will.SEND, Will.WAIT, Will.PHONE})

SAME_CONTACT = ("same_contact", "同一位联系人已在名单里，只发一次")
UNDER_AGE = ("under_age", "不满 14 周岁，不发祝福")
NO_SLOT = ("no_slot", "按现在的速度，90 天内轮不到；请加快速度或缩小范围")
NO_WECHAT = ("no_contact", "没有关注公众号，由同事打电话")
UNREACHABLE = ("unreachable", "没有关注公众号，也没有登记电话")
NO_CALL = ("no_contact", "没有关注公众号，这次推送不打电话")
NO_MARKETING_CALL = ("no_contact", "没有关注公众号，营销内容不打电话")


@dataclass
class _Run:
    """The state of one preview: what was counted so far, and the next send slot."""

    broadcast: Broadcast
    clinic: Clinic
    now: datetime
    run_id: str
    slot_times: Iterator[datetime]
    due: datetime | None
    people: int = 0
    slots: int = 0
    ends_at: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    contacts: set[ContactId] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    reached: list[PatientId] = field(default_factory=list)


class BroadcastPreviewer:
    """Forecasts the message to every selected patient with the code that sends."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: BroadcastStore,
        *,
        selector: AudienceSelector,
        patients: Patients,
        outbox: Outbox,
        templates: Templates,
        clinics: LiveClinic,
    ) -> None:
        self._store = store
        self._selector = selector
        self._patients = patients
        self._outbox = outbox
        self._templates = templates
        self._clinics = clinics

    async def preview_now(self, broadcast: Broadcast, now: datetime) -> Preview | None:
        """The preview of a short audience; None, with nothing stored, if it is longer than `WITHIN_REQUEST`."""
        few: list[Patient] = []
        async for batch in self._selector.patients(broadcast.audience, now):
            few += batch
            if len(few) > WITHIN_REQUEST:
                return None
        return await self._preview(broadcast, now, new_id(now), _one(few))

    async def preview(
        self,
        broadcast: Broadcast,
        now: datetime,
        run_id: str,
        on_progress: OnProgress | None = None,
    ) -> Preview:
        """Store the rows of a new run and return its totals. Older runs stay until the broadcast names the new one.

        `on_progress` is called with the number of patients done; an error it raises ends the preview.

        Raises:
            FieldErrors: more people than one broadcast may have.
        """
        return await self._preview(
            broadcast, now, run_id, self._selector.patients(broadcast.audience, now), on_progress
        )

    async def _preview(
        self,
        broadcast: Broadcast,
        now: datetime,
        run_id: str,
        people: AsyncIterator[Sequence[Patient]],
        on_progress: OnProgress | None = None,
    ) -> Preview:
        clinic = self._clinics.current
        times = slot_times(clinic, start_of(broadcast, now), broadcast.pace_per_hour)
        run = _Run(broadcast, clinic, now, run_id, times, next(times, None))
        async for batch in people:
            if run.people + len(batch) > MOST_RECIPIENTS:
                raise FieldErrors({"audience_kind": f"选中的超过 {MOST_RECIPIENTS} 位，请缩小范围，分几次发送"})
            for start in range(0, len(batch), BATCH_SIZE):
                await self._store.add(await self._rows(run, batch[start : start + BATCH_SIZE]))
                if on_progress is not None:
                    await on_progress(run.people)
        will_send = sum(number for key, number in run.counts.items() if key.split("/")[0] in {Will.SEND, Will.WAIT})
        return Preview(
            run_id=run.run_id,
            at=now,
            people=run.people,
            will_send=will_send,
            slots=run.slots,
            counts=dict(run.counts),
            fingerprint=self._fingerprint(broadcast, run.reached),
            ends_at=run.ends_at,
            unknown_phones=len(set(broadcast.audience.phones) - run.phones)
            if broadcast.audience.kind is AudienceKind.PHONES
            else 0,
        )

    def _fingerprint(self, broadcast: Broadcast, reached: Sequence[PatientId]) -> str:
        """A hash of the recipients and of everything that decides what they read and when."""
        version = (
            self._templates.get(broadcast.template).version if broadcast.template in self._templates.keys else None
        )
        content = [
            broadcast.purpose.value,
            broadcast.template,
            str(version),
            str(broadcast.pace_per_hour),
            str(broadcast.starts_at),
            str(broadcast.calls),
        ]
        values = [f"{name}={value}" for name, value in sorted(broadcast.variables.items())]
        return hashlib.sha256(json.dumps([content, values, sorted(reached)]).encode()).hexdigest()

    async def _rows(self, run: _Run, batch: Sequence[Patient]) -> list[Recipient]:
        contacts = await self._patients.contacts({each.contact_id for each in batch if each.contact_id})
        due = run.due or run.now
        messages = {
            patient.id: message_for(
                run.broadcast,
                patient_id=patient.id,
                contact_id=patient.contact_id,
                patient=patient,
                contact=contacts.get(patient.contact_id),
                clinic=run.clinic,
                due_at=due,
                now=run.now,
            )
            for patient in batch
            if patient.contact_id is not None
        }
        approved = {
            each: replace(message, precondition={}) for each, message in messages.items()
        }  # forecast as if the broadcast were approved
        forecaster = await self._outbox.forecaster(list(approved.values()), run.now)
        rows: list[Recipient] = []
        for number, patient in enumerate(batch):
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)  # so that callbacks and pages are served in between
            rows.append(_row(run, patient, approved.get(patient.id), forecaster))
        return rows


async def _one(batch: Sequence[Patient]) -> AsyncIterator[Sequence[Patient]]:
    yield batch


def _row(run: _Run, patient: Patient, message: Message | None, forecaster: Forecaster) -> Recipient:
    forecast = _forecast(run, patient, message, forecaster)
    position, slot = run.people, None
    run.people += 1
    if patient.phone is not None:
        run.phones.add(patient.phone)
    if forecast.will in TAKES_SLOT:
        slot, run.slots = run.slots, run.slots + 1
        run.ends_at = max(forecast.at, run.ends_at or forecast.at)
        run.due = next(run.slot_times, None)
        run.reached.append(patient.id)
        if patient.contact_id is not None:
            run.contacts.add(patient.contact_id)
    run.counts[f"{forecast.will.value}/{forecast.reason}"] += 1
    return Recipient(
        id=f"{run.broadcast.id}/{run.run_id}/{patient.id}",
        broadcast_id=run.broadcast.id,
        run_id=run.run_id,
        position=position,
        patient_id=patient.id,
        contact_id=patient.contact_id,
        outcome=forecast.will.value,
        reason=forecast.reason,
        explanation=forecast.explanation,
        at=forecast.at,
        channel=forecast.channel.value if forecast.channel is not None else "",
        send_slot=slot,
    )


@dataclass(frozen=True)
class _Forecast:
    """The forecast for one patient, by the outbox or by a rule that applies before it."""

    will: Will
    reason: str
    explanation: str
    at: datetime
    channel: Channel | None = None


def _forecast(run: _Run, patient: Patient, message: Message | None, forecaster: Forecaster) -> _Forecast:
    at = run.due or run.now
    today = run.now.astimezone(run.clinic.timezone).date()
    greeting = run.broadcast.audience.kind is AudienceKind.BIRTHDAY
    if greeting and patient.birthday is not None and not may_be_greeted(patient.birthday, today):
        return _Forecast(Will.DROP, *UNDER_AGE, at)
    if patient.contact_id is not None and patient.contact_id in run.contacts:
        return _Forecast(Will.DROP, *SAME_CONTACT, at)
    if run.due is None:
        return _Forecast(Will.DROP, *NO_SLOT, at)
    if message is None:
        return _without_wechat(run, patient, at)
    due = replace(message, due_at=run.due, expires_at=run.due + GOOD_FOR)
    forecast = forecaster.forecast(due)
    return _Forecast(forecast.will, forecast.reason, forecast.explanation, forecast.at, forecast.channel)


def _without_wechat(run: _Run, patient: Patient, at: datetime) -> _Forecast:
    if run.broadcast.purpose is Purpose.MARKETING:
        return _Forecast(Will.DROP, *NO_MARKETING_CALL, at)
    held = held_from(run.broadcast, patient, run.now)
    if held is not None:
        return _Forecast(Will.DROP, *held, at)
    if patient.phone is None:
        return _Forecast(Will.DROP, *UNREACHABLE, at)
    if not run.broadcast.calls:
        return _Forecast(Will.DROP, *NO_CALL, at)
    return _Forecast(Will.PHONE, *NO_WECHAT, at, Channel.PHONE)


def start_of(broadcast: Broadcast, now: datetime) -> datetime:
    """The earliest due time of its first message."""
    return max(broadcast.starts_at, now) if broadcast.starts_at is not None else now
