"""`festival`: the beginning of the local day of a festival, for every patient who follows (reference §5.4)."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from wxbot.booking.models import AppointmentId
from wxbot.care.anchors.kind import MET, Facts, PatientFacts, Precondition, Sources, unwanted
from wxbot.care.anchors.visits import PERSON_VARIABLES
from wxbot.care.festivals import FESTIVALS, festivals_on
from wxbot.care.models import Anchor
from wxbot.care.offsets import midnight
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.history.models import ContactId, PatientId
from wxbot.outbox.ports import Verdict
from wxbot.patients.birthdays import may_be_greeted
from wxbot.patients.models import Relation

SHOWN = 60  # days ahead within which a patient's next festivals are shown
_TOO_YOUNG = unwanted("under_age", "不满 14 周岁，不发送祝福")


def festival_anchor(  # noqa: PLR0913, PLR0917 - one fact each
    festival: str,
    day: date,
    patient_id: PatientId,
    contact_id: ContactId,
    clinic: Clinic,
    followed_at: datetime | None = None,
) -> Anchor:
    """A festival of one patient; who followed later than its greeting fell due is not greeted late."""
    at = midnight(day, clinic.timezone)
    return Anchor(
        kind=FESTIVAL.key,
        ref=f"festival:{festival}:{day.isoformat()}:{patient_id}",
        at=at,
        contact_id=contact_id,
        patient_id=patient_id,
        treatment=festival,
        precondition={"kind": FESTIVAL.key, "id": patient_id, "day": day.isoformat()},
        created_at=followed_at,
        began=at,
        source=festival,
    )


class FestivalDay:
    """Holiday greetings, one to each patient who follows the account themselves."""

    key = "festival"
    variables = PERSON_VARIABLES | {"festival"}
    has_treatment = True
    has_audience = False
    follows_action = False

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """Nothing where no festival lies within the spans; else every follower, in portions, once for all of them."""
        days = {day for span in spans for day in span.days(sources.clinic.timezone)}
        found = [(festival, day) for day in sorted(days) for festival in festivals_on(day)]
        if not found:
            return
        async for portion in sources.patients.celebrations.followers():
            yield [
                festival_anchor(festival, day, each.patient_id, each.contact_id, sources.clinic, each.since)
                for festival, day in found
                for each in portion
            ]

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """The festivals of the next weeks, of who writes to us themselves."""
        patient = facts.patient
        if patient.contact_id is None or patient.relation is not Relation.SELF:
            return []
        today = facts.now.astimezone(facts.clinic.timezone).date()
        first = facts.day or today
        days = (first + timedelta(days=ahead) for ahead in range((max(first, today) - first).days + SHOWN))
        return [
            festival_anchor(festival, day, patient.id, patient.contact_id, facts.clinic)
            for day in days
            for festival in festivals_on(day)
        ]

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """The name of the festival."""
        del clinic
        festival = FESTIVALS.get(str(anchor.source))
        return {"festival": festival.name if festival is not None else ""}

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """None: it depends on no appointment."""
        del precondition
        return None

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Wanted by everybody but those under 14 (reference §12); whether they are still there the outbox asks."""
        patient = facts.patients.get(PatientId(str(precondition.get("id"))))
        day = date.fromisoformat(str(precondition.get("day")))
        young = patient is not None and patient.birthday is not None and not may_be_greeted(patient.birthday, day)
        return _TOO_YOUNG if young else MET


FESTIVAL = FestivalDay()
