"""A broadcast's template filled in by hand: how it reads, and whether what was written fits where it goes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.broadcasts.wording import by_hand, required
from wxbot.templates import fields
from wxbot.templates.checks import REPLY_BYTES
from wxbot.templates.field_words import field_words, trouble_words
from wxbot.templates.models import Binding, Template, Variable
from wxbot.templates.preview import View, view
from wxbot.templates.rendering import Wording, WordingError


@dataclass(frozen=True, kw_only=True)
class ManualVariable:
    """One thing a person fills in: `name` in the template, what it means, an example, whether it must be."""

    name: str
    meaning: str
    example: str
    required: bool


def manual_variables(template: Template, variables: Mapping[str, Variable]) -> tuple[ManualVariable, ...]:
    """What is asked for, what must be filled in first."""
    needed = required(template)
    found = [
        ManualVariable(
            name=name,
            meaning=variables[name].meaning if name in variables else name,
            example=variables[name].example if name in variables else "",
            required=name in needed,
        )
        for name in by_hand(template)
    ]
    return tuple(sorted(found, key=lambda each: (not each.required, each.name)))


def reading(
    template: Template,
    values: Mapping[str, str],
    sample: Mapping[str, str],
    variables: Mapping[str, Variable],
    bindings: Mapping[str, Binding],
) -> View:
    """How it reads for the example patient `sample`; what is not filled in yet stands as 〔what it means〕."""
    blank = {each.name: f"〔{each.meaning.partition('，')[0]}〕" for each in manual_variables(template, variables)}
    written = {name: value for name, value in values.items() if value.strip()}
    return view(template, {**sample, **blank, **written}, bindings)


def misfits(
    template: Template, values: Mapping[str, str], sample: Mapping[str, str], bindings: Mapping[str, Binding]
) -> dict[str, str]:
    """Values that do not fit into a message or a card: `var_<name>` → words for staff.

    The rest is filled for the example patient `sample`. A card of which something is left empty is not used, so
    nothing has to fit there.
    """
    hand = by_hand(template)
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
            if key and value is not None and (words := _trouble(key, value)):
                found.setdefault(f"var_{named[0]}", words)
    return found


def _trouble(key: str, value: str) -> str:
    """Why a value does not stand whole in that field of a card; empty when it does."""
    try:
        fitted = fields.fit(key, value)
    except fields.FieldError:
        return trouble_words(key, value)
    if fitted.endswith(fields.ELLIPSIS) and not value.rstrip().endswith(fields.ELLIPSIS):
        return f"卡片上放不下，患者会看到「{fitted}」；{field_words(key)}"
    return ""


def _filled(wording: str, template: Template, sample: Mapping[str, str]) -> str | None:
    try:
        return Wording(wording, template.fallbacks).fill(sample)
    except WordingError:  # published like this it cannot be; whoever fills the broadcast in cannot mend it
        return None
