"""What a clinic sets for the day of a visit. Read from config/visit_day.toml."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from cattrs import Converter

from wxbot.clinic.models import Practitioner
from wxbot.visits.risk import RiskRules


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One thing that reception may choose."""

    key: str
    name: str


@dataclass(frozen=True, kw_only=True)
class VisitChannel(Choice):
    """来院渠道: where a first visit came from (A4-11)."""

    scenes: tuple[str, ...] = ()  # words in the labels of scene QR codes that mean it


@dataclass(frozen=True, kw_only=True)
class ComplaintTopic(Choice):
    """主诉: a complaint by the taxonomy, and who treats it (A4-28, A4-35)."""

    group: str
    specialities: tuple[str, ...] = ()  # words of a practitioner's speciality
    practitioners: tuple[str, ...] = ()  # ids

    def fits(self, practitioner: Practitioner) -> bool:
        """Whether that practitioner treats it; one without a rule is treated by everybody."""
        if not self.specialities and not self.practitioners:
            return True
        if practitioner.id in self.practitioners:
            return True
        return any(word in practitioner.speciality for word in self.specialities)


@dataclass(frozen=True, kw_only=True)
class NoNextReason(Choice):
    """Why somebody leaves without a next visit (A4-19)."""

    words: bool = False  # only with a sentence of one's own
    undecided: bool = False  # 未成交: they are called about what they are considering (A1-08)


@dataclass(frozen=True, kw_only=True)
class Offer(Choice):
    """What may be offered once at checkout, by the patient's wish (A4-20, A4-39)."""

    words: str  # what reception says


@dataclass(frozen=True, kw_only=True)
class Education(Choice):
    """预防宣教: what a patient may read while they wait (A4-34)."""

    words: str
    visit_types: tuple[str, ...] = ()  # none: for everybody


C = TypeVar("C", bound=Choice)


@dataclass(frozen=True, kw_only=True)
class VisitDayRules:
    """Lists and times of the day of a visit."""

    late_call: timedelta = timedelta(minutes=10)  # after the hour, who has not come is called (A4-16)
    late_red: timedelta = timedelta(minutes=15)  # … and the call is overdue
    confirm_before_closing: timedelta = timedelta(minutes=30)  # tomorrow is confirmed by then (A4-14)
    recheck_after_opening: timedelta = timedelta(minutes=15)  # today is confirmed again by then (A4-15)
    cancel_contact: timedelta = timedelta(minutes=15)  # who cancelled is spoken with by then (A4-43)
    wait_first: timedelta = timedelta(minutes=15)  # the goal of a first visit's wait (A4-32)
    wait_returning: timedelta = timedelta(minutes=20)  # … of everybody else's
    comfort_first: timedelta = timedelta(minutes=3)  # a first visit that waits so long is comforted (A4-31)
    scan_before: timedelta = timedelta(minutes=120)  # of the hour, from when a scan at reception is an arrival
    update_every: timedelta = timedelta(minutes=10)  # who waits is told so often how long it still is (A4-33)
    farewell_after: timedelta = timedelta(minutes=5)  # after they left (A4-52); until then it may be taken back
    survey_after: timedelta = timedelta(minutes=120)  # after they left, they are asked whether they were satisfied
    channels: tuple[VisitChannel, ...] = ()
    classes: tuple[Choice, ...] = ()
    complaints: tuple[ComplaintTopic, ...] = ()
    needs: tuple[Choice, ...] = ()
    no_next: tuple[NoNextReason, ...] = ()
    risk: RiskRules = field(default_factory=RiskRules)
    offers: tuple[Offer, ...] = ()
    education: tuple[Education, ...] = ()

    def complaint(self, key: str) -> ComplaintTopic | None:
        """The complaint of that key, if the file still has it."""
        return found(self.complaints, key)

    def education_for(self, visit_type_id: str) -> Education | None:
        """The first piece for that visit type, or for everybody."""
        return next((it for it in self.education if visit_type_id in it.visit_types or not it.visit_types), None)

    def channel_of_scene(self, label: str) -> str:
        """The key of the channel that a scene's label means; empty where it means none."""
        if not label:
            return ""
        named = next((each.key for each in self.channels if each.name == label), "")
        return named or next((each.key for each in self.channels if any(word in label for word in each.scenes)), "")


def found(choices: Sequence[C], key: str) -> C | None:
    """The choice of that key, if the file still has it."""
    return next((each for each in choices if each.key == key), None)


def name_of(choices: Sequence[Choice], key: str) -> str:
    """What staff read for that key; of one that left the file the key itself."""
    choice = found(choices, key)
    return key if choice is None else choice.name


def rules_of(entries: Mapping[str, Any]) -> VisitDayRules:
    """The rules that a file's entries say; its times are whole minutes."""
    converter = Converter()
    converter.register_structure_hook(timedelta, lambda value, _: timedelta(minutes=value))
    flat = {**entries["times"], **{name: value for name, value in entries.items() if name != "times"}}
    return converter.structure(flat, VisitDayRules)
