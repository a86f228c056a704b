"""`discharge`, `screening`, `date`: the beginning of a local day that staff noted of a patient (A2-66, A2-68)."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wxbot.booking.models import AppointmentId
from wxbot.booking.sentences import day_words
from wxbot.care.anchors.kind import MET, Facts, PatientFacts, Precondition, Sources, unwanted
from wxbot.care.anchors.visits import PERSON_VARIABLES
from wxbot.care.dates import BUILT_IN, DISCHARGE, SCREENING, PatientDate, one_of_each
from wxbot.care.models import Anchor
from wxbot.care.offsets import midnight
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.history.models import PatientId
from wxbot.outbox.ports import Verdict
from wxbot.patients.models import Patient

OWN = "date"
PORTION = 500  # dates whose patients are read at once
_BUILT_IN = frozenset(kind.key for kind in BUILT_IN)
_REMOVED = unwanted("date_removed", "这个日期已经删除，不再发送")


def ref_of(noted: PatientDate) -> str:
    """The name of a date in the keys of its messages; the same whatever its day is."""
    return f"date:{noted.id}"


def date_anchor(noted: PatientDate, patient: Patient, clinic: Clinic) -> Anchor | None:
    """The beginning of that local day; None where nobody can be written to."""
    if patient.contact_id is None:
        return None
    kind = noted.kind if noted.kind in _BUILT_IN else OWN
    return Anchor(
        kind=kind,
        ref=ref_of(noted),
        at=midnight(noted.day, clinic.timezone),
        contact_id=patient.contact_id,
        patient_id=patient.id,
        treatment=noted.kind if kind == OWN else None,
        precondition={"kind": kind, "date": noted.id},
        created_at=noted.day_set_at,
        began=noted.noted_at,
        source=noted,
    )


@dataclass(frozen=True, kw_only=True)
class NotedDay:
    """Dates of one built-in kind, or all of the clinic's own kinds, to one of which a plan may be limited."""

    key: str
    has_treatment: bool = False
    variables: frozenset[str] = PERSON_VARIABLES | {"date", "date_field", "time_field"}
    has_audience: bool = False
    follows_action: bool = False

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """The dates on the local days of the spans, a query for each span."""
        if sources.dates is None:
            return
        for span in spans:
            days = list(span.days(sources.clinic.timezone))
            own = self.key == OWN
            found = await sources.dates.between(days[0], days[-1], _BUILT_IN if own else {self.key}, others=own)
            patients: dict[PatientId, Patient] = {}
            for start in range(0, len(found), PORTION):
                portion = {each.patient_id for each in found[start : start + PORTION]}
                patients |= await sources.patients.patients(portion)
            yield _anchors(found, patients, sources.clinic)

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """The patient's dates of this kind."""
        mine = (each for each in facts.dates if (each.kind if each.kind in _BUILT_IN else OWN) == self.key)
        return _anchors(mine, {each.patient_id: facts.patient for each in facts.dates}, facts.clinic)

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """The day."""
        del clinic
        noted = anchor.source
        if not isinstance(noted, PatientDate):
            return {}
        written = f"{noted.day.year}年{noted.day.month}月{noted.day.day}日"  # reference §5.2
        return {"date": day_words(noted.day), "date_field": written, "time_field": f"{written} 00:00~23:59"}

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """None: it depends on no appointment."""
        del precondition
        return None

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Wanted while the date was not removed; a changed day has moved the message."""
        noted = facts.dates.get(str(precondition.get("date")))
        return MET if noted is not None and noted.live else _REMOVED


def _anchors(dates: Iterable[PatientDate], patients: Mapping[PatientId, Patient], clinic: Clinic) -> list[Anchor]:
    """One for each date of a patient who can be written to, those that merged duplicates have in common once."""
    known = [each for each in dates if each.patient_id in patients]
    once = one_of_each(known, {name: patient.id for name, patient in patients.items()})
    made = (date_anchor(each, patients[each.patient_id], clinic) for each in once)
    return [anchor for anchor in made if anchor is not None]


DISCHARGED = NotedDay(key=DISCHARGE)
SCREENED = NotedDay(key=SCREENING)
OWN_DATE = NotedDay(key=OWN, has_treatment=True)
