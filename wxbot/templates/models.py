"""Message templates and what they become when filled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wxbot.messaging import Channel, Purpose


@dataclass(frozen=True, kw_only=True)
class Option:
    """One entry a patient can tap, answer by number, or write in words."""

    id: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """How a template fills a platform template or subscription notice: field key → wording.

    Keys are the platform's own (`thing1`, `time2`); reference §5.2 gives each type's limit.
    `template_id` is the name of a binding, or empty where there is none (then the channel is not used).
    """

    template_id: str
    fields: Mapping[str, str]
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Template:
    """模板: a wording by key, with its purpose and the cards it may travel on."""

    key: str
    purpose: Purpose
    text: str  # `{name}` marks a variable
    fallbacks: Mapping[str, str] = field(default_factory=dict)  # what to say where a variable is empty
    template_card: Card | None = None  # 模板消息; never for greetings (reference §5.4)
    notice_card: Card | None = None  # 订阅通知
    version: int = 1
    name: str = ""  # what staff call it
    event: str = ""  # when it is said, in words for staff


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A name that wording may use in braces, with examples at both ends of what really occurs."""

    name: str
    meaning: str
    example: str
    shortest: str
    longest: str
    may_be_empty: bool = False
    by_hand: bool = False  # in a broadcast, whoever writes it fills this in


@dataclass(frozen=True, kw_only=True)
class TemplateUsage:
    """What a template key is needed for: which event it serves, what is filled then, whether it is a greeting."""

    event: str
    variables: frozenset[str]
    greeting: bool = False  # birthday or holiday: never by template message (reference §5.4)
    fixed: bool = True  # a handler or plan says it: it may be rewritten, not retired
    by_hand: frozenset[str] = frozenset()  # of the variables, what a person fills in when a broadcast is written


@dataclass(frozen=True, kw_only=True)
class Binding:
    """A card's name and the template of the account it stands for.

    `field_map` says where our fields go, ours → theirs; what is not named keeps its key, an empty key is left out.
    `fields` are theirs with their labels as the platform told them last (reference §5.3, §6.4).
    """

    id: str  # the name that cards use, e.g. TPL_APPOINTMENT
    kind: Channel
    template_id: str = ""  # the account's own id; empty while there is none
    title: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    field_map: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    edited: bool = False  # set in the console: the file no longer decides
    by: str = ""
    at: datetime | None = None
    revision: int = 1

    def theirs(self, ours: str) -> str:
        """The platform's key for one of our fields; empty when it is left out."""
        return self.field_map.get(ours, ours)


@dataclass(frozen=True, kw_only=True)
class FilledCard:
    """A card ready to send: every field inside its limits."""

    template_id: str
    title: str
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A card that could not be filled: the field at which it failed (empty: a variable is missing), and why."""

    field: str
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A template filled for one patient."""

    key: str
    version: int
    text: str
    options: tuple[Option, ...] = ()
    template_card: FilledCard | None = None
    notice_card: FilledCard | None = None
    left_out: tuple[LeftOut, ...] = ()  # cards that could not be filled
