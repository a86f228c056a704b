"""Recent treatments, which decide about marketing. Implements `wxbot.outbox.ports.Circumstances`."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from wxbot.booking.visits import Visits
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import PatientId
from wxbot.outbox.contact_history import LOOK_BACK
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients


class Treatments:
    """When patients were last treated, duplicates that were merged into them included."""

    def __init__(self, visits: Visits, patients: Patients, clinics: LiveClinic) -> None:
        self._visits = visits
        self._patients = patients
        self._clinics = clinics

    async def treated(self, patient_ids: Collection[PatientId], now: datetime) -> Mapping[PatientId, datetime]:
        """When each patient's latest treatment with aftercare began; left out where none is known."""
        clinic = self._clinics.current
        kinds = [kind.id for kind in clinic.visit_types if kind.aftercare is not None]
        since = now - max(LOOK_BACK, timedelta(days=clinic.sending.recovery_days))
        duplicates = {each.id: each for each in await self._patients.duplicates(patient_ids)}
        found = await self._visits.latest({*patient_ids, *duplicates}, kinds, since=since, until=now)
        treated: dict[PatientId, datetime] = {}
        asked = set(patient_ids)
        for patient_id, at in found.items():
            for whom in _became(patient_id, duplicates):
                if whom in asked:
                    treated[whom] = max(at, treated.get(whom, at))
        return treated


def _became(patient_id: PatientId, duplicates: Mapping[PatientId, Patient]) -> list[PatientId]:
    """The record itself and those it became, one after the other."""
    chain = [patient_id]
    while (duplicate := duplicates.get(chain[-1])) is not None and duplicate.merged_into is not None:
        if duplicate.merged_into in chain:
            break
        chain.append(duplicate.merged_into)
    return chain
