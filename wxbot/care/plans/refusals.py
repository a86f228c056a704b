"""Refusals of the plan workflow, each with a sentence for staff."""

from collections.abc import Sequence

from wxbot.care.plans.findings import PlanFinding
from wxbot.errors import DomainError

MOST_NAMED = 3  # findings, or projects, that a sentence names

OWN_PLAN = "自己写的计划要请另一位同事审批；诊所只有一个人时，可由管理员在设置中允许自己审批"
SAY_WHY = "请写明退回的原因，方便同事修改"
TITLE_MISSING = "请填写计划的名称"
NEVER_PUBLISHED = "这个计划还没有发布过"
ALREADY_PAUSED = "这个计划已经暂停了"
NOT_PAUSED = "这个计划没有暂停"


class PlanError(DomainError):
    """A step of the workflow that cannot be taken now. The sentence says why and what to do."""

    code = "care_plan_refused"
    sentence = "这个计划现在不能这样处理，请刷新后再看。"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence=sentence)


class UnworkableError(PlanError):
    """A plan that cannot work is not submitted, approved or published. `findings` say why."""

    code = "care_plan_unworkable"
    sentence = "还有必须先改好的地方，改好之后才能提交或发布"

    def __init__(self, findings: Sequence[PlanFinding]) -> None:
        named = "；".join(dict.fromkeys(each.sentence for each in findings[:MOST_NAMED]))
        super().__init__(f"还有 {len(findings)} 处必须先改好，改好之后才能提交或发布：{named}")
        self.findings = tuple(findings)


def still_named(projects: Sequence[str]) -> str:
    """Why a plan cannot be retired yet: projects whose aftercare it is."""
    more = f"等 {len(projects)} 个项目" if len(projects) > MOST_NAMED else ""
    return f"还不能停用：{'、'.join(projects[:MOST_NAMED])}{more}的术后关怀还是它。请先在设置的项目里换一个"
