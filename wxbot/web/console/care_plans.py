"""关怀计划: the list, and a new plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.care.anchors import ANCHORS
from wxbot.care.festivals import FESTIVALS
from wxbot.care.models import CarePlan
from wxbot.care.plans.editor import OWN_TREATMENT
from wxbot.care.plans.findings import blocking
from wxbot.care.plans.records import PlanRecord
from wxbot.care.plans.refusals import PlanError
from wxbot.care.plans.words import anchor_name, when
from wxbot.errors import FieldErrors
from wxbot.services import Services
from wxbot.web.console.forms import Form, filled, parse
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.templates import STAGE_MARKS

LONGEST_TITLE = 40


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    kept: PlanRecord
    anchor: str
    moments: str
    marks: tuple[tuple[str, str], ...]
    to_mend: int  # findings that keep it from being submitted


class NewPlan(BaseModel):
    """What a new plan begins with."""

    title: str = Field(min_length=2, max_length=LONGEST_TITLE)
    anchor: str = ""
    treatment: str = ""
    copy_of: str = ""


async def index(request: web.Request) -> web.StreamResponse:
    """Every plan: where it stands, and when its steps fall."""
    services, by, now = services_of(request), actor_of(request), now_of(request)
    rows = []
    for kept in await services.plans.editor.all(by=by):
        plan = await services.plans.editor.content(kept, by=by)
        moments = "、".join(when(step) for step in plan.steps)
        to_mend = len(blocking(services.plans.editor.check(plan)))
        rows.append(Row(kept, anchor_name(kept.anchor), moments, tuple(marks_of(services, kept, now)), to_mend))
    return await page(request, "care/list.html", rows=sorted(rows, key=lambda row: (row.kept.retired, row.kept.title)))


def marks_of(services: Services, kept: PlanRecord, now: datetime) -> Iterable[tuple[str, str]]:
    """Where a plan stands, in badges."""
    live = kept.in_force(now)
    if kept.retired:
        yield "已停用", "plain"
    elif kept.paused:
        yield "已暂停", "warn"
    elif live is not None:
        yield f"使用中 v{live.number}", "good"
    else:
        yield "从未发布", "plain"
    for coming in kept.scheduled(now):
        there = coming.effective_from.astimezone(services.clinic.timezone)
        yield f"定时 v{coming.number} {there.month}月{there.day}日 {there:%H:%M}", "calm"
    if kept.stage in STAGE_MARKS:
        yield STAGE_MARKS[kept.stage]


async def new(request: web.Request) -> web.StreamResponse:
    """The form for a new plan; `copy` names one to begin with."""
    copy_of, values = request.query.get("copy", ""), {"anchor": "treatment"}
    if copy_of:
        kept = await services_of(request).plans.editor.get(copy_of, by=actor_of(request))
        values = {"copy_of": copy_of, "title": f"{kept.title}（副本）"[:LONGEST_TITLE]}
    return await _new_page(request, filled(values))


async def create(request: web.Request) -> web.StreamResponse:
    """Make it and open its editor."""
    return await submit(request, _create, again=_new_page)


async def _create(request: web.Request, form: Form) -> web.StreamResponse:
    given = parse(form, NewPlan)
    if not given.copy_of and given.anchor not in ANCHORS:
        raise FieldErrors({"anchor": "请选择从什么开始"})
    known = {value for value, _ in _limits(request).get(given.anchor, ())}
    if not given.copy_of and given.treatment and given.treatment not in known:
        raise FieldErrors({"treatment": "这一项和「从什么开始」对不上，请从列表里对应的一组选，或选「不限」"})
    try:
        kept = await services_of(request).plans.editor.create(
            by=actor_of(request),
            now=now_of(request),
            title=given.title,
            anchor=given.anchor,
            treatment=given.treatment or None,
            copy_of=given.copy_of or None,
        )
    except PlanError as error:
        raise FieldErrors({"title": error.sentence}) from error
    done = "已复制，请修改" if given.copy_of else "已新建，请加第一步"
    return see_other(request, f"/console/care/plans/{kept.id}", done=done)


def _limits(request: web.Request) -> dict[str, list[tuple[str, str]]]:
    """To what a plan may be limited, by its anchor: a treatment, a kind of date, a festival."""
    services = services_of(request)
    known = services.clinic_settings.aftercare
    return {
        "treatment": [
            *((code, f"同「{title}」") for code, title in known.items()),
            (OWN_TREATMENT, "一种新的术后关怀"),
        ],
        "date": [(kind.key, f"日期：{kind.name}") for kind in services.care.dates.own_kinds],
        "festival": [(key, f"节日：{festival.name}") for key, festival in FESTIVALS.items()],
    }


def limited_to(services: Services, plan: CarePlan) -> str:
    """To which treatment, kind of date or festival a plan is limited, for staff; empty where it is not."""
    known = plan.treatment or ""
    if plan.anchor == "date":
        return services.care.dates.names.get(known, known)
    if plan.anchor == "festival":
        return FESTIVALS[known].name if known in FESTIVALS else known
    return services.clinic_settings.aftercare.get(known, known)


async def _new_page(request: web.Request, form: Form) -> web.StreamResponse:
    copied = ""
    if form.get("copy_of"):
        copied = (await services_of(request).plans.editor.get(form.get("copy_of"), by=actor_of(request))).title
    return await page(
        request,
        "care/new.html",
        form=form,
        copied=copied,
        anchors=[(key, anchor_name(key)) for key in ANCHORS],
        treatments=[limit for limits in _limits(request).values() for limit in limits],
    )
