"""Templates back as the files they could have come from: one file per first word of their keys. Pure."""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from wxbot.templates.models import Card, Template

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def toml_of(templates: Iterable[Template]) -> dict[str, str]:
    """File name → its text, for the folder templates/. Reading them again gives equal templates."""
    ordered = sorted(templates, key=lambda each: each.key)
    groups = groupby(ordered, key=lambda each: each.key.split(".")[0])
    return {f"{name}.toml": "\n".join(_table(each) for each in group) for name, group in groups}


def _table(template: Template) -> str:
    lines = ["[[templates]]", f"key = {_string(template.key)}"]
    if template.name:
        lines.append(f"name = {_string(template.name)}")
    if template.event:
        lines.append(f"event = {_string(template.event)}")
    lines += [f"purpose = {_string(template.purpose.value)}", f"text = {_text(template.text)}"]
    if template.version != 1:
        lines.append(f"version = {template.version}")
    if template.fallbacks:
        lines += ["", "[templates.fallbacks]", *(f"{_key(k)} = {_string(v)}" for k, v in template.fallbacks.items())]
    for name, card in (("template_card", template.template_card), ("notice_card", template.notice_card)):
        if card is not None:
            lines += ["", f"[templates.{name}]", *_card(card)]
    return "\n".join([*lines, ""])


def _card(card: Card) -> Iterable[str]:
    if card.template_id:
        yield f"template_id = {_string(card.template_id)}"
    if card.title:
        yield f"title = {_string(card.title)}"
    yield f"fields = {_inline(card.fields)}"


def _inline(values: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_key(key)} = {_string(value)}" for key, value in values.items()) + " }"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    return '"' + _escaped("".join(_ESCAPES.get(sign, sign) for sign in text)) + '"'


def _text(text: str) -> str:
    """Several lines stand between triple quotes; anything the form cannot carry safely is escaped."""
    if "\n" not in text:
        return _string(text)
    inside = text.replace("\\", "\\\\").replace('"""', '""\\"').replace("\r", "\\r")
    if inside.endswith('"'):
        inside = inside[:-1] + '\\"'
    return '"""\n' + _escaped(inside) + '"""'


def _escaped(text: str) -> str:
    return _UNPRINTABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
