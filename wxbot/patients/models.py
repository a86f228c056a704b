"""Contacts and patients."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wxbot.history.models import ContactId, PatientId


class Calendar(StrEnum):
    """Which calendar a birthday is kept in."""

    SOLAR = "solar"  # 公历
    LUNAR = "lunar"  # 农历


@dataclass(frozen=True, kw_only=True)
class Birthday:
    """A birthday as the patient keeps it. `year` is of the same calendar as month and day."""

    calendar: Calendar
    year: int
    month: int
    day: int
    leap_month: bool = False  # lunar only: born in the 闰 month of that number


class Relation(StrEnum):
    """How a contact is related to the patient they speak for."""

    SELF = "self"
    CHILD = "child"  # the contact is the guardian
    PARENT = "parent"
    SPOUSE = "spouse"
    OTHER = "other"


class ConsentTopic(StrEnum):
    """What a patient may allow or stop."""

    CARE = "care"  # aftercare and wishes; on from the follow, told in the welcome
    MARKETING = "marketing"  # off until the patient says yes


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The state of one topic: who set it, when, and which wording they saw."""

    topic: ConsentTopic
    granted: bool
    at: datetime
    source: str  # e.g. "follow", "chat:退订"
    wording: str  # key and version of the text shown
    paused: bool = False  # was on when the patient stopped everything; "resume" brings it back


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A follower (or former follower) of the account: whom we talk to."""

    id: ContactId
    openid: str | None  # None once erased
    alias: str  # friendly name until a real one is told, e.g. 访客·蓝鲸07
    created_at: datetime
    following: bool
    followed_at: datetime | None = None
    unfollowed_at: datetime | None = None
    refuses_messages: bool = False  # switched our messages off (48002); still a follower
    scene: str | None = None  # the QR scene that first brought them
    consents: tuple[Consent, ...] = ()
    patient_ids: tuple[PatientId, ...] = ()
    erased_at: datetime | None = None  # when the WeChat-side data went; such a contact is only an id
    revision: int = 0  # grows with every change; two writers cannot overwrite each other

    def allows(self, topic: ConsentTopic) -> bool:
        """Whether the latest word on `topic` was yes."""
        return any(consent.granted for consent in self.consents if consent.topic is topic)


@dataclass(frozen=True, kw_only=True)
class Patient:
    """Who is treated."""

    id: PatientId
    name: str | None
    created_at: datetime
    birthday: Birthday | None = None
    birthday_keys: tuple[str, ...] = ()  # derived from the birthday for the daily look-up
    relation: Relation = Relation.SELF
    contact_id: ContactId | None = None  # who speaks for them; None once detached
    hold: str | None = None  # reason why automatic care rests, e.g. a dispute
    notes: tuple[str, ...] = field(default=())
