"""Follow-ups that say that a patient is a lead: invited and not here yet, or here and not decided. Pure.

The follow-up is the fact: what colleagues noted (首次联系, 登记未成交, a reason at checkout), or a visit that the
patient cancelled, opens it once, under the key of the cause. The calls of care plans that go on from it have the same
scripts.
"""

from enum import StrEnum

from wxbot.followups.models import FollowUp

INVITES, CANCELLED, UNDECIDED = "invite/", "visit-cancelled/", "undecided/"  # what the keys of their causes begin with
LEAD_SCRIPT, CANCELLED_SCRIPT, UNDECIDED_SCRIPT = "lead", "cancelled", "undecided"  # keys of followups.toml
LEAD_SUBJECT = "lead:"  # what they are derived from, and then the patient: care closes them when it is over
INVITED_SCRIPTS = frozenset({LEAD_SCRIPT, CANCELLED_SCRIPT})
SCRIPTS = INVITED_SCRIPTS | {UNDECIDED_SCRIPT}


class LeadKind(StrEnum):
    """What kind of lead a follow-up makes of its patient."""

    INVITED = "invited"  # 已派单/邀约未上门 (A1-32): invited at the first contact, or cancelled their visit
    UNDECIDED = "undecided"  # 未成交 (A1-08 to A1-14)


def lead_kind(task: FollowUp) -> LeadKind | None:
    """What a follow-up makes of its patient; None of one that was opened for something else."""
    if task.key.startswith(UNDECIDED):
        return LeadKind.UNDECIDED
    return LeadKind.INVITED if task.key.startswith((INVITES, CANCELLED)) else None
