"""A colleague's own WeChat: the code on their screen is scanned, they see by whom, and say that it was they."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from wxbot.actors import SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.database import DuplicateKeyError
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.staff.models import Account, AccountId
from wxbot.staff.store import StaffStore

PERMISSION = "me:account:edit"
BINDING_WITHIN = timedelta(minutes=10)  # a code on the screen; then a new one. As long again to say that it was oneself
SCENE_PREFIX = "staff_"  # of the scene string in the QR code
TAIL = 4  # characters of an openid that tell two people at one desk apart
TAKEN = "这个微信已绑定在另一个员工账号上。请先在那个账号里解除绑定。"
SCAN_AGAIN = "这个绑定码已失效，请在后台「我的账号」里刷新后再扫。"

_NONE: Mapping[str, Any] = {
    "binding_scene": None,
    "binding_until": None,
    "binding_openid": None,
    "binding_scanned_at": None,
}


def tail_of(openid: str) -> str:
    """The end of an openid, which both the phone and the screen show."""
    return openid[-TAIL:]


def mark_of(openid: str) -> str:
    """What the form that confirms carries, so that nobody confirms another WeChat than the page showed."""
    return sha256(openid.encode()).hexdigest()[:32]


class WeChatBinding:
    """Nothing is bound by scanning alone: who photographs a colleague's screen would be bound in their place."""

    def __init__(self, store: StaffStore, audit: AuditTrail) -> None:
        self._store = store
        self._audit = audit

    async def start(self, *, by: Actor, now: datetime) -> str:
        """A scene string for the QR code on one's screen: `staff_<random>`, good once, for ten minutes."""
        by.must(PERMISSION)
        account = await self._own(by)
        scene = SCENE_PREFIX + secrets.token_hex(16)  # letters and digits, 38 characters (reference §7.5: at most 64)
        fields = {**_NONE, "binding_scene": scene, "binding_until": now + BINDING_WITHIN}
        await self._store.change(account.id, {}, fields)
        return scene

    async def scanned(self, scene: str, openid: str, now: datetime) -> Account:
        """The code was scanned: its owner is asked whether that WeChat is theirs. A second push answers the same.

        Raises:
            FieldErrors: the code is unknown, used or too old, or the WeChat is another account's.
        """
        account = await self._store.by_scene(scene)
        if account is None or account.disabled or account.binding_until is None or account.binding_until <= now:
            raise FieldErrors({"": SCAN_AGAIN})
        if account.binding_openid is not None:
            if account.binding_openid == openid:
                return account
            raise FieldErrors({"": SCAN_AGAIN})
        holder = await self._store.by_openid(openid)
        if holder is not None and holder.id != account.id:
            raise FieldErrors({"": TAKEN})
        waiting = await self._store.change(
            account.id,
            {"binding_scene": scene, "binding_openid": None},
            {"binding_openid": openid, "binding_scanned_at": now, "binding_until": now + BINDING_WITHIN},
        )
        if waiting is None:
            return await self.scanned(scene, openid, now)  # somebody was faster; look again at what stands now
        return waiting

    async def confirm(self, mark: str, *, by: Actor, now: datetime) -> Account:
        """It was me. `mark` is `mark_of` the WeChat that the page showed.

        Raises:
            FieldErrors: nobody scanned in time, or the WeChat is another account's by now.
            StaleError: another WeChat than that waits.
        """
        by.must(PERMISSION)
        account = await self._own(by)
        openid, until = account.binding_openid, account.binding_until
        if openid is None or until is None or until <= now:
            raise FieldErrors({"": SCAN_AGAIN})
        if not hmac.compare_digest(mark_of(openid), mark):
            raise StaleError
        where = {"binding_scene": account.binding_scene, "binding_openid": openid}
        try:
            bound = await self._store.change(account.id, where, {**_NONE, "openid": openid, "bound_at": now})
        except DuplicateKeyError:
            raise FieldErrors({"": TAKEN}) from None
        if bound is None:
            raise StaleError
        words = f"绑定了自己的微信（编号末 {TAIL} 位 {tail_of(openid)}）"
        await self._audit.record(AuditAction.STAFF_WECHAT_BOUND, bound.subject, by=by, now=now, summary=words)
        return bound

    async def reject(self, *, by: Actor, now: datetime) -> None:
        """It was somebody else: the code is void, and the audit says so. Without anybody waiting nothing happens."""
        by.must(PERMISSION)
        account = await self._own(by)
        openid = account.binding_openid
        await self._store.change(account.id, {}, _NONE)
        if openid is not None:
            words = f"拒绝了一次微信绑定：扫码的不是本人（编号末 {TAIL} 位 {tail_of(openid)}）"
            action = AuditAction.STAFF_WECHAT_REJECTED
            await self._audit.record(action, account.subject, by=by, now=now, summary=words)

    async def unbind(self, *, by: Actor, now: datetime) -> None:
        """Forget one's own WeChat."""
        by.must(PERMISSION)
        account = await self._own(by)
        await self._store.change(account.id, {}, {**_NONE, "openid": None, "bound_at": None})
        if account.openid is not None:
            await self._audit.record(
                AuditAction.STAFF_WECHAT_UNBOUND, account.subject, by=by, now=now, summary="解除了微信绑定"
            )

    async def forget(self, openid: str, now: datetime) -> None:
        """Somebody left WeChat and is erased: no account keeps their openid. Repeating it changes nothing."""
        await self._store.forget_scanned(openid)
        account = await self._store.by_openid(openid)
        if account is None:
            return
        words = "该微信已取消关注并删除，绑定随之解除"
        await self._audit.record(AuditAction.STAFF_WECHAT_UNBOUND, account.subject, by=SYSTEM, now=now, summary=words)
        await self._store.change(account.id, {"openid": openid}, {**_NONE, "openid": None, "bound_at": None})

    async def _own(self, by: Actor) -> Account:
        found = await self._store.account(AccountId(by.id))
        if found is None:
            raise NotFoundError
        return found
