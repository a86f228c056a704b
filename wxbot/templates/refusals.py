"""Refusals of the template workflow, each with a sentence for staff."""

from collections.abc import Sequence

from wxbot.errors import DomainError
from wxbot.templates.checks import Finding

MOST_NAMED = 3  # findings, or users of a template, that a sentence names


class TemplateError(DomainError):
    """A step that cannot be taken now. The sentence says why and what to do."""

    code = "template_refused"
    sentence = "这个模板现在不能这样处理，请刷新后再看。"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence=sentence)


class UnsendableError(TemplateError):
    """A template that cannot be sent is not submitted, approved or published. `findings` say why."""

    code = "template_unsendable"
    sentence = "还有必须先改好的地方，改好之后才能提交或发布"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        named = "；".join(f"{each.place}：{each.reason}" for each in findings[:MOST_NAMED])
        super().__init__(f"还有 {len(findings)} 处必须先改好，改好之后才能提交或发布：{named}")
        self.findings = findings


OWN_TEMPLATE = "自己写的模板要请另一位同事审批；诊所只有一个人时，可由管理员在设置中允许自己审批"
SAY_WHY = "请写明退回的原因，方便同事修改"
STILL_NEEDED = "这个模板是系统必需的，可以改写，不能停用"
NAME_MISSING = "请填写模板的名称"


def still_used(users: Sequence[str]) -> str:
    """Why a template cannot be retired yet: what uses it, by name, and what to do."""
    more = f"等 {len(users)} 项" if len(users) > MOST_NAMED else ""
    return f"还不能停用：{'、'.join(users[:MOST_NAMED])}{more}还在用这个模板。请等它结束，或换一个模板后再停用"
