"""The template editor's form: what was typed becomes content, and content becomes what is shown."""

import re
from collections.abc import Iterable, Mapping

from wxbot.messaging import Channel, Purpose
from wxbot.templates.compiling import variables_of
from wxbot.templates.content import card_words
from wxbot.templates.models import Binding, Card, Variable
from wxbot.templates.records import Content, template_of
from wxbot.templates.rendering import WordingError
from wxbot.web.console.forms import Form
from wxbot.web.console.seen import remember_seen

LONGEST_NAME = 40  # characters, as in the files
LONGEST_TEXT = 4_000  # characters; the check says the real limit, this one keeps the page from being flooded
LONGEST_FIELD = 200
MOST_FIELDS = 12  # of one card; the platform shows fewer
KINDS = {"template_card": Channel.TEMPLATE, "notice_card": Channel.NOTICE}
_KEY = re.compile(r"[a-z_]{1,20}\d{1,3}")


def form_of(content: Content) -> Form:
    """A form that shows `content`."""
    form = Form(values={"name": content.name, "text": content.text})
    remember_seen(form, words_of(content))
    for name, words in content.fallbacks.items():
        form.values[f"fallback.{name}"] = words
        form.values[f"silent.{name}"] = "" if words else "true"
    for kind, card in (("template_card", content.template_card), ("notice_card", content.notice_card)):
        if card is not None:
            form.values[f"{kind}.on"] = "true"
            form.values[f"{kind}.binding"] = card.template_id
            form.values[f"{kind}.title"] = card.title
            form.lists[f"{kind}.key"] = list(card.fields)
            form.lists[f"{kind}.value"] = list(card.fields.values())
    return form


def content_from(form: Form, bindings: Mapping[str, Binding]) -> Content:
    """What was typed. What cannot be kept at all is complained about in `form`; the rest is for the check."""
    name = form.get("name")
    if not name:
        form.fail("name", "请填写名称，同事靠它找到这个模板")
    elif len(name) > LONGEST_NAME:
        form.fail("name", f"最多 {LONGEST_NAME} 个字")
    text = form.get("text")
    if len(text) > LONGEST_TEXT:
        form.fail("text", f"最多 {LONGEST_TEXT} 个字")
    prefix = "fallback."
    used = _used(text, form)
    fallbacks = {
        key.removeprefix(prefix): value.strip()[:LONGEST_FIELD]
        for key, value in form.values.items()
        if key.startswith(prefix) and (value.strip() or form.values.get(f"silent.{key.removeprefix(prefix)}"))
    }
    return Content(
        name=name[:LONGEST_NAME],
        text=text[:LONGEST_TEXT],
        fallbacks={key: words for key, words in fallbacks.items() if used is None or key in used},
        template_card=_card(form, "template_card", bindings),
        notice_card=_card(form, "notice_card", bindings),
    )


def _used(text: str, form: Form) -> frozenset[str] | None:
    """The variables named anywhere; None while something is malformed."""
    cards = [Card(template_id="", fields=dict(enumerate_fields(form, kind))) for kind in KINDS]
    content = Content(name="", text=text, template_card=cards[0], notice_card=cards[1])
    try:
        return variables_of(template_of("", Purpose.SERVICE, "", content))
    except WordingError:
        return None


def _card(form: Form, kind: str, bindings: Mapping[str, Binding]) -> Card | None:
    if form.get(f"{kind}.on") != "true":
        return None
    name = form.get(f"{kind}.binding")
    if name and (name not in bindings or bindings[name].kind is not KINDS[kind]):
        form.fail(f"{kind}.binding", "请从列表中选择一张卡片")
        name = ""
    for key, _ in enumerate_fields(form, kind):
        if _KEY.fullmatch(key) is None:
            form.fail(f"{kind}.key", f"字段名「{key[:20]}」不对，应像 thing1、time2")
    fields = dict(enumerate_fields(form, kind))
    return Card(template_id=name, title=form.get(f"{kind}.title")[:LONGEST_NAME], fields=fields)


def enumerate_fields(form: Form, kind: str) -> list[tuple[str, str]]:
    """The rows of a card that have a key."""
    rows = zip(form.all(f"{kind}.key"), form.all(f"{kind}.value"), strict=False)
    return [(key.strip(), value.strip()[:LONGEST_FIELD]) for key, value in rows if key.strip()][:MOST_FIELDS]


def rows_for(form: Form, kind: str, bindings: Mapping[str, Binding]) -> list[tuple[str, str, str]]:
    """(key, label, wording) to show: what is written, what the account's template wants besides, one to add."""
    binding = bindings.get(form.get(f"{kind}.binding"))
    theirs = dict(binding.fields) if binding is not None else {}
    written = enumerate_fields(form, kind)
    rows = [(key, theirs.get(binding.theirs(key) if binding else key, ""), value) for key, value in written]
    there = {binding.theirs(key) if binding else key for key, _ in written}
    rows += [(key, label, "") for key, label in theirs.items() if key not in there]
    return [*rows, ("", "", "")]


def words_of(content: Content) -> dict[str, str]:
    """A content as labelled texts, to say what changed between two."""
    return {
        "名称": content.name,
        "正文": content.text,
        "为空时": "；".join(f"{name}：{words}" for name, words in content.fallbacks.items()),
        f"{Channel.TEMPLATE.label}卡片": card_words(content.template_card),
        f"{Channel.NOTICE.label}卡片": card_words(content.notice_card),
    }


def empties(content: Content, variables: Mapping[str, Variable]) -> Iterable[Variable]:
    """The variables of `content` that may be empty, or for which it says something: they want a fallback."""
    try:
        used = variables_of(template_of("", Purpose.SERVICE, "", content))
    except WordingError:
        used = frozenset(content.fallbacks)
    return [
        each for name, each in variables.items() if name in used and (each.may_be_empty or name in content.fallbacks)
    ]
