"""What changed between two versions of a plan, step by step, in words. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from wxbot.care.models import CarePlan
from wxbot.care.plans.words import Names, anchor_name, step_titles, step_words


class StepChange(StrEnum):
    """What became of a step."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class StepDifference:
    """One step in both versions. `parts` are (what, before, now) of all that differs."""

    title: str
    change: StepChange
    parts: tuple[tuple[str, str, str], ...] = ()
    moved: bool = False  # it stands elsewhere among the steps that both have


def differences(before: CarePlan | None, after: CarePlan, name_of: Names) -> tuple[StepDifference, ...]:
    """Every step of the later plan in its order, then what was removed; without `before` every step is new."""
    old = {step.key: step for step in before.steps} if before is not None else {}
    old_titles = step_titles(before, name_of) if before is not None else {}
    titles = step_titles(after, name_of)
    both = [key for key in titles if key in old]
    order = {key: place for place, key in enumerate(key for key in old if key in titles)}
    found = []
    for step in after.steps:
        title = titles[step.key]
        if step.key not in old:
            said = step_words(step, titles, name_of)
            parts = tuple((what, "", words) for what, words in said.items() if words)
            found.append(StepDifference(title=title, change=StepChange.ADDED, parts=parts))
            continue
        was, now = step_words(old[step.key], old_titles, name_of), step_words(step, titles, name_of)
        parts = tuple((what, was[what], now[what]) for what in now if was[what] != now[what])
        moved = order[step.key] != both.index(step.key)
        change = StepChange.CHANGED if parts or moved else StepChange.SAME
        found.append(StepDifference(title=title, change=change, parts=parts, moved=moved))
    gone = [StepDifference(title=old_titles[key], change=StepChange.REMOVED) for key in old if key not in titles]
    return (*found, *gone)


def head_differences(before: CarePlan | None, after: CarePlan) -> tuple[tuple[str, str, str], ...]:
    """What differs in name, anchor and treatment: (what, before, now)."""
    was, now = (_head(before) if before is not None else {}), _head(after)
    return tuple((what, was.get(what, ""), words) for what, words in now.items() if was.get(what, "") != words)


def changes_between(before: CarePlan | None, after: CarePlan, name_of: Names) -> dict[str, tuple[str, str]]:
    """What differs, as short text for the audit: (what → (before, now)). Plans hold no patient's data."""
    told = {what: (old, new) for what, old, new in head_differences(before, after)}
    for each in differences(before, after, name_of):
        if each.change is StepChange.ADDED:
            told[f"新增「{each.title}」"] = ("", "；".join(new for _, _, new in each.parts[:4]))
        elif each.change is StepChange.REMOVED:
            told[f"删除「{each.title}」"] = (each.title, "")
        elif each.change is StepChange.CHANGED:
            parts = [*each.parts, *([("顺序", "", "移动了")] if each.moved else [])]
            told |= {f"「{each.title}」{what}": (old, new) for what, old, new in parts}
    return told


def _head(plan: CarePlan) -> dict[str, str]:
    return {"名称": plan.title, "起点": anchor_name(plan.anchor), "限于": plan.treatment or ""}
