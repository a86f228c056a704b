"""Field encryption over a real database: what is stored, what is found, the start with a wrong key, the rotation."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.encryption import OTHER_SECRET, SECRET
from wxbot.database import Database, Document
from wxbot.encryption.data_keys import DataKeys, key_id_of
from wxbot.encryption.key_file import KeyFile, SettingKeys
from wxbot.encryption.service import Encryption
from wxbot.errors import ConfigurationError
from wxbot.history.models import PatientId
from wxbot.patients.derived import indexed
from wxbot.patients.models import Patient
from wxbot.patients.search_keys import keys_of, prefixes_of
from wxbot.patients.stores.patients import PATIENTS
from wxbot.staff.models import Account, AccountId
from wxbot.staff.permissions import Role
from wxbot.stores import Stores, open_stores

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PHONE, IDENTITY = "+8613800138000", "11010519491231002X"
TOTP = "JBSWY3DPEHPK3PXP"


class House:
    """One process over the database."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self.database = database
        self.keys = keys
        self.stores: Stores = open_stores(database, keys)
        self.encryption = Encryption(keys, self.stores.keys, self.stores.ciphers())

    async def raw(self, collection: str = PATIENTS) -> list[dict[str, Any]]:
        return await self.database.collection(collection).find().sort("_id", 1).to_list(None)

    async def found(self, query: str) -> list[str]:
        rows = await self.stores.patients.finding.search(prefixes_of(query), 50)
        return sorted(each.id for each in rows or ())


async def opened(database: Database, source: KeyFile | SettingKeys) -> House:
    house = House(database, DataKeys(source))
    await house.encryption.start()
    return house


def person(number: int = 0, **fields: Any) -> Patient:
    given = {"phone": f"+86138001380{number:02}", "identity": None, "name": f"患者{number}", **fields}
    return indexed(Patient(id=PatientId(f"p{number:03}"), created_at=NOW, **given))


@pytest.fixture
async def house(database: Database) -> House:
    return await opened(database, SettingKeys(SECRET, ""))


# -- stored and found ---------------------------------------------------------------------------------------------


async def test_numbers_are_stored_encrypted_and_read_plain(house: House) -> None:
    patient = person(identity=IDENTITY)
    await house.stores.patients.insert(patient)

    [row] = await house.raw()

    assert (await house.stores.patients.patients([patient.id]))[patient.id] == patient
    assert key_id_of(row["phone"]) == key_id_of(row["identity"]) == house.keys.current.id
    assert [digits for digits in ("13800138000", "8000", "00831", IDENTITY) if digits in str(row)] == []


async def test_a_number_moved_to_another_record_is_not_read_there(house: House) -> None:
    await house.stores.patients.insert_many([person(1), person(2)])
    [first, _] = await house.raw()
    await house.database.collection(PATIENTS).update_one({"_id": "p002"}, {"$set": {"phone": first["phone"]}})

    with pytest.raises(Exception, match="belongs elsewhere"):
        await house.stores.patients.patients([PatientId("p002")])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        *(("138 0013 8000"[-length:], True) for length in (3, 4, 9, 13)),
        *((query, True) for query in ("13800", "1380013", "+86 13800138000", "8613800138000", "安安 8000")),
        *((query, False) for query in ("001", "8001", "13801", "18000", "00", "913800138000", "安安 8001")),
    ],
)
async def test_every_tail_and_beginning_finds_as_before(house: House, query: str, *, found: bool) -> None:
    await house.stores.patients.insert(person(name="安安", phone=PHONE))

    assert await house.found(query) == (["p000"] if found else [])


async def test_exact_look_ups_go_through_the_blind_index(house: House) -> None:
    await house.stores.patients.insert_many([person(1), person(2, identity=IDENTITY), person(3, phone="+861062345678")])
    store = house.stores.patients

    assert [each.id for each in await store.by_phones(["+8613800138001", "+8613800138099"])] == ["p001"]
    assert [each.id for each in await store.by_identities([IDENTITY])] == ["p002"]
    assert await store.by_phones([]) == []
    assert await house.found("010 6234 5678") == ["p003"]


async def test_a_code_of_the_second_factor_is_accepted_once_whatever_its_ciphertext(house: House) -> None:
    store = house.stores.staff
    account = Account(
        id=AccountId("a1"),
        login="boss",
        name="周",
        role=Role.ADMIN,
        password_hash="",
        created_at=NOW,
        created_by="",
        changed_at=NOW,
        changed_by="",
    )
    await store.insert(account)
    await store.change(account.id, {"totp_pending": None}, {"totp_pending": TOTP})

    assert await store.change(account.id, {"totp_pending": "ANOTHER"}, {"totp_secret": "ANOTHER"}) is None
    kept = await store.change(account.id, {"totp_pending": TOTP}, {"totp_secret": TOTP, "totp_pending": None})
    assert (kept is not None and (kept.totp_secret, kept.totp_pending)) == (TOTP, None)
    assert TOTP not in str(await house.raw("staff"))
    assert not await store.accept_code(account.id, "ANOTHER", 7)
    assert await store.accept_code(account.id, TOTP, 7)
    assert not await store.accept_code(account.id, TOTP, 7)


# -- the start ----------------------------------------------------------------------------------------------------


async def test_a_start_with_another_key_is_refused_and_nothing_is_written(house: House, tmp_path: Path) -> None:
    for source in (SettingKeys(OTHER_SECRET, ""), KeyFile(tmp_path)):
        with pytest.raises(ConfigurationError, match="nothing is written with another key"):
            await opened(house.database, source)

    assert not KeyFile(tmp_path).read()
    assert [row["ids"] for row in await house.raw("data_keys")] == [[house.keys.current.id]]


async def test_of_two_machines_that_begin_at_once_with_different_keys_one_is_refused(database: Database) -> None:
    started = await asyncio.gather(
        opened(database, SettingKeys(SECRET, "")),
        opened(database, SettingKeys(OTHER_SECRET, "")),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in started) == ["ConfigurationError", "House"]


async def test_processes_that_begin_at_once_on_one_folder_agree(database: Database, tmp_path: Path) -> None:
    houses = await asyncio.gather(*(opened(database, KeyFile(tmp_path)) for _ in range(6)))

    assert len({house.keys.current.id for house in houses}) == 1


async def test_what_was_stored_before_is_encrypted_at_the_start_and_found(house: House) -> None:
    for number in range(3):
        plain = {
            "_id": f"p{number:03}",
            "created_at": NOW,
            "name": f"患者{number}",
            "phone": f"+86138001380{number:02}",
            "search_keys": list(keys_of(name=f"患者{number}", phone=f"+86138001380{number:02}")),
        }
        await house.database.collection(PATIENTS).insert_one(plain)
    await house.database.collection("tokens").insert_one({"_id": "wx:access_token", "value": "T0K", "expires_at": NOW})
    assert (await house.stores.patients.patients([PatientId("p001")]))[PatientId("p001")].phone == "+8613800138001"

    assert await house.encryption.migrate() == 4
    assert await house.encryption.migrate() == 0

    assert "138001" not in str(await house.raw())
    assert "T0K" not in str(await house.raw("tokens"))
    assert (await house.found("8001"), await house.found("患者2")) == (["p001"], ["p002"])
    credential = await house.stores.tokens.read("wx:access_token")
    assert credential is not None
    assert credential.value == "T0K"


# -- rotation -----------------------------------------------------------------------------------------------------


async def test_a_rotation_encrypts_everything_with_a_new_key_while_another_process_works(
    database: Database, tmp_path: Path
) -> None:
    rotating, serving = await opened(database, KeyFile(tmp_path)), await opened(database, KeyFile(tmp_path))
    await serving.stores.patients.insert_many([person(number) for number in range(20)])
    old = serving.keys.current.id

    done = await rotating.encryption.rotate(grace_seconds=0)

    assert (done.documents, done.retired) == (20, (old,))
    assert {key_id_of(row["phone"]) for row in await rotating.raw()} == {done.current}
    assert (await serving.found("8007"), await rotating.found("8007")) == (["p007"], ["p007"])
    before = (await serving.stores.patients.patients([PatientId("p007")]))[PatientId("p007")]
    assert await serving.stores.patients.replace_patient(before, replace(before, note="怕疼", revision=1))
    assert {key_id_of(row["phone"]) for row in await rotating.raw()} == {done.current}
    assert (await opened(database, KeyFile(tmp_path))).keys.current.id == done.current


async def test_what_is_written_with_the_old_key_during_a_rotation_is_found_and_encrypted_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotating = await opened(database, KeyFile(tmp_path))
    await rotating.stores.patients.insert_many([person(number) for number in range(5)])
    late = rotating.stores.patients.ciphers[0].encrypted(
        {"_id": "p099", "created_at": NOW, "name": "迟", "phone": PHONE, "search_keys": list(person(0).search_keys)}
    )
    real = asyncio.sleep

    async def meanwhile(seconds: float) -> None:
        if seconds == 0.125:
            await database.collection(PATIENTS).insert_one(late)  # it was on its way when the key changed
        await real(0)

    monkeypatch.setattr("wxbot.encryption.service.asyncio.sleep", meanwhile)
    done = await rotating.encryption.rotate(grace_seconds=0.125)

    assert done.documents == 6
    assert {key_id_of(row["phone"]) for row in await rotating.raw()} == {done.current}


async def test_a_rotation_that_was_killed_goes_on_with_the_same_new_key(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await opened(database, KeyFile(tmp_path))
    await first.stores.patients.insert_many([person(number) for number in range(8)])
    old = first.keys.current.id
    cipher, real = first.stores.patients.ciphers[0], first.stores.patients.ciphers[0].rewritten

    def dies(document: Document) -> Document:
        if document["_id"] == "p004":
            raise SystemError
        return real(document)

    with monkeypatch.context() as crash:
        crash.setattr("wxbot.encryption.store.PORTION", 3)
        crash.setattr(cipher, "rewritten", dies)
        with pytest.raises(SystemError):
            await first.encryption.rotate(grace_seconds=0)
    assert [key_id_of(row["phone"]) == old for row in await first.raw()] == [False] * 3 + [True] * 5

    again = await opened(database, KeyFile(tmp_path))
    new = again.keys.current.id
    assert sorted((await again.raw("data_keys"))[0]["ids"]) == sorted([old, new])
    assert (await again.found("8001"), await again.found("8006")) == (["p001"], ["p006"])
    done = await again.encryption.rotate(grace_seconds=0)

    assert (done.documents, done.current, done.retired) == (5, new, (old,))
    assert (await again.raw("data_keys"))[0]["ids"] == [new]
    assert await again.found("8003") == ["p003"]


async def test_a_key_of_the_settings_is_rotated_by_setting_the_next_one(house: House) -> None:
    await house.stores.patients.insert(person(1))
    with pytest.raises(ConfigurationError, match="WXBOT_DATA_KEYS_PREVIOUS"):
        await house.encryption.rotate(grace_seconds=0)

    both = await opened(house.database, SettingKeys(OTHER_SECRET, SECRET))
    assert await both.found("8001") == ["p001"]
    done = await both.encryption.rotate(grace_seconds=0)

    assert (done.documents, done.retired) == (1, (house.keys.current.id,))
    assert await (await opened(house.database, SettingKeys(OTHER_SECRET, ""))).found("8001") == ["p001"]
    with pytest.raises(ConfigurationError):
        await opened(house.database, SettingKeys(SECRET, ""))
