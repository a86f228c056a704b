"""`birthday`: the beginning of the local day on which a birthday is celebrated."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date

from wxbot.booking.models import AppointmentId
from wxbot.care.anchors.kind import MET, Facts, PatientFacts, Precondition, Sources, unwanted
from wxbot.care.anchors.visits import PERSON_VARIABLES
from wxbot.care.models import Anchor
from wxbot.care.offsets import midnight
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.history.models import PatientId
from wxbot.outbox.ports import Verdict
from wxbot.patients.models import Patient

_NAMED = re.compile(r"(?:^|/)birthday:[^:/]+:(\d{4}-\d{2}-\d{2})(?:/|$)")  # the `ref` of an anchor within a key


def birthday_anchor(patient: Patient, day: date, clinic: Clinic) -> Anchor | None:
    """The local day on which a birthday is celebrated; None where nobody can be written to."""
    if patient.contact_id is None:
        return None
    return Anchor(
        kind=BIRTHDAY.key,
        ref=f"birthday:{patient.id}:{day.isoformat()}",
        at=midnight(day, clinic.timezone),
        contact_id=patient.contact_id,
        patient_id=patient.id,
        precondition={"kind": BIRTHDAY.key, "id": patient.id, "day": day.isoformat()},
        source=patient,
    )


def birthday_in(key: str) -> date | None:
    """The day of the birthday that the key of a message or task names; None where it is about something else."""
    named = _NAMED.search(key)
    return date.fromisoformat(named[1]) if named is not None else None


class BirthdayDay:
    """Birthday greetings."""

    key = "birthday"
    variables = PERSON_VARIABLES
    has_treatment = False
    has_audience = False
    follows_action = False

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """Patients whose birthday is celebrated on the local days of the spans, a query for each day."""
        for day in sorted({day for span in spans for day in span.days(sources.clinic.timezone)}):
            found = await sources.patients.celebrations.on(day)
            yield [anchor for each in found if (anchor := birthday_anchor(each, day, sources.clinic)) is not None]

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """The next birthday."""
        if facts.next_birthday is None:
            return []
        anchor = birthday_anchor(facts.patient, facts.next_birthday, facts.clinic)
        return [] if anchor is None else [anchor]

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """Nothing beside the patient's name."""
        del anchor, clinic
        return {}

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """None: it depends on no appointment."""
        del precondition
        return None

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Wanted while the birthday still falls on that day and may be greeted."""
        patient = facts.patients.get(PatientId(str(precondition.get("id"))))
        day = date.fromisoformat(str(precondition.get("day")))
        if patient is None or patient.birthday is None or not facts.celebrated(patient.birthday, day):
            return unwanted("no_birthday", "生日信息已更改，或不满14周岁，不发送祝福")
        return MET


BIRTHDAY = BirthdayDay()
