"""Contacts and patients."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum
from wxbot.messaging import Purpose


class Calendar(StrEnum):
    """Which calendar a birthday is stored in."""

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

    CARE = "care"  # aftercare; on from the follow, announced in the welcome
    MARKETING = "marketing"  # off until the patient says yes
    HEALTH = "health"  # what they tell of their health before a visit (PIPL art. 29); off until they say yes
    REMINDER = "reminder"  # of their own appointments; on until they say no
    FESTIVAL = "festival"  # birthday and holiday greetings; as care, until they say otherwise
    SURVEY = "survey"  # whether they were satisfied; on until they stop it, or care


MESSAGE_TOPICS = (ConsentTopic.CARE, ConsentTopic.MARKETING)
"""What 退订 and 恢复 are about, whatever else was said."""
TOPIC_NAMES: Mapping[ConsentTopic, str] = {
    ConsentTopic.CARE: f"{Purpose.CARE.label}消息",
    ConsentTopic.REMINDER: "就诊提醒",
    ConsentTopic.FESTIVAL: "祝福消息",
    ConsentTopic.MARKETING: f"{Purpose.MARKETING.label}消息",
    ConsentTopic.SURVEY: "评价邀请",
}
"""Every topic of messages, in the order in which they are shown; each can be stopped by itself."""


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
class Block:
    """拉黑: people do not talk with this contact for a while (A2-33). Menus, bookings and reminders go on."""

    reason: str  # in words staff wrote
    by: str  # `staff:<id>`
    since: datetime
    until: datetime | None  # None: until somebody lifts it
    told_on: str = ""  # the local ISO date on which the contact was last told where to turn
    told_by: str = ""  # … in answer to which update, so that the same one is answered alike

    def holds(self, now: datetime) -> bool:
        """Whether it still counts; it ends without anybody's doing."""
        return self.until is None or now < self.until


@dataclass(frozen=True, kw_only=True)
class AskedSurvey:
    """The question after a talk whether they were satisfied, asked last (A0-42)."""

    episode: str  # the talk it is about
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A follower (or former follower) of the account: whom we talk to."""

    id: ContactId
    openid: str | None  # None once erased
    alias: str  # friendly name while the real one is unknown, e.g. 访客·蓝鲸07
    created_at: datetime
    following: bool
    followed_at: datetime | None = None
    unfollowed_at: datetime | None = None
    refuses_messages: bool = False  # switched our messages off (48002); still a follower
    scene: str | None = None  # the QR scene that first brought them
    consents: tuple[Consent, ...] = ()
    patient_ids: tuple[PatientId, ...] = ()
    erased_at: datetime | None = None  # when the WeChat-side data went; such a contact is only an id
    conversation: str = ""  # the episode with a person that is or was lately open; where it stands is asked there
    block: Block | None = None  # the latest; one that is over says nothing any more
    survey: AskedSurvey | None = None
    revision: int = 0  # grows with every change; two writers cannot overwrite each other

    def allows(self, topic: ConsentTopic) -> bool:
        """Whether the latest word on `topic` was yes."""
        return any(consent.granted for consent in self.consents if consent.topic is topic)

    def stopped(self, topic: ConsentTopic) -> bool:
        """Whether the latest word on `topic` was no; nothing said is no refusal."""
        return any(not consent.granted for consent in self.consents if consent.topic is topic)

    def receives(self, topic: ConsentTopic) -> bool:
        """Whether messages of `topic` may be sent: by the latest word on it, else as the topic says of itself."""
        word = next((each for each in self.consents if each.topic is topic), None)
        if word is not None:
            return word.granted
        if topic is ConsentTopic.FESTIVAL:
            return self.allows(ConsentTopic.CARE)
        if topic is ConsentTopic.SURVEY:
            return not self.stopped(ConsentTopic.CARE)
        return topic is ConsentTopic.REMINDER

    def blocked(self, now: datetime) -> bool:
        """Whether people do not talk with them at present."""
        return self.block is not None and self.block.holds(now)


class Gender(StrEnum):
    """How a patient is addressed (A2-37); unknown reads as 您."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Tag:
    """标签: a word about a patient, with who or what set it and when. Never a diagnosis."""

    name: str
    by: str  # `staff:<id>`, `import:<id>`, `system`
    at: datetime
    source: str = ""  # what set it, in words staff understand, e.g. "导入", "手工"
    expires_on: str | None = None  # local ISO date after which it no longer counts


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A fact staff noted about a patient: why, by whom, when."""

    reason: str
    by: str
    at: datetime


class HoldKind(LabelledEnum):
    """Why messages to a patient rest. What each kind stops is in `wxbot.outbox.hold_effects`."""

    DISPUTE = ("dispute", "纠纷")  # nobody but its owner gets in touch (A2-65)
    OBJECTION = ("objection", "异议")  # unhappy with a result (A1-31)
    UNRECOVERED = ("unrecovered", "未恢复")  # staff saw that it has not healed (A1-23)
    ADVERSE = ("adverse", "不良反应")  # wrote of a danger sign, or staff saw one
    DECEASED = ("deceased", "已去世")
    OPTED_OUT = ("opted_out", "不愿接收")  # told a colleague so; what is said in WeChat is a consent
    PAUSED = ("paused", "暂停联系")  # anything else: abroad, in hospital


@dataclass(frozen=True, kw_only=True)
class Hold:
    """暂停: why messages rest for a patient, from when until when, who set it and who lifted it. Kept as history."""

    id: str
    kind: HoldKind
    reason: str  # in the words of who set it
    since: datetime
    by: str  # `staff:<id>`, `system`
    until: datetime | None = None  # it ends by itself; None: until somebody lifts it
    topics: tuple[ConsentTopic, ...] = ()  # of OPTED_OUT: only these; empty: all that 退订 stops
    cause: str = ""  # what set it, e.g. followup:<id>; empty: a person
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lifted_why: str = ""

    def stands(self, now: datetime) -> bool:
        """Whether it counts: not lifted, and not over."""
        return self.lifted_at is None and (self.until is None or now < self.until)


@dataclass(frozen=True, kw_only=True)
class ContactLink:
    """A contact who speaks for a patient beside their first contact: the other parent, a sister."""

    contact_id: ContactId
    relation: Relation


class GuardianRelation(LabelledEnum):
    """What a guardian is to the child."""

    MOTHER = ("mother", "母亲")
    FATHER = ("father", "父亲")
    GRANDPARENT = ("grandparent", "祖父母或外祖父母")
    OTHER = ("other", "其他监护人")


@dataclass(frozen=True, kw_only=True)
class Guardian:
    """监护人: who agreed that a child's data is processed (PIPL art. 31), when, and to which wording."""

    name: str
    relation: GuardianRelation
    at: datetime
    by: str  # `patient`: in WeChat; `staff:<id>`
    wording: str  # key and version of the text shown


@dataclass(frozen=True, kw_only=True)
class Patient:
    """Who is treated."""

    id: PatientId
    name: str | None
    created_at: datetime
    birthday: Birthday | None = None
    birthday_keys: tuple[str, ...] = ()  # derived from the birthday for the daily look-up
    relation: Relation = Relation.SELF
    contact_id: ContactId | None = None  # who speaks for them and is written to; None once detached
    other_contacts: tuple[ContactLink, ...] = ()  # who speaks for them as well
    holds: tuple[Hold, ...] = ()  # oldest first, those that are over included
    held_kinds: tuple[str, ...] = ()  # derived: of those that are not lifted, for the lists
    held_at: datetime | None = None  # derived: since when the latest of those
    recovered: Mark | None = None  # staff saw that the latest treatment has healed (A1-23)
    offers_declined_at: datetime | None = None  # "不需要": no offers for 90 days (A4-20)
    phone: str | None = None  # E.164, e.g. +8613800000000; shown masked
    identity: str | None = None  # 证件号; shown masked
    record_number: str | None = None  # 病历号, unique where given
    gender: Gender = Gender.UNKNOWN
    note: str = ""
    tags: tuple[Tag, ...] = ()
    guardian: Guardian | None = None  # of a patient under 14: who consents for them
    source: str = "self"  # who brought the record: `self` (in WeChat), `staff:<id>`, `import:<id>`
    search_keys: tuple[str, ...] = ()  # derived from name, phone and record number for the search box
    merged_into: PatientId | None = None  # a duplicate that was merged; it is kept so that the merge can be undone
    revision: int = 0  # grows with every change


class Taken(StrEnum):
    """Where a merge takes a field from."""

    SURVIVOR = "survivor"  # the record that stays
    MERGED = "merged"  # the duplicate
    BOTH = "both"  # the two put together


@dataclass(frozen=True, kw_only=True)
class Merge:
    """Two records of one person became one. Both originals are kept whole while it can be undone, None after."""

    id: str
    survivor_id: PatientId
    merged_id: PatientId
    by: str
    at: datetime
    taken: Mapping[str, Taken]  # field → where it was taken from, for the fields that differed
    survivor_before: Patient | None = None
    merged_before: Patient | None = None
    survivor_after: Patient | None = None
    contact_ids: tuple[ContactId, ...]  # everybody either spoke with, for erasure
    undone_at: datetime | None = None
    undone_by: str | None = None
