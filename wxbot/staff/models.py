"""Accounts of the people who work here, and the sessions in which they do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from wxbot.actors import Actor
from wxbot.staff.permissions import Role, permissions_of

AccountId = NewType("AccountId", str)


class ConsultantTeam(StrEnum):
    """Where a consultant meets patients."""

    ONSITE = "onsite"  # 现场咨询
    ONLINE = "online"  # 网络咨询


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody who may sign in. `revision` counts what an administrator edits, not what signing in leaves behind."""

    id: AccountId
    login: str  # lower case; unique
    name: str  # as colleagues know them
    role: Role
    team: ConsultantTeam | None = None  # consultants only
    password_hash: str
    must_change_password: bool = False
    disabled: bool = False
    totp_secret: str | None = None  # base 32; the second factor is asked for when it is there
    totp_pending: str | None = None  # shown as a code, not yet confirmed
    totp_step: int = 0  # of the last code accepted: no code opens twice
    devices_reset: int = 0  # how often the browsers they signed in from were all forgotten
    openid: str | None = None  # their own WeChat, for test messages
    bound_at: datetime | None = None
    binding_scene: str | None = None  # of the code on their screen now; single use
    binding_until: datetime | None = None
    binding_openid: str | None = None  # of the WeChat that scanned it; bound when its owner has said so
    binding_scanned_at: datetime | None = None
    created_at: datetime
    created_by: str  # `staff:<id>`
    changed_at: datetime
    changed_by: str
    vouched: int = 0  # how often this administrator was the one who stayed while another ceased to be one
    revision: int = 1

    @property
    def actor(self) -> Actor:
        """Who they are to the use cases, with what their role may do now."""
        return Actor(id=self.id, name=self.name, permissions=permissions_of(self.role))

    @property
    def subject(self) -> str:
        """How the audit names the account."""
        return f"staff:{self.id}"


@dataclass(frozen=True, kw_only=True)
class Session:
    """One browser signed in. The browser holds the token; here is only its SHA-256."""

    id: str  # SHA-256 of the token, hex
    account_id: AccountId
    csrf: str  # every write carries it
    opened_at: datetime
    seen_at: datetime  # to the minute
    expires_at: datetime
    source: str  # address of the browser, for its owner to recognise
    agent: str  # what the browser calls itself, shortened
    awaiting_code: bool = False  # the password was right, the second factor is still to come


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A session just opened, with the token that is never shown again."""

    token: str
    session: Session
    account: Account


@dataclass(frozen=True, kw_only=True)
class OneTimePassword:
    """A password made for somebody: shown once, to be changed at the next sign-in."""

    account: Account
    password: str


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What an authenticator needs. `uri` is what the QR code says."""

    secret: str
    uri: str
