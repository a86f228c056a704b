"""Changing a contact or a patient without overwriting a concurrent change."""

from collections.abc import Callable
from dataclasses import replace

from wxbot.errors import NotFoundError, StaleError
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.derived import indexed
from wxbot.patients.models import Contact, Patient
from wxbot.patients.stores.patients import PatientStore

MOST_TRIES = 20  # of one change to one contact; its pushes are handled one at a time, so one is usual


class Changing:
    """Read, change, write if it is unchanged; again after a concurrent change."""

    def __init__(self, store: PatientStore) -> None:
        self._store = store

    async def contact(self, contact_id: ContactId, change: Callable[[Contact], Contact]) -> tuple[Contact, Contact]:
        """Change a contact; before and after. Where `change` returns what it was given, nothing is written.

        Raises:
            NotFoundError: there is no such contact.
            StaleError: it kept changing.
        """
        for _ in range(MOST_TRIES):
            before = (await self._store.contacts.of_ids([contact_id])).get(contact_id)
            if before is None:
                raise NotFoundError("no such contact")
            after = change(before)
            if after is before:
                return before, before
            after = replace(after, revision=before.revision + 1)
            if await self._store.contacts.replace(before, after):
                return before, after
        raise StaleError("the contact kept changing")

    async def patient(
        self, patient_id: PatientId, change: Callable[[Patient], Patient], *, revision: int | None = None
    ) -> tuple[Patient, Patient]:
        """Change a patient, or the record that a merged duplicate became; before and after.

        `revision` is what the editor saw, where it matters. Where `change` returns what it was given, nothing is
        written. Its search keys are derived again.

        Raises:
            NotFoundError: there is no such patient.
            StaleError: it is at another revision, or kept changing.
        """
        for _ in range(MOST_TRIES):
            before = (await self._store.living([patient_id])).get(patient_id)
            if before is None:
                raise NotFoundError("no such patient")
            if revision is not None and before.revision != revision:
                raise StaleError(f"patient is at revision {before.revision}")
            after = change(before)
            if after is before:
                return before, before
            after = indexed(replace(after, revision=before.revision + 1))
            if await self._store.replace_patient(before, after):
                return before, after
        raise StaleError("the patient kept changing")
