"""The stages of a plan's draft: every action with the stages it needs, the stage it leads to, its permission. Pure.

A published version never changes; pausing and retiring a plan do not touch the draft.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from wxbot.templates.records import Stage
from wxbot.workflow import Transition

READ = "care:plan:read"
EDIT = "care:plan:edit"
APPROVE = "care:plan:approve"
PUBLISH = "care:plan:publish"

NO_DRAFT = "没有草稿，请先修改计划"
NOT_SUBMITTABLE = "这份草稿已经提交过了，请刷新后再看"
NOT_WAITING = "这份草稿不在待审批状态，请刷新后再看"
NOT_APPROVED = "审批通过之后才能发布"


class PlanAction(StrEnum):
    """What is done to a draft."""

    CREATED = "created"  # with the plan
    DRAFTED = "drafted"
    DISCARDED = "discarded"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    PUBLISHED = "published"


_S, _A = Stage, PlanAction
_ANY = frozenset({_S.DRAFT, _S.WAITING, _S.RETURNED, _S.APPROVED})  # with a draft


TRANSITIONS: Mapping[PlanAction, Transition[Stage]] = MappingProxyType(
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
