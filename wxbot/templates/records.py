"""A template as it is kept: its draft on the way to being said, and the versions that were."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wxbot.messaging import Purpose
from wxbot.templates.models import Card, Template


class Stage(StrEnum):
    """Where the draft stands."""

    NONE = ""  # there is no draft
    DRAFT = "draft"  # 草稿: being written
    WAITING = "waiting"  # 待审批
    RETURNED = "returned"  # 已退回, with a comment
    APPROVED = "approved"  # 已批准: may be published


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who did something, and when. `by` is `staff:<id>`, `name` as colleagues know them."""

    by: str
    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a version says."""

    name: str
    text: str
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    template_card: Card | None = None
    notice_card: Card | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What is being written for the next version. Whoever changes it last is its author, among all who touched it."""

    content: Content
    author: Signature
    based_on: int = 0  # the version it began from; 0 for a new template
    submitted: Signature | None = None
    reviewed: Signature | None = None  # who approved it or sent it back
    comment: str = ""
    touched: tuple[str, ...] = ()  # everybody who wrote or submitted it before, as `staff:<id>`
    self_approved: bool = False  # approved by its own author, as a setting allows in a single-person clinic

    @property
    def authors(self) -> frozenset[str]:
        """Everybody who had a hand in it: none of them approves it."""
        submitted = {self.submitted.by} if self.submitted is not None else set()
        return frozenset({self.author.by, *submitted, *self.touched})


@dataclass(frozen=True, kw_only=True)
class Live:
    """A version that is said from a moment on, until the next one."""

    number: int
    effective_from: datetime


@dataclass(frozen=True, kw_only=True)
class TemplateRecord:
    """One template of the house. `live` is in order of number and of moment: a later version ends earlier ones."""

    id: str  # the key
    name: str
    purpose: Purpose
    event: str
    created: Signature
    stage: Stage = Stage.NONE
    draft: Draft | None = None
    live: tuple[Live, ...] = ()
    last_number: int = 0
    file_digest: str = ""  # of the file's wording that was taken over last; empty when it never came from a file
    edited: bool = False  # somebody wrote in the console: the file no longer decides
    retired_at: datetime | None = None
    revision: int = 1

    def in_force(self, now: datetime) -> Live | None:
        """The version said at `now`."""
        return next((each for each in reversed(self.live) if each.effective_from <= now), None)

    def scheduled(self, now: datetime) -> tuple[Live, ...]:
        """Versions that are said later."""
        return tuple(each for each in self.live if each.effective_from > now)

    def followed_by(self, number: int, effective_from: datetime, now: datetime) -> tuple[Live, ...]:
        """`live` with one more version; what it ends before it began is left out."""
        current = self.in_force(now)
        before = [
            each
            for each in self.live
            if each.effective_from < effective_from and (each == current or each.effective_from > now)
        ]
        return (*before, Live(number=number, effective_from=effective_from))


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version that was published. It never changes."""

    id: str  # `<key>:<number>`
    key: str
    number: int
    purpose: Purpose
    event: str
    content: Content
    author: Signature
    published: Signature
    effective_from: datetime
    approved: Signature | None = None
    self_approved: bool = False
    copy_of: int | None = None  # the version it brings back


def version_id(key: str, number: int) -> str:
    """The id of a version."""
    return f"{key}:{number}"


def template_of(key: str, purpose: Purpose, event: str, content: Content, number: int = 1) -> Template:
    """The template that content makes."""
    return Template(
        key=key,
        purpose=purpose,
        text=content.text,
        fallbacks=content.fallbacks,
        template_card=content.template_card,
        notice_card=content.notice_card,
        version=number,
        name=content.name,
        event=event,
    )


def content_of(template: Template) -> Content:
    """What a template says."""
    return Content(
        name=template.name,
        text=template.text,
        fallbacks=template.fallbacks,
        template_card=template.template_card,
        notice_card=template.notice_card,
    )
