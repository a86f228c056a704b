"""Variables that staff fill in by hand: which there are, an example message, and values that are too long. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.broadcasts.wording import manual_names, required_names
from wxbot.templates import fields
from wxbot.templates.checks import REPLY_BYTES
from wxbot.templates.field_descriptions import describe_field, field_problem
from wxbot.templates.models import Binding, Template, Variable
from wxbot.templates.preview import View, view
from wxbot.templates.rendering import Wording, WordingError


@dataclass(frozen=True, kw_only=True)
class ManualVariable:
    """A variable to fill in by hand: `name` in the template, its meaning, an example, whether it is required."""

    name: str
    meaning: str
    example: str
    required: bool


def manual_variables(template: Template, variables: Mapping[str, Variable]) -> tuple[ManualVariable, ...]:
    """The variables of a template to fill in by hand, the required ones first."""
    needed = required_names(template)
    found = [
        ManualVariable(
            name=name,
            meaning=variables[name].meaning if name in variables else name,
            example=variables[name].example if name in variables else "",
            required=name in needed,
        )
        for name in manual_names(template)
    ]
    return tuple(sorted(found, key=lambda each: (not each.required, each.name)))


def example(
    template: Template,
    values: Mapping[str, str],
    sample: Mapping[str, str],
    variables: Mapping[str, Variable],
    bindings: Mapping[str, Binding],
) -> View:
    """The message for the example patient `sample`; a variable without a value reads 〔its meaning〕."""
    blank = {each.name: f"〔{each.meaning.partition('，')[0]}〕" for each in manual_variables(template, variables)}
    written = {name: value for name, value in values.items() if value.strip()}
    return view(template, {**sample, **blank, **written}, bindings)


def length_problems(
    template: Template, values: Mapping[str, str], sample: Mapping[str, str], bindings: Mapping[str, Binding]
) -> dict[str, str]:
    """Values that are too long for the message or a card field: `var_<name>` → words for staff.

    The other variables are filled for the example patient `sample`. A card with an empty manual variable is not used,
    so its fields are not measured.
    """
    hand = manual_names(template)
    written = {name: values[name].strip() for name in hand if values.get(name, "").strip()}
    filled = {**sample, **dict.fromkeys(hand, ""), **written}
    found: dict[str, str] = {}
    text = _filled(template.text, template, filled)
    if written and text is not None and (over := len(text.encode()) - REPLY_BYTES) > 0:
        longest = max(written, key=lambda name: len(written[name]))
        found[f"var_{longest}"] = f"整条消息太长，微信装不下：请再减少约 {over // 3 + 1} 个字"
    for card in (template.template_card, template.notice_card):
        for ours, wording in card.fields.items() if card is not None else ():
            named = [name for name in hand if name in Wording(wording).variables]
            if not named or any(name not in written for name in named):
                continue
            binding = bindings.get(card.template_id) if card is not None else None
            key = binding.theirs(ours) if binding is not None else ours
            value = _filled(wording, template, filled)
            if key and value is not None and (words := _field_problem(key, value)):
                found.setdefault(f"var_{named[0]}", words)
    return found


def _field_problem(key: str, value: str) -> str:
    """Why a value does not fit into that card field uncut; empty when it does."""
    try:
        fitted = fields.fit(key, value)
    except fields.FieldError:
        return field_problem(key, value)
    if fitted.endswith(fields.ELLIPSIS) and not value.rstrip().endswith(fields.ELLIPSIS):
        return f"卡片上放不下，患者会看到「{fitted}」；{describe_field(key)}"
    return ""


def _filled(wording: str, template: Template, sample: Mapping[str, str]) -> str | None:
    try:
        return Wording(wording, template.fallbacks).fill(sample)
    except WordingError:  # such a template cannot be published; the author of a broadcast cannot mend it
        return None
