"""The form of one step of a plan: what was typed becomes a step, and a step becomes what is shown."""

import re
from collections.abc import Collection, Mapping
from datetime import time

from wxbot.care.models import (
    AnswerKind,
    Audience,
    CatchUp,
    Loop,
    Offset,
    Question,
    Step,
    StepKind,
    Until,
)
from wxbot.messaging import Purpose
from wxbot.templates.models import Template
from wxbot.web.console.care_plan_conditions import condition_values, conditions_from
from wxbot.web.console.care_plan_fields import decimal, entries, is_ticked, joined, one_of, ticked, whole
from wxbot.web.console.forms import Form

UNITS = (
    ("minutes", "分钟"),
    ("hours", "小时"),
    ("days", "天（按日期）"),
    ("months", "个月（按日期）"),
    ("window", "从第几天到第几天"),
)
MOST_CHOICES = 8
_HOURS_A_MINUTE = 60
_FURTHEST = {"minutes": 7 * 24 * 60, "hours": 24 * 60, "days": 3 * 366, "months": 36, "window": 3 * 366}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?")


def form_of(step: Step, projects: Mapping[str, str]) -> Form:
    """A form that shows `step`; `projects` are names by id."""
    question, loop = step.question, step.loop
    values: dict[str, object] = {
        "kind": step.kind.value,
        "template": step.template,
        "survey": step.survey,
        "at": f"{step.at:%H:%M}" if step.at is not None else "",
        "grace_hours": f"{step.grace_hours:g}",
        "audience": step.audience.value,
        "weekday": step.offset.weekday,
        "working_day": ticked(step.offset.working_day),
        "jitter_minutes": step.offset.jitter_minutes or "",
        "answer": ticked(step.answer),
        "greeting": ticked(step.greeting),
        "no_calls": ticked(step.no_calls),
        "script": step.script,
        "catch_up": step.catch_up.value,
        "question_kind": question.kind.value if question is not None else AnswerKind.NUMBER.value,
        "low": question.low if question is not None else 0,
        "high": question.high if question is not None else 10,
        "choices": joined(question.choices) if question is not None else "",
        "danger": joined(question.danger) if question is not None else "",
        "concern": joined(question.concern) if question is not None else "",
        "danger_from": question.danger_from if question is not None else "",
        "loop": ticked(loop is not None),
        "loop_every": loop.every_days if loop is not None else "",
        "loop_most": loop.most if loop is not None else "",
        "loop_until": loop.until.value if loop is not None else "",
        **_offset_values(step.offset),
        **condition_values(step.when, projects),
    }
    return Form(values={name: "" if value is None else str(value) for name, value in values.items()})


def step_from(
    form: Form,
    key: str,
    templates: Mapping[str, Template],
    projects: Mapping[str, str],
    surveys: Collection[str] = (),
) -> Step:
    """What was typed. Raises FieldErrors for what cannot be a step at all; the rest is for the checks of the plan.

    `projects` are names by id; either may be typed.
    """
    kind = one_of(form, "kind", StepKind, "请选择做什么")
    template = templates.get(form.get("template"))
    if template is None:
        form.fail("template", "请选择话术；没有话术，这一步就没有内容可发")
    offset = _offset(form)
    grace = decimal(form, "grace_hours", 0.25, 24 * 60)
    question = _question(form) if kind is StepKind.QUESTION else None
    step = Step(
        key=key,
        template=form.get("template"),
        purpose=template.purpose if template is not None else Purpose.CARE,
        offset=offset,
        grace_hours=grace,
        at=_clock(form),
        audience=one_of(form, "audience", Audience, "请从列表中选择", Audience.EVERYONE),
        answer=is_ticked(form, "answer"),
        greeting=is_ticked(form, "greeting"),
        kind=kind,
        question=question,
        survey=_survey(form, surveys) if kind is StepKind.SURVEY else "",
        when=tuple(conditions_from(form, projects)),
        loop=_loop(form) if is_ticked(form, "loop") else None,
        catch_up=one_of(form, "catch_up", CatchUp, "请从列表中选择", CatchUp.SEND),
        no_calls=is_ticked(form, "no_calls"),
        script=form.get("script") if kind is StepKind.CALL else "",
    )
    form.check()
    return step


def _survey(form: Form, surveys: Collection[str]) -> str:
    """The survey that was chosen, one of those that plans ask."""
    chosen = form.get("survey")
    if chosen not in surveys:
        form.fail("survey", "请选择问卷；问卷在 surveys.toml 里写")
    return chosen


def _offset_values(offset: Offset) -> dict[str, object]:
    before = "before"
    if offset.window_days is not None:
        first, last = offset.window_days
        return {"unit": "window", "amount": first, "amount_last": last, "best_day": offset.best_day}
    if offset.hours is not None:
        minutes = round(abs(offset.hours) * _HOURS_A_MINUTE)
        full = minutes % _HOURS_A_MINUTE == 0
        amount, unit = (minutes // _HOURS_A_MINUTE, "hours") if full else (minutes, "minutes")
        return {"unit": unit, "amount": amount, "direction": before if offset.hours < 0 else "after"}
    if offset.months is not None:
        return {"unit": "months", "amount": abs(offset.months), "direction": before if offset.months < 0 else "after"}
    days = offset.days or 0
    return {"unit": "days", "amount": abs(days), "direction": before if days < 0 else "after"}


def _offset(form: Form) -> Offset:
    unit = form.get("unit")
    if unit not in _FURTHEST:
        form.fail("amount", "请选择按什么计算时间")
        return Offset(days=0)
    signed = unit == "window"
    amount = whole(form, "amount", -_FURTHEST[unit] if signed else 0, _FURTHEST[unit])
    if form.get("direction") == "before" and not signed:
        amount = -amount
    weekday = whole(form, "weekday", 0, 6) if form.get("weekday") else None
    working_day = is_ticked(form, "working_day")
    jitter = whole(form, "jitter_minutes", 0, 240) if form.get("jitter_minutes") else 0
    if unit in {"minutes", "hours"}:
        if weekday is not None or working_day:
            form.fail("weekday", "按小时、分钟计算的步骤不能换到别的日子；请去掉，或改成按天计算")
        hours = amount / _HOURS_A_MINUTE if unit == "minutes" else float(amount)
        return Offset(hours=hours, jitter_minutes=jitter)
    if unit == "months":
        return Offset(months=amount, weekday=weekday, working_day=working_day, jitter_minutes=jitter)
    if unit == "days":
        return Offset(days=amount, weekday=weekday, working_day=working_day, jitter_minutes=jitter)
    last = whole(form, "amount_last", amount, _FURTHEST[unit], "最后一天不能早于第一天")
    best = whole(form, "best_day", amount, last, "首选的那一天要在这几天之内") if form.get("best_day") else None
    return Offset(
        window_days=(amount, last), best_day=best, weekday=weekday, working_day=working_day, jitter_minutes=jitter
    )


def _question(form: Form) -> Question | None:
    kind = one_of(form, "question_kind", AnswerKind, "请选择患者怎样回答")
    if kind is AnswerKind.NUMBER:
        low, high = whole(form, "low", 0, 100), whole(form, "high", 1, 100)
        if low >= high:
            form.fail("high", "最大的数字要比最小的大")
        danger_from = whole(form, "danger_from", low, high) if form.get("danger_from") else None
        return Question(kind=kind, low=low, high=high, danger_from=danger_from)
    if kind is AnswerKind.CHOICE:
        choices, danger, concern = (entries(form, name, MOST_CHOICES) for name in ("choices", "danger", "concern"))
        if len(set(choices)) < 2:  # noqa: PLR2004 - one is no choice
            form.fail("choices", "至少写两个不同的选项，用顿号隔开")
        if set(danger) - set(choices):
            form.fail("danger", "危险的选项要是上面的选项之一，一字不差")
        if set(concern) - set(choices):
            form.fail("concern", "交给医生的选项要是上面的选项之一，一字不差")
        return Question(kind=kind, choices=choices, danger=danger, concern=concern)
    return Question(kind=kind)


def _loop(form: Form) -> Loop:
    until = one_of(form, "loop_until", Until, "请选择重复到什么时候为止，不能一直重复")
    every = whole(form, "loop_every", 1, 90, "请填写每隔几天（1 到 90）")
    most = whole(form, "loop_most", 2, 12, "请填写最多几次（2 到 12），之后由同事打电话")
    return Loop(every_days=every, most=most, until=until)


def _clock(form: Form) -> time | None:
    typed = form.get("at")
    if not typed:
        return None
    found = _CLOCK.fullmatch(typed)
    if found is None:
        form.fail("at", "请填写钟点，例如 10:00")
        return None
    return time(int(found[1]), int(found[2]))
