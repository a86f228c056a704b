"""Whether classes are right: the clinician's word (A4-04), and a blind second label by somebody else (A4-10)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from random import SystemRandom

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.service import Booking
from wxbot.errors import FieldErrors, InvalidInputError, NotFoundError, StaleError
from wxbot.reception.models import ClassLabel, ReceptionRecord
from wxbot.reception.rules import ReceptionRules
from wxbot.reception.stores.records import ReceptionVisitStore
from wxbot.visits.models import NotedArrival
from wxbot.visits.rules import found
from wxbot.visits.service import VisitDay
from wxbot.workflow import NotNowError

DRAW = "reception:sample:draw"
LABEL = "reception:sample:label"
CONFIRM = "reception:class:confirm"
MOST_OPEN = 200  # drawn visits that wait for a label are shown to that number

CHOOSE = "请选择客户分类。"
NOT_ARRIVED = "前台还没有登记分类。"
NOTHING_LEFT = "这段时间没有可以抽查的到诊：都没有登记分类，或者都抽过了。"
NOT_DRAWN = "这次到诊不在抽查里，或者同事刚刚评过了。"
OWN = "第一次的分类是您登记的，请另一位同事来评。"


class ClassChecks:
    """Use cases of the checks. Each raises ForbiddenError."""

    def __init__(
        self, store: ReceptionVisitStore, *, booking: Booking, notes: VisitDay, audit: AuditTrail, rules: ReceptionRules
    ) -> None:
        self._store = store
        self._booking = booking
        self._notes = notes
        self._audit = audit
        self._rules = rules
        self._chance = SystemRandom()

    async def confirm(self, appointment_id: AppointmentId, label: str, *, by: Actor, now: datetime) -> None:
        """Who treats confirms reception's class, or says another one; the latest word counts.

        Raises NotFoundError, NotNowError (reception gave none yet) and FieldErrors.
        """
        by.must(CONFIRM)
        arrival = await self._arrival(appointment_id)
        if arrival is None or not arrival.said.visit_class:
            raise NotNowError(NOT_ARRIVED)
        given = ClassLabel(label=self._known(label), at=now, by=by.by)
        await self._store.put(ReceptionRecord(id=appointment_id, clinician_label=given), "clinician_label")
        await self._note(AuditAction.CLASS_CONFIRMED, appointment_id, "医护确认客户分类", by=by, now=now)

    async def classes(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, str]:
        """The class of those visits that were classed: the clinician's word, else reception's."""
        noted = await self._notes.records(ids)
        said = {key: each.arrival.said.visit_class for key, each in noted.items() if each.arrival is not None}
        confirmed = {
            key: each.clinician_label.label
            for key, each in (await self._store.of(ids)).items()
            if each.clinician_label is not None
        }
        return {key: label for key, label in (said | confirmed).items() if label}

    async def draw(self, first: date, last: date, *, by: Actor, now: datetime) -> int:
        """Draw some arrivals of those local days by chance, each once ever; how many. Their class is kept as it is now.

        Raises InvalidInputError when there are none left.
        """
        by.must(DRAW)
        visits = await self._booking.on_day(first, days=(last - first).days + 1)
        records = await self._notes.records([each.id for each in visits])
        drawn = {key for key, each in (await self._store.of(list(records))).items() if each.first_label is not None}
        labels = {
            key: ClassLabel(label=record.arrival.said.visit_class, at=record.arrival.at, by=record.arrival.by)
            for key, record in records.items()
            if key not in drawn and record.arrival is not None and record.arrival.said.visit_class
        }
        chosen = self._chance.sample(sorted(labels), min(self._rules.sample, len(labels)))
        number = await self._store.draw({key: labels[key] for key in chosen})
        if not number:
            raise InvalidInputError("no arrivals are left to draw", sentence=NOTHING_LEFT)
        subject = f"sample:{first.isoformat()}"
        words = f"抽取 {number} 位到诊患者，复评客户分类"
        await self._audit.record(AuditAction.SAMPLE_DRAWN, subject, by=by, now=now, summary=words)
        return number

    async def to_label(self, *, by: Actor) -> Sequence[tuple[Appointment, NotedArrival]]:
        """Drawn visits that this colleague may label, without anything that tells the first label but themselves.

        The caller shows complaint and remarks, never `said.visit_class`.
        """
        by.must(LABEL)
        waiting = await self._store.to_label(MOST_OPEN)
        others = [each.id for each in waiting if each.first_label is not None and each.first_label.by != by.by]
        visits, records = await self._booking.by_ids(others) if others else {}, await self._notes.records(others)
        found = [
            (visits[key], record.arrival)
            for key in others
            if key in visits and (record := records.get(key)) is not None and record.arrival is not None
        ]
        return sorted(found, key=lambda each: (each[0].start, each[0].id))

    async def label(self, appointment_id: AppointmentId, label: str, *, by: Actor, now: datetime) -> None:
        """Give a drawn visit its second label, once.

        Raises FieldErrors, NotNowError (the first label is one's own) and StaleError (not drawn, or labelled already).
        """
        by.must(LABEL)
        record = (await self._store.of([appointment_id])).get(appointment_id)
        if record is None or record.first_label is None:
            raise StaleError("not drawn", sentence=NOT_DRAWN)
        if record.first_label.by == by.by:
            raise NotNowError(OWN)
        if not await self._store.label(appointment_id, ClassLabel(label=self._known(label), at=now, by=by.by)):
            raise StaleError("labelled already", sentence=NOT_DRAWN)
        await self._note(AuditAction.SAMPLE_LABELLED, appointment_id, "复评客户分类", by=by, now=now)

    async def records(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, ReceptionRecord]:
        """What is kept of those visits, by appointment."""
        return await self._store.of(ids) if ids else {}

    # -- inside -----------------------------------------------------------------------------------------------

    def _known(self, label: str) -> str:
        if found(self._notes.rules.classes, label) is None:
            raise FieldErrors({"visit_class": CHOOSE})
        return label

    async def _arrival(self, appointment_id: AppointmentId) -> NotedArrival | None:
        if appointment_id not in await self._booking.by_ids([appointment_id]):
            raise NotFoundError(f"appointment {appointment_id}")
        record = (await self._notes.records([appointment_id])).get(appointment_id)
        return None if record is None else record.arrival

    async def _note(
        self, action: AuditAction, appointment_id: AppointmentId, summary: str, *, by: Actor, now: datetime
    ) -> None:
        await self._audit.record(action, f"appointment:{appointment_id}", by=by, now=now, summary=summary)
