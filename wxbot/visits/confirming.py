"""Confirming tomorrow before closing and today after opening: which day, by when, and the text to share. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.sentences import day_words, practitioner_words
from wxbot.clinic.hours import Opening, openings
from wxbot.clinic.models import Clinic
from wxbot.history.models import PatientId
from wxbot.visits.models import VisitRecord
from wxbot.visits.rules import VisitDayRules

FARTHEST = 14  # days: longer than any festival's closure; beyond it tomorrow is the day, whatever it is
UNNAMED = "未登记姓名"


@dataclass(frozen=True, kw_only=True)
class Confirmations:
    """How far the confirming of a day is. `deadline` None: nobody is there to confirm today."""

    day: date
    booked: int
    confirmed: int
    deadline: datetime | None

    def missed(self, now: datetime) -> bool:
        """Whether the deadline passed with somebody still to be asked."""
        return self.deadline is not None and now >= self.deadline and self.confirmed < self.booked


def spans_of(clinic: Clinic, day: date) -> list[Opening]:
    """When anybody receives on a local day."""
    return [span for each in clinic.practitioners if not each.retired for span in openings(clinic, each, day)]


def opens(clinic: Clinic, day: date) -> datetime | None:
    """When the first practitioner of a local day begins; None where nobody receives."""
    return min((span.start for span in spans_of(clinic, day)), default=None)


def closes(clinic: Clinic, day: date) -> datetime | None:
    """When the last practitioner of a local day ends; None where nobody receives."""
    return max((span.end for span in spans_of(clinic, day)), default=None)


def day_to_confirm(clinic: Clinic, today: date, booked: Collection[date]) -> date:
    """The next local day on which anybody receives or is booked: on Saturday that may be Monday."""
    for ahead in range(1, FARTHEST + 1):
        day = today + timedelta(days=ahead)
        if day in booked or spans_of(clinic, day):
            return day
    return today + timedelta(days=1)


def confirmations(
    visits: Sequence[Appointment], clinic: Clinic, rules: VisitDayRules, *, day: date, today: date
) -> Confirmations:
    """How far the visits of `day` are confirmed; the deadline is some minutes before today's closing (A4-14)."""
    live = [each for each in visits if each.live]
    closing = closes(clinic, today)
    return Confirmations(
        day=day,
        booked=len(live),
        confirmed=sum(each.confirmed_at is not None for each in live),
        deadline=None if closing is None else closing - rules.confirm_before_closing,
    )


def to_recheck(
    visits: Sequence[Appointment], records: Mapping[AppointmentId, VisitRecord], now: datetime
) -> list[Appointment]:
    """Who is still expected today and was not asked again this morning (A4-15), earliest first."""
    return [
        each
        for each in visits
        if each.live
        and each.stage is VisitStage.EXPECTED
        and each.start > now
        and (each.id not in records or records[each.id].recheck is None)
    ]


def recheck_deadline(clinic: Clinic, rules: VisitDayRules, today: date) -> datetime | None:
    """By when today's patients are asked again; None on a day without opening."""
    opening = opens(clinic, today)
    return None if opening is None else opening + rules.recheck_after_opening


def masked_name(name: str) -> str:
    """The family name and a star for each further character: 王**; empty for nobody."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def share_text(
    visits: Sequence[Appointment], names: Mapping[PatientId, str], clinic: Clinic, confirmed: Confirmations
) -> str:
    """What is posted to the colleagues' group once everybody was asked (A4-14): hours, practitioners, masked names."""
    live = [each for each in visits if each.live]
    left = confirmed.booked - confirmed.confirmed
    head = f"{day_words(confirmed.day)}预约 {confirmed.booked} 位，已确认 {confirmed.confirmed} 位"
    lines = [f"{head}，未确认 {left} 位" if left else f"{head}，全部确认完毕"]
    for visit in sorted(live, key=lambda each: (each.start, each.practitioner_id)):
        practitioner, kind = clinic.practitioner(visit.practitioner_id), clinic.visit_type(visit.visit_type_id)
        words = [f"{visit.start.astimezone(clinic.timezone):%H:%M}"]
        words += [practitioner_words(practitioner)] if practitioner is not None else []
        words += [masked_name(names.get(visit.patient_id, "")) or UNNAMED]
        words += [kind.name] if kind is not None else []
        words += ["初诊"] if visit.new_patient else []
        words += ["✓已确认" if visit.confirmed_at is not None else "未确认"]
        lines.append(" ".join(words))
    return "\n".join(lines)
