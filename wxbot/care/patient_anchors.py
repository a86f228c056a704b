"""The anchors of one patient, for what is coming and for steps whose time was set by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from wxbot.booking.service import Booking
from wxbot.care.anchors.kind import AnchorKind, PatientFacts
from wxbot.care.models import Anchor
from wxbot.care.stores.dates import DateStore
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import PatientId
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients


class PatientAnchors:
    """Reads one patient's facts and asks every kind of anchor."""

    def __init__(
        self,
        booking: Booking,
        patients: Patients,
        dates: DateStore,
        clinics: LiveClinic,
        anchors: Mapping[str, AnchorKind],
    ) -> None:
        self._booking = booking
        self._patients = patients
        self._dates = dates
        self._clinics = clinics
        self._anchors = anchors

    async def of(
        self, patient: Patient, patient_ids: Sequence[PatientId], now: datetime, *, yearly_from: date | None = None
    ) -> list[Anchor]:
        """Those on which steps may still come; `patient_ids` are the record and the duplicates that became it.

        Birthday and festivals are the next ones from `yearly_from` on, without it from today.
        """
        clinic = self._clinics.current
        day = yearly_from or now.astimezone(clinic.timezone).date()
        facts = PatientFacts(
            patient=patient,
            appointments=await self._booking.of_patients(patient_ids),
            next_birthday=self._patients.celebrations.next_after(patient.birthday, day) if patient.birthday else None,
            clinic=clinic,
            now=now,
            day=day,
            dates=[each for each in await self._dates.of_patients(patient_ids) if each.live],
        )
        return [anchor for kind in self._anchors.values() for anchor in kind.of_patient(facts)]
