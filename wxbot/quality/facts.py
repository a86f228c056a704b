"""What is true of the clinic and of the moment when somebody writes to a patient. Made by whoever asks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Price:
    """One line of the one price list (A3-03). Whole yuan; None is open, both None: the examination decides."""

    names: tuple[str, ...]  # of the visit type, its own name first, then what patients call it
    low: int | None
    high: int | None
    words: str  # as patients are told: 180–320 元
    until: date | None = None  # the last local day on which it may be said
    said_by: tuple[str, ...] = ()  # roles that may say it; empty: everybody at the desk
    said_by_words: str = ""  # the same as staff read it


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Who receives when. `receives` answers for a local day, closures and holidays counted."""

    name: str
    title: str
    receives: Callable[[date], bool]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """优惠: an activity that runs from one local day to another, both inside."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Words that an input method offers for each other (A0-22). Empty `near`: always wrong."""

    right: str
    wrong: tuple[str, ...]
    near: tuple[str, ...] = ()  # words of the same sentence that show which one is meant
    term: bool = True  # `right` is a term: counts only where it is one of the clinic's own words


@dataclass(frozen=True, kw_only=True)
class SpokenRules:
    """What config/clinic_words.toml says of a colleague's words."""

    words: tuple[str, ...] = ()  # the clinic's own terms, besides its visit types and people
    confusions: tuple[Confusion, ...] = ()
    offers: tuple[Offer, ...] = ()
    refused_emoji: tuple[str, ...] = ()  # 不雅 (A2-102)
    ask_more: tuple[str, ...] = ()  # 还有什么可以帮您 (A0-10)
    farewells: tuple[str, ...] = ()
    open_ended: tuple[str, ...] = ()  # words with which no sentence ends
    apologies: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClinicFacts:
    """The clinic as it stands. Keep the object while the clinic does not change: what is made of it is remembered."""

    prices: tuple[Price, ...] = ()
    doctors: tuple[Doctor, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SpokenContext:
    """The moment in which a colleague writes."""

    at: datetime  # local time of the clinic
    clinic: ClinicFacts = field(default_factory=ClinicFacts)
    shift_ends_in: timedelta | None = None
    patient_words: tuple[str, ...] = ()  # the patient's latest, oldest first
    agent_replies: tuple[str, ...] = ()  # colleagues' latest, oldest first, without this one
    waited: timedelta | None = None  # since the patient's first unanswered words, in business time
    transfer_in_same_turn: bool = False
    follow_up: bool = False  # a 回访 that the clinic began (A0-25)
    role: str = ""  # the author's; empty: not asked who may say a price
