"""Who is likely the same person as a patient that is being saved, and one save of such a person at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from wxbot.errors import InvalidInputError
from wxbot.history.models import PatientId
from wxbot.patients.models import Patient
from wxbot.patients.search_keys import plain
from wxbot.patients.stores.patients import PatientStore

MOST_NAMESAKES = 50  # looked at for a likely duplicate
TRIES = 30  # at a save that meets a colleague's of the same person
BETWEEN_TRIES = 0.1  # seconds; a save takes some hundredths

BEING_SAVED = "同事正在保存同一位患者，请过几秒再点一次保存。"


class LikelyDuplicates:
    """Looks for a person's other records."""

    def __init__(self, store: PatientStore) -> None:
        self._store = store

    async def of(self, patient: Patient) -> list[Patient]:
        """Who has the telephone, identity or record number, or both name and birthday."""
        found: dict[PatientId, Patient] = {}
        for each in (
            *(await self._store.by_phones([patient.phone]) if patient.phone else ()),
            *(await self._store.by_record_numbers([patient.record_number]) if patient.record_number else ()),
            *(await self._store.by_identities([patient.identity]) if patient.identity else ()),
            *(await self._namesakes(patient)),
        ):
            if each.id != patient.id and each.merged_into is None:
                found.setdefault(each.id, each)
        return list(found.values())

    async def of_change(self, before: Patient, changes: Mapping[str, Any]) -> list[Patient]:
        """Who is like a patient by what is being changed; whom they were like before counts no more."""
        changed = {name for name, value in changes.items() if value and getattr(before, name) != value}
        if not changed & {"phone", "identity", "name", "birthday"}:
            return []
        after = replace(before, **{name: changes[name] for name in changed})
        named = bool(changed & {"name", "birthday"})
        asked = replace(
            after,
            phone=after.phone if "phone" in changed else None,
            identity=after.identity if "identity" in changed else None,
            record_number=None,
            name=after.name if named else None,
        )
        return await self.of(asked)

    @asynccontextmanager
    async def alone(self, new: Patient, now: datetime) -> AsyncIterator[None]:
        """Save a new patient while nobody else saves one with the same telephone, identity, or name and birthday.

        Raises InvalidInputError when a colleague's save of the same person does not end.
        """
        facts = _facts(new)
        if not facts:  # nobody could be recognised by a name alone
            yield
            return
        for _ in range(TRIES):
            if await self._store.creations.claim(facts, new.id, now):
                break
            await asyncio.sleep(BETWEEN_TRIES)
        else:
            raise InvalidInputError("a colleague is saving the same person", sentence=BEING_SAVED)
        try:
            yield
        finally:
            await self._store.creations.release(facts, new.id)

    async def _namesakes(self, patient: Patient) -> list[Patient]:
        if not patient.name or patient.birthday is None:
            return []
        found = await self._store.finding.namesakes(plain(patient.name), MOST_NAMESAKES)
        return [
            each
            for each in found
            if each.birthday == patient.birthday and plain(each.name or "") == plain(patient.name)
        ]


def _facts(patient: Patient) -> list[str]:
    """By what a second record of the same person would be recognised."""
    named = f"name:{plain(patient.name)}:{patient.birthday}" if patient.name and patient.birthday else ""
    phone = f"phone:{patient.phone}" if patient.phone else ""
    identity = f"identity:{patient.identity}" if patient.identity else ""
    return [fact for fact in (phone, identity, named) if fact]
