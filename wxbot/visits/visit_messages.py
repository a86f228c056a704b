"""What patients are told on the day of their visit: how long they still wait, a word of comfort, and a farewell.

Derived from today's appointments and the time. The outbox keeps each key once, and leaves out what came true meanwhile:
whoever was called in, or whose departure was taken back, is not written to. Nobody is phoned in place of any of these.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.sentences import day_words, hour_words
from wxbot.booking.service import Booking
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import can_send_customer
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.templates.models import Option
from wxbot.templates.service import Templates
from wxbot.visits.checkout import next_visit
from wxbot.visits.learnt_times import LearntTimes
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.store import VisitRecordStore
from wxbot.visits.waiting import WAITING, estimate, is_first, waited

KIND = "visit_day"  # of the preconditions of these messages
UNWELL = "unwell:"  # of the id of the entry 不适: unwell:<appointment>
STILL_NEWS = timedelta(minutes=3)  # an update that is later than that waits for the next one
FAREWELL_WITHIN = timedelta(hours=3)  # of the departure; later it would come out of the blue
LEFT_FOR_COLLEAGUES = 1  # messages that are not used up

MET = Verdict(met=True)
CALLED = Verdict(met=False, reason="visit_called", explanation="患者已经不在等候，没有发送")
NOT_LEFT = Verdict(met=False, reason="visit_not_left", explanation="离开的登记已撤销，没有发送")


class VisitMessages:
    """Enqueues what is due, and says whether it may still leave."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: VisitRecordStore,
        *,
        booking: Booking,
        visits: DayVisits,
        outbox: Outbox,
        templates: Templates,
        clinics: LiveClinic,
        times: LearntTimes,
        rules: VisitDayRules,
    ) -> None:
        self._store = store
        self._booking = booking
        self._visits = visits
        self._outbox = outbox
        self._templates = templates
        self._clinics = clinics
        self._times = times
        self._rules = rules

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Enqueue what is due now; the numbers. Repeating it, in however many processes, adds nothing."""
        today = now.astimezone(self._clinics.current.timezone).date()
        day = await self._booking.on_day(today)
        told = await self._enqueue([*await self._waiting(day, now), *await self._comfort(day, now)], now, sparing=True)
        farewells = await self._enqueue(await self._farewells(day, now), now, sparing=False)
        return {"told": told, "farewells": farewells}

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether those messages may still leave. Implements the outbox's `PreconditionChecker`."""
        ids = {each.id: AppointmentId(str(each.precondition.get("id", ""))) for each in messages}
        visits = await self._booking.by_ids(list(set(ids.values())))
        return {each.id: _verdict(each, visits.get(ids[each.id])) for each in messages}

    def unwell_entry(self, appointment_id: AppointmentId) -> Option:
        """The entry by which a patient who waits says that they feel unwell (A2-92)."""
        return Option(id=f"{UNWELL}{appointment_id}", label=self._templates.get("visit.unwell_label").text)

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _waiting(self, day: Sequence[Appointment], now: datetime) -> list[Message]:
        """Every ten minutes: how long it still is (A4-33)."""
        every = self._rules.update_every
        due: list[tuple[Appointment, int]] = []
        for visit in _here(day):
            length = waited(visit, now) or timedelta()
            turn = length // every
            if turn and length - turn * every <= STILL_NEWS:
                due.append((visit, turn))
        if not due:
            return []
        times = await self._times.current(now)
        found: list[Message] = []
        for visit, turn in due:
            how_long = estimate(visit, day, times, now, given_up=self._rules.late_red)
            key = f"wait/{visit.id}/{_came(visit)}/{turn}"
            found.append(self._while_waiting(visit, key, "visit.still_waiting", {"wait": how_long.words}, now))
        return found

    async def _comfort(self, day: Sequence[Appointment], now: datetime) -> list[Message]:
        """A first visit that waits for three minutes hears from us (A4-31), beside the colleague who walks over."""
        since = self._rules.comfort_first
        due = [
            each
            for each in _here(day)
            if each.arrived_at is not None and since <= now - each.arrived_at <= since + STILL_NEWS
        ]
        records = await self._store.of([each.id for each in due]) if due else {}
        first = [each for each in due if is_first(each, records.get(each.id))]
        return [
            self._while_waiting(each, f"comfort/{each.id}/{_came(each)}", "visit.comfort", {}, now) for each in first
        ]

    async def _farewells(self, day: Sequence[Appointment], now: datetime) -> list[Message]:
        """A word when they have gone (A4-52), with the next visit where there is one (A4-38)."""
        after = self._rules.farewell_after
        due = [
            each
            for each in day
            if each.stage is VisitStage.LEFT
            and each.contact_id is not None
            and each.departed_at is not None
            and after <= now - each.departed_at <= FAREWELL_WITHIN
        ]
        known = await self._outbox.known_keys([f"farewell/{each.id}" for each in due])
        due = [each for each in due if f"farewell/{each.id}" not in known]
        clinic = self._clinics.current
        coming = await self._visits.coming({each.patient_id for each in due}, now)
        found: list[Message] = []
        for visit in due:
            following = next_visit(coming.get(visit.patient_id, ()), now, clinic.timezone)
            variables: dict[str, str] = {}
            if following is not None:
                local = following.start.astimezone(clinic.timezone)
                variables = {"date": day_words(local.date()), "time": hour_words(local.time())}
            found.append(
                self._outbox.message(
                    key=f"farewell/{visit.id}",
                    contact_id=ContactId(str(visit.contact_id)),
                    patient_id=visit.patient_id,
                    purpose=Purpose.SERVICE,
                    template="visit.farewell" if following is None else "visit.farewell_next",
                    variables=variables,
                    now=now,
                    expires_at=(visit.departed_at or now) + FAREWELL_WITHIN,
                    answer=True,
                    optional=True,
                    precondition={"kind": KIND, "id": visit.id, "stage": VisitStage.LEFT.value},
                )
            )
        return found

    def _while_waiting(
        self, visit: Appointment, key: str, template: str, variables: Mapping[str, str], now: datetime
    ) -> Message:
        return self._outbox.message(
            key=key,
            contact_id=ContactId(str(visit.contact_id)),
            patient_id=visit.patient_id,
            purpose=Purpose.SERVICE,
            template=template,
            variables=variables,
            options=(self.unwell_entry(visit.id),),
            now=now,
            expires_at=now + STILL_NEWS,
            answer=True,
            optional=True,
            precondition={"kind": KIND, "id": visit.id, "came": _came(visit)},
        )

    async def _enqueue(self, messages: Sequence[Message], now: datetime, *, sparing: bool) -> int:
        """Those that are new and that a right is there for. `sparing`: one right is left for what colleagues write."""
        known = await self._outbox.known_keys([each.key for each in messages])
        fresh: list[Message] = []
        for message in messages:
            if message.key in known:
                continue
            rights = await self._outbox.rights.of(message.contact_id)
            left = rights.customer_left - (LEFT_FOR_COLLEAGUES if sparing else 0)
            if can_send_customer(rights, now) and left > 0:
                fresh.append(message)
        return await self._outbox.enqueue(fresh) if fresh else 0


def _here(day: Iterable[Appointment]) -> list[Appointment]:
    return [each for each in day if each.live and each.stage in WAITING and each.contact_id is not None]


def _came(visit: Appointment) -> str:
    """Which arrival it is: one that was taken back and noted again is another."""
    came = visit.arrived_at or visit.waiting_at or visit.start
    return f"{came:%Y%m%d%H%M%S}"


def _verdict(message: Message, visit: Appointment | None) -> Verdict:
    if "stage" in message.precondition:
        return MET if visit is not None and visit.stage.value == message.precondition["stage"] else NOT_LEFT
    if visit is None or not visit.live or visit.stage not in WAITING:
        return CALLED
    return MET if _came(visit) == message.precondition.get("came") else CALLED
