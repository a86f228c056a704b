"""主动联系: of patients who were here before, the share that contacts us, with and without care before (A1-41). Pure.

A comparison and no experiment: nobody is left without care for it. What somebody says because we asked is no contact of
theirs, nor is what happens while they are here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from wxbot.history.models import PatientId
from wxbot.labels import LabelledEnum

ALL = 100  # percent
FEWEST = 30  # patients of each group; of fewer a share says nothing
CARED_WITHIN = timedelta(days=90)  # before the month
SEEN_WITHIN = timedelta(days=365)  # before the month: the patients that are looked at
MOST_PATIENTS = 20_000  # the latest of them; it bounds what one look reads
ANSWER_WITHIN = timedelta(hours=48)  # of something we wrote: until then what they write answers it


class CareGroup(LabelledEnum):
    """Whether care reached somebody in the 90 days before the month."""

    CARED = ("cared", "收到过关怀")
    OTHERS = ("others", "没有收到关怀")


class InboundWay(LabelledEnum):
    """How a patient contacted us."""

    WROTE = ("wrote", "主动发来消息")
    BOOKED = ("booked", "自己预约")
    PHONED = ("phoned", "来电，同事代约")


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """One contact of a patient's own accord."""

    patient_id: PatientId
    way: InboundWay
    at: datetime


@dataclass(frozen=True, kw_only=True)
class InboundPatient:
    """A patient of a group: what they were last here for, when care reached them, and their contacts by way."""

    patient_id: PatientId
    seen_at: datetime  # the latest completed visit before the month
    cared_at: datetime | None  # the latest care of the 90 days
    contacts: tuple[Inbound, ...]  # the first of each way in the month, the earliest first


@dataclass(frozen=True, kw_only=True)
class GroupRate:
    """One group, those who contacted us first."""

    group: CareGroup
    patients: tuple[InboundPatient, ...]

    @property
    def among(self) -> int:
        """How many patients the group has."""
        return len(self.patients)

    @property
    def contacted(self) -> int:
        """How many of them contacted us."""
        return sum(bool(each.contacts) for each in self.patients)

    @property
    def percent(self) -> float | None:
        """The share; None of nobody."""
        return ALL * self.contacted / self.among if self.patients else None


@dataclass(frozen=True, kw_only=True)
class InboundMonth:
    """The comparison of a month."""

    first: date
    last: date
    groups: Mapping[CareGroup, GroupRate]
    cut: bool  # there are more patients than are looked at

    @property
    def enough(self) -> bool:
        """Whether both groups are large enough to say anything."""
        return all(each.among >= FEWEST for each in self.groups.values())

    @property
    def difference(self) -> float | None:
        """Percentage points by which the share of the cared for is higher; None where there are too few."""
        cared, others = (self.groups[each].percent for each in CareGroup)
        return cared - others if self.enough and cared is not None and others is not None else None


@dataclass(frozen=True, kw_only=True)
class InboundFacts:
    """What a month is counted from; every id is the one of the patient's record today."""

    seen: Mapping[PatientId, datetime]  # the latest completed visit before the month
    cared: Sequence[tuple[PatientId, datetime]]  # what reached them in the 90 days
    contacts: Sequence[Inbound]  # in the month, whatever caused them
    asked: Mapping[PatientId, Sequence[datetime]]  # when we wrote to who speaks for them
    called: Sequence[tuple[PatientId, datetime]]  # when a colleague reached them by telephone or WeChat, in the month
    here: frozenset[tuple[PatientId, date]]  # on which local days of the month they were here


def inbound_month(first: date, last: date, facts: InboundFacts, zone: tzinfo, *, cut: bool = False) -> InboundMonth:
    """Both groups of a month."""
    cared: dict[PatientId, datetime] = {}
    for patient_id, at in facts.cared:
        cared[patient_id] = max(at, cared.get(patient_id, at))
    called = {(patient_id, at.astimezone(zone).date()) for patient_id, at in facts.called}
    by_patient: dict[PatientId, dict[InboundWay, Inbound]] = {}
    for each in sorted(facts.contacts, key=lambda it: it.at):
        if _own_accord(each, facts, called, zone):
            by_patient.setdefault(each.patient_id, {}).setdefault(each.way, each)
    patients = [
        InboundPatient(
            patient_id=patient_id,
            seen_at=seen_at,
            cared_at=cared.get(patient_id),
            contacts=tuple(by_patient.get(patient_id, {}).values()),
        )
        for patient_id, seen_at in facts.seen.items()
    ]
    return InboundMonth(
        first=first,
        last=last,
        groups={
            CareGroup.CARED: _group(CareGroup.CARED, (each for each in patients if each.cared_at is not None)),
            CareGroup.OTHERS: _group(CareGroup.OTHERS, (each for each in patients if each.cared_at is None)),
        },
        cut=cut,
    )


def _own_accord(contact: Inbound, facts: InboundFacts, called: set[tuple[PatientId, date]], zone: tzinfo) -> bool:
    """Whether it is none that we caused, and they were not here that day."""
    day = (contact.patient_id, contact.at.astimezone(zone).date())
    if day in facts.here or (contact.way is InboundWay.PHONED and day in called):
        return False
    asked = facts.asked.get(contact.patient_id, ()) if contact.way is InboundWay.WROTE else ()
    return not any(timedelta() <= contact.at - at <= ANSWER_WITHIN for at in asked)


def _group(group: CareGroup, patients: Iterable[InboundPatient]) -> GroupRate:
    ordered = sorted(patients, key=lambda it: (not it.contacts, -it.seen_at.timestamp(), it.patient_id))
    return GroupRate(group=group, patients=tuple(ordered))
