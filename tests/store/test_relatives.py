"""The patients a contact books for, over a real mongod: found, created once, never mixed up."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.encryption import KEYS
from wxbot.database import Database
from wxbot.errors import InvalidInputError
from wxbot.history.models import Kind
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.models import Gender, Relation
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PATIENTS, PatientStore

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
OPENID, OTHER = "oPatient0000000000000000001", "oPatient0000000000000000002"


@pytest.fixture
async def patients(database: Database) -> Patients:
    await database.create_indexes([PatientStore, HistoryStore])  # type: ignore[list-item]
    return Patients(PatientStore(database, KEYS), History(HistoryStore(database)))


async def test_a_relative_is_created_once_and_found_by_relation_and_name(
    patients: Patients, database: Database
) -> None:
    contact = await patients.recognise(OPENID, NOW)
    own = await patients.self_patient(contact, NOW)
    mother = await patients.relatives.patient_for(contact, Relation.PARENT, "李桂兰", NOW, kinship="妈妈")
    assert (mother.relation, mother.name, mother.gender) == (Relation.PARENT, "李桂兰", Gender.FEMALE)
    assert (mother.contact_id, mother.search_keys != ()) == (contact.id, True)
    again = await patients.relatives.patient_for(contact, Relation.PARENT, "李桂兰", LATER, kinship="妈妈")
    assert again.id == mother.id
    known = await patients.contact_by_openid(OPENID)
    assert known is not None
    assert set(known.patient_ids) == {own.id, mother.id}
    assert await database.collection(PATIENTS).count_documents({}) == 2
    lines = await History(HistoryStore(database)).timeline(contact.id)
    assert [line.kind for line in lines] == [Kind.PATIENT_UPDATED]


async def test_handled_twice_after_a_crash_it_is_the_same_record(patients: Patients, database: Database) -> None:
    contact = await patients.recognise(OPENID, NOW)
    first = await patients.relatives.patient_for(contact, Relation.CHILD, "王小雨", NOW, kinship="女儿")
    second = await patients.relatives.patient_for(contact, Relation.CHILD, "王小雨", NOW, kinship="女儿")
    assert first.id == second.id
    assert await database.collection(PATIENTS).count_documents({}) == 1


async def test_another_name_or_relation_is_another_record(patients: Patients) -> None:
    contact = await patients.recognise(OPENID, NOW)
    made = [
        await patients.relatives.patient_for(contact, relation, name, NOW, kinship=kinship)
        for relation, name, kinship in (
            (Relation.CHILD, "王小雨", "女儿"),
            (Relation.CHILD, "王小晴", "女儿"),
            (Relation.OTHER, "王小雨", "朋友"),
        )
    ]
    assert len({each.id for each in made}) == 3
    found = await patients.relatives.of(contact)
    assert {each.patient.id for each in found} == {each.id for each in made}
    assert [each.relation for each in found].count(Relation.CHILD) == 2


async def test_nobody_is_found_by_another_contact(patients: Patients) -> None:
    contact, stranger = await patients.recognise(OPENID, NOW), await patients.recognise(OTHER, NOW)
    mother = await patients.relatives.patient_for(contact, Relation.PARENT, "李桂兰", NOW)
    theirs = await patients.relatives.patient_for(stranger, Relation.PARENT, "李桂兰", NOW)
    assert theirs.id != mother.id
    assert [each.patient.id for each in await patients.relatives.of(stranger)] == [theirs.id]


async def test_what_is_no_name_is_refused_and_ones_own_record_is_no_relatives(patients: Patients) -> None:
    contact = await patients.recognise(OPENID, NOW)
    with pytest.raises(InvalidInputError):
        await patients.relatives.patient_for(contact, Relation.PARENT, "多少钱？", NOW)
    with pytest.raises(ValueError, match="own record"):
        await patients.relatives.patient_for(contact, Relation.SELF, "王小雨", NOW)
    assert await patients.relatives.of(contact) == []
