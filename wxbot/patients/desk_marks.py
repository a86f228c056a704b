"""What the chat desk notes on a contact, so that each push reads it beside the contact: a block, the latest survey."""

from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.errors import NotFoundError
from wxbot.history.models import ContactId
from wxbot.patients.changing import Changing
from wxbot.patients.models import AskedSurvey, Block, Contact
from wxbot.patients.stores.patients import PatientStore


class DeskMarks:
    """Sets and takes away what conversations/ decides. Asks for no permission: who calls has."""

    def __init__(self, store: PatientStore, changing: Changing) -> None:
        self._store = store
        self._changing = changing

    async def set_block(self, contact_id: ContactId, block: Block | None, *, instead_of: Block | None) -> bool:
        """Block the contact, or lift it, while the block is the one that was read; False when it is another by now.

        Raises NotFoundError, also for an erased contact.
        """

        def changed(it: Contact) -> Contact:
            if it.erased_at is not None:
                raise NotFoundError("the contact is erased")
            return replace(it, block=block) if _same(it.block, instead_of) else it

        before, after = await self._changing.contact(contact_id, changed)
        return before is not after

    async def tell_of_block(self, contact_id: ContactId, day: str, update_key: str) -> bool:
        """Whether a blocked contact is to be told today: once a local day, and again for the same update."""

        def noted(it: Contact) -> Contact:
            block = it.block
            if block is None or block.told_on == day:
                return it
            return replace(it, block=replace(block, told_on=day, told_by=update_key))

        _, after = await self._changing.contact(contact_id, noted)
        return after.block is not None and after.block.told_by == update_key

    async def blocked(self, now: datetime, limit: int) -> list[Contact]:
        """Contacts whose block holds, who was blocked first in front."""
        return await self._store.contacts.blocked(now, limit)

    async def claim_survey(self, contact_id: ContactId, episode_id: str, now: datetime, again_after: timedelta) -> bool:
        """Whether the contact may be asked about that talk: not twice within `again_after`. True again for the same."""

        def claimed(it: Contact) -> Contact:
            asked = it.survey
            lately = asked is not None and now - asked.at < again_after
            if it.erased_at is not None or lately:
                return it
            return replace(it, survey=AskedSurvey(episode=episode_id, at=now))

        _, after = await self._changing.contact(contact_id, claimed)
        return after.survey is not None and after.survey.episode == episode_id

    async def forget_survey(self, contact_id: ContactId, episode_id: str) -> None:
        """It did not reach them: they may be asked after their next talk."""

        def forgotten(it: Contact) -> Contact:
            return replace(it, survey=None) if it.survey is not None and it.survey.episode == episode_id else it

        await self._changing.contact(contact_id, forgotten)


def _same(one: Block | None, other: Block | None) -> bool:
    """Whether they are the same block, whatever the contact was told meanwhile."""
    if one is None or other is None:
        return one is other
    return (one.by, one.since) == (other.by, other.since)
