"""The stages of a template's draft: every action with the stages it needs, the stage it leads to, its permission. Pure.

A published version never changes; retiring a template and offering it again do not touch the draft.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from wxbot.templates.records import Stage
from wxbot.workflow import Transition

READ = "templates:template:read"
EDIT = "templates:template:edit"
APPROVE = "templates:template:approve"
PUBLISH = "templates:template:publish"

NO_DRAFT = "没有草稿，请先修改内容"
NOT_SUBMITTABLE = "这份草稿已经提交过了，请刷新后再看"
NOT_WAITING = "这份草稿不在待审批状态，请刷新后再看"
NOT_APPROVED = "审批通过之后才能发布"


class TemplateAction(StrEnum):
    """What is done to a draft."""

    CREATED = "created"  # with the template
    DRAFTED = "drafted"
    DISCARDED = "discarded"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    PUBLISHED = "published"


_S, _A = Stage, TemplateAction
_ANY = frozenset({_S.DRAFT, _S.WAITING, _S.RETURNED, _S.APPROVED})  # with a draft


TRANSITIONS: Mapping[TemplateAction, Transition[Stage]] = MappingProxyType(
    {
        _A.CREATED: Transition(from_states=frozenset(), to=_S.DRAFT, permission=EDIT),
        _A.DRAFTED: Transition(from_states=_ANY | {_S.NONE}, to=_S.DRAFT, permission=EDIT),
        _A.DISCARDED: Transition(from_states=_ANY, to=_S.NONE, permission=EDIT, refusal=NO_DRAFT),
        _A.SUBMITTED: Transition(
            from_states=frozenset({_S.DRAFT, _S.RETURNED}), to=_S.WAITING, permission=EDIT, refusal=NOT_SUBMITTABLE
        ),
        _A.APPROVED: Transition(
            from_states=frozenset({_S.WAITING}), to=_S.APPROVED, permission=APPROVE, refusal=NOT_WAITING
        ),
        _A.RETURNED: Transition(
            from_states=frozenset({_S.WAITING, _S.APPROVED}), to=_S.RETURNED, permission=APPROVE, refusal=NOT_WAITING
        ),
        _A.PUBLISHED: Transition(
            from_states=frozenset({_S.APPROVED}), to=_S.NONE, permission=PUBLISH, refusal=NOT_APPROVED
        ),
    }
)
