"""One's own account: password, second factor, sessions. Their WeChat is in `wechat_binding`."""

from collections.abc import Callable
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.models import Entry
from wxbot.audit.service import AuditTrail
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.staff.codes import accepted_step, new_secret, uri
from wxbot.staff.models import Account, AccountId, Enrolment, Session
from wxbot.staff.passwords import Passwords
from wxbot.staff.sessions import Sessions
from wxbot.staff.store import StaffStore
from wxbot.staff.throttle import Throttle

PERMISSION = "me:account:edit"


def codes_key(account: Account) -> str:
    """Under which codes are counted that are asked for inside a session, apart from those at signing in."""
    return f"code:{account.id}:inside"


LOOKED_AT, SHOWN = 200, 8  # entries of an account, most of them sign-ins; changes on its page
CREDENTIAL_CHANGES = frozenset(
    action.value
    for action in (
        AuditAction.STAFF_CREATED,
        AuditAction.STAFF_EDITED,
        AuditAction.STAFF_DISABLED,
        AuditAction.STAFF_ENABLED,
        AuditAction.STAFF_PASSWORD_RESET,
        AuditAction.STAFF_PASSWORD_CHANGED,
        AuditAction.STAFF_TOTP_ENABLED,
        AuditAction.STAFF_TOTP_DISABLED,
        AuditAction.STAFF_TOTP_RESET,
        AuditAction.STAFF_LOCKED,
        AuditAction.STAFF_WECHAT_BOUND,
        AuditAction.STAFF_WECHAT_REJECTED,
        AuditAction.STAFF_WECHAT_UNBOUND,
    )
)


class SelfService:
    """What somebody does with their own account. `real` is real time, for sessions and codes."""

    def __init__(  # noqa: PLR0913 - one of each, all keyword-only
        self,
        *,
        store: StaffStore,
        sessions: Sessions,
        passwords: Passwords,
        throttle: Throttle,
        audit: AuditTrail,
        clinic_name: Callable[[], str],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = throttle
        self._audit = audit
        self._clinic_name = clinic_name

    async def account(self, *, by: Actor) -> Account:
        """One's own account. Raises NotFoundError for actors without one."""
        found = await self._store.account(AccountId(by.id))
        if found is None:
            raise NotFoundError
        return found

    async def credential_changes(self, *, by: Actor) -> list[Entry]:
        """How one's password, second factor, WeChat, role and account were changed lately and by whom, newest first.

        So that whoever did not do it notices (ASVS 2.2.3, 2.5.5).
        """
        by.must(PERMISSION)
        account = await self.account(by=by)
        entries = await self._audit.of_subject(account.subject, LOOKED_AT)
        return [entry for entry in entries if entry.action in CREDENTIAL_CHANGES][:SHOWN]

    # -- password ------------------------------------------------------------------------------------------

    async def change_password(  # noqa: PLR0913 - two passwords, two clocks
        self, old: str, new: str, *, by: Actor, now: datetime, session_id: str, real: datetime
    ) -> None:
        """Change it and end every other session.

        Raises:
            FieldErrors: the old one is wrong (`old`) or the new one is not good enough (`new`).
            SignInRefusedError: the old one was wrong too often.
        """
        by.must(PERMISSION)
        account = await self.account(by=by)
        await self._prove(account, old, "old", real)
        problem = await self._passwords.problem(new, login=account.login, name=account.name, clinic=self._clinic_name())
        if not problem and await self._passwords.fits(account.password_hash, new):
            problem = "新密码不能和现在的一样。"
        if problem:
            raise FieldErrors({"new": problem})
        changed = await self._store.change(
            account.id,
            {"password_hash": account.password_hash},
            {
                "password_hash": await self._passwords.hash(new),
                "must_change_password": False,
                "devices_reset": account.devices_reset + 1,
            },
        )
        if changed is None:
            raise StaleError
        await self._sessions.close_all(account.id, but=session_id)
        await self._audit.record(
            AuditAction.STAFF_PASSWORD_CHANGED,
            account.subject,
            by=by,
            now=now,
            summary="修改了自己的密码，其他登录已退出",
        )

    # -- second factor -------------------------------------------------------------------------------------

    async def begin_codes(self, *, by: Actor, anew: bool = False) -> Enrolment:
        """A secret for the authenticator; asked for at sign-in only after a first code confirmed it.

        `anew`: another than was shown before. Who saw the earlier one over somebody's shoulder has nothing of it.
        """
        by.must(PERMISSION)
        account = await self.account(by=by)
        if account.totp_secret is not None:
            raise FieldErrors({"": "动态码已经开启。如要换手机，请先关闭再重新开启。"})
        before = account.totp_pending
        secret = before if before is not None and not anew else new_secret()
        if secret != before:
            kept = await self._store.change(
                account.id, {"totp_pending": before, "totp_secret": None}, {"totp_pending": secret}
            )
            secret = secret if kept else (await self.account(by=by)).totp_pending or secret
        return Enrolment(secret=secret, uri=uri(secret, login=account.login, clinic=self._clinic_name()))

    async def confirm_codes(self, password: str, code: str, *, by: Actor, now: datetime, real: datetime) -> None:
        """Switch the second factor on with its first code; the password proves who asks.

        Raises:
            FieldErrors: the `password` or the `code` is wrong.
            SignInRefusedError: either was wrong too often.
        """
        by.must(PERMISSION)
        account = await self.account(by=by)
        pending = account.totp_pending
        if pending is None or account.totp_secret is not None:
            raise FieldErrors({"": "请先用验证器扫描二维码。"})
        await self._prove(account, password, "password", real)
        key = codes_key(account)
        await self._throttle.count(key, real)
        step = accepted_step(pending, code, real, after=0)
        if step is None:
            raise FieldErrors(
                {"code": "动态码不对。请确认手机时间准确，再输入验证器里最新的 6 位数字；刷新过页面的，要重新扫一次。"}
            )
        fields = {"totp_secret": pending, "totp_pending": None, "totp_step": step}
        if await self._store.change(account.id, {"totp_pending": pending, "totp_secret": None}, fields) is None:
            raise StaleError
        await self._throttle.succeeded(key)
        await self._audit.record(
            AuditAction.STAFF_TOTP_ENABLED, account.subject, by=by, now=now, summary="开启了动态码"
        )

    async def end_codes(self, password: str, code: str, *, by: Actor, now: datetime, real: datetime) -> None:
        """Switch it off; password and code prove who asks. Who lost the phone asks an administrator.

        Raises:
            FieldErrors: the `password` or the `code` is wrong.
            SignInRefusedError: either was wrong too often.
        """
        by.must(PERMISSION)
        account = await self.account(by=by)
        secret = account.totp_secret
        if secret is None:
            raise FieldErrors({"": "动态码没有开启。"})
        await self._prove(account, password, "password", real)
        key = codes_key(account)
        await self._throttle.count(key, real)
        step = accepted_step(secret, code, real, after=account.totp_step)
        if step is None or not await self._store.accept_code(account.id, secret, step):
            raise FieldErrors({"code": "动态码不对或已用过，请输入验证器里最新的 6 位数字。"})
        await self._throttle.succeeded(key)
        fields = {"totp_secret": None, "totp_pending": None, "totp_step": 0}
        if await self._store.change(account.id, {"totp_secret": secret}, fields) is None:
            raise StaleError
        await self._audit.record(
            AuditAction.STAFF_TOTP_DISABLED, account.subject, by=by, now=now, summary="关闭了动态码"
        )

    # -- sessions ------------------------------------------------------------------------------------------

    async def sessions(self, real: datetime, *, by: Actor) -> list[Session]:
        """Where one is signed in, the latest first."""
        by.must(PERMISSION)
        return await self._sessions.of(AccountId(by.id), real)

    async def end_session(self, session_id: str, *, by: Actor, now: datetime) -> None:
        """End one of one's own sessions; one that is gone already is fine."""
        by.must(PERMISSION)
        if await self._sessions.close_one(AccountId(by.id), session_id):
            await self._audit.record(
                AuditAction.STAFF_SESSION_ENDED, by.by, by=by, now=now, summary="退出了自己的一处登录"
            )

    async def sign_out_everywhere(self, *, by: Actor, now: datetime) -> int:
        """End every session of one's own, this one too; the number ended."""
        by.must(PERMISSION)
        ended = await self._sessions.close_all(AccountId(by.id))
        await self._audit.record(
            AuditAction.STAFF_SIGNED_OUT, by.by, by=by, now=now, summary=f"退出了全部 {ended} 处登录"
        )
        return ended

    async def _prove(self, account: Account, password: str, field: str, real: datetime) -> None:
        """The password once more; wrong ones are counted apart from those at signing in, which must stay possible."""
        key = f"password:{account.id}"
        await self._throttle.count(key, real)
        if not await self._passwords.fits(account.password_hash, password):
            raise FieldErrors({field: "密码不对，请重新输入。"})
        await self._throttle.succeeded(key)
