"""Working out exactly who would get what, when and by which channel, and who would not and why."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from wxbot.broadcasts.audience_selector import AudienceSelector
from wxbot.broadcasts.messages import GOOD_FOR, message_for
from wxbot.broadcasts.models import MOST_RECIPIENTS, AudienceKind, Broadcast, Preview, Recipient
from wxbot.broadcasts.send_slots import turns
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

AT_ONCE = 500  # people worked out within a request, in about a quarter of a second; more of them in the background
SLICE = 100  # people whose facts are read and whose rows are kept together
BREATH = 20  # people judged between two turns of the event loop: some milliseconds

TAKES_A_TURN = frozenset({Will.SEND, Will.WAIT, Will.PHONE})

SAME_CONTACT = ("same_contact", "同一位联系人已在名单里，只发一次")
UNDER_AGE = ("under_age", "不满 14 周岁，不发祝福")
NO_TURN = ("no_turn", "按现在的速度，90 天内轮不到；请加快速度或缩小范围")
NO_WECHAT = ("no_contact", "没有关注公众号，由同事打电话")
NO_WAY = ("no_way", "没有关注公众号，也没有登记电话")
NO_OFFER_BY_PHONE = ("no_contact", "没有关注公众号，营销内容不打电话")


@dataclass
class _Work:
    """What is being worked out: who was met already, and whose turn is next."""

    broadcast: Broadcast
    clinic: Clinic
    now: datetime
    round: str
    line: Iterator[datetime]
    due: datetime | None
    people: int = 0
    turns: int = 0
    ends_at: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    contacts: set[ContactId] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    reached: list[PatientId] = field(default_factory=list)


class BroadcastPreviewer:
    """Looks at everybody chosen, by the code that sends."""

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
        """The same as `work_out` if few are chosen; None, and nothing kept, if it takes longer than a request may."""
        few: list[Patient] = []
        async for portion in self._selector.people(broadcast.audience, now):
            few += portion
            if len(few) > AT_ONCE:
                return None
        return await self._work_out(broadcast, now, new_id(now), _one(few))

    async def preview(
        self, broadcast: Broadcast, now: datetime, round_: str, go_on: Callable[[int], Awaitable[None]] | None = None
    ) -> Preview:
        """Keep a new round of rows and return its sum. Rounds of before stay until the broadcast names the new one.

        `go_on` is told in between how many people are through; what it raises ends the work.

        Raises:
            FieldErrors: more people than one broadcast may have.
        """
        return await self._work_out(broadcast, now, round_, self._selector.people(broadcast.audience, now), go_on)

    async def _work_out(
        self,
        broadcast: Broadcast,
        now: datetime,
        round_: str,
        people: AsyncIterator[Sequence[Patient]],
        go_on: Callable[[int], Awaitable[None]] | None = None,
    ) -> Preview:
        clinic = self._clinics.current
        line = turns(clinic, start_of(broadcast, now), broadcast.pace_per_hour)
        work = _Work(broadcast, clinic, now, round_, line, next(line, None))
        async for portion in people:
            if work.people + len(portion) > MOST_RECIPIENTS:
                raise FieldErrors({"way": f"选中的超过 {MOST_RECIPIENTS} 位，请缩小范围，分几次发送"})
            for start in range(0, len(portion), SLICE):
                await self._store.add(await self._rows(work, portion[start : start + SLICE]))
                if go_on is not None:
                    await go_on(work.people)
        goes = sum(number for key, number in work.counts.items() if key.split("/")[0] in {Will.SEND, Will.WAIT})
        return Preview(
            run_id=work.round,
            at=now,
            people=work.people,
            will_send=goes,
            slots=work.turns,
            counts=dict(work.counts),
            fingerprint=self._fingerprint(broadcast, work.reached),
            ends_at=work.ends_at,
            unknown_phones=len(set(broadcast.audience.phones) - work.phones)
            if broadcast.audience.kind is AudienceKind.PHONES
            else 0,
        )

    def _fingerprint(self, broadcast: Broadcast, reached: Sequence[PatientId]) -> str:
        """Names who would get what: the people, and everything that decides what they read and how fast it goes out."""
        version = (
            self._templates.get(broadcast.template).version if broadcast.template in self._templates.keys else None
        )
        said = [
            broadcast.purpose.value,
            broadcast.template,
            str(version),
            str(broadcast.pace_per_hour),
            str(broadcast.starts_at),
        ]
        filled_in = [f"{name}={value}" for name, value in sorted(broadcast.variables.items())]
        return hashlib.sha256(json.dumps([said, filled_in, sorted(reached)]).encode()).hexdigest()

    async def _rows(self, work: _Work, portion: Sequence[Patient]) -> list[Recipient]:
        contacts = await self._patients.contacts({each.contact_id for each in portion if each.contact_id})
        due = work.due or work.now
        messages = {
            patient.id: message_for(
                work.broadcast,
                patient_id=patient.id,
                contact_id=patient.contact_id,
                patient=patient,
                contact=contacts.get(patient.contact_id),
                clinic=work.clinic,
                due_at=due,
                now=work.now,
            )
            for patient in portion
            if patient.contact_id is not None
        }
        asked = {
            each: replace(message, precondition={}) for each, message in messages.items()
        }  # it is not approved yet
        foretelling = await self._outbox.forecaster(list(asked.values()), work.now)
        rows: list[Recipient] = []
        for number, patient in enumerate(portion):
            if number % BREATH == 0:
                await asyncio.sleep(0)  # callbacks and pages have their turn in between
            rows.append(_row(work, patient, asked.get(patient.id), foretelling))
        return rows


async def _one(portion: Sequence[Patient]) -> AsyncIterator[Sequence[Patient]]:
    yield portion


def _row(work: _Work, patient: Patient, message: Message | None, foretelling: Forecaster) -> Recipient:
    forecast = _forecasted(work, patient, message, foretelling)
    place, turn = work.people, None
    work.people += 1
    if patient.phone is not None:
        work.phones.add(patient.phone)
    if forecast.will in TAKES_A_TURN:
        turn, work.turns = work.turns, work.turns + 1
        work.ends_at = max(forecast.at, work.ends_at or forecast.at)
        work.due = next(work.line, None)
        work.reached.append(patient.id)
        if patient.contact_id is not None:
            work.contacts.add(patient.contact_id)
    work.counts[f"{forecast.will.value}/{forecast.reason}"] += 1
    return Recipient(
        id=f"{work.broadcast.id}/{work.round}/{patient.id}",
        broadcast_id=work.broadcast.id,
        run_id=work.round,
        position=place,
        patient_id=patient.id,
        contact_id=patient.contact_id,
        outcome=forecast.will.value,
        reason=forecast.reason,
        explanation=forecast.explanation,
        at=forecast.at,
        channel=forecast.channel.value if forecast.channel is not None else "",
        send_slot=turn,
    )


@dataclass(frozen=True)
class _Forecasted:
    """What becomes of one person's message, whether the outbox said so or it never gets that far."""

    will: Will
    reason: str
    explanation: str
    at: datetime
    channel: Channel | None = None


def _forecasted(work: _Work, patient: Patient, message: Message | None, foretelling: Forecaster) -> _Forecasted:
    at = work.due or work.now
    today = work.now.astimezone(work.clinic.timezone).date()
    greeting = work.broadcast.audience.kind is AudienceKind.BIRTHDAY
    if greeting and patient.birthday is not None and not may_be_greeted(patient.birthday, today):
        return _Forecasted(Will.DROP, *UNDER_AGE, at)
    if patient.contact_id is not None and patient.contact_id in work.contacts:
        return _Forecasted(Will.DROP, *SAME_CONTACT, at)
    if work.due is None:
        return _Forecasted(Will.DROP, *NO_TURN, at)
    if message is None:
        return _without_wechat(work, patient, at)
    due = replace(message, due_at=work.due, expires_at=work.due + GOOD_FOR)
    forecast = foretelling.forecast(due)
    return _Forecasted(forecast.will, forecast.reason, forecast.explanation, forecast.at, forecast.channel)


def _without_wechat(work: _Work, patient: Patient, at: datetime) -> _Forecasted:
    if work.broadcast.purpose is Purpose.MARKETING:
        return _Forecasted(Will.DROP, *NO_OFFER_BY_PHONE, at)
    if patient.phone is None:
        return _Forecasted(Will.DROP, *NO_WAY, at)
    return _Forecasted(Will.PHONE, *NO_WECHAT, at, Channel.PHONE)


def start_of(broadcast: Broadcast, now: datetime) -> datetime:
    """When its first message is due at the earliest."""
    return max(broadcast.starts_at, now) if broadcast.starts_at is not None else now
