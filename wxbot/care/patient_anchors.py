"""The anchors of one patient, for what is coming and for steps whose time was set by hand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from wxbot.booking.service import Booking
from wxbot.care.anchors.kind import AnchorKind, PatientFacts
from wxbot.care.models import Anchor
from wxbot.care.ports import LeadSource
from wxbot.care.stores.dates import DateStore
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.leads import lead_kind
from wxbot.history.models import PatientId
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients


class PatientAnchors:
    """Reads one patient's facts and asks every kind of anchor."""

    def __init__(  # noqa: PLR0913 - where facts are read
        self,
        booking: Booking,
        patients: Patients,
        *,
        dates: DateStore,
        clinics: LiveClinic,
        anchors: Mapping[str, AnchorKind],
        leads: LeadSource,
    ) -> None:
        self._booking = booking
        self._patients = patients
        self._dates = dates
        self._clinics = clinics
        self._anchors = anchors
        self._leads = leads

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
            leads=[each for each in await self._leads.leads_of(patient_ids) if lead_kind(each) is not None],
            day=day,
            dates=[each for each in await self._dates.of_patients(patient_ids) if each.live],
        )
        return [anchor for kind in self._anchors.values() for anchor in kind.of_patient(facts)]

    async def family(self, patient_ids: Sequence[PatientId]) -> list[list[PatientId]]:
        """The patient, and who else the same contact speaks for, each with the duplicates that became the record."""
        own = next(iter((await self._patients.patients(patient_ids[:1])).values()), None)
        if own is None or own.contact_id is None:
            return [list(patient_ids)]
        others = (await self._patients.of_contacts([own.contact_id])).get(own.contact_id, [])
        ids = [each.id for each in others if each.id not in patient_ids]
        merged = await self._patients.duplicates(ids)
        return [list(patient_ids), *([each, *(one.id for one in merged if one.merged_into == each)] for each in ids)]
