"""The form of one step of a plan: what was typed becomes a step, and a step becomes what is shown."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import time
from enum import StrEnum
from typing import TypeVar

from wxbot.care.models import (
    AnswerKind,
    Audience,
    CatchUp,
    Condition,
    Fact,
    Loop,
    Offset,
    Question,
    Step,
    StepKind,
    Until,
)
from wxbot.messaging import Purpose
from wxbot.templates.models import Template
from wxbot.web.console.forms import Form

UNITS = (
    ("minutes", "分钟"),
    ("hours", "小时"),
    ("days", "天（按日期）"),
    ("months", "个月（按日期）"),
    ("window", "从第几天到第几天"),
)
CONDITION_ROWS = 5  # as many as a file may have
LONGEST_ENTRY = 40
MOST_CHOICES, MOST_VALUES = 8, 20
_HOURS_A_MINUTE = 60
_FURTHEST = {"minutes": 7 * 24 * 60, "hours": 24 * 60, "days": 3 * 366, "months": 36, "window": 3 * 366}
_SPLIT = re.compile(r"[、，,；;]")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?")
E = TypeVar("E", bound=StrEnum)


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
        "working_day": _ticked(step.offset.working_day),
        "jitter_minutes": step.offset.jitter_minutes or "",
        "answer": _ticked(step.answer),
        "greeting": _ticked(step.greeting),
        "no_calls": _ticked(step.no_calls),
        "script": step.script,
        "catch_up": step.catch_up.value,
        "question_kind": question.kind.value if question is not None else AnswerKind.NUMBER.value,
        "low": question.low if question is not None else 0,
        "high": question.high if question is not None else 10,
        "choices": _joined(question.choices) if question is not None else "",
        "danger": _joined(question.danger) if question is not None else "",
        "concern": _joined(question.concern) if question is not None else "",
        "danger_from": question.danger_from if question is not None else "",
        "loop": _ticked(loop is not None),
        "loop_every": loop.every_days if loop is not None else "",
        "loop_most": loop.most if loop is not None else "",
        "loop_until": loop.until.value if loop is not None else "",
        **_offset_values(step.offset),
    }
    for row, condition in enumerate(step.when[:CONDITION_ROWS]):
        of_project = condition.fact is Fact.PROJECT
        shown = [projects.get(each, each) for each in condition.values] if of_project else condition.values
        values |= {
            f"fact_{row}": condition.fact.value,
            f"of_{row}": condition.of,
            f"values_{row}": _joined(shown),
            f"low_{row}": condition.low,
            f"high_{row}": condition.high,
            f"absent_{row}": _ticked(condition.absent),
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
    kind = _one_of(form, "kind", StepKind, "请选择做什么")
    template = templates.get(form.get("template"))
    if template is None:
        form.fail("template", "请选择话术；没有话术，这一步就没有内容可发")
    offset = _offset(form)
    grace = _decimal(form, "grace_hours", 0.25, 24 * 60)
    question = _question(form) if kind is StepKind.QUESTION else None
    step = Step(
        key=key,
        template=form.get("template"),
        purpose=template.purpose if template is not None else Purpose.CARE,
        offset=offset,
        grace_hours=grace,
        at=_clock(form),
        audience=_one_of(form, "audience", Audience, "请从列表中选择", Audience.EVERYONE),
        answer=_is_ticked(form, "answer"),
        greeting=_is_ticked(form, "greeting"),
        kind=kind,
        question=question,
        survey=_survey(form, surveys) if kind is StepKind.SURVEY else "",
        when=tuple(_conditions(form, projects)),
        loop=_loop(form) if _is_ticked(form, "loop") else None,
        catch_up=_one_of(form, "catch_up", CatchUp, "请从列表中选择", CatchUp.SEND),
        no_calls=_is_ticked(form, "no_calls"),
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
        whole = minutes % _HOURS_A_MINUTE == 0
        amount, unit = (minutes // _HOURS_A_MINUTE, "hours") if whole else (minutes, "minutes")
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
    amount = _whole(form, "amount", -_FURTHEST[unit] if signed else 0, _FURTHEST[unit])
    if form.get("direction") == "before" and not signed:
        amount = -amount
    weekday = _whole(form, "weekday", 0, 6) if form.get("weekday") else None
    working_day = _is_ticked(form, "working_day")
    jitter = _whole(form, "jitter_minutes", 0, 240) if form.get("jitter_minutes") else 0
    if unit in {"minutes", "hours"}:
        if weekday is not None or working_day:
            form.fail("weekday", "按小时、分钟计算的步骤不能换到别的日子；请去掉，或改成按天计算")
        hours = amount / _HOURS_A_MINUTE if unit == "minutes" else float(amount)
        return Offset(hours=hours, jitter_minutes=jitter)
    if unit == "months":
        return Offset(months=amount, weekday=weekday, working_day=working_day, jitter_minutes=jitter)
    if unit == "days":
        return Offset(days=amount, weekday=weekday, working_day=working_day, jitter_minutes=jitter)
    last = _whole(form, "amount_last", amount, _FURTHEST[unit], "最后一天不能早于第一天")
    best = _whole(form, "best_day", amount, last, "首选的那一天要在这几天之内") if form.get("best_day") else None
    return Offset(
        window_days=(amount, last), best_day=best, weekday=weekday, working_day=working_day, jitter_minutes=jitter
    )


def _question(form: Form) -> Question | None:
    kind = _one_of(form, "question_kind", AnswerKind, "请选择患者怎样回答")
    if kind is AnswerKind.NUMBER:
        low, high = _whole(form, "low", 0, 100), _whole(form, "high", 1, 100)
        if low >= high:
            form.fail("high", "最大的数字要比最小的大")
        danger_from = _whole(form, "danger_from", low, high) if form.get("danger_from") else None
        return Question(kind=kind, low=low, high=high, danger_from=danger_from)
    if kind is AnswerKind.CHOICE:
        choices, danger, concern = (_entries(form, name, MOST_CHOICES) for name in ("choices", "danger", "concern"))
        if len(set(choices)) < 2:  # noqa: PLR2004 - one is no choice
            form.fail("choices", "至少写两个不同的选项，用顿号隔开")
        if set(danger) - set(choices):
            form.fail("danger", "危险的选项要是上面的选项之一，一字不差")
        if set(concern) - set(choices):
            form.fail("concern", "交给医生的选项要是上面的选项之一，一字不差")
        return Question(kind=kind, choices=choices, danger=danger, concern=concern)
    return Question(kind=kind)


def _loop(form: Form) -> Loop:
    until = _one_of(form, "loop_until", Until, "请选择重复到什么时候为止，不能一直重复")
    every = _whole(form, "loop_every", 1, 90, "请填写每隔几天（1 到 90）")
    most = _whole(form, "loop_most", 2, 12, "请填写最多几次（2 到 12），之后由同事打电话")
    return Loop(every_days=every, most=most, until=until)


def _conditions(form: Form, projects: Mapping[str, str]) -> Iterator[Condition]:
    for row in range(CONDITION_ROWS):
        if not form.get(f"fact_{row}"):
            continue
        try:
            fact = Fact(form.get(f"fact_{row}"))
        except ValueError:
            form.fail("conditions", "请从列表中选择条件")
            continue
        bounds = [
            _whole(form, f"{name}_{row}", 0, 100, "数字要在 0 到 100 之间") if form.get(f"{name}_{row}") else None
            for name in ("low", "high")
        ]
        yield Condition(
            fact=fact,
            of=form.get(f"of_{row}") if fact is Fact.ANSWER else "",
            values=_values(form, row, fact, projects),
            low=bounds[0] if fact is Fact.ANSWER else None,
            high=bounds[1] if fact is Fact.ANSWER else None,
            absent=_is_ticked(form, f"absent_{row}"),
        )


def _values(form: Form, row: int, fact: Fact, projects: Mapping[str, str]) -> tuple[str, ...]:
    """The values of a condition: projects by their ids, classes in capitals; none of whether they came again."""
    if fact is Fact.RETURNED:
        return ()
    typed = _entries(form, f"values_{row}", MOST_VALUES)
    if fact is Fact.VISIT_CLASS:
        return tuple(dict.fromkeys(each.upper() for each in typed))
    if fact is not Fact.PROJECT:
        return typed
    ids = {name: each for each, name in projects.items()} | {each: each for each in projects}
    unknown = [each for each in typed if each not in ids]
    if unknown:
        form.fail("conditions", f"没有叫「{'、'.join(unknown)}」的项目，请照「设置 · 项目」里的名称写")
    return tuple(dict.fromkeys(ids[each] for each in typed if each in ids))


def _joined(entries: Sequence[str]) -> str:
    """Entries as they are typed: in one line, or one in each line where one of them holds a comma."""
    return "\n".join((*entries, "")) if any(_SPLIT.search(each) for each in entries) else "、".join(entries)


def _entries(form: Form, name: str, most: int) -> tuple[str, ...]:
    typed = form.values.get(name, "")
    parts = typed.split("\n") if "\n" in typed else _SPLIT.split(typed)
    found = [each.strip() for each in parts if each.strip()]
    if len(found) > most or any(len(each) > LONGEST_ENTRY for each in found):
        form.fail(_place(name), f"最多 {most} 个，每个最多 {LONGEST_ENTRY} 个字")
    return tuple(dict.fromkeys(found))


def _clock(form: Form) -> time | None:
    typed = form.get("at")
    if not typed:
        return None
    found = _CLOCK.fullmatch(typed)
    if found is None:
        form.fail("at", "请填写钟点，例如 10:00")
        return None
    return time(int(found[1]), int(found[2]))


def _whole(form: Form, name: str, low: int, high: int, words: str = "") -> int:
    typed = form.get(name).replace("−", "-")
    try:
        value = int(typed) if len(typed) <= 6 and typed.removeprefix("-").isascii() else None  # noqa: PLR2004 - digits
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        form.fail(_place(name), words or f"请填写 {low} 到 {high} 的整数")
        return low
    return value


def _place(name: str) -> str:
    """Where a complaint about a field stands: those of the conditions' rows have one place."""
    return "conditions" if name[-1:].isdigit() else name


def _decimal(form: Form, name: str, low: float, high: float) -> float:
    typed = form.get(name)
    found = re.fullmatch(r"\d{1,4}(?:\.\d{1,2})?", typed, re.ASCII)
    value = float(typed) if found is not None else 0.0
    if not low <= value <= high:
        form.fail(name, f"请填写 {low:g} 到 {high:g} 之间的小时数")
        return low
    return value


def _one_of(form: Form, name: str, kind: type[E], words: str, otherwise: E | None = None) -> E:
    typed = form.get(name)
    if not typed and otherwise is not None:
        return otherwise
    try:
        return kind(typed)
    except ValueError:
        form.fail(name, words)
        return next(iter(kind))


def _ticked(value: bool) -> str:
    return "true" if value else ""


def _is_ticked(form: Form, name: str) -> bool:
    return form.get(name) == "true"
