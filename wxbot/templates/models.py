"""Message templates and what they become when filled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Purpose(StrEnum):
    """Why a message is sent. Decides consent, quiet hours and channels."""

    SERVICE = "service"  # answers and notices the patient caused
    REMINDER = "reminder"  # of an appointment the patient made
    CARE = "care"  # aftercare and wishes
    MARKETING = "marketing"


class Channel(StrEnum):
    """渠道: how a message may reach a patient."""

    CUSTOMER = "customer"  # 客服消息, within the rights a patient's action opens
    NOTICE = "notice"  # 订阅通知, one per accepted subscription
    TEMPLATE = "template"  # 模板消息, service, reminder and care only
    PHONE = "phone"  # nothing reaches them: a person calls


@dataclass(frozen=True, kw_only=True)
class Option:
    """One entry a patient can tap, answer by number, or write in words."""

    id: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """How a template fills a platform template or subscription notice: field key → wording.

    Keys are the platform's own (`thing1`, `time2`); reference §5.2 gives each type's limit.
    `template_id` is the account's own id, or empty while none is bound (then the channel is not used).
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
    template_card: Card | None = None  # 模板消息; never for wishes (reference §5.4)
    notice_card: Card | None = None  # 订阅通知
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class FilledCard:
    """A card ready to send: every field inside its limits."""

    template_id: str
    title: str
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A template filled for one patient."""

    key: str
    version: int
    text: str
    options: tuple[Option, ...] = ()
    template_card: FilledCard | None = None
    notice_card: FilledCard | None = None
