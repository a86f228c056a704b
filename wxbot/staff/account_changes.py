"""A change of a colleague's account: noted in the audit first, then made; one administrator always stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.staff.models import Account, AccountId
from wxbot.staff.permissions import Role
from wxbot.staff.store import StaffStore

LAST_ADMIN = "至少要有一位启用中的管理员。请先让另一位同事成为管理员。"


class AccountChanges:
    """What every change of an account has in common."""

    def __init__(self, store: StaffStore, audit: AuditTrail) -> None:
        self._store = store
        self._audit = audit

    async def known(self, account_id: AccountId) -> Account:
        """The account. Raises NotFoundError."""
        found = await self._store.account(account_id)
        if found is None:
            raise NotFoundError
        return found

    async def write(  # noqa: PLR0913, PLR0917 - a change and its entry
        self,
        by: Actor,
        before: Account,
        fields: dict[str, Any],
        now: datetime,
        action: AuditAction,
        words: str,
        *,
        changes: Mapping[str, tuple[str, str]] | None = None,
        steps_down: bool = False,
    ) -> Account:
        """Note the change, then make it where the revision still stands. Raises StaleError, FieldErrors."""
        leaves = steps_down and before.role is Role.ADMIN and not before.disabled
        if leaves and not await self._store.another_admin(before.id):
            raise FieldErrors({"": LAST_ADMIN})
        await self._audit.record(action, before.subject, by=by, now=now, summary=words, changes=changes)
        whole = {**fields, "changed_at": now, "changed_by": by.by}
        if leaves:
            another, after = await self._store.step_down(before, whole)
            if not another:
                raise FieldErrors({"": LAST_ADMIN})
        else:
            after = await self._store.change(before.id, {"revision": before.revision}, whole, edited=True)
        if after is None:
            raise StaleError
        return after
