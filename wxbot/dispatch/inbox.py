"""What becomes of claims, and dialogs; calls at the same time share a round trip."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.clock import Clock
from wxbot.dispatch.dialogs import WAITING, Dialog, DialogRecord, still_waiting
from wxbot.dispatch.done_marks import DoneMarks
from wxbot.dispatch.stores.dialogs import DialogStore
from wxbot.dispatch.stores.inbox import AbandonedClaim, InboxStore
from wxbot.group_commit import GroupCommit


class Inbox:
    """What becomes of a push that is claimed (arrivals.py claims it)."""

    def __init__(self, store: InboxStore) -> None:
        self._store = store
        self._marks = DoneMarks(store.done)
        self.take_turn = store.take_turn
        self.take_over = store.take_over
        self.is_done = store.is_done
        self.is_claimed = store.is_claimed
        self.has_former_keys = store.has_former_keys
        self.working_of = store.working_of
        self.note_failure = store.note_failure
        self.fail = store.fail
        self.oldest_unfinished = store.oldest_unfinished
        self.erase = store.erase

    def done(self, key: str, openid: str) -> None:
        """Mark the push as finished a moment later; its transcript is written."""
        self._marks.add(key, openid)

    async def finished(self, key: str) -> None:
        """Mark a push at once of which only the mark is missing. Raises what the database raises."""
        await self._store.done([key])

    async def caught_up(self, openid: str) -> None:
        """Wait until the marks of that contact's finished pushes are written, as far as this process knows them."""
        await self._marks.written(openid)

    async def flush(self) -> None:
        """Write every mark that is not written yet, before a stop."""
        await self._marks.flush()

    async def left_behind(self, machine_now: datetime, limit: int) -> list[AbandonedClaim]:
        """Pushes that nobody works on any more."""
        return await self._store.left_behind(machine_now, limit)


class Dialogs:
    """The open dialog of each patient."""

    TIME_TO_ANSWER = timedelta(hours=1)  # after that a dialog begins from its start
    KEPT = timedelta(days=1)  # beyond that; then the database deletes it
    WAITS = timedelta(days=7)  # while a person is to answer: over a weekend and a few days off

    def __init__(self, store: DialogStore) -> None:
        self._store = store
        self._writes: GroupCommit[DialogRecord, None] = GroupCommit(store.write)

    def remember(
        self, update_key: str, openid: str, dialog: Dialog | None, met: DialogRecord | None, clock: Clock
    ) -> asyncio.Future[None] | None:
        """Keep where an answer leaves a patient; None, and nothing is written, when they stood there already.

        `met` is what was kept when the update of that key came.
        """
        now = clock.now()
        lasts = self.WAITS if dialog is not None and dialog.task else self.TIME_TO_ANSWER
        if met is None:
            if dialog is None:
                return None
        elif dialog == met.dialog and met.expires_at - now > lasts / 2:
            return None
        return self._writes.add(
            DialogRecord(
                id=openid,
                dialog=dialog,
                expires_at=now + lasts,
                forget_at=clock.machine_now() + lasts + self.KEPT,
                after=update_key,
                before=None if met is None else met.met_by(update_key),
            )
        )

    async def forget(self, openid: str) -> None:
        """Erase the dialog of a patient."""
        await self._store.erase(openid)

    def as_it_stands(self, kept: DialogRecord, now: datetime) -> DialogRecord | None:
        """What is kept of the dialog a patient is in; None when it has expired.

        Without a question that is too old to be answered; the person who is to answer stays called.
        """
        if kept.expires_at <= now:
            return None
        dialog = kept.dialog
        if dialog is None or not dialog.task or dialog.name == WAITING:
            return kept
        asked_at = kept.expires_at - self.WAITS
        return kept if now - asked_at < self.TIME_TO_ANSWER else replace(kept, dialog=still_waiting(None, dialog.task))
