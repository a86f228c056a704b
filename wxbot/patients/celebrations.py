"""Whose birthday is celebrated when, and who is greeted at a festival."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime

from wxbot.history.models import ContactId, PatientId
from wxbot.patients.birthdays import FebruaryRule, celebrated_on, keys_celebrated_on, keys_for, may_be_greeted
from wxbot.patients.models import Birthday, ConsentTopic, Patient, Relation
from wxbot.patients.stores.patients import PatientStore

PORTION = 200  # followers read at once: about 20 ms


@dataclass(frozen=True, kw_only=True)
class Follower:
    """A patient who follows the account themselves and receives greetings; `since` when they followed."""

    patient_id: PatientId
    contact_id: ContactId
    since: datetime


class Celebrations:
    """Birthdays by local day; `feb29` is the day of 29 February in other years."""

    def __init__(self, store: PatientStore, feb29: FebruaryRule) -> None:
        self._store = store
        self._feb29: FebruaryRule = feb29

    async def on(self, day: date) -> list[Patient]:
        """Whose birthday is celebrated on that local day and may be wished well, each with a contact.

        Leaves out everybody under 14, and patients whose contact is under 14 themselves (reference §12).
        Who is on hold is included: the sender decides, so that the record says why nothing left.
        """
        found = await self._store.celebrating(keys_celebrated_on(day, self._feb29))
        of_age = [patient for patient in found if patient.birthday and may_be_greeted(patient.birthday, day)]
        speakers = {
            patient.contact_id for patient in of_age if patient.contact_id and patient.relation is not Relation.SELF
        }
        selves = await self._store.self_patients(speakers) if speakers else {}
        children = {
            contact_id
            for contact_id, patient in selves.items()
            if patient.birthday and not may_be_greeted(patient.birthday, day)
        }
        return [patient for patient in of_age if patient.contact_id not in children]

    async def followers(self) -> AsyncIterator[list[Follower]]:
        """Every patient who follows and receives greetings, in portions: two look-ups each, by index, in order.

        Who is on hold is included, as among the birthdays.
        """
        after = ContactId("")
        while selves := await self._store.finding.selves_after(after, PORTION):
            after = max(selves)
            contacts = await self._store.contacts.of_ids(selves)
            yield [
                Follower(patient_id=selves[each.id], contact_id=each.id, since=each.followed_at or each.created_at)
                for each in contacts.values()
                if each.following and each.openid is not None and each.receives(ConsentTopic.FESTIVAL)
            ]

    def next_after(self, birthday: Birthday, today: date) -> date:
        """The next local day on which a birthday is celebrated, today included."""
        years = range(today.year - 1, today.year + 3)  # lunar years begin later than solar ones
        days = (celebrated_on(birthday, year, self._feb29) for year in years)
        return min(day for day in days if day >= today)

    def falls_on(self, birthday: Birthday, day: date) -> bool:
        """Whether that birthday is celebrated on that local day and may be wished well."""
        return may_be_greeted(birthday, day) and not keys_celebrated_on(day, self._feb29).isdisjoint(keys_for(birthday))
