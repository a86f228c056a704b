"""随访: which of a day's patients were followed up after their visit, and how (A4-23). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from wxbot.booking.models import Appointment
from wxbot.booking.stages import has_come, left_at
from wxbot.history.models import PatientId
from wxbot.labels import LabelledEnum
from wxbot.surveys.models import SurveyRules

ALL = 100  # percent


class CareWay(LabelledEnum):
    """How a patient was followed up."""

    MESSAGE = ("message", "收到关怀消息")
    CALL = ("call", "同事联系上")
    SURVEY = ("survey", "回答了问卷")


class Part(LabelledEnum):
    """Whom a number of a day counts; each has its patients behind it."""

    CAME = ("came", "到诊")
    FOLLOWED = ("followed", "已随访")
    LEFT_OUT = ("left_out", "没有随访")


class GoalState(LabelledEnum):
    """How a day stands against the goal."""

    REACHED = ("reached", "达标")
    UNDER_WAY = ("under_way", "随访中")  # below the goal, and there is time left
    MISSED = ("missed", "未达标")


@dataclass(frozen=True, kw_only=True)
class CareContact:
    """One thing that followed a patient up."""

    patient_id: PatientId
    way: CareWay
    at: datetime
    by: str = ""  # of a call: `staff:<id>`


@dataclass(frozen=True, kw_only=True)
class FollowedPatient:
    """A patient who came on a day. Of several visits of that day it is the one that ended last."""

    visit: Appointment
    contacts: tuple[CareContact, ...]  # the first of each way after the visit, the earliest first

    def counts_as(self, part: Part) -> bool:
        """Whether they stand behind that number."""
        return part is Part.CAME or (part is Part.FOLLOWED) is bool(self.contacts)


@dataclass(frozen=True, kw_only=True)
class FollowedDay:
    """The patients who came on a local day, those not followed up first."""

    day: date
    patients: tuple[FollowedPatient, ...]
    goal: int  # percent
    until: datetime  # what comes then or later does not count

    def count(self, part: Part) -> int:
        """How many patients a number counts."""
        return sum(each.counts_as(part) for each in self.patients)

    @property
    def percent(self) -> float:
        """The share that was followed up. A day on which nobody came is none of these."""
        return ALL * self.count(Part.FOLLOWED) / len(self.patients)

    def state(self, now: datetime) -> GoalState:
        """Reached as soon as it is; missed only once the time is over."""
        if self.percent >= self.goal:
            return GoalState.REACHED
        return GoalState.UNDER_WAY if now < self.until else GoalState.MISSED


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a local day begins."""
    return datetime.combine(day, time(), zone)


def counts_until(day: date, rules: SurveyRules, zone: tzinfo) -> datetime:
    """The moment from which on nothing counts for the patients of that local day any more."""
    return midnight(day + timedelta(days=rules.followed_days + 1), zone)


def followed_days(
    visits: Iterable[Appointment], contacts: Sequence[CareContact], rules: SurveyRules, zone: tzinfo
) -> list[FollowedDay]:
    """The days on which anybody came, the earliest first; contacts and visits are of the same patients' ids."""
    came: dict[date, dict[PatientId, Appointment]] = {}
    for visit in sorted((each for each in visits if has_come(each)), key=lambda each: (left_at(each), each.id)):
        came.setdefault(visit.start.astimezone(zone).date(), {})[visit.patient_id] = visit
    of_patient: dict[PatientId, list[CareContact]] = {}
    for contact in sorted(contacts, key=lambda each: each.at):
        of_patient.setdefault(contact.patient_id, []).append(contact)
    return [_day(day, came[day], of_patient, rules, zone) for day in sorted(came)]


def _day(
    day: date,
    came: Mapping[PatientId, Appointment],
    contacts: Mapping[PatientId, Sequence[CareContact]],
    rules: SurveyRules,
    zone: tzinfo,
) -> FollowedDay:
    until = counts_until(day, rules, zone)
    patients = []
    for patient_id, visit in came.items():
        first: dict[CareWay, CareContact] = {}
        for each in contacts.get(patient_id, ()):
            if left_at(visit) <= each.at < until:
                first.setdefault(each.way, each)
        patients.append(FollowedPatient(visit=visit, contacts=tuple(first.values())))
    patients.sort(key=lambda each: (bool(each.contacts), each.visit.start, each.visit.id))
    return FollowedDay(day=day, patients=tuple(patients), goal=rules.followed_goal, until=until)
