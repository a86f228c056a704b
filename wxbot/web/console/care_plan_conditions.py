"""The form of a step's conditions: what was typed in its rows becomes conditions, and those become what is shown."""

from collections.abc import Iterator, Mapping, Sequence

from wxbot.care.models import Condition, Fact
from wxbot.web.console.care_plan_fields import entries, is_ticked, joined, ticked, whole
from wxbot.web.console.forms import Form

CONDITION_ROWS = 5  # as many as a file may have
MOST_VALUES = 20
OF_STEPS = frozenset({Fact.ANSWER, Fact.SURVEY})  # look at an earlier step


def condition_values(conditions: Sequence[Condition], projects: Mapping[str, str]) -> dict[str, object]:
    """What the rows show; `projects` are names by id."""
    values: dict[str, object] = {}
    for row, condition in enumerate(conditions[:CONDITION_ROWS]):
        of_project = condition.fact is Fact.PROJECT
        shown = [projects.get(each, each) for each in condition.values] if of_project else condition.values
        values |= {
            f"fact_{row}": condition.fact.value,
            f"of_{row}": condition.of,
            f"values_{row}": joined(shown),
            f"low_{row}": condition.low,
            f"high_{row}": condition.high,
            f"absent_{row}": ticked(condition.absent),
        }
    return values


def conditions_from(form: Form, projects: Mapping[str, str]) -> Iterator[Condition]:
    """The conditions that were typed, row by row; a row that chooses no fact is none."""
    for row in range(CONDITION_ROWS):
        if not form.get(f"fact_{row}"):
            continue
        try:
            fact = Fact(form.get(f"fact_{row}"))
        except ValueError:
            form.fail("conditions", "请从列表中选择条件")
            continue
        bounds = [
            whole(form, f"{name}_{row}", 0, 100, "数字要在 0 到 100 之间") if form.get(f"{name}_{row}") else None
            for name in ("low", "high")
        ]
        yield Condition(
            fact=fact,
            of=form.get(f"of_{row}") if fact in OF_STEPS else "",
            values=_values(form, row, fact, projects),
            low=bounds[0] if fact in OF_STEPS else None,
            high=bounds[1] if fact in OF_STEPS else None,
            absent=is_ticked(form, f"absent_{row}"),
        )


def _values(form: Form, row: int, fact: Fact, projects: Mapping[str, str]) -> tuple[str, ...]:
    """The values of a condition: projects by their ids, classes in capitals; none of surveys and of a return."""
    if fact in {Fact.RETURNED, Fact.SURVEY}:
        return ()
    typed = entries(form, f"values_{row}", MOST_VALUES)
    if fact is Fact.VISIT_CLASS:
        return tuple(dict.fromkeys(each.upper() for each in typed))
    if fact is not Fact.PROJECT:
        return typed
    ids = {name: each for each, name in projects.items()} | {each: each for each in projects}
    unknown = [each for each in typed if each not in ids]
    if unknown:
        form.fail("conditions", f"没有叫「{'、'.join(unknown)}」的项目，请照「设置 · 项目」里的名称写")
    return tuple(dict.fromkeys(ids[each] for each in typed if each in ids))
