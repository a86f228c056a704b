"""模板: the list by purpose and event, and a new one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.errors import FieldErrors
from wxbot.messaging import Purpose
from wxbot.services import Services
from wxbot.templates.records import Stage, TemplateRecord
from wxbot.templates.refusals import TemplateError
from wxbot.templates.service import differs
from wxbot.templates.variable_words import as_read
from wxbot.web.console.forms import Form, filled, parse
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit

STAGE_MARKS = {
    Stage.DRAFT: ("草稿", "plain"),
    Stage.WAITING: ("待审批", "warn"),
    Stage.RETURNED: ("已退回", "bad"),
    Stage.APPROVED: ("已批准，待发布", "calm"),
}
STATES = (
    ("", "全部"),
    ("draft", "有草稿"),
    ("waiting", "待审批"),
    ("returned", "已退回"),
    ("approved", "待发布"),
    ("scheduled", "定时发布"),
    ("differs", "与文件不同"),
    ("retired", "已停用"),
)
LONGEST_QUERY = 40  # characters
EXCERPT = 60  # characters of the wording shown in the list


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    kept: TemplateRecord
    event: str
    excerpt: str
    marks: tuple[tuple[str, str], ...]  # (words, tone)


@dataclass(frozen=True)
class Group:
    """The templates of one purpose and event."""

    purpose: str
    event: str
    rows: tuple[Row, ...]


class NewTemplate(BaseModel):
    """What a new template begins with."""

    name: str = Field(min_length=2, max_length=40)
    purpose: Purpose
    copy_of: str = ""


async def index(request: web.Request) -> web.StreamResponse:
    """The list, or with htmx only its rows."""
    services, now = services_of(request), now_of(request)
    query = request.query.get("q", "").strip()[:LONGEST_QUERY]
    purpose, state = request.query.get("purpose", ""), request.query.get("state", "")
    rows = [row_of(services, kept, now) for kept in await services.template_editor.all(by=actor_of(request))]
    shown = [row for row in rows if _wanted(row, query, purpose, state, services, now)]
    context: dict[str, Any] = {
        "groups": groups_of(shown),
        "count": len(shown),
        "query": query,
        "purpose": purpose,
        "state": state,
        "purposes": [("", "全部用途"), *((each.value, each.label) for each in Purpose)],
        "states": STATES,
    }
    if is_fragment(request):
        return await fragment(request, "templates/_rows.html", **context)
    return await page(request, "templates/list.html", **context)


def row_of(services: Services, kept: TemplateRecord, now: datetime) -> Row:
    """A template as the list shows it."""
    content = services.template_editor.content_now(kept)
    return Row(
        kept=kept,
        event=services.template_editor.usage(kept.id).event or kept.event,
        excerpt=" ".join(as_read(content.text, services.template_editor.variables).split())[:EXCERPT],
        marks=tuple(marks_of(services, kept, now)),
    )


def marks_of(services: Services, kept: TemplateRecord, now: datetime) -> Iterable[tuple[str, str]]:
    """Where a template stands, in badges."""
    live = kept.in_force(now)
    if kept.retired_at is not None:
        yield "已停用", "plain"
    elif live is not None:
        yield f"已发布 v{live.number}", "good"
    else:
        yield "从未发布", "plain"
    for coming in kept.scheduled(now):
        there = coming.effective_from.astimezone(services.clinic.timezone)
        yield f"定时 v{coming.number} {there.month}月{there.day}日 {there:%H:%M}", "calm"
    if kept.stage in STAGE_MARKS:
        yield STAGE_MARKS[kept.stage]
    if unlike_file(services, kept):
        yield "与文件不同", "warn"


def unlike_file(services: Services, kept: TemplateRecord) -> bool:
    """Whether config/templates would say something else than what is said now."""
    file = services.templates.file_template(kept.id)
    return file is not None and kept.id in services.templates.keys and differs(file, services.templates.get(kept.id))


def groups_of(rows: Iterable[Row]) -> list[Group]:
    """The rows by purpose, then by event, in a fixed order."""
    order = (Purpose.REMINDER, Purpose.CARE, Purpose.MARKETING, Purpose.SERVICE)  # what is written most comes first
    by: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        by.setdefault((order.index(row.kept.purpose), row.event), []).append(row)
    return [Group(order[place].label, event, tuple(found)) for (place, event), found in sorted(by.items())]


def _wanted(row: Row, query: str, purpose: str, state: str, services: Services, now: datetime) -> bool:  # noqa: PLR0913, PLR0917 - one filter each
    kept = row.kept
    if purpose and kept.purpose.value != purpose:
        return False
    if state == "scheduled" and not kept.scheduled(now):
        return False
    if state == "retired" and kept.retired_at is None:
        return False
    if state == "differs" and not unlike_file(services, kept):
        return False
    if state in {each.value for each in STAGE_MARKS} and kept.stage.value != state:
        return False
    text = services.template_editor.content_now(kept).text
    return not query or any(query.casefold() in part.casefold() for part in (kept.name, kept.id, row.event, text))


async def new(request: web.Request) -> web.StreamResponse:
    """The form for a new template; `copy` names one to begin with."""
    services = services_of(request)
    copy_of = request.query.get("copy", "")
    values = {"purpose": request.query.get("purpose", Purpose.CARE.value), "copy_of": copy_of}
    if copy_of:
        kept = await services.template_editor.get(copy_of, by=actor_of(request))
        values |= {"name": f"{kept.name}（副本）", "purpose": kept.purpose.value}
    return await _new_page(request, filled(values))


async def create(request: web.Request) -> web.StreamResponse:
    """Make it and open its editor."""
    return await submit(request, _create, again=_new_page)


async def _create(request: web.Request, form: Form) -> web.StreamResponse:
    given = parse(form, NewTemplate)
    try:
        kept = await services_of(request).template_editor.create(
            by=actor_of(request),
            name=given.name,
            purpose=given.purpose,
            now=now_of(request),
            copy_of=given.copy_of or None,
        )
    except TemplateError as error:
        raise FieldErrors({"name": error.sentence}) from error
    return see_other(request, f"/console/templates/{kept.id}", done="已新建，请写正文")


async def _new_page(request: web.Request, form: Form) -> web.StreamResponse:
    services = services_of(request)
    copied = services.templates.name_of(form.get("copy_of")) if form.get("copy_of") else ""
    purposes = [(each.value, each.label) for each in Purpose]
    return await page(request, "templates/new.html", form=form, purposes=purposes, copied=copied)
