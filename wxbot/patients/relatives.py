"""Whose visit it is: the patients that a contact books for, found by relation and name, created when they are new."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wxbot import ids
from wxbot.history.models import By, PatientId
from wxbot.history.service import History
from wxbot.patients.changing import Changing
from wxbot.patients.derived import indexed
from wxbot.patients.lines import given_line
from wxbot.patients.models import Contact, Gender, Patient, Relation
from wxbot.patients.names import clean_name
from wxbot.patients.stores.patients import PatientStore

# Single characters of kinship terms that tell the gender; the first group is looked at first (女婿 is a man).
_GENDER_SIGNS = (("婿", Gender.MALE), ("女", Gender.FEMALE), ("男", Gender.MALE))
_FEMALE, _MALE = frozenset("妈母娘婆妻奶姥姐妹媳姨姑婶嫂"), frozenset("爸爹父公爷哥弟叔伯舅夫")


def gender_of(kinship: str) -> Gender:
    """The gender that a kinship term tells: 妈妈 and 女儿 are female, 老公 and 儿子 male, 孩子 tells none."""
    for sign, gender in _GENDER_SIGNS:
        if sign in kinship:
            return gender
    if "儿子" in kinship or not _MALE.isdisjoint(kinship):
        return Gender.MALE
    return Gender.FEMALE if not _FEMALE.isdisjoint(kinship) else Gender.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class Relative:
    """A patient a contact speaks for, and how the contact is related to them."""

    patient: Patient
    relation: Relation

    def may_be(self, relation: Relation, kinship: str, name: str) -> bool:
        """Whether they may be meant by that relation, kinship term (妈妈) and name, as far as each was said."""
        if self.relation is not relation or (name and self.patient.name not in {None, name}):
            return False
        genders = {gender_of(kinship), self.patient.gender} - {Gender.UNKNOWN}
        return len(genders) <= 1

    def surely_is(self, kinship: str, name: str) -> bool:
        """Whether nobody else that is known can be meant: by name, or as the only one of the relation and gender."""
        if name:
            return self.patient.name == name
        told = gender_of(kinship)
        if self.relation is Relation.SPOUSE or (self.relation is Relation.CHILD and told is Gender.UNKNOWN):
            return True
        return told is not Gender.UNKNOWN and told is self.patient.gender


class Relatives:
    """The patients a contact books for."""

    def __init__(self, store: PatientStore, history: History) -> None:
        self._store = store
        self._history = history
        self._changing = Changing(store)

    async def of(self, contact: Contact) -> list[Relative]:
        """Everybody the contact speaks for, themselves among them, the oldest record first."""
        found = (await self._store.of_contacts([contact.id]))[contact.id]
        relations = {each.id: _relation(each, contact) for each in found}
        living = await self._store.living(list(relations))
        relatives = {
            each.id: Relative(patient=each, relation=relations.get(each.id, relations[asked]))
            for asked, each in living.items()
        }
        return sorted(relatives.values(), key=lambda each: (each.patient.created_at, each.patient.id))

    async def patient_for(
        self, contact: Contact, relation: Relation, name: str, now: datetime, *, kinship: str = ""
    ) -> Patient:
        """The contact's relative of that relation and name, created when there is none; the same one every time.

        `kinship` is what the contact calls them (妈妈); it tells the gender of a new record. Raises InvalidInputError
        for what cannot be a name, and ValueError for SELF, whose record is `Patients.self_patient`.
        """
        if relation is Relation.SELF:
            raise ValueError("a contact's own record is no relative's")
        clean = clean_name(name)
        fitting = [each for each in await self.of(contact) if each.may_be(relation, kinship, clean)]
        known = [each.patient for each in fitting if each.patient.name == clean]
        patient = known[0] if known else await self._create(contact, relation, clean, now, kinship)
        added = patient.id
        await self._changing.contact(
            contact.id,
            lambda it: it if added in it.patient_ids else replace(it, patient_ids=(*it.patient_ids, added)),
        )
        return patient

    async def _create(self, contact: Contact, relation: Relation, name: str, now: datetime, kinship: str) -> Patient:
        patient = indexed(
            Patient(
                id=PatientId(ids.new_id(now)),
                name=name,
                created_at=now,
                relation=relation,
                contact_id=contact.id,
                gender=gender_of(kinship),
            )
        )
        await self._store.insert(patient)
        await self._history.append(given_line(patient, "name", now, By.PATIENT))
        return patient


def _relation(patient: Patient, contact: Contact) -> Relation:
    if patient.contact_id == contact.id:
        return patient.relation
    links: Sequence[Relation] = [each.relation for each in patient.other_contacts if each.contact_id == contact.id]
    return links[0] if links else Relation.OTHER
