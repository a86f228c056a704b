"""Use cases of contacts and patients: recognise, follow, consent, give name and birthday, leave."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from wxbot import ids
from wxbot.group_commit import GroupCommit
from wxbot.history.models import By, ContactId, Kind, PatientId
from wxbot.history.service import History
from wxbot.logs import get_logger
from wxbot.patients import consents
from wxbot.patients.aliases import alias_for
from wxbot.patients.birthday_words import check_birthday
from wxbot.patients.birthdays import FebruaryRule
from wxbot.patients.celebrations import Celebrations
from wxbot.patients.changing import Changing
from wxbot.patients.desk_marks import DeskMarks
from wxbot.patients.guardians import Guardians
from wxbot.patients.lines import consent_lines, contact_line, erased_line, given_line
from wxbot.patients.models import Birthday, Consent, ConsentTopic, Contact, Patient
from wxbot.patients.names import clean_name
from wxbot.patients.patient_phones import PatientPhones
from wxbot.patients.relatives import Relatives
from wxbot.patients.selecting import Selecting
from wxbot.patients.stores.patients import PatientStore

log = get_logger(__name__)

EMPTIED: Mapping[str, Any] = {
    "alias": "",
    "consents": (),
    "scene": None,
    "conversation": "",
    "block": None,
    "survey": None,
}
"""What an erasure leaves of a contact's own fields."""
ERASURE_GRACE = timedelta(days=3)  # for an unfollow by accident (reference §12)
WELCOME_AGAIN = timedelta(minutes=10)  # a follow handled a second time within this is the same follow
MOST_ERASURES = 500  # contacts per look; the next look finds the rest
REFUSES_CODE = 48002  # "the user refuses messages" (reference §8)
GONE_CODES = frozenset({40003, 43004, 50005})  # not (or no longer) a follower (reference §8)


class Patients:
    """Contacts, the patients they speak for, and what they agreed to."""

    def __init__(self, store: PatientStore, history: History, *, feb29: FebruaryRule = "02-28") -> None:
        self._store = store
        self._history = history
        self._changing = Changing(store)
        self.selecting = Selecting(store, feb29)
        self.celebrations = Celebrations(store, feb29)
        self.relatives = Relatives(store, history)
        self.phones = PatientPhones(store, history)
        self.guardians = Guardians(store, history)
        self.desk_marks = DeskMarks(store, self._changing)
        self._recognitions: GroupCommit[tuple[str, datetime], Contact] = GroupCommit(self._recognise_all)

    # -- who is it -----------------------------------------------------------------------------------------

    def recognise(self, openid: str, now: datetime) -> Awaitable[Contact]:
        """The contact behind an openid, created when it is new to us. Cheap in company: one look for all."""
        return self._recognitions.add((openid, now))

    async def contact_by_openid(self, openid: str) -> Contact | None:
        """The contact behind an openid, if we know it."""
        return (await self._store.contacts.by_openid([openid])).get(openid)

    async def contacts_by_openid(self, openids: Collection[str]) -> dict[str, Contact]:
        """The contacts behind those openids that we know, by openid; one round trip."""
        return await self._store.contacts.by_openid(openids) if openids else {}

    async def look_up(self, text: str) -> list[Contact]:
        """Everybody known by `text`: a contact id, an openid, an alias or a patient's name."""
        return await self._store.look_up(text)

    async def contacts(self, contact_ids: Collection[ContactId]) -> dict[ContactId, Contact]:
        """Those of the contacts that exist, by id; one round trip."""
        return await self._store.contacts.of_ids(contact_ids) if contact_ids else {}

    async def followed_between(self, start: datetime, end: datetime) -> list[Contact]:
        """Followers who followed in [start, end)."""
        return await self._store.contacts.followed_between(start, end)

    async def patients(self, patient_ids: Collection[PatientId]) -> dict[PatientId, Patient]:
        """Those of the patients that exist, by id; for a merged duplicate's id the record that it became."""
        return await self._store.living(patient_ids) if patient_ids else {}

    async def of_contacts(self, contact_ids: Collection[ContactId]) -> dict[ContactId, list[Patient]]:
        """Everybody those contacts speak for, by contact; one round trip."""
        return await self._store.of_contacts(contact_ids) if contact_ids else {}

    async def duplicates(self, patient_ids: Collection[PatientId]) -> list[Patient]:
        """The records that were merged into these, as they were left."""
        return await self._store.merged_into(patient_ids) if patient_ids else []

    async def self_patient(self, contact: Contact, now: datetime) -> Patient:
        """The patient a contact is themselves, created when there is none yet."""
        found = (await self._store.self_patients([contact.id])).get(contact.id)
        if found is None:
            new = Patient(id=PatientId(ids.new_id(now)), name=None, created_at=now, contact_id=contact.id)
            found = await self._store.create_self_patient(new)
        known = found.id
        if known not in contact.patient_ids:
            await self._changing.contact(
                contact.id,
                lambda it: it if known in it.patient_ids else replace(it, patient_ids=(*it.patient_ids, known)),
            )
        return found

    # -- coming and going ----------------------------------------------------------------------------------

    async def follow(
        self, openid: str, now: datetime, scene: str | None = None, *, wording: str = "welcome.first"
    ) -> tuple[Contact, bool]:
        """A follow of the account. True when the follower should be welcomed: they are new, or were away.

        Within the grace, all data of a returning follower is still there. Care is on from the first follow, as
        the welcome says (`wording`: key and version of that text); marketing waits for a yes.
        """
        known = await self.recognise(openid, now)
        arrives = known.followed_at is None or not known.following
        if not arrives and known.followed_at is not None and now - known.followed_at > WELCOME_AGAIN:
            return known, False

        def followed(it: Contact) -> Contact:
            agreed = it.consents
            if not any(consent.topic is ConsentTopic.CARE for consent in agreed):
                care = Consent(topic=ConsentTopic.CARE, granted=True, at=now, source="follow", wording=wording)
                agreed = consents.with_consent(agreed, care)
            return replace(
                it,
                following=True,
                followed_at=now if arrives else it.followed_at,
                unfollowed_at=None,
                refuses_messages=False,
                scene=it.scene or scene,
                consents=agreed,
            )

        before, contact = await self._changing.contact(known.id, followed)
        await self._history.append(
            contact_line(contact, Kind.CONTACT_FOLLOWED, contact.followed_at or now, payload={"scene": scene}),
            *consent_lines(contact, consents.changes(before.consents, contact.consents), By.PATIENT),
        )
        return contact, True

    async def unfollow(self, contact: Contact, now: datetime) -> Contact:
        """They stopped following: nothing more is sent, and erasure is due after the grace.

        A second call leaves the first moment; a call older than their latest follow changes nothing.
        """

        def unfollowed(it: Contact) -> Contact:
            if it.erased_at is not None or (it.followed_at is not None and it.followed_at > now):
                return it
            return replace(it, following=False, unfollowed_at=it.unfollowed_at or now)

        before, after = await self._changing.contact(contact.id, unfollowed)
        if before is not after:
            await self._history.append(contact_line(after, Kind.CONTACT_UNFOLLOWED, after.unfollowed_at or now))
        return after

    async def mark_unreachable(self, contact_id: ContactId, code: int, now: datetime) -> Contact:
        """The platform says they cannot be reached: 48002 they refuse messages; 40003, 43004, 50005 they left.

        This alone never leads to an erasure: a wrong answer of the platform must not cost a patient's data.
        """

        def marked(it: Contact) -> Contact:
            if code == REFUSES_CODE:
                return it if it.refuses_messages else replace(it, refuses_messages=True)
            return replace(it, following=False) if code in GONE_CODES and it.following else it

        before, after = await self._changing.contact(contact_id, marked)
        if before is not after:
            log.info("contact_unreachable", contact_id=contact_id, code=code, at=now.isoformat())
        return after

    async def clear_refusal(self, contact_id: ContactId) -> Contact:
        """They have just written or tapped, so they can be reached again. Cheap to skip when nothing is marked.

        Who really unfollowed (an event said so) stays unfollowed until they follow again.
        """

        def cleared(it: Contact) -> Contact:
            following = it.following or (it.unfollowed_at is None and it.erased_at is None)
            if following == it.following and not it.refuses_messages:
                return it
            return replace(it, following=following, refuses_messages=False)

        return (await self._changing.contact(contact_id, cleared))[1]

    async def mark_conversation(self, contact_id: ContactId, episode_id: str) -> bool:
        """A person may be needed: from here on each of the contact's pushes looks for an open episode.

        Set before the episode is kept, so that no push misses it. Only a hint, and never taken back by whoever closes
        the episode: the contact's next message tells that it is over. False when it was marked so already, or the
        contact is erased or unknown.
        """
        return await self._store.contacts.set_conversation(contact_id, episode_id)

    async def forget_conversation(self, contact_id: ContactId, episode_id: str) -> bool:
        """That episode is over and nothing of it is left to say; False when another one is marked since."""
        return await self._store.contacts.set_conversation(contact_id, "", instead_of=episode_id)

    # -- what they agreed to -------------------------------------------------------------------------------

    async def set_consent(  # noqa: PLR0913 - the facts a consent must record
        self,
        contact_id: ContactId,
        topic: ConsentTopic,
        *,
        granted: bool,
        now: datetime,
        source: str,
        wording: str,
        by: str = By.PATIENT,
    ) -> Contact:
        """Record a yes or no on one topic: who, when, by which way and which wording they saw."""
        new = Consent(topic=topic, granted=granted, at=now, source=source, wording=wording)
        return await self._agree(contact_id, lambda old: consents.with_consent(old, new), by)

    async def stop_messages(
        self, contact: Contact, now: datetime, source: str, *, wording: str = "consent.stopped"
    ) -> Contact:
        """退订: care and marketing off at once. Answers and reminders of their own appointments stay."""
        return await self._agree(contact.id, lambda old: consents.stopped(old, now, source, wording), By.PATIENT)

    async def stop_topics(
        self, contact: Contact, topics: Sequence[ConsentTopic], now: datetime, source: str, *, wording: str
    ) -> Contact:
        """These kinds of messages off at once, and no other."""
        before, after = await self._changing.contact(
            contact.id,
            lambda it: replace(it, consents=consents.stopped_only(it, topics, now, source, wording)),
        )
        await self._history.append(*consent_lines(after, consents.changes(before.consents, after.consents), By.PATIENT))
        return after

    async def resume_messages(
        self, contact: Contact, now: datetime, source: str, *, wording: str = "consent.resumed"
    ) -> Contact:
        """恢复: care on; marketing only where it had been on before the stop."""
        return await self._agree(contact.id, lambda old: consents.resumed(old, now, source, wording), By.PATIENT)

    async def withhold_marketing(self, contact: Contact, now: datetime, source: str, *, wording: str) -> Contact:
        """Marketing off until the patient has answered whether a stop was meant; care stays."""
        return await self._agree(contact.id, lambda old: consents.withheld(old, now, source, wording), By.PATIENT)

    async def keep_messages(self, contact: Contact, now: datetime, source: str, *, wording: str) -> Contact:
        """No stop was meant: marketing is again what it was before it was withheld."""
        return await self._agree(contact.id, lambda old: consents.kept_on(old, now, source, wording), By.PATIENT)

    # -- name and birthday from the patient ----------------------------------------------------------------------

    async def set_name(self, patient_id: PatientId, name: str, *, by: str = By.PATIENT, now: datetime) -> Patient:
        """Keep a patient's name. Raises InvalidInputError for what cannot be a name, NotFoundError."""
        clean = clean_name(name)
        _, patient = await self._changing.patient(patient_id, lambda it: replace(it, name=clean))
        return await self._record_given(patient, "name", now, by)

    async def set_birthday(
        self, patient_id: PatientId, birthday: Birthday, *, by: str = By.PATIENT, now: datetime
    ) -> Patient:
        """Keep a patient's birthday. Raises BirthdayError when it never was or is to come, NotFoundError."""
        check_birthday(birthday, now.date() + timedelta(days=1))  # UTC lags behind the clinic's date by up to a day
        _, patient = await self._changing.patient(patient_id, lambda it: replace(it, birthday=birthday))
        return await self._record_given(patient, "birthday", now, by)

    # -- leaving for good ----------------------------------------------------------------------------------

    async def due_for_erasure(self, now: datetime, grace: timedelta = ERASURE_GRACE) -> list[Contact]:
        """Who unfollowed longer than `grace` ago and has not returned; also erasures a crash left half done."""
        return await self._store.contacts.due_for_erasure(now - grace, MOST_ERASURES)

    async def spoken_for(self, contact_id: ContactId) -> set[PatientId]:
        """The patients a contact speaks for, until the contact is erased, and the duplicates that became them."""
        theirs = await self._store.spoken_for(contact_id)
        return theirs | {each.id for each in await self._store.merged_into(theirs)} if theirs else theirs

    async def part(self, contact_id: ContactId, now: datetime) -> bool:
        """Begin the erasure of somebody who unfollowed: from here on nobody can write as this contact.

        False when they returned or are erased already: then nothing of theirs may be touched. `unfollowed_at` stays
        until `erase` is through: it keeps the contact due, so a crash in between is finished by the next look.
        """

        def emptied(it: Contact) -> Contact:
            if it.following or it.unfollowed_at is None or it.erased_at is not None:
                return it
            return replace(it, openid=None, **EMPTIED, erased_at=now)

        _, contact = await self._changing.contact(contact_id, emptied)
        return contact.erased_at is not None and contact.unfollowed_at is not None

    async def erase(self, contact_id: ContactId, now: datetime, *, keep: Collection[PatientId]) -> bool:
        """Erase the WeChat-side data of somebody who unfollowed; False when they returned or are erased already.

        Openid, alias, consents, scene and chat go. The patients in `keep` have bookings: they stay with name and
        birthday, detached from the contact, and so do the clinic's own records, which staff or an import brought or
        gave a record number; the others are deleted. Repeating it after a crash finishes it.
        """
        if not await self.part(contact_id, now):
            return False
        became = {each.id for each in (await self._store.living(keep)).values()} if keep else set()
        await self._store.detach_patients(contact_id, became.union(keep))
        await self._history.erase(contact_id)
        await self._history.append(erased_line(contact_id, now))
        await self._changing.contact(
            contact_id, lambda it: replace(it, unfollowed_at=None, followed_at=None, patient_ids=())
        )
        return True

    # ------------------------------------------------------------------------------------------------------

    async def _recognise_all(self, asked: Sequence[tuple[str, datetime]]) -> Sequence[Contact | Exception]:
        wanted = dict(asked)
        found = await self._store.contacts.by_openid(wanted)
        if missing := wanted.keys() - found.keys():
            await self._store.contacts.create([_newcomer(openid, wanted[openid]) for openid in missing])
            found |= await self._store.contacts.by_openid(missing)
        return [found[openid] for openid, _ in asked]

    async def _agree(
        self, contact_id: ContactId, change: Callable[[tuple[Consent, ...]], tuple[Consent, ...]], by: str
    ) -> Contact:
        before, after = await self._changing.contact(contact_id, lambda it: replace(it, consents=change(it.consents)))
        await self._history.append(*consent_lines(after, consents.changes(before.consents, after.consents), by))
        return after

    async def _record_given(self, patient: Patient, field: str, now: datetime, by: str) -> Patient:
        await self._history.append(given_line(patient, field, now, by))
        return patient


def _newcomer(openid: str, now: datetime) -> Contact:
    contact_id = ContactId(ids.new_id(now))
    return Contact(id=contact_id, openid=openid, alias=alias_for(contact_id), created_at=now, following=True)
