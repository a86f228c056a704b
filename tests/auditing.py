"""An audit trail over the test's database, and somebody at the front desk whose actions it notes."""

from datetime import UTC
from typing import Any

from tests.encryption import KEYS
from wxbot.actors import Actor
from wxbot.audit.models import Entry, Filter
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.database import ConnectionFailure, Database
from wxbot.staff.permissions import Role, permissions_of

RECEPTION = Actor(id="7", name="前台小李", permissions=permissions_of(Role.RECEPTION))
NOBODY = Actor(id="0", name="无权限", permissions=frozenset())


def audit_of(database: Database) -> AuditTrail:
    """The trail over that database, its days in UTC."""
    return AuditTrail(AuditStore(database), timezone=UTC, keys=KEYS)


async def entries(database: Database, action: str = "") -> list[Entry]:
    """What the trail holds (of one action, where given), newest first."""
    return await AuditStore(database).page(Filter(action=action), before=None, limit=100)


class UnwritableAudit:
    """An audit trail that cannot be written: the process dies there."""

    async def record(self, *_: Any, **__: Any) -> None:
        raise ConnectionFailure("the audit does not answer")
