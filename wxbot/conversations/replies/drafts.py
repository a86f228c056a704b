"""What somebody has typed and not sent, kept per person and contact."""

from collections.abc import Collection
from datetime import datetime

from wxbot.actors import Actor
from wxbot.clock import Clock
from wxbot.conversations.ports import KnownContacts
from wxbot.conversations.present import must_be_there
from wxbot.conversations.replies.store import Draft, DraftStore, draft_id
from wxbot.conversations.states import READ
from wxbot.errors import FieldErrors, StaleError
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

MOST_CHARACTERS = 10_000  # of a draft: several messages' worth
NEWER = "您在另一个窗口里接着写了，这里的内容比较旧。请先看看那边写的，再决定用哪一份。"


class Drafts:
    """Drafts. One per person and contact, in every window of theirs; gone after 30 days."""

    def __init__(self, store: DraftStore, clock: Clock, *, contacts: KnownContacts) -> None:
        self._store = store
        self._contacts = contacts
        self._clock = clock

    async def keep(  # noqa: PLR0913 - one fact each
        self,
        contact_id: ContactId,
        text: str,
        *,
        note: bool,
        edit: int,
        by: Actor,
        now: datetime,  # noqa: ARG002 - drafts expire by the machine's clock
    ) -> int:
        """Keep it; the new edit. Of two windows the later edit wins.

        `edit` is the one that this window read or kept last (0: there was none).

        Raises:
            ForbiddenError: they may not read talks.
            NotFoundError: there is no such contact (any more).
            StaleError: `edit` is older than what is kept; that stays, and so does what this window shows.
            FieldErrors: `text` is longer than 10,000 characters.
        """
        by.must(READ)
        if len(text) > MOST_CHARACTERS:
            raise FieldErrors({"text": f"草稿最多 {MOST_CHARACTERS} 字，请分成几次发送。"})
        await must_be_there(self._contacts, contact_id)
        account = AccountId(by.id)
        draft = Draft(
            id=draft_id(account, contact_id),
            account_id=account,
            contact_id=contact_id,
            text=text,
            note=note,
            edit=max(edit, 0) + 1,
            kept_at=self._clock.machine_now(),
        )
        if await self._store.keep(draft, over=edit):
            return draft.edit
        kept = await self._store.get(account, contact_id)
        if kept is not None and (kept.text, kept.note) == (text, note):  # kept already; the answer was lost on its way
            return kept.edit
        raise StaleError("another window went on with this draft", sentence=NEWER)

    async def of(self, contact_id: ContactId, *, by: Actor) -> tuple[str, bool, int]:
        """The text, whether it is a note, and its edit; empty without one. Raises ForbiddenError."""
        by.must(READ)
        found = await self._store.get(AccountId(by.id), contact_id)
        return ("", False, 0) if found is None else (found.text, found.note, found.edit)

    async def clear(self, contact_id: ContactId, *, by: Actor) -> None:
        """It was sent or thrown away: empty in every window; what an older one still holds is not kept again."""
        by.must(READ)
        await self._store.empty(AccountId(by.id), contact_id, edit=None, now=self._clock.machine_now())

    async def sent(self, contact_id: ContactId, text: str, *, note: bool, edit: int | None = None, by: Actor) -> None:
        """That text was sent, or noted: the draft is emptied if it is still that text, else it stays.

        With `edit`, the one that the window held in which it was typed, a draft up to it is emptied whatever it says,
        and a later one that is the beginning of the text: it was kept on the way. What another window typed stays.
        """
        by.must(READ)
        found = await self._store.get(AccountId(by.id), contact_id)
        if found is None:
            return
        same = found.note is note and found.text.strip() == text.strip()
        typed_here = edit is not None and (
            found.edit <= edit or (found.note is note and text.strip().startswith(found.text.strip()))
        )
        if same or typed_here:
            await self._store.empty(AccountId(by.id), contact_id, edit=found.edit, now=self._clock.machine_now())

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete what anybody has typed to those contacts; the number."""
        return await self._store.erase(contact_ids) if contact_ids else 0
