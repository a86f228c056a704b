"""One step of a plan: add it, change it, move it, remove it. Everything goes into the plan's draft."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from aiohttp import web

from wxbot.care.anchors import ANCHORS
from wxbot.care.checks import VISIT_CLASSES, course_minutes
from wxbot.care.models import CarePlan, Offset, Step, StepKind
from wxbot.care.plans.keys import step_key
from wxbot.care.plans.records import PlanRecord
from wxbot.care.plans.words import (
    ANSWERS,
    AUDIENCES,
    CATCH_UPS,
    FACTS,
    KINDS,
    UNTILS,
    WEEKDAYS,
    step_titles,
    step_words,
)
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.followups.rules import CALL, FollowUpRules
from wxbot.messaging import Purpose
from wxbot.services import Services
from wxbot.surveys.models import Occasion
from wxbot.web.console.care_plan_conditions import CONDITION_ROWS
from wxbot.web.console.care_plan_edit import REFUSED, address, kept_of, plan_overtaken, plan_page, revision_of
from wxbot.web.console.care_plan_form import UNITS, form_of, step_from
from wxbot.web.console.care_plan_line import phones_of
from wxbot.web.console.forms import WHOLE, Form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.seen import changes_since, remember_seen
from wxbot.web.console.submit import submit

NEW = "new"  # in the address: a step that is not there yet
GONE = "同事刚刚删除了这一步；要留下它，请另加一步"
BLANK = Step(key="", template="", purpose=Purpose.CARE, offset=Offset(days=1), grace_hours=10)
MOST_STEPS = 60


async def edit(request: web.Request) -> web.StreamResponse:
    """The form of a step, or of a new one."""
    kept, plan = await _plan(request)
    step = _step_of(request, plan)
    form = form_of(step or _first(plan), _projects(request))
    remember_seen(form, step_words(step, {}, services_of(request).plans.editor.template_name) if step else {})
    return await _page(request, kept, plan, form)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep it in the draft; a step that cannot work is refused at the field."""
    return await submit(request, _save, again=_again, overtaken=_overtaken, refused=REFUSED)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    editor, by = services_of(request).plans.editor, actor_of(request)
    kept, plan = await _plan(request)
    step = _step_of(request, plan)
    ground = editor.ground()
    surveys = [chosen for chosen, _ in _surveys(services_of(request))]
    written = step_from(form, step.key if step is not None else "", ground.templates, _projects(request), surveys)
    if step is None:
        if len(plan.steps) >= MOST_STEPS:
            raise FieldErrors({WHOLE: f"一个计划最多 {MOST_STEPS} 步，请分成两个计划"})
        written = replace(written, key=step_key(written.offset, await editor.step_keys(kept, by=by)))
        changed = replace(plan, steps=_in_order(plan, written))
    else:
        changed = replace(plan, steps=tuple(written if each.key == step.key else each for each in plan.steps))
    for finding in editor.check(changed):
        if finding.step == written.key and finding.blocks:
            form.fail(finding.field.value or WHOLE, finding.sentence)
    form.check()
    await editor.save(kept.id, changed, by=by, now=now_of(request), revision=revision_of(form))
    return see_other(request, f"{address(kept)}#step-{written.key}", done="这一步已存进草稿")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    kept, plan = await _plan(request)
    return await _page(request, kept, plan, form)


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """What was typed stays; what the colleague changed stands above it."""
    kept, plan = await _plan(request)
    step = next((each for each in plan.steps if each.key == request.match_info["step"]), None)
    if step is None and request.match_info["step"] != NEW:
        form.fail(WHOLE, GONE)
        return await plan_page(request, form)
    name_of = services_of(request).plans.editor.template_name
    words = step_words(step, {}, name_of) if step is not None else {}
    changes = changes_since(form, words)
    if not changes:
        changes = [("计划的其他地方", "您打开时的样子", "同事改过，请看计划页")]
    remember_seen(form, words)
    return await _page(request, kept, plan, form, changes=changes)


async def move(request: web.Request) -> web.StreamResponse:
    """Put it before the step above it, or behind the one below."""
    return await submit(request, _move, again=plan_page, overtaken=plan_overtaken, refused=REFUSED)


async def _move(request: web.Request, form: Form) -> web.StreamResponse:
    kept, plan = await _plan(request)
    step = _known(request, plan)
    steps = [each for each in plan.steps if each.key != step.key]
    place = plan.steps.index(step) + (-1 if form.get("direction") == "up" else 1)
    steps.insert(max(0, place), step)
    return await _keep(request, form, kept, replace(plan, steps=tuple(steps)), "顺序已存进草稿", f"#step-{step.key}")


async def remove(request: web.Request) -> web.StreamResponse:
    """Take it out of the draft."""
    return await submit(request, _remove, again=plan_page, overtaken=plan_overtaken, refused=REFUSED)


async def _remove(request: web.Request, form: Form) -> web.StreamResponse:
    kept, plan = await _plan(request)
    step = _known(request, plan)
    steps = tuple(each for each in plan.steps if each.key != step.key)
    return await _keep(request, form, kept, replace(plan, steps=steps), "已从草稿里删除这一步", "")


async def _keep(  # noqa: PLR0913, PLR0917 - what one change consists of
    request: web.Request, form: Form, kept: PlanRecord, plan: CarePlan, done: str, place: str
) -> web.StreamResponse:
    await services_of(request).plans.editor.save(
        kept.id, plan, by=actor_of(request), now=now_of(request), revision=revision_of(form)
    )
    return see_other(request, f"{address(kept)}{place}", done=done)


async def _plan(request: web.Request) -> tuple[PlanRecord, CarePlan]:
    kept = await kept_of(request)
    return kept, await services_of(request).plans.editor.content(kept, by=actor_of(request))


def _step_of(request: web.Request, plan: CarePlan) -> Step | None:
    """The step of the address; None for a new one."""
    return None if request.match_info["step"] == NEW else _known(request, plan)


def _known(request: web.Request, plan: CarePlan) -> Step:
    key = request.match_info["step"]
    found = next((each for each in plan.steps if each.key == key), None)
    if found is None:
        raise NotFoundError(f"no step {key!r} in care plan {plan.key!r}")
    return found


def _projects(request: web.Request) -> dict[str, str]:
    """Every project's name by its id, those that are not offered any more too."""
    return {each.id: each.name for each in services_of(request).clinic.visit_types}


def _first(plan: CarePlan) -> Step:
    """What the form of a new step begins with: where the plan is about a visit to come, before it."""
    return replace(BLANK, offset=Offset(days=-1)) if plan.anchor == "appointment" else BLANK


def _in_order(plan: CarePlan, step: Step) -> tuple[Step, ...]:
    """The steps with a new one, behind those that fall before it."""
    place = next((n for n, each in enumerate(plan.steps) if course_minutes(each) > course_minutes(step)), None)
    where = len(plan.steps) if place is None else place
    return (*plan.steps[:where], step, *plan.steps[where:])


def _scripts(rules: FollowUpRules, chosen: str) -> list[tuple[str, str]]:
    """How a call may be talked about; one that the file no longer has is still shown."""
    known = [(each.key, each.name) for each in rules.scripts if each.key != CALL]
    gone = [(chosen, chosen)] if chosen and chosen not in dict(known) else []
    return [("", "一般电话"), *known, *gone]


async def _page(
    request: web.Request,
    kept: PlanRecord,
    plan: CarePlan,
    form: Form,
    changes: list[tuple[str, str, str]] | None = None,
) -> web.StreamResponse:
    services = services_of(request)
    name_of, key = services.plans.editor.template_name, request.match_info["step"]
    kind, ground = ANCHORS.get(plan.anchor), services.plans.editor.ground()
    titles = step_titles(plan, name_of)
    place = next((number for number, each in enumerate(plan.steps) if each.key == key), len(plan.steps))
    chosen = form.get("template")
    offered = [
        each
        for each in ground.templates.values()
        if each.purpose is not Purpose.MARKETING and (each.key not in ground.retired or each.key == chosen)
    ]
    shown = next((each for each in plan.steps if each.key == key), None)
    return await page(
        request,
        "care/step.html",
        kept=kept,
        plan=plan,
        form=form,
        new=key == NEW,
        step_key=key,
        title=titles.get(key, "加一步"),
        units=UNITS,
        directions=[("after", "之后"), ("before", "之前")],
        kinds=[(each.value, words) for each, words in KINDS.items()],
        surveys=_surveys(services),
        templates=[
            (purpose.label, sorted((each.name or each.key, each.key) for each in offered if each.purpose is purpose))
            for purpose in (Purpose.CARE, Purpose.REMINDER, Purpose.SERVICE)
        ],
        weekdays=[(str(number), words) for number, words in enumerate(WEEKDAYS)],
        audiences=[(each.value, words) for each, words in AUDIENCES.items()],
        has_audience=kind is not None and kind.has_audience,
        follows_action=kind is not None and kind.follows_action,
        answers=[(each.value, words) for each, words in ANSWERS.items()],
        facts=[(each.value, words) for each, words in FACTS.items()],
        scripts=_scripts(services.recalls.rules, form.get("script")),
        asked=_asked(plan.steps[:place], titles),
        rows=range(CONDITION_ROWS),
        known={
            "project": [each.name for each in services.clinic.visit_types if not each.retired],
            "class": sorted(VISIT_CLASSES),
        },
        untils=[(each.value, words) for each, words in UNTILS.items()],
        catch_ups=[(each.value, words) for each, words in CATCH_UPS.items()],
        phones=phones_of(services, shown) if shown is not None else (),
        stale_changes=changes or [],
        changed_by=kept.draft.author if kept.draft is not None and changes else None,
        revision=whole_number(form.get("revision"), kept.revision) if not changes else kept.revision,
    )


def _asked(steps: Sequence[Step], titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """The questions and surveys of those steps, for conditions."""
    names = {StepKind.QUESTION: "提问", StepKind.SURVEY: "问卷"}
    return [(each.key, f"{names[each.kind]}：{titles[each.key]}") for each in steps if each.kind in names]


def _surveys(services: Services) -> list[tuple[str, str]]:
    """Key and title of each survey that a step may ask."""
    return [(each.key, each.title) for each in services.surveys.asking.rules.surveys if each.after is Occasion.PLAN]
