"""What an administrator does for a colleague who lost a password, a phone or a signed-in device."""

from collections.abc import Callable
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import FieldErrors
from wxbot.staff.account_changes import AccountChanges
from wxbot.staff.lockout import devices_of, login_key, places_of
from wxbot.staff.models import Account, AccountId, OneTimePassword
from wxbot.staff.passwords import Passwords, one_time
from wxbot.staff.sessions import Sessions
from wxbot.staff.throttle import Throttle


class AccountRecovery:
    """Each ends the colleague's sessions."""

    def __init__(  # noqa: PLR0913 - all keyword-only
        self,
        *,
        changes: AccountChanges,
        sessions: Sessions,
        passwords: Passwords,
        throttle: Throttle,
        audit: AuditTrail,
        clinic_name: Callable[[], str],
    ) -> None:
        self._changes = changes
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = throttle
        self._audit = audit
        self._clinic_name = clinic_name

    async def reset_password(
        self, account_id: AccountId, *, by: Actor, now: datetime, password: str | None = None
    ) -> OneTimePassword:
        """A new password, shown once; it must be changed. Ends their sessions and every pause after failed tries.

        Raises FieldErrors when a given `password` is too weak.
        """
        by.must("staff:account:edit")
        account = await self._changes.known(account_id)
        if password is not None:
            clinic = self._clinic_name()
            problem = await self._passwords.problem(password, login=account.login, name=account.name, clinic=clinic)
            if problem:
                raise FieldErrors({"password": problem})
        chosen = password if password is not None else one_time()
        fields = {
            "password_hash": await self._passwords.hash(chosen),
            "must_change_password": True,
            "devices_reset": account.devices_reset + 1,
        }
        words = "重置密码，退出其全部登录"
        after = await self._changes.write(by, account, fields, now, AuditAction.STAFF_PASSWORD_RESET, words)
        await self._sessions.close_all(account_id)
        await self._throttle.succeeded(login_key(account.login), f"password:{account.id}")
        await self._throttle.forget(places_of(account.login), devices_of(account.login), f"code:{account.id}")
        return OneTimePassword(account=after, password=chosen)

    async def reset_codes(self, account_id: AccountId, *, by: Actor, now: datetime) -> Account:
        """Take the second factor off an account whose owner lost the phone. Ends their sessions."""
        by.must("staff:account:edit")
        account = await self._changes.known(account_id)
        fields = {"totp_secret": None, "totp_pending": None, "totp_step": 0}
        words = "关闭该账号的动态码，退出其全部登录"
        after = await self._changes.write(by, account, fields, now, AuditAction.STAFF_TOTP_RESET, words)
        await self._sessions.close_all(account_id)
        await self._throttle.forget(f"code:{account.id}")
        return after

    async def sign_out(self, account_id: AccountId, *, by: Actor, now: datetime) -> int:
        """End every session of a colleague; the number ended."""
        by.must("staff:account:edit")
        account = await self._changes.known(account_id)
        words = "退出该账号的全部登录"
        await self._audit.record(AuditAction.STAFF_SESSIONS_ENDED, account.subject, by=by, now=now, summary=words)
        return await self._sessions.close_all(account_id)
