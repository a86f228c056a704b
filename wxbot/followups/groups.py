"""Which group of colleagues an account belongs to, by whose goals its work is measured (A1-01 to A1-05). Pure."""

from wxbot.followups.attempt_models import Group
from wxbot.staff.models import Account, ConsultantTeam
from wxbot.staff.permissions import Role


def group_of(account: Account) -> Group:
    """现场咨询, 客服 or 网电; a consultant of no team works on site."""
    if account.role is Role.CONSULTANT:
        return Group.ONLINE if account.team is ConsultantTeam.ONLINE else Group.ONSITE
    return Group.DESK if account.role is Role.RECEPTION else Group.OTHERS
