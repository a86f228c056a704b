"""Sessions: opened, found by their token, kept alive, ended. Times are real time, not the demo's moved clock."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from wxbot.staff.models import Account, AccountId, Opened, Session
from wxbot.staff.store import StaffStore

IDLE = timedelta(minutes=30)  # without a request
ABSOLUTE = timedelta(hours=12)  # a long shift; then everybody signs in again
CODE_WITHIN = timedelta(minutes=5)  # between the password and the second factor
TOUCH_EVERY = timedelta(minutes=1)  # a write per request would be a waste
TOKEN_BYTES = 32
LONGEST_AGENT = 160  # characters
MOST_SHOWN = 20  # sessions on the page of one's own account


def name_of(token: str) -> str:
    """What is kept of a token: a reader of the database cannot sign in with it."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def ends_at(opened_at: datetime, seen_at: datetime) -> datetime:
    """When a session ends that was last used then."""
    return min(seen_at + IDLE, opened_at + ABSOLUTE)


class Sessions:
    """The sessions of everybody."""

    def __init__(self, store: StaffStore) -> None:
        self._store = store

    async def open(
        self, account: Account, now: datetime, *, source: str, agent: str, awaiting_code: bool = False
    ) -> Opened:
        """Open a session for an account that has proved itself, or half of it."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(
            id=name_of(token),
            account_id=account.id,
            csrf=secrets.token_urlsafe(TOKEN_BYTES),
            opened_at=now,
            seen_at=now,
            expires_at=now + CODE_WITHIN if awaiting_code else ends_at(now, now),
            source=source,
            agent=agent[:LONGEST_AGENT],
            awaiting_code=awaiting_code,
        )
        await self._store.open(session)
        return Opened(token=token, session=session, account=account)

    async def find(self, token: str, now: datetime, *, awaiting_code: bool = False) -> tuple[Session, Account] | None:
        """The live session of a token and its account as it is now; None when there is none to enter with."""
        session = await self._store.session(name_of(token))
        if session is None or session.expires_at <= now or session.awaiting_code != awaiting_code:
            return None
        account = await self._store.account(session.account_id)
        if account is None or account.disabled:
            return None
        return session, account

    async def keep_alive(self, session: Session, now: datetime) -> None:
        """Somebody used it; written down once a minute at most."""
        if now - session.seen_at >= TOUCH_EVERY:
            await self._store.touch(session.id, now, ends_at(session.opened_at, now))

    async def of(self, account_id: AccountId, now: datetime) -> list[Session]:
        """Where somebody is signed in, the latest first."""
        return await self._store.sessions_of(account_id, now, MOST_SHOWN)

    async def close(self, token: str) -> bool:
        """End the session of that token; whether there was one."""
        return await self._store.close(name_of(token))

    async def close_one(self, account_id: AccountId, session_id: str) -> bool:
        """End one of somebody's own sessions; whether there was one."""
        return await self._store.close(session_id, account_id)

    async def close_all(self, account_id: AccountId, *, but: str = "") -> int:
        """End every session of an account except one; the number ended."""
        return await self._store.close_all(account_id, but=but)
