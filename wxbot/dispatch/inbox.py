"""Claims and dialogs, in company: what many pushes need at once leaves in one round trip."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.dispatch.dialogs import KeptDialog
from wxbot.dispatch.store import Arrival, DialogStore, InboxStore, Standing, Unfinished
from wxbot.group_commit import GroupCommit


class Inbox:
    """Every push is claimed here before anything else happens to it."""

    def __init__(self, store: InboxStore) -> None:
        self._store = store
        self._claims: GroupCommit[Arrival, Standing] = GroupCommit(store.claim)
        self._endings: GroupCommit[str, None] = GroupCommit(store.done)
        self.take_turn = store.take_turn
        self.take_over = store.take_over
        self.is_done = store.is_done
        self.oldest_unfinished = store.oldest_unfinished
        self.erase = store.erase

    async def claim(self, arrival: Arrival) -> Standing:
        """Claim one push, durably. Raises what the database raises: then nothing was promised."""
        return await self._claims.add(arrival)

    async def done(self, key: str) -> None:
        """The push is finished and its story written down."""
        await self._endings.add(key)

    async def left_behind(self, machine_now: datetime, limit: int) -> list[Unfinished]:
        """Pushes that nobody works on any more."""
        return await self._store.left_behind(machine_now, limit)


class Dialogs:
    """Where each patient stands."""

    TIME_TO_ANSWER = timedelta(hours=1)  # a patient who comes back later starts afresh

    def __init__(self, store: DialogStore) -> None:
        self._reads: GroupCommit[str, KeptDialog | None] = GroupCommit(self._read)
        self._store = store
        self._writes: GroupCommit[tuple[str, KeptDialog | None], None] = GroupCommit(store.write)

    async def of(self, openid: str, now: datetime) -> KeptDialog | None:
        """The dialog a patient is in, unless it has expired."""
        kept = await self._reads.add(openid)
        return kept if kept is not None and kept.expires_at > now else None

    async def keep(self, kept: KeptDialog) -> None:
        """Remember where the patient stands."""
        await self._writes.add((kept.id, kept))

    async def forget(self, openid: str) -> None:
        """The dialog is over."""
        await self._writes.add((openid, None))

    async def _read(self, openids: Sequence[str]) -> list[KeptDialog | None]:
        found = await self._store.by_openids(openids)
        return [found.get(openid) for openid in openids]
