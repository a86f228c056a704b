"""One's own account: password, second factor, sessions, WeChat."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from wxbot.actors import SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.database import DuplicateKeyError
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.staff.codes import accepted_step, new_secret, uri
from wxbot.staff.models import Account, AccountId, Enrolment, Session
from wxbot.staff.passwords import Passwords, problem_of
from wxbot.staff.sessions import Sessions
from wxbot.staff.store import StaffStore
from wxbot.staff.throttle import Throttle

PERMISSION = "me:account:edit"
BINDING_WITHIN = timedelta(minutes=10)  # a code on the screen; then a new one
SCENE_PREFIX = "staff_"  # of the scene string in the QR code
TAKEN = "这个微信已绑定在另一个员工账号上。请先在那个账号里解除绑定。"
SCAN_AGAIN = "这个绑定码已失效，请在后台「我的账号」里刷新后再扫。"


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
        problem = problem_of(new, login=account.login, name=account.name, clinic=self._clinic_name())
        if not problem and await self._passwords.fits(account.password_hash, new):
            problem = "新密码不能和现在的一样。"
        if problem:
            raise FieldErrors({"new": problem})
        changed = await self._store.change(
            account.id,
            {"password_hash": account.password_hash},
            {"password_hash": await self._passwords.hash(new), "must_change_password": False},
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

    async def begin_codes(self, *, by: Actor) -> Enrolment:
        """A secret for the authenticator; asked for at sign-in only after a first code confirmed it."""
        by.must(PERMISSION)
        account = await self.account(by=by)
        if account.totp_secret is not None:
            raise FieldErrors({"": "动态码已经开启。如要换手机，请先关闭再重新开启。"})
        secret = account.totp_pending
        if secret is None:
            secret = new_secret()
            kept = await self._store.change(account.id, {"totp_pending": None}, {"totp_pending": secret})
            secret = secret if kept else (await self.account(by=by)).totp_pending or secret
        return Enrolment(secret=secret, uri=uri(secret, login=account.login, clinic=self._clinic_name()))

    async def confirm_codes(self, code: str, *, by: Actor, now: datetime, real: datetime) -> None:
        """Switch the second factor on with its first code. Raises FieldErrors (`code`)."""
        by.must(PERMISSION)
        account = await self.account(by=by)
        pending = account.totp_pending
        if pending is None:
            raise FieldErrors({"": "请先用验证器扫描二维码。"})
        step = accepted_step(pending, code, real, after=0)
        if step is None:
            raise FieldErrors({"code": "动态码不对。请确认手机时间准确，再输入验证器里最新的 6 位数字。"})
        fields = {"totp_secret": pending, "totp_pending": None, "totp_step": step}
        if await self._store.change(account.id, {"totp_pending": pending}, fields) is None:
            raise StaleError
        await self._audit.record(
            AuditAction.STAFF_TOTP_ENABLED, account.subject, by=by, now=now, summary="开启了动态码"
        )

    async def end_codes(self, password: str, *, by: Actor, now: datetime, real: datetime) -> None:
        """Switch it off; the password proves who asks. Raises FieldErrors (`password`)."""
        by.must(PERMISSION)
        account = await self.account(by=by)
        await self._prove(account, password, "password", real)
        fields = {"totp_secret": None, "totp_pending": None, "totp_step": 0}
        await self._store.change(account.id, {}, fields)
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

    # -- WeChat --------------------------------------------------------------------------------------------

    async def start_binding(self, *, by: Actor, now: datetime) -> str:
        """A scene string for the QR code on one's screen: `staff_<random>`, good once, for ten minutes."""
        by.must(PERMISSION)
        account = await self.account(by=by)
        scene = SCENE_PREFIX + secrets.token_hex(16)  # letters and digits, 38 characters (reference §7.5: at most 64)
        fields = {"binding_scene": scene, "binding_until": now + BINDING_WITHIN}
        await self._store.change(account.id, {}, fields)
        return scene

    async def bind(self, scene: str, openid: str, now: datetime) -> Account:
        """The code was scanned: that WeChat is theirs. A second push of the same scan answers the same.

        Raises:
            FieldErrors: the code is unknown, used or too old, or the WeChat is another account's.
        """
        account = await self._store.by_scene(scene)
        if account is None or account.disabled or account.binding_until is None or account.binding_until <= now:
            raise FieldErrors({"": SCAN_AGAIN})
        if account.bound_at is not None and account.bound_at >= account.binding_until - BINDING_WITHIN:  # it was used
            if account.openid == openid:
                return account
            raise FieldErrors({"": SCAN_AGAIN})
        try:
            bound = await self._store.change(
                account.id,
                {"binding_scene": scene, "openid": account.openid, "bound_at": account.bound_at},
                {"openid": openid, "bound_at": now},
            )
        except DuplicateKeyError:
            raise FieldErrors({"": TAKEN}) from None
        if bound is None:
            return await self.bind(scene, openid, now)  # somebody was faster; look again at what stands now
        await self._audit.record(
            AuditAction.STAFF_WECHAT_BOUND, bound.subject, by=bound.actor, now=now, summary="绑定了自己的微信"
        )
        return bound

    async def unbind(self, *, by: Actor, now: datetime) -> None:
        """Forget one's own WeChat."""
        by.must(PERMISSION)
        account = await self.account(by=by)
        fields = {"openid": None, "bound_at": None, "binding_scene": None, "binding_until": None}
        await self._store.change(account.id, {}, fields)
        if account.openid is not None:
            await self._audit.record(
                AuditAction.STAFF_WECHAT_UNBOUND, account.subject, by=by, now=now, summary="解除了微信绑定"
            )

    async def forget(self, openid: str, now: datetime) -> None:
        """Somebody left WeChat and is erased: no account keeps their openid. Repeating it changes nothing."""
        account = await self._store.by_openid(openid)
        if account is None:
            return
        words = "该微信已取消关注并删除，绑定随之解除"
        await self._audit.record(AuditAction.STAFF_WECHAT_UNBOUND, account.subject, by=SYSTEM, now=now, summary=words)
        fields = {"openid": None, "bound_at": None, "binding_scene": None, "binding_until": None}
        await self._store.change(account.id, {"openid": openid}, fields)

    async def _prove(self, account: Account, password: str, field: str, real: datetime) -> None:
        """The password once more; wrong ones are counted apart from those at signing in, which must stay possible."""
        key = f"password:{account.id}"
        await self._throttle.count(key, real)
        if not await self._passwords.fits(account.password_hash, password):
            raise FieldErrors({field: "密码不对，请重新输入。"})
        await self._throttle.succeeded(key)
