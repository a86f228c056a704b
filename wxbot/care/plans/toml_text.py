"""A plan back as the file of config/care_plans it could have come from; reading that gives the same plan. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from datetime import time
from enum import Enum
from typing import Any

from wxbot.care.models import CarePlan, Step

HEAD = "# 关怀计划，由控制台导出。"


def plan_toml(plan: CarePlan) -> str:
    """The text of its file; what a step leaves at its default is not written, nor what a loop repeats."""
    head = [HEAD, "", f"key = {_value(plan.key)}", f"title = {_value(plan.title)}", f"anchor = {_value(plan.anchor)}"]
    if plan.treatment is not None:
        head.append(f"treatment = {_value(plan.treatment)}")
    steps = [each for each in plan.steps if not each.base]
    return "\n".join([*head, *(line for step in steps for line in _step(step)), ""])


def plans_toml(plans: Iterable[CarePlan]) -> dict[str, str]:
    """File name → its text, for the folder care_plans/."""
    return {f"{plan.key}.toml": plan_toml(plan) for plan in plans}


def _step(step: Step) -> Iterator[str]:
    yield from ("", "[[steps]]")
    for name, value in _said(step):
        if name not in {"occurrence", "base"}:  # of loops written out
            yield f"{name} = {_value(value)}"


def _said(thing: Any) -> Iterator[tuple[str, Any]]:
    """The fields that say something else than their default."""
    for each in fields(thing):
        value = getattr(thing, each.name)
        if each.default is MISSING or value != each.default:
            yield each.name, value


def _value(value: Any) -> str:
    if isinstance(value, Enum):
        return _value(value.value)
    if isinstance(value, str | bool | int | float):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, tuple):
        return f"[{', '.join(_value(each) for each in value)}]"
    return "{ " + ", ".join(f"{name} = {_value(each)}" for name, each in _said(value)) + " }"
