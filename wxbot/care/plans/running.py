"""How many patients are in the middle of a plan: whose course began and has steps still to come."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.booking.service import Booking
from wxbot.care.anchors import ANCHORS
from wxbot.care.anchors.kind import AnchorKind, Sources
from wxbot.care.calendar import calendar_of
from wxbot.care.models import CarePlan, Due
from wxbot.care.occurrences import expanded
from wxbot.care.planner import schedule
from wxbot.care.plans.following import came_to_be, longest_course
from wxbot.care.plans.live import LivePlans
from wxbot.care.ports import LeadSource
from wxbot.care.spans import Span
from wxbot.care.stores.dates import DateStore
from wxbot.clinic.ports import LiveClinic
from wxbot.patients.service import Patients

CHUNK = 200  # anchors between two breaths
MARGIN = timedelta(days=2)
AHEAD = timedelta(days=180)  # visits are read in slices of two hours, and few are booked further ahead


@dataclass(frozen=True, kw_only=True)
class Affected:
    """Patients in the middle of a plan, and for how many of them any moment or step would change."""

    patients: int
    changed: int  # of these, whose coming steps are others with the new version


class RunningPatients:
    """Counts from present facts, by the code that plans. Nothing is written."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        live: LivePlans,
        booking: Booking,
        patients: Patients,
        clinics: LiveClinic,
        *,
        leads: LeadSource,
        anchors: Mapping[str, AnchorKind] = ANCHORS,
        dates: DateStore | None = None,
    ) -> None:
        self._live = live
        self._booking = booking
        self._patients = patients
        self._clinics = clinics
        self._leads = leads
        self._anchors = anchors
        self._dates = dates

    async def affected(self, planned: CarePlan, at: datetime, now: datetime) -> Affected:
        """Patients whose course began before `at` and who have steps still to come then.

        Visits that are booked further ahead than `AHEAD` are not counted.
        """
        kind = self._anchors.get(planned.anchor)
        present = [each for each in self._live.versions if each.key == planned.key]
        if kind is None or not present:
            return Affected(patients=0, changed=0)
        clinic, new = self._clinics.current, expanded(planned)
        calendar = calendar_of(clinic)
        past = max(longest_course(each.steps) for each in (*present, new)) + MARGIN
        sources = Sources(
            booking=self._booking, patients=self._patients, clinic=clinic, leads=self._leads, dates=self._dates
        )
        begun: set[str] = set()
        changed: set[str] = set()
        seen = 0
        async for anchors in kind.collect(sources, [Span(now - past, max(now + AHEAD, at))]):
            for anchor in anchors:
                seen += 1
                if seen % CHUNK == 0:
                    await asyncio.sleep(0)
                if came_to_be(anchor) >= at:
                    continue
                steps = self._live.followed(due for each in present for due in schedule(each, anchor, calendar))
                coming = _said(steps, at)
                if coming:
                    who = str(anchor.patient_id or anchor.contact_id)
                    begun.add(who)
                    if coming != _said(schedule(new, anchor, calendar), at):
                        changed.add(who)
        return Affected(patients=len(begun), changed=len(changed))


def _said(steps: Iterable[Due], at: datetime) -> set[tuple[str, str, datetime]]:
    return {(each.key, each.step.template, each.due_at) for each in steps if each.due_at >= at}
