"""What patients do opens, widens or ends what may be sent to them, and lets what waited for it leave."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.outbox.ledger import WINDOW_CLOSED, Action, is_full
from wxbot.outbox.models import Rights
from wxbot.outbox.stores.messages import OutboxStore

A_SECOND = timedelta(seconds=1)  # within which the platform's moment lies
LATEST = timedelta(minutes=10)  # how long ago an action counts as done at most: a clock that is wrong takes no rights


class SendingRights:
    """The rights as other rooms see and change them. `wake` says that something may be due."""

    def __init__(self, store: OutboxStore, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake
        self._cared_for: GroupCommit[ContactId, datetime | None] = GroupCommit(self._read_cared_for)

    async def of(self, contact_id: ContactId) -> Rights:
        """What we may send to a contact."""
        return (await self._store.rights.of([contact_id]))[contact_id]

    def cared_for(self, contact_id: ContactId) -> Awaitable[datetime | None]:
        """When a care message (no greeting) last left for a contact. Cheap in company."""
        return self._cared_for.add(contact_id)

    async def note_action(
        self,
        contact_id: ContactId,
        action: Action,
        at: datetime,
        *,
        done_at: datetime | None = None,
        known: Rights | None = None,
    ) -> None:
        """A patient did something that opens or widens what may be sent; waiting answers leave at once.

        `done_at`: when the platform had it, in whole seconds; `at` without it. `known` is what might be sent a moment
        ago. When that was all already, nothing waits for it: who opened it has looked, and who holds a message back
        looks at the rights once more.
        """
        since = at if done_at is None else min(at, max(done_at + A_SECOND, at - LATEST))
        if known is not None and is_full(known, action, since):
            return
        await self._store.rights.note(contact_id, action, at, done_at=since, known=known)
        # afterwards: whoever holds a message back just now looks at the rights once more, and sees these
        if await self._store.make_due(contact_id, at):
            self._wake()

    async def note_unfollow(self, contact_id: ContactId, at: datetime) -> None:
        """They left: the window is closed (reference §4.5, 45015), and what they do later opens a new one."""
        await self._store.rights.refuse(contact_id, WINDOW_CLOSED, at)

    async def note_notice_answers(
        self, contact_id: ContactId, answers: Sequence[tuple[str, bool]], now: datetime
    ) -> None:
        """(template id, accepted) per subscription, from the popup and change events (reference §6.1)."""
        for template_id, accepted in answers:
            await self._store.rights.grant(contact_id, template_id, accepted=accepted)
        if any(accepted for _, accepted in answers) and await self._store.make_due(contact_id, now):
            self._wake()

    async def _read_cared_for(self, contact_ids: Sequence[ContactId]) -> list[datetime | None]:
        pages = await self._store.rights.of(set(contact_ids))
        return [pages[contact_id].cared_at for contact_id in contact_ids]
