"""Signing in: login and password, then the code where somebody has a second factor, then a session."""

from datetime import datetime

from wxbot.actors import SYSTEM
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.logs import get_logger
from wxbot.staff.codes import accepted_step
from wxbot.staff.devices import Devices
from wxbot.staff.errors import SignInRefusedError
from wxbot.staff.lockout import (
    FREE_TRIES_OF_A_LOGIN,
    FREE_TRIES_OF_A_SOURCE,
    SOURCE_FORGOTTEN_AFTER,
    device_key,
    login_key,
    place_key,
    source_key,
)
from wxbot.staff.models import Account, AccountId, Opened, Session
from wxbot.staff.passwords import Passwords
from wxbot.staff.sessions import Sessions
from wxbot.staff.store import StaffStore
from wxbot.staff.throttle import Throttle

log = get_logger(__name__)

WRONG = "登录名或密码不对，请检查后再试。"  # the same whether the login exists or not
WRONG_CODE = "动态码不对或已用过，请等下一个再试。"
AGAIN = "登录已超时，请重新输入登录名和密码。"
LONGEST_LOGIN = 64  # characters looked at


def spelled_login(login: str) -> str:
    """One spelling of a login: no spaces around, lower case."""
    return login.strip()[:LONGEST_LOGIN].lower()


class SignIn:
    """Signing in and out. `now` is the clinic's time for the audit, `real` the time sessions and pauses go by."""

    def __init__(  # noqa: PLR0913 - one of each, all keyword-only
        self,
        store: StaffStore,
        *,
        sessions: Sessions,
        passwords: Passwords,
        throttle: Throttle,
        audit: AuditTrail,
        devices: Devices,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = throttle
        self._audit = audit
        self._devices = devices

    async def sign_in(  # noqa: PLR0913 - what the browser sent, and two clocks
        self,
        login: str,
        password: str,
        *,
        now: datetime,
        real: datetime,
        source: str,
        counted_as: str = "",
        agent: str = "",
        device: str = "",
    ) -> Opened:
        """Check login and password. The session that is opened may still await the code.

        `device` is the value that `known_device` gave this browser for that login; `counted_as` the source under which
        failures are counted where that is not the browser's own address.

        Raises:
            SignInRefusedError: wrong, or a pause is on; the words are the same for logins that do not exist.
        """
        spelled = spelled_login(login)
        account = await self._store.by_login(spelled) if spelled else None
        place = counted_as or source
        known = await self._device(spelled, device, account, real)
        keys: list[str] = []
        if known:
            keys = [known]
            locks = await self._throttle.count(known, real)
        else:
            here, everywhere = keys = [place_key(spelled, place), login_key(spelled)]
            await self._throttle.check(source_key(place), real)
            await self._throttle.check(everywhere, real)
            locks = await self._throttle.count(here, real)
            locks = await self._throttle.count(everywhere, real, free=FREE_TRIES_OF_A_LOGIN) or locks
        fits = await self._passwords.fits(account.password_hash if account else None, password)
        if account is None or account.disabled or not fits:
            if not known:
                await self._throttle.count(
                    source_key(place), real, free=FREE_TRIES_OF_A_SOURCE, forgotten_after=SOURCE_FORGOTTEN_AFTER
                )
            log.info("sign_in_refused", account=account.id if account else None)
            if locks and account is not None:
                words = "多次登录失败，暂停登录"
                await self._audit.record(AuditAction.STAFF_LOCKED, account.subject, by=SYSTEM, now=now, summary=words)
            raise SignInRefusedError(WRONG)
        await self._throttle.succeeded(*keys)
        fresh = ""
        if self._passwords.outdated(account.password_hash):
            fresh = await self._passwords.hash(password)
            await self._store.change(account.id, {"password_hash": account.password_hash}, {"password_hash": fresh})
        opened = await self._sessions.open(
            account, real, source=source, agent=agent, awaiting_code=account.totp_secret is not None
        )
        if not await self._still_opens(account.id, fresh or account.password_hash, password):
            await self._sessions.close(opened.token)
            log.info("sign_in_overtaken", account=account.id)
            raise SignInRefusedError(WRONG)
        if account.totp_secret is None:
            await self._note_entry(account, now, "登录")
        return opened

    def known_device(self, account: Account, real: datetime) -> str:
        """What a browser keeps in which `account` has signed in completely; see `devices`."""
        return self._devices.issue(account, real)

    async def _device(self, login: str, value: str, account: Account | None, real: datetime) -> str:
        """The key of a known browser that is in no pause; empty for every other."""
        name = self._devices.recognise(value, account, real) if value else ""
        key = device_key(login, name) if name else ""
        return "" if key and await self._throttle.paused(key, real) else key

    async def login_awaiting_code(self, token: str, real: datetime) -> str:
        """Whose code is awaited in that session; empty when none is."""
        found = await self._sessions.find(token, real, awaiting_code=True)
        return found[1].login if found is not None else ""

    async def enter_code(self, token: str, code: str, *, now: datetime, real: datetime, device: str = "") -> Opened:
        """Check the second factor of a session that awaits it, and open the real one.

        Tries are counted apart for a known browser, so that who has stolen a password does not lock its owner out.

        Raises:
            SignInRefusedError: wrong or used before, a pause is on, or the password was too long ago.
        """
        found = await self._sessions.find(token, real, awaiting_code=True)
        if found is None:
            raise SignInRefusedError(AGAIN)
        session, account = found
        if account.totp_secret is None:  # taken off meanwhile
            raise SignInRefusedError(AGAIN)
        known = await self._device(account.login, device, account, real)
        key = f"code:{account.id}{':known' if known else ''}"
        await self._throttle.count(key, real)
        step = accepted_step(account.totp_secret, code, real, after=account.totp_step)
        # the database decides who used a code first
        if step is None or not await self._store.accept_code(account.id, account.totp_secret, step):
            raise SignInRefusedError(WRONG_CODE)
        await self._throttle.succeeded(key)
        opened = await self._sessions.open(account, real, source=session.source, agent=session.agent)
        if not await self._sessions.close(token):  # a reset or a disabling ended it meanwhile, and the new one with it
            await self._sessions.close(opened.token)
            raise SignInRefusedError(AGAIN)
        await self._note_entry(account, now, "登录（动态码）")
        return opened

    async def find(self, token: str, real: datetime) -> tuple[Session, Account] | None:
        """The live session of a token and its account as it is now."""
        return await self._sessions.find(token, real)

    async def keep_alive(self, session: Session, real: datetime) -> None:
        """Somebody used it."""
        await self._sessions.keep_alive(session, real)

    async def sign_out(self, token: str, account: Account | None, now: datetime) -> None:
        """End a session; doing it twice is once."""
        await self._sessions.close(token)
        if account is not None:
            await self._audit.record(
                AuditAction.STAFF_SIGNED_OUT, account.subject, by=account.actor, now=now, summary="退出登录"
            )

    async def _still_opens(self, account_id: AccountId, known_hash: str, password: str) -> bool:
        """Whether the password still is the one, asked after the session was opened.

        A reset writes the hash first and ends the sessions after: either this look sees the new hash, or the ending
        finds the session that was just opened.
        """
        account = await self._store.account(account_id)
        if account is None or account.disabled:
            return False
        return account.password_hash == known_hash or await self._passwords.fits(account.password_hash, password)

    async def _note_entry(self, account: Account, now: datetime, words: str) -> None:
        await self._audit.record(AuditAction.STAFF_SIGNED_IN, account.subject, by=account.actor, now=now, summary=words)
