"""Signing in: login and password, then the code where somebody has a second factor, then a session."""

from datetime import datetime

from wxbot.actors import SYSTEM
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.logs import get_logger
from wxbot.staff.codes import accepted_step
from wxbot.staff.errors import SignInRefusedError
from wxbot.staff.lockout import FREE_TRIES_OF_A_SOURCE, SOURCE_FORGOTTEN_AFTER
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


def tries_key(account: Account) -> str:
    """Under which failed passwords of an account are counted."""
    return f"login:{account.login}"


class SignIn:
    """Signing in and out. `now` is the clinic's time for the audit, `real` the time sessions and pauses go by."""

    def __init__(
        self, store: StaffStore, sessions: Sessions, passwords: Passwords, throttle: Throttle, audit: AuditTrail
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = throttle
        self._audit = audit

    async def sign_in(  # noqa: PLR0913 - what the browser sent, and two clocks
        self, login: str, password: str, *, now: datetime, real: datetime, source: str, agent: str = ""
    ) -> Opened:
        """Check login and password. The session that is opened may still await the code.

        Raises:
            SignInRefusedError: wrong, or a pause is on; the words are the same for logins that do not exist.
        """
        spelled = spelled_login(login)
        key, source_key = f"login:{spelled}", f"source:{source}"
        await self._throttle.check(source_key, real)
        locks = await self._throttle.count(key, real)
        account = await self._store.by_login(spelled) if spelled else None
        fits = await self._passwords.fits(account.password_hash if account else None, password)
        if account is None or account.disabled or not fits:
            await self._throttle.count(
                source_key, real, free=FREE_TRIES_OF_A_SOURCE, forgotten_after=SOURCE_FORGOTTEN_AFTER
            )
            log.info("sign_in_refused", account=account.id if account else None)
            if locks and account is not None:
                words = "多次登录失败，暂停登录"
                await self._audit.record(AuditAction.STAFF_LOCKED, account.subject, by=SYSTEM, now=now, summary=words)
            raise SignInRefusedError(WRONG)
        await self._throttle.succeeded(key)
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

    async def enter_code(self, token: str, code: str, *, now: datetime, real: datetime) -> Opened:
        """Check the second factor of a session that awaits it, and open the real one.

        Raises:
            SignInRefusedError: wrong or used before, a pause is on, or the password was too long ago.
        """
        found = await self._sessions.find(token, real, awaiting_code=True)
        if found is None:
            raise SignInRefusedError(AGAIN)
        session, account = found
        if account.totp_secret is None:  # taken off meanwhile
            raise SignInRefusedError(AGAIN)
        await self._throttle.count(f"code:{account.id}", real)
        step = accepted_step(account.totp_secret, code, real, after=account.totp_step)
        # the database decides who used a code first
        if step is None or not await self._store.accept_code(account.id, account.totp_secret, step):
            raise SignInRefusedError(WRONG_CODE)
        await self._throttle.succeeded(f"code:{account.id}")
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
