"""Approval: nobody who had a hand in a text approves it, unless the clinic's setting allows self-approval. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from wxbot.actors import Actor
from wxbot.errors import DomainError


class SelfApprovalError(DomainError):
    """An author may not approve their own work."""

    code = "self_approval"
    sentence = "自己写的内容要请另一位同事审批。"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence=sentence)


@dataclass(frozen=True, kw_only=True)
class ApprovalRule:
    """Who may approve. `self_approval` is the setting for a clinic of one person; `refusal` is what an author reads."""

    self_approval: bool
    refusal: str

    def is_self_approval(self, authors: Collection[str], *, by: Actor) -> bool:
        """Whether the approver is one of the authors (`staff:<id>`), which the audit must then say.

        Raises:
            SelfApprovalError: they are, and the setting does not allow it.
        """
        if by.by not in authors:
            return False
        if not self.self_approval:
            raise SelfApprovalError(self.refusal)
        return True
