"""Checks of a template: what blocks it, and what could be better, in words for staff. Pure.

Sources: field types reference §5.2, what cards may carry reference §5.4, marketing and lock screens reference §12.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from wxbot.messaging import Channel, Purpose
from wxbot.templates import fields
from wxbot.templates.field_descriptions import describe_field, field_problem
from wxbot.templates.models import Binding, Card, Template, TemplateUsage, Variable
from wxbot.templates.ports import LexiconChecker
from wxbot.templates.rendering import NAME, TOKEN, Wording, WordingError

WORDING_BYTES = 1400  # of UTF-8: a reply holds 2048 in all (reference §1.6); values and entries need room beside it
REPLY_BYTES = 2048  # of UTF-8 (reference §1.6)
LABEL_LENGTH = 20  # characters of an entry to tap that stay on one line of a phone
WAYS_OUT = ("退订", "TD", "td")
REVEALING = frozenset({"visit_type", "speciality", "bring"})  # tell a reader of the lock screen what is treated


class Severity(StrEnum):
    """How much a finding weighs."""

    BLOCK = "block"  # cannot be sent like this, so it cannot be published
    WARN = "warn"  # can be sent, and somebody should look
    HINT = "hint"  # could be said better


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about one wording of a template: `where` is text, template_card.<field> or notice_card.<field>."""

    severity: Severity
    where: str
    reason: str
    start: int = 0  # in characters of that wording; start = end = 0 means the whole
    end: int = 0
    words: str = ""  # what stands there
    instead: str = ""
    source: str = ""

    @property
    def place(self) -> str:
        """Where, for staff."""
        return _place(self.where)


@dataclass(frozen=True, kw_only=True)
class CheckContext:
    """What a template is checked against."""

    variables: Mapping[str, Variable]
    usage: TemplateUsage
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    lexicon: LexiconChecker | None = None
    common: Mapping[str, str] = field(default_factory=dict)  # variable → value, of the clinic

    def samples(self) -> tuple[dict[str, str], dict[str, str]]:
        """The shortest and the longest example patient: variable → value."""
        shortest = {each.name: "" if each.may_be_empty else each.shortest for each in self.variables.values()}
        longest = {each.name: each.longest for each in self.variables.values()}
        return {**shortest, **self.common}, {**longest, **self.common}


def findings(template: Template, context: CheckContext) -> tuple[Finding, ...]:
    """All findings, the most severe first, then by place."""
    found = [*_text(template, context)]
    for kind, card in (("template_card", template.template_card), ("notice_card", template.notice_card)):
        if card is not None:
            found += _card(kind, card, template, context)
    found += _forbidden(template, context)
    order = list(Severity)
    return tuple(sorted(found, key=lambda each: (order.index(each.severity), each.where != "text", each.where)))


def blocks(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that block publishing."""
    return tuple(each for each in found if each.severity is Severity.BLOCK)


def _text(template: Template, context: CheckContext) -> Iterator[Finding]:
    text = template.text
    if not text.strip():
        yield Finding(severity=Severity.BLOCK, where="text", reason="正文还没有写")
        return
    yield from _variables("text", text, template, context, card=False)
    size = len(text.encode())
    if size > WORDING_BYTES:
        over = (size - WORDING_BYTES) // 3 + 1
        reason = f"正文太长，微信装不下：请再减少约 {over} 个汉字（现在 {size} 字节，最多 {WORDING_BYTES}）"
        yield Finding(severity=Severity.BLOCK, where="text", reason=reason)
    elif (filled := _filled(text, template, context.samples()[1])) and len(filled.encode()) > REPLY_BYTES:
        reason = "填入最长的姓名、地址等之后超过微信一条消息的长度，请缩短一些"
        yield Finding(severity=Severity.WARN, where="text", reason=reason)
    if template.key.endswith("_label") or template.key.startswith("entrance."):
        if "\n" in text:
            yield Finding(severity=Severity.BLOCK, where="text", reason="选项上的字只能是一行")
        if len(text) > LABEL_LENGTH:
            reason = f"选项上的字最好不超过 {LABEL_LENGTH} 个，太长在手机上会折行"
            yield Finding(severity=Severity.WARN, where="text", reason=reason)
    yield from _lexicon_findings("text", text, template.purpose, context, lock_screen=False)


def _card(kind: str, card: Card, template: Template, context: CheckContext) -> Iterator[Finding]:
    binding = context.bindings.get(card.template_id)
    if not card.fields:
        yield Finding(severity=Severity.BLOCK, where=kind, reason="卡片还没有字段")
    if binding is None or not binding.template_id:
        reason = "这张卡片还没有绑定公众号里的模板，暂时不会走这个渠道；请管理员到「模板绑定」里绑定"
        yield Finding(severity=Severity.WARN, where=kind, reason=reason)
    if binding is not None:
        yield from _binding_findings(kind, card, binding)
    for ours, wording in card.fields.items():
        where = f"{kind}.{ours}"
        key = ours if binding is None else binding.theirs(ours)
        if not key:
            continue
        if not wording.strip():
            yield Finding(severity=Severity.BLOCK, where=where, reason="字段是空的，微信会拒收整条消息")
            continue
        if fields.type_of(key) is None:
            yield Finding(severity=Severity.BLOCK, where=where, reason=describe_field(key))
            continue
        problems = list(_variables(where, wording, template, context, card=True))
        yield from problems
        if not any(each.severity is Severity.BLOCK for each in problems):
            yield from _fitting(where, key, wording, template, context)
        yield from _lexicon_findings(where, wording, template.purpose, context, lock_screen=True)


def _binding_findings(kind: str, card: Card, binding: Binding) -> Iterator[Finding]:
    """Compares our fields with those of the account's template, where the platform gave them."""
    expected = Channel.TEMPLATE if kind == "template_card" else Channel.NOTICE
    if binding.kind is not expected:
        yield Finding(severity=Severity.BLOCK, where=kind, reason="绑定的是另一种模板，请换一个")
    if not binding.fields:
        return
    labels = dict(binding.fields)
    sent = {theirs for ours in card.fields if (theirs := binding.theirs(ours))}
    for key, label in binding.fields:
        if key not in sent:
            reason = f"公众号的模板还要「{label}」（{key}），这里没有写，微信会拒收"
            yield Finding(severity=Severity.BLOCK, where=kind, reason=reason)
    for key in sorted(sent - labels.keys()):
        reason = f"公众号的模板里没有 {key} 这个字段"
        yield Finding(severity=Severity.BLOCK, where=kind, reason=reason)


def _variables(where: str, text: str, template: Template, context: CheckContext, *, card: bool) -> Iterator[Finding]:
    for token in TOKEN.finditer(text):
        if token[0] in {"{{", "}}"}:
            continue
        at = {"where": where, "start": token.start(), "end": token.end(), "words": token[0]}
        name = token[1]
        if name is None:
            reason = f"多了一个 {token[0]}：变量写成 {{name}}，要显示花括号请写两个"
            yield Finding(severity=Severity.BLOCK, reason=reason, **at)  # type: ignore[arg-type]
        elif NAME.fullmatch(name) is None or name not in context.variables:
            meant = nearest(name, context.variables, context.usage.variables)
            reason = f"没有 {token[0]} 这个变量"
            instead = f"{{{meant}}}" if meant else ""
            yield Finding(severity=Severity.BLOCK, reason=reason, instead=instead, **at)  # type: ignore[arg-type]
        elif name not in context.usage.variables:
            meaning = context.variables[name].meaning
            severity = Severity.WARN if name in template.fallbacks else Severity.BLOCK
            reason = f"{token[0]}（{meaning}）在这个场合没有内容可填"
            yield Finding(severity=severity, reason=reason, **at)  # type: ignore[arg-type]
        elif context.variables[name].may_be_empty and not template.fallbacks.get(name):
            alone = card and text.strip() == token[0]
            if alone or name not in template.fallbacks:
                reason = f"{token[0]}（{context.variables[name].meaning}）可能是空的，请写上「为空时说什么」"
                severity = Severity.BLOCK if alone else Severity.WARN
                yield Finding(severity=severity, reason=reason, **at)  # type: ignore[arg-type]
        if card and name in REVEALING:
            reason = f"{token[0]} 会显示在锁屏上，旁人可能看出治疗的内容；建议换成「就诊提醒」这类说法"
            yield Finding(severity=Severity.WARN, reason=reason, **at)  # type: ignore[arg-type]


def _fitting(where: str, key: str, wording: str, template: Template, context: CheckContext) -> Iterator[Finding]:
    """Whether the shortest and the longest example fit the field."""
    for sample in reversed(context.samples()):
        filled = _filled(wording, template, sample)
        if filled is None:
            return
        try:
            fitted = fields.fit(key, filled)
        except fields.FieldError:
            reason = field_problem(key, filled)
            yield Finding(severity=Severity.BLOCK, where=where, reason=reason)
            return
        if len(fitted) < len(filled.strip()) and fitted.endswith(fields.ELLIPSIS):
            reason = f"最长的例子放不下，患者会看到「{fitted}」；{describe_field(key)}"
            yield Finding(severity=Severity.WARN, where=where, reason=reason)
            return


def _forbidden(template: Template, context: CheckContext) -> Iterator[Finding]:
    if template.purpose is Purpose.MARKETING:
        if template.template_card is not None:
            reason = "营销内容不得使用模板消息，请去掉模板消息卡片"
            yield Finding(severity=Severity.BLOCK, where="template_card", reason=reason, source="平台规则 5.4")
        if not any(way in template.text for way in WAYS_OUT):
            reason = "营销消息要写明怎样退订，例如「不想再收到，回复「退订」即可」"
            yield Finding(severity=Severity.BLOCK, where="text", reason=reason, source="广告法第四十三条")
    if context.usage.greeting and template.template_card is not None:
        reason = "生日、节日祝福不得使用模板消息，请去掉模板消息卡片"
        yield Finding(severity=Severity.BLOCK, where="template_card", reason=reason, source="平台规则 5.4")


def _lexicon_findings(
    where: str, text: str, purpose: Purpose, context: CheckContext, *, lock_screen: bool
) -> Iterator[Finding]:
    if context.lexicon is None:
        return
    for found in context.lexicon.findings(text, purpose=purpose.value, lock_screen=lock_screen):
        yield Finding(
            severity=Severity(str(found.severity)),
            where=where,
            reason=found.reason,
            start=found.start,
            end=found.end,
            words=found.words,
            instead=found.instead,
            source=found.source,
        )


def _filled(wording: str, template: Template, sample: Mapping[str, str]) -> str | None:
    try:
        return Wording(wording, template.fallbacks).fill(sample, plain=True)
    except WordingError:  # has its own finding
        return None


def nearest(name: str, variables: Mapping[str, Variable], preferred: frozenset[str]) -> str:
    """The variable most like `name`: by its letters, or in Chinese by its meaning; else empty."""
    close = get_close_matches(name, sorted(variables), n=1, cutoff=0.6)
    if close:
        return close[0]
    wanted = name.strip()
    if not wanted or wanted.isascii():
        return ""
    meant = [each for each in variables.values() if wanted in each.meaning]
    meant.sort(key=lambda each: (each.name not in preferred, len(each.meaning)))
    return meant[0].name if meant else ""


def _place(where: str) -> str:
    kind, _, key = where.partition(".")
    cards = {"template_card": Channel.TEMPLATE, "notice_card": Channel.NOTICE}
    name = f"{cards[kind].label}卡片" if kind in cards else {"text": "正文"}.get(kind, kind)
    return f"{name} · {key}" if key else name
