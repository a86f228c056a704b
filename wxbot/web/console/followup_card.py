"""One follow-up to call about: key points, goal, script, promises, and the form that is filled in meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from wxbot.conversations.episodes.handoff_tasks import refuse_while_open
from wxbot.days import DayError, moment_of, read_moment
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.followups.attempt_models import AttemptChannel, AttemptForm, Competitor, Effort, Mood, Outcome, Reason
from wxbot.followups.models import KIND_NAMES, ComplaintStep, FollowUp, FollowUpId, FollowUpState
from wxbot.followups.rules import Script
from wxbot.ids import new_id
from wxbot.messaging import Purpose
from wxbot.reception.interest_models import Interest
from wxbot.services import Services
from wxbot.web.console.canned_values import salutation
from wxbot.web.console.followup_rows import WorkRow, work_rows
from wxbot.web.console.forms import WHOLE, Form, whole_number
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.patient_presents import of_birthday
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

LIST = "/console/followups"
PROMISING = frozenset({"over_promises", "medical_claims", "advertising_absolutes"})  # files of config/lexicon (A2-72)
NEXT = {Outcome.REACHED: "next_reached", Outcome.LATER: "next_later", Outcome.NO_ANSWER: "next_no_answer"}
FACTS = {"clinic": "医院", "price": "价格", "plan": "方案", "surgeon": "手术医生资质"}


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A script with the patient's name in it, for this call."""

    script: Script
    greeting: str
    purpose: str
    closing: str


async def show(request: web.Request) -> web.StreamResponse:
    """The card, with everything else that is due today for the same family below it."""
    return await again(request, Form())


async def record(request: web.Request) -> web.StreamResponse:
    """Keep what was written of a call; then on to what else is due for the family, else back to the list."""
    return await submit(request, _record, again=again, overtaken=_overtaken)


async def decide(request: web.Request) -> web.StreamResponse:
    """After the last call: end it with a reason, or write on WeChat instead."""
    return await submit(request, _decide, again=again, overtaken=_overtaken)


async def check(request: web.Request) -> web.StreamResponse:
    """What of the key points promises too much (A2-72), while they are typed."""
    posted = await request.post()
    text = str(posted.get("key_points", ""))[:2_000]
    found = services_of(request).quality.findings(text, purpose=Purpose.CARE.value)
    found = tuple(each for each in found if each.category in PROMISING)
    return await fragment(request, "followups/_hints.html", findings=found)


async def _record(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    followup_id = FollowUpId(request.match_info["id"])
    written = attempt_in(request, form)
    if written.outcome in {Outcome.REACHED, Outcome.REFUSED}:
        await refuse_while_open(services.followups, services.chat.desk, followup_id)
    task = await services.recalls.attempts.record(followup_id, written, by=actor, now=now)
    others = await services.recalls.worklist.of_family(task, by=actor, now=now)
    return see_other(request, f"{LIST}/{others[0].id}" if others else LIST, done=_done(request, task))


async def _decide(request: web.Request, form: Form) -> web.StreamResponse:
    task = await services_of(request).recalls.attempts.decide(
        FollowUpId(request.match_info["id"]),
        end=form.get("choice") == "end",
        reason=form.get("reason")[:200],
        revision=whole_number(form.get("revision"), -1),
        by=actor_of(request),
        now=now_of(request),
    )
    return see_other(request, LIST, done=_done(request, task))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """Somebody else was faster: what they did is said, and what was typed stays."""
    task = await _task(request)
    words = "这条待办刚刚有变化"
    if task.changes:
        last = task.changes[-1]
        names = await names_of(services_of(request), [last.by])
        words = f"{names[last.by]}刚刚处理过这条待办：{last.cause}"
    form.fail(WHOLE, f"{words}。您写的还在下面，没有保存；需要的话，请核对后再保存一次。")
    form.values.pop("key", None)
    return await again(request, form)


async def again(request: web.Request, form: Form) -> web.StreamResponse:
    """The card with what was typed into one of its forms."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    task = await _task(request)
    others = await services.recalls.worklist.of_family(task, by=actor, now=now)
    rows = {each.task.id: each for each in await work_rows(services, [task, *others], by=actor, now=now)}
    row = rows[task.id]
    room = services.recalls
    people = [row.card.id] if row.card is not None else []
    contact_ids = [task.contact_id] if task.contact_id is not None else []
    points = await room.attempts.latest_points(people, contact_ids, by=actor)
    attempts = await room.attempts.of_followup(task.id, by=actor)
    promises = await services.chat.promises.open_of(task.contact_id) if task.contact_id is not None else []
    owners = {each.id: await room.owners.whose(each, now) for each in (task, *others)}
    whose = owners[task.id]
    doers = {each.by for each in points} | {each.by for each in attempts} | {each.by for each in task.changes}
    doers |= {f"staff:{each.made_by}" for each in promises}
    interests, unmentionable = await _to_bring_up(request, task, row)
    doers |= {each.by for each in interests}
    doers |= {f"staff:{whose.account}"} if whose.account else set()
    return await page(
        request,
        "followups/card.html",
        task=task,
        row=row,
        others=[rows[each.id] for each in others],
        scripts={each.id: spoken(services, rows[each.id], actor.name) for each in (task, *others)},
        plans={each.id: await room.plans.of(each, now) for each in (task, *others)},
        points=points,
        attempts=attempts,
        promises=promises,
        interests=interests,
        today=now.astimezone(services.clinic.timezone).date().isoformat(),
        birthday=await of_birthday(request, task, row),
        unmentionable=unmentionable,
        whose=whose,
        not_theirs={name for name, each in owners.items() if each.locked and each.account != actor.id},
        names=await names_of(services, doers),
        kind_names=KIND_NAMES,
        form=form,
        back=LIST,
        may_close=actor.may("followups:task:close"),
        **choices(services, now),
    )


async def _to_bring_up(request: web.Request, task: FollowUp, row: WorkRow) -> tuple[Sequence[Interest], str]:
    """What the patient asked about and did not do, where the script is about that; and why none of it is said now."""
    services, actor = services_of(request), actor_of(request)
    if row.card is None or services.recalls.rules.script_of(task).effort is not Effort.FURTHER:
        return (), ""
    ids = await services.recalls.plans.records_of([row.card.id])
    found = (await services.reception.interests.of_patient(ids, by=actor)).open
    return found, await services.visit_room.offers.objection(row.card.id, now_of(request)) if found else ""


def choices(services: Services, now: datetime) -> Mapping[str, Any]:
    """What the form offers, and the name of a fresh one."""
    return {
        "outcomes": list(Outcome),
        "ways": list(AttemptChannel),
        "moods": list(Mood),
        "reasons": [(each.value, each.label) for each in Reason],
        "steps": [(each.value, each.label) for each in ComplaintStep if each is not ComplaintStep.NEW],
        "facts": FACTS,
        "key": new_id(now),
        "started": f"{now.timestamp():.3f}",
        "zone": services.clinic.timezone,
    }


def spoken(services: Services, row: WorkRow, staff: str) -> Spoken:
    """The script of a follow-up with names in it; of whom nobody knows the name, 您."""
    script = services.recalls.rules.script_of(row.task)
    opened = row.task.opened_at.astimezone(services.clinic.timezone)
    facts = {
        "name": (salutation(row.card.patient) if row.card is not None else "") or "您",
        "staff": staff,
        "clinic": services.clinic.name,
        "about": row.task.about.partition("（")[0] or row.project or "上次就诊",
        "day": f"{opened.month}月{opened.day}日",
    }
    return Spoken(
        script=script,
        greeting=script.greeting.format_map(facts),
        purpose=script.purpose.format_map(facts),
        closing=script.closing.format_map(facts),
    )


def attempt_in(request: web.Request, form: Form) -> AttemptForm:
    """What was written. Raises FieldErrors for what no choice offers."""
    if form.get("outcome") not in {each.value for each in Outcome}:
        raise FieldErrors({"outcome": "请选择结果"})
    outcome = Outcome(form.get("outcome"))
    reason, mood, step = form.get("reason"), form.get("mood"), form.get("step")
    return AttemptForm(
        key=form.get("key"),
        outcome=outcome,
        way=AttemptChannel.WECHAT if form.get("way") == AttemptChannel.WECHAT.value else AttemptChannel.PHONE,
        key_points=form.get("key_points"),
        mood=Mood(mood) if mood in {each.value for each in Mood} else None,
        next_at=_next_at(request, form, NEXT.get(outcome, "")),
        reason=Reason(reason) if reason in {each.value for each in Reason} else None,
        competitor=Competitor(**{name: form.get(f"competitor_{name}") for name in FACTS}),
        step=ComplaintStep(step) if step in {each.value for each in ComplaintStep} else None,
        started_at=_started(form.get("started")),
        revision=whole_number(form.get("revision"), -1),
    )


def _next_at(request: web.Request, form: Form, name: str) -> datetime | None:
    text = form.get(name) if name else ""
    if not text:
        return None
    try:
        return read_moment(text, services_of(request).clinic.timezone)
    except DayError as error:
        raise FieldErrors({"next_at": error.sentence}) from error


def _started(text: str) -> datetime | None:
    try:
        return moment_of(float(text)) if text else None
    except (ValueError, DayError):
        return None


async def _task(request: web.Request) -> FollowUp:
    actor_of(request).must("followups:task:read")
    task = await services_of(request).followups.by_id(FollowUpId(request.match_info["id"]))
    if task is None:
        raise NotFoundError("no such follow-up")
    return task


def _done(request: web.Request, task: FollowUp) -> str:
    """What the next page says was done."""
    if task.state is not FollowUpState.OPEN:
        return "已记录，这件事完成了"
    if task.to_decide is not None:
        return f"已记录：{task.to_decide.label}，请决定怎样继续"
    local = task.due_at.astimezone(services_of(request).clinic.timezone)
    return f"已记录，下次 {local.month}月{local.day}日 {local:%H:%M}"
