"""Use cases of the staff room: who works here and as what. Signing in is `access`, one's own account `self_service`."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from secrets import token_bytes

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.ids import new_id
from wxbot.staff.account_changes import AccountChanges
from wxbot.staff.devices import Devices
from wxbot.staff.models import Account, AccountId, ConsultantTeam, OneTimePassword
from wxbot.staff.passwords import Passwords, one_time
from wxbot.staff.permissions import ROLE_NAMES, Role, permissions_of
from wxbot.staff.recovery import AccountRecovery
from wxbot.staff.self_service import SelfService
from wxbot.staff.sessions import Sessions
from wxbot.staff.sign_in import SignIn, spelled_login
from wxbot.staff.store import StaffStore
from wxbot.staff.throttle import Throttle
from wxbot.staff.wechat_binding import WeChatBinding

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
LONGEST_NAME = 20  # characters
TEAM_NAMES = {ConsultantTeam.ONSITE: "现场", ConsultantTeam.ONLINE: "网络"}
ALERTED = "followups:alert:receive"  # whom a message tells at once what cannot wait
TAKEN = "这个登录名已被使用，请换一个。"


class Staff:
    """Accounts and roles.

    `access` lets people in, `self_service` is what everybody does with their own account, `wechat` binds their WeChat,
    `recovery` helps who lost a password, a phone or a device.
    """

    def __init__(  # noqa: PLR0913 - all keyword-only
        self,
        store: StaffStore,
        *,
        audit: AuditTrail,
        clinic_name: Callable[[], str],
        secret: bytes = b"",
        second_factor: Collection[Role] = (),
        passwords: Passwords | None = None,
    ) -> None:
        """`secret` signs what known browsers keep; without one nobody's browser is known after a restart.

        `second_factor`: roles that can do nothing in the console before they have one.
        """
        self._store = store
        self._audit = audit
        self._clinic_name = clinic_name
        self._passwords = passwords or Passwords()
        self._throttle = Throttle(store)
        self._sessions = Sessions(store)
        self._second_factor = frozenset(second_factor)
        self._changes = AccountChanges(store, audit)
        self.wechat = WeChatBinding(store, audit)
        self.access = SignIn(
            store,
            sessions=self._sessions,
            passwords=self._passwords,
            throttle=self._throttle,
            audit=audit,
            devices=Devices(secret or token_bytes()),
        )
        self.self_service = SelfService(
            store=store,
            sessions=self._sessions,
            passwords=self._passwords,
            throttle=self._throttle,
            audit=audit,
            clinic_name=clinic_name,
        )
        self.recovery = AccountRecovery(
            changes=self._changes,
            sessions=self._sessions,
            passwords=self._passwords,
            throttle=self._throttle,
            audit=audit,
            clinic_name=clinic_name,
        )

    # -- looking -------------------------------------------------------------------------------------------

    async def accounts(self, *, by: Actor) -> list[Account]:
        """Everybody, by login."""
        by.must("staff:account:read")
        return await self._store.accounts()

    async def account(self, account_id: AccountId, *, by: Actor) -> Account:
        """One account. Raises NotFoundError."""
        by.must("staff:account:read")
        return await self._changes.known(account_id)

    async def by_login(self, login: str, *, by: Actor) -> Account:
        """The account of a login. Raises NotFoundError."""
        by.must("staff:account:read")
        found = await self._store.by_login(spelled_login(login))
        if found is None:
            raise NotFoundError(f"nobody signs in as {login!r}")
        return found

    def lacks_second_factor(self, account: Account) -> bool:
        """Whether the account's role demands a second factor and it has none."""
        return account.totp_secret is None and account.role in self._second_factor

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """The names of those accounts, by id, for pages that say who did something; unknown ids are left out."""
        return await self._store.names(ids) if ids else {}

    async def alerted(self) -> dict[AccountId, str]:
        """The openids of those who are told of what cannot wait, by account: who holds ALERTED and bound a WeChat."""
        return await self.reached_on_wechat(ALERTED)

    async def reached_on_wechat(self, permission: str) -> dict[AccountId, str]:
        """The openids of active accounts that hold the permission and bound a WeChat, by account."""
        return await self._store.bound([role for role in Role if permission in permissions_of(role)])

    async def holders_of(self, permission: str) -> frozenset[AccountId]:
        """The active accounts that hold the permission."""
        return await self._store.active([role for role in Role if permission in permissions_of(role)])

    # -- changing ------------------------------------------------------------------------------------------

    async def create(  # noqa: PLR0913 - what an account consists of
        self,
        *,
        by: Actor,
        now: datetime,
        login: str,
        name: str,
        role: Role,
        team: ConsultantTeam | None = None,
        password: str | None = None,
    ) -> OneTimePassword:
        """A new account. Without `password` one is made that must be changed at the first sign-in.

        Raises:
            FieldErrors: the login is taken or cannot be one, the name is empty, the password too weak.
        """
        by.must("staff:account:edit")
        spelled, called = spelled_login(login), _clean_name(name)
        if not LOGIN.fullmatch(spelled):
            words = "登录名用 2 到 32 个小写字母、数字、点、下划线或短横线，以字母或数字开头。"
            raise FieldErrors({"login": words})
        if password is not None:
            clinic = self._clinic_name()
            problem = await self._passwords.problem(password, login=spelled, name=called, clinic=clinic)
            if problem:
                raise FieldErrors({"password": problem})
        chosen = password if password is not None else one_time()
        account = Account(
            id=AccountId(new_id(now)),
            login=spelled,
            name=called,
            role=role,
            team=team if role is Role.CONSULTANT else None,
            password_hash=await self._passwords.hash(chosen),
            must_change_password=password is None,
            created_at=now,
            created_by=by.by,
            changed_at=now,
            changed_by=by.by,
        )
        if await self._store.by_login(spelled) is not None:
            raise FieldErrors({"login": TAKEN})
        await self._audit.record(
            AuditAction.STAFF_CREATED,
            account.subject,
            by=by,
            now=now,
            summary=f"新建员工账号 {spelled}",
            changes={"姓名": ("", called), "角色": ("", _role_words(role, account.team))},
        )
        if not await self._store.insert(account):
            raise FieldErrors({"login": TAKEN})
        return OneTimePassword(account=account, password=chosen)

    async def edit(  # noqa: PLR0913 - what may be edited
        self,
        account_id: AccountId,
        *,
        by: Actor,
        now: datetime,
        revision: int,
        name: str,
        role: Role,
        team: ConsultantTeam | None,
    ) -> Account:
        """Change name and role. A new role holds from the person's next request on.

        Raises:
            StaleError: somebody changed the account since `revision`.
            FieldErrors: the last administrator would cease to be one; the name is empty.
        """
        by.must("staff:account:edit")
        before = await self._changes.known(account_id)
        if before.revision != revision:
            raise StaleError
        wanted = replace(before, name=_clean_name(name), role=role, team=team if role is Role.CONSULTANT else None)
        changes = {
            what: (old, new)
            for what, old, new in (
                ("姓名", before.name, wanted.name),
                ("角色", _role_words(before.role, before.team), _role_words(wanted.role, wanted.team)),
            )
            if old != new
        }
        if not changes:
            return before
        fields = {
            "name": wanted.name,
            "role": wanted.role.value,
            "team": wanted.team.value if wanted.team is not None else None,
        }
        leaves = role is not Role.ADMIN
        return await self._changes.write(
            by, before, fields, now, AuditAction.STAFF_EDITED, "修改员工账号", changes=changes, steps_down=leaves
        )

    async def disable(self, account_id: AccountId, *, by: Actor, now: datetime, revision: int) -> Account:
        """Nobody signs in with it any more; its sessions end at once.

        Raises:
            StaleError: somebody changed the account since `revision`.
            FieldErrors: it is the last administrator's.
        """
        by.must("staff:account:edit")
        before = await self._changes.known(account_id)
        if before.revision != revision:
            raise StaleError
        if before.disabled:
            return before
        fields = {"disabled": True, "binding_scene": None, "binding_until": None, "binding_openid": None}
        words = "停用员工账号，退出其全部登录"
        after = await self._changes.write(by, before, fields, now, AuditAction.STAFF_DISABLED, words, steps_down=True)
        await self._sessions.close_all(account_id)
        return after

    async def enable(self, account_id: AccountId, *, by: Actor, now: datetime, revision: int) -> Account:
        """Let them sign in again. Raises StaleError."""
        by.must("staff:account:edit")
        before = await self._changes.known(account_id)
        if before.revision != revision:
            raise StaleError
        if not before.disabled:
            return before
        return await self._changes.write(
            by, before, {"disabled": False}, now, AuditAction.STAFF_ENABLED, "启用员工账号"
        )


def _clean_name(name: str) -> str:
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME:
        raise FieldErrors({"name": f"请填写姓名，最多 {LONGEST_NAME} 个字。"})
    return called


def _role_words(role: Role, team: ConsultantTeam | None) -> str:
    return ROLE_NAMES[role] + (f"（{TEAM_NAMES[team]}）" if team is not None else "")
