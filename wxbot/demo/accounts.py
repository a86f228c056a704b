"""The demo's staff: one account per role, known to everybody, seeded once and shown on the sign-in page."""

from datetime import datetime

from wxbot.actors import SYSTEM
from wxbot.errors import FieldErrors
from wxbot.staff.models import ConsultantTeam
from wxbot.staff.permissions import ROLE_NAMES, Role
from wxbot.staff.service import Staff

PASSWORD = "welcome-to-the-demo"  # noqa: S105 - valid in the demo only
NAMES = {
    Role.ADMIN: "小周",
    Role.MANAGER: "林主管",
    Role.CONSULTANT: "苏咨询",
    Role.RECEPTION: "小陈",
    Role.CLINICIAN: "方护士",
}
SHOWN = tuple((role.value, PASSWORD, ROLE_NAMES[role]) for role in Role)  # login, password, role


async def seed_accounts(staff: Staff, now: datetime) -> int:
    """Create the accounts that are not there; the number created. What a visitor changed stays as it is."""
    known = {account.login for account in await staff.accounts(by=SYSTEM)}
    made = 0
    for role, name in NAMES.items():
        if role.value in known:
            continue
        team = ConsultantTeam.ONLINE if role is Role.CONSULTANT else None
        try:
            await staff.create(by=SYSTEM, login=role.value, name=name, role=role, team=team, now=now, password=PASSWORD)
        except FieldErrors:
            continue  # a second demo over the same database was faster
        made += 1
    return made
