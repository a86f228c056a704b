"""What staff are shown of patients. Numbers that name a person are masked here, before they leave the room."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from wxbot.history.models import PatientId
from wxbot.patients.birthday_sentence import birthday_sentence
from wxbot.patients.birthdays import age_on
from wxbot.patients.holds import standing
from wxbot.patients.masking import identity as masked_identity
from wxbot.patients.masking import phone as masked_phone
from wxbot.patients.models import Contact, Hold, Merge, Patient, Relation, Tag
from wxbot.patients.selecting import counting

UNNAMED = "未登记姓名"


@dataclass(frozen=True, kw_only=True)
class Card:
    """A patient as a list shows them. `patient` carries no telephone and no identity number."""

    patient: Patient
    title: str  # the name, else the contact's alias
    phone: str  # masked
    identity: str  # masked
    birthday: str  # in the calendar it is stored in
    age: int | None  # full years
    tags: tuple[Tag, ...]  # those that still count
    holds: tuple[Hold, ...]  # those that stand

    @property
    def id(self) -> PatientId:
        """The patient's id."""
        return self.patient.id


@dataclass(frozen=True, kw_only=True)
class LinkedContact:
    """A contact who speaks for a patient, by which relation; `first` is the one who is written to."""

    contact: Contact
    relation: Relation
    first: bool


@dataclass(frozen=True, kw_only=True)
class PatientDetail:
    """Everything the patients' room knows for a patient's page."""

    card: Card
    linked_contacts: tuple[LinkedContact, ...]
    merged_ids: tuple[PatientId, ...]  # duplicates that became this record: what they did belongs to it
    merges: tuple[Merge, ...]  # the latest first

    @property
    def ids(self) -> tuple[PatientId, ...]:
        """This record's id and those of its duplicates."""
        return (self.card.id, *self.merged_ids)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the search box found."""

    cards: tuple[Card, ...]
    contacts: tuple[Contact, ...] = ()  # by alias, without a record yet
    more: bool = False  # there are more than are shown
    refusal: str = ""  # why nothing was looked for, in words for staff
    vague: bool = False  # too little was typed to look: one more letter, please


def card_of(patient: Patient, today: date, now: datetime, contact: Contact | None = None) -> Card:
    """A patient as they may be shown at `now`, on that local day."""
    return Card(
        patient=replace(patient, phone=None, identity=None, search_keys=()),
        title=patient.name or (contact.alias if contact and contact.alias else UNNAMED),
        phone=masked_phone(patient.phone),
        identity=masked_identity(patient.identity),
        birthday=birthday_sentence(patient.birthday) if patient.birthday else "",
        age=age_on(patient.birthday, today) if patient.birthday else None,
        tags=tuple(counting(patient.tags, today)),
        holds=tuple(standing(patient.holds, now)),
    )
