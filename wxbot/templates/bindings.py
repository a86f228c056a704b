"""Cards and the account's own templates: what the platform has, which card stands for which, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import NotFoundError, StaleError
from wxbot.messaging import Channel
from wxbot.templates import fields
from wxbot.templates.field_descriptions import describe_field
from wxbot.templates.models import Binding, Card, Template
from wxbot.templates.ports import AccountTemplate, AccountTemplates
from wxbot.templates.refusals import TemplateError
from wxbot.templates.service import Templates
from wxbot.templates.store import TemplateStore

EDIT = "templates:binding:edit"
READ = "templates:template:read"

_PREFIXES = {Channel.TEMPLATE: "TPL", Channel.NOTICE: "NTC"}


@dataclass(frozen=True, kw_only=True)
class BindingState:
    """A binding, who uses it, and what is wrong with it in words."""

    binding: Binding
    ours: tuple[str, ...]  # the fields our cards fill
    used_by: tuple[str, ...]  # names of templates
    problems: tuple[str, ...]

    @property
    def bound(self) -> bool:
        """Whether messages can travel on it."""
        return bool(self.binding.template_id)


class Bindings:
    """What an admin does with bindings. A change counts at once, in every process within seconds."""

    def __init__(
        self, store: TemplateStore, *, templates: Templates, account: AccountTemplates, audit: AuditTrail
    ) -> None:
        self._store = store
        self._templates = templates
        self._account = account
        self._audit = audit

    async def platform(self, *, by: Actor) -> Sequence[AccountTemplate]:
        """The account's templates and notices. Raises PlatformError when the platform does not tell."""
        by.must(READ)
        return await self._account.template_list()

    async def states(self, platform: Sequence[AccountTemplate] | None = None, *, by: Actor) -> list[BindingState]:
        """Every binding, held against what the platform has (None: it did not tell)."""
        by.must(READ)
        known = None if platform is None else {each.id: each for each in platform}
        return [self._state(binding, known) for binding in await self._store.bindings()]

    async def state(self, name: str, platform: Sequence[AccountTemplate] | None = None, *, by: Actor) -> BindingState:
        """One of them. Raises NotFoundError."""
        found = next((each for each in await self.states(platform, by=by) if each.binding.id == name), None)
        if found is None:
            raise NotFoundError(f"no binding {name!r}")
        return found

    async def bind(  # noqa: PLR0913 - the facts of one change
        self,
        name: str,
        template_id: str,
        field_map: Mapping[str, str],
        *,
        by: Actor,
        now: datetime,
        revision: int,
    ) -> Binding:
        """Let a card stand for that template of the account; an empty id unbinds it.

        Raises:
            TemplateError: the account has no such template, or our fields do not fit its fields.
            PlatformError: the platform does not tell.
            StaleError: somebody else changed it meanwhile.
        """
        by.must(EDIT)
        state = await self.state(name, by=by)
        before = state.binding
        if before.revision != revision:
            raise StaleError(f"binding {name}")
        after = replace(before, template_id="", fields=(), field_map={}, example="")
        if template_id:
            theirs = {each.id: each for each in await self._account.template_list()}.get(template_id)
            if theirs is None:
                raise TemplateError("公众号里没有这个模板，可能刚被删除；请刷新列表再选")
            if theirs.kind is not before.kind:
                raise TemplateError(f"这张卡片要绑定{before.kind.label}，选的是{theirs.kind.label}")
            chosen = {ours: key for ours, key in field_map.items() if ours in state.ours}
            if problems := mismatches(state.ours, chosen, theirs.fields):
                raise TemplateError("；".join(problems))
            after = replace(
                before,
                template_id=theirs.id,
                title=theirs.title,
                fields=theirs.fields,
                field_map=chosen,
                example=theirs.example,
            )
        saved = await self._store.save_binding(replace(after, edited=True, by=by.by, at=now))
        await self._templates.refresh(now, at_once=True)
        words = f"卡片 {name} 绑定到「{after.title}」" if template_id else f"解除了卡片 {name} 的绑定"
        await self._audit.record(
            AuditAction.TEMPLATE_BINDING_CHANGED,
            f"template_binding:{name}",
            by=by,
            now=now,
            summary=words,
            changes={"模板": (before.template_id or "未绑定", after.template_id or "未绑定")},
        )
        return saved

    async def verify(self, *, by: Actor, now: datetime) -> int:
        """Take over titles and fields as the platform tells them today; the number of bindings that changed.

        Raises:
            PlatformError: the platform does not tell.
        """
        by.must(EDIT)
        known = {each.id: each for each in await self._account.template_list()}
        changed = 0
        for binding in await self._store.bindings():
            theirs = known.get(binding.template_id)
            if theirs is None or (theirs.title, theirs.fields, theirs.example) == (
                binding.title,
                binding.fields,
                binding.example,
            ):
                continue
            fresh = replace(binding, title=theirs.title, fields=theirs.fields, example=theirs.example)
            await self._store.save_binding(fresh)
            changed += 1
        if changed:
            await self._templates.refresh(now, at_once=True)
            await self._audit.record(
                AuditAction.TEMPLATE_BINDING_VERIFIED,
                "template_binding:all",
                by=by,
                now=now,
                summary=f"从公众号读取了 {changed} 个模板的标题和字段",
            )
        return changed

    async def add(self, template_id: str, *, by: Actor, now: datetime) -> Binding:
        """A new card for a template of the account, under its own field keys; new templates may then use it.

        Raises:
            TemplateError: the account has no such template.
        """
        by.must(EDIT)
        theirs = {each.id: each for each in await self._account.template_list()}.get(template_id)
        if theirs is None:
            raise TemplateError("公众号里没有这个模板，可能刚被删除；请刷新列表再选")
        there = {each.id: each for each in await self._store.bindings()}
        for binding in there.values():
            if binding.template_id == template_id:
                return binding
        prefix, number = _PREFIXES[theirs.kind], 1
        while f"{prefix}_{number}" in there:
            number += 1
        new = Binding(
            id=f"{prefix}_{number}",
            kind=theirs.kind,
            template_id=theirs.id,
            title=theirs.title,
            fields=theirs.fields,
            example=theirs.example,
            edited=True,
            by=by.by,
            at=now,
            revision=0,
        )
        saved = await self._store.save_binding(new)
        await self._templates.refresh(now, at_once=True)
        await self._audit.record(
            AuditAction.TEMPLATE_BINDING_ADDED,
            f"template_binding:{new.id}",
            by=by,
            now=now,
            summary=f"为「{theirs.title}」新建卡片 {new.id}",
        )
        return saved

    def _state(self, binding: Binding, platform: Mapping[str, AccountTemplate] | None) -> BindingState:
        users = [each for each in self._templates.all() if _card_on(each, binding.id) is not None]
        ours = tuple(dict.fromkeys(key for each in users for key in _fields_on(each, binding.id)))
        problems: list[str] = []
        theirs = binding.fields
        if not binding.template_id:
            problems.append("还没有绑定，用它的消息会改走其他渠道或请同事打电话")
        elif platform is not None:
            found = platform.get(binding.template_id)
            if found is None:
                problems.append("公众号里已经没有这个模板，请重新绑定")
            else:
                theirs = found.fields
        if binding.template_id and theirs:
            for user in users:
                told = mismatches(tuple(_fields_on(user, binding.id)), binding.field_map, theirs)
                problems += [f"「{user.name or user.key}」：{each}" for each in told]
        names = tuple(each.name or each.key for each in users)
        return BindingState(binding=binding, ours=ours, used_by=names, problems=tuple(problems))


def mismatches(ours: Sequence[str], field_map: Mapping[str, str], theirs: Sequence[tuple[str, str]]) -> list[str]:
    """What keeps a card with our fields from being taken by a template with theirs, in words for staff. Pure."""
    labels = dict(theirs)
    sent: dict[str, str] = {}
    problems: list[str] = []
    for key in ours:
        target = field_map.get(key, key)
        if not target:
            continue
        if target not in labels:
            problems.append(f"我们的 {key} 对应的 {target} 不在公众号的模板里，请选择一个字段，或选「不发送」")
        elif target in sent:
            problems.append(f"{labels[target]}（{target}）对应了两个字段")
        elif not _carries(key, target):
            problems.append(f"{key} 的内容放不进{labels[target]}（{target}）：{describe_field(target)}")
        sent[target] = key
    problems += [
        f"公众号的模板还要「{label}」（{key}），没有内容可发，微信会拒收" for key, label in theirs if key not in sent
    ]
    return problems


def proposal(ours: Sequence[str], theirs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The likeliest field map: the same key, else the next free field that carries the same kind. Pure."""
    free = [key for key, _ in theirs]
    chosen = {key: key for key in ours if key in free}
    left = [key for key in free if key not in chosen]
    for key in ours:
        if key not in chosen:
            target = next((each for each in left if _carries(key, each)), "")
            chosen[key] = target
            if target:
                left.remove(target)
    return chosen


def _carries(ours: str, theirs: str) -> bool:
    """Whether what fits our field fits theirs as well."""
    kind, target = fields.type_of(ours), fields.type_of(theirs)
    if kind is None or target is None:
        return False
    moments = {fields.TYPES["time"], fields.TYPES["date"]}
    return kind == target or {kind, target} <= moments or (target.form is None and target.limit >= kind.limit)


def _card_on(template: Template, name: str) -> Card | None:
    cards = (template.template_card, template.notice_card)
    return next((card for card in cards if card is not None and card.template_id == name), None)


def _fields_on(template: Template, name: str) -> tuple[str, ...]:
    card = _card_on(template, name)
    return tuple(card.fields) if card is not None else ()
