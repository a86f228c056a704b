"""The clinic in the parts that are stored and edited one by one, each with its revision and who changed it last."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from wxbot.clinic.bundles import with_bundles
from wxbot.clinic.models import Clinic, Closure, Device, Practitioner, Room, SendingRules, VisitType, YearTable
from wxbot.stored_value import Stored

T = TypeVar("T")


class SettingKind(StrEnum):
    """Where a part is kept; each is a collection."""

    CLINIC = "clinic"  # one document each for profile, rules and sending
    VISIT_TYPES = "visit_types"
    ROOMS = "rooms"
    DEVICES = "devices"
    PRACTITIONERS = "practitioners"
    CLOSURES = "closures"
    HOLIDAYS = "holidays"  # a document per year


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the clinic is called and where it is found."""

    name: str
    address: str
    phone: str
    privacy_contact: str


@dataclass(frozen=True, kw_only=True)
class BookingRules:
    """Which hours patients may book; see `Clinic` for the meaning of each."""

    horizon_days: int
    lead_minutes: int
    slot_minutes: int
    closed_on_statutory_holidays: bool
    assume_attended_after_minutes: int


PROFILE, RULES, SENDING = "profile", "rules", "sending"  # the ids in the collection `clinic`
KINDS: dict[SettingKind, type] = {
    SettingKind.VISIT_TYPES: VisitType,
    SettingKind.ROOMS: Room,
    SettingKind.DEVICES: Device,
    SettingKind.PRACTITIONERS: Practitioner,
    SettingKind.CLOSURES: Closure,
    SettingKind.HOLIDAYS: YearTable,
}
SINGLE_KINDS: dict[str, type] = {PROFILE: Profile, RULES: BookingRules, SENDING: SendingRules}


def kind_of(kind: SettingKind, part_id: str) -> type:
    """What a part of that kind and id is."""
    return SINGLE_KINDS[part_id] if kind is SettingKind.CLINIC else KINDS[kind]


@dataclass(frozen=True, kw_only=True)
class StoredClinic:
    """Everything that is stored of the clinic, in its own order."""

    profile: Stored[Profile]
    rules: Stored[BookingRules]
    sending: Stored[SendingRules]
    visit_types: tuple[Stored[VisitType], ...]
    rooms: tuple[Stored[Room], ...]
    devices: tuple[Stored[Device], ...]
    practitioners: tuple[Stored[Practitioner], ...]
    closures: tuple[Stored[Closure], ...]
    holidays: tuple[Stored[YearTable], ...]

    def clinic(self, timezone: ZoneInfo) -> Clinic:
        """The clinic that these parts are."""
        profile, rules = self.profile.value, self.rules.value
        return Clinic(
            name=profile.name,
            address=profile.address,
            phone=profile.phone,
            privacy_contact=profile.privacy_contact,
            timezone=timezone,
            visit_types=with_bundles(each.value for each in self.visit_types),
            practitioners=tuple(each.value for each in self.practitioners),
            closures=tuple(each.value for each in self.closures),
            horizon_days=rules.horizon_days,
            lead_minutes=rules.lead_minutes,
            slot_minutes=rules.slot_minutes,
            closed_on_statutory_holidays=rules.closed_on_statutory_holidays,
            assume_attended_after_minutes=rules.assume_attended_after_minutes,
            rooms=tuple(each.value for each in self.rooms),
            devices=tuple(each.value for each in self.devices),
            sending=self.sending.value,
            holidays=tuple(each.value for each in self.holidays),
        )


def profile_of(clinic: Clinic) -> Profile:
    """The clinic's profile."""
    return Profile(**{name: getattr(clinic, name) for name in Profile.__dataclass_fields__})


def rules_of(clinic: Clinic) -> BookingRules:
    """The clinic's rules of booking."""
    return BookingRules(**{name: getattr(clinic, name) for name in BookingRules.__dataclass_fields__})


def closure_id(closure: Closure) -> str:
    """The id of a closure that comes from a file: the same for the same days and person."""
    return f"{closure.first.isoformat()}.{closure.last.isoformat()}.{closure.practitioner_id or 'all'}"


def parts_of(clinic: Clinic) -> list[tuple[SettingKind, str, Any]]:
    """A clinic taken apart: kind, id and value, in the clinic's own order."""
    return [
        (SettingKind.CLINIC, PROFILE, profile_of(clinic)),
        (SettingKind.CLINIC, RULES, rules_of(clinic)),
        (SettingKind.CLINIC, SENDING, clinic.sending),
        *((SettingKind.VISIT_TYPES, str(each.id), each) for each in clinic.visit_types),
        *((SettingKind.ROOMS, str(each.id), each) for each in clinic.rooms),
        *((SettingKind.DEVICES, str(each.id), each) for each in clinic.devices),
        *((SettingKind.PRACTITIONERS, str(each.id), each) for each in clinic.practitioners),
        *((SettingKind.CLOSURES, closure_id(each), each) for each in clinic.closures),
        *((SettingKind.HOLIDAYS, str(each.year), each) for each in clinic.holidays),
    ]
