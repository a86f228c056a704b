"""Data keys, ciphertexts and blind indexes, without a database."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest

from tests.encryption import KEYS, OTHER_SECRET, SECRET
from wxbot.encryption.data_keys import DataKeys, key_id_of
from wxbot.encryption.documents import DocumentCipher
from wxbot.encryption.errors import CiphertextError, DataKeysNotReadyError, UnknownDataKeyError
from wxbot.encryption.key_file import KeyFile, SettingKeys
from wxbot.errors import ConfigurationError

PHONE = "+8613800138000"
NEITHER = {"name": "安安", "phone": None, "identity": ""}


def keys_of(current: str, previous: str = "") -> DataKeys:
    return DataKeys(SettingKeys(current, previous), approved=True)


@pytest.mark.parametrize("value", [PHONE, "身份证 11010519491231002X", b"PK\x03\x04 a workbook"])
def test_a_value_comes_back_and_no_two_ciphertexts_are_alike(value: Any) -> None:
    first, second = KEYS.encrypt(value, "patients.phone/p1"), KEYS.encrypt(value, "patients.phone/p1")

    assert first != second
    assert key_id_of(first) == KEYS.current.id
    assert KEYS.decrypt(first, "patients.phone/p1") == value


def test_a_ciphertext_is_worth_nothing_in_another_place() -> None:
    sealed = KEYS.encrypt(PHONE, "patients.phone/p1")

    for place in ("patients.phone/p2", "patients.identity/p1", "staff.phone/p1"):
        with pytest.raises(CiphertextError):
            KEYS.decrypt(sealed, place)


def test_a_changed_ciphertext_is_refused() -> None:
    sealed = KEYS.encrypt(PHONE, "x")

    for changed in (sealed[:-6] + "AAAAA=", sealed[:-1], f"enc1:{KEYS.current.id}:", f"enc1:{KEYS.current.id}:%%"):
        with pytest.raises(CiphertextError):
            KEYS.decrypt(changed, "x")


def test_what_was_written_before_there_was_encryption_is_read_as_it_is() -> None:
    assert (KEYS.decrypt(PHONE, "x"), KEYS.decrypt(b"PK", "x")) == (PHONE, b"PK")


def test_an_older_key_decrypts_and_a_missing_one_is_named() -> None:
    sealed = keys_of(SECRET).encrypt(PHONE, "x")

    assert keys_of(OTHER_SECRET, SECRET).decrypt(sealed, "x") == PHONE
    with pytest.raises(UnknownDataKeyError, match=KEYS.current.id):
        keys_of(OTHER_SECRET).decrypt(sealed, "x")


def test_keys_that_were_not_compared_with_the_database_do_not_encrypt() -> None:
    keys = DataKeys(SettingKeys(SECRET, ""))

    with pytest.raises(DataKeysNotReadyError):
        keys.encrypt(PHONE, "x")
    keys.approve()
    assert keys.decrypt(keys.encrypt(PHONE, "x"), "x") == PHONE


def test_secrets_are_in_no_repr() -> None:
    assert repr(KEYS.current) == f"DataKey(id='{KEYS.current.id}')"


def test_a_blind_index_needs_the_key_and_differs_by_what_it_is_of() -> None:
    token = KEYS.current.token("phone", PHONE)

    assert KEYS.tokens("phone", PHONE) == [token]
    assert token not in {KEYS.current.token("identity", PHONE), keys_of(OTHER_SECRET).current.token("phone", PHONE)}
    assert keys_of(OTHER_SECRET, SECRET).tokens("phone", PHONE)[1] == token


# -- documents ------------------------------------------------------------------------------------------------------


def test_fields_lists_and_copies_inside_a_document_are_encrypted_and_all_else_is_not() -> None:
    cipher = DocumentCipher(KEYS, "rows", ["cells.*", "after.phone", "problems.*.value"])
    plain = {
        "_id": "r1",
        "cells": ("王芳", "", PHONE),
        "after": {"name": "王芳", "phone": PHONE},
        "problems": [{"value": PHONE, "wrong": "位数不对"}],
        "before": None,
    }

    stored = cipher.encrypted(plain)

    assert PHONE[3:] not in json.dumps(stored, ensure_ascii=False)
    assert (stored["cells"][1], stored["after"]["name"], stored["problems"][0]["wrong"]) == ("", "王芳", "位数不对")
    assert cipher.decrypted(stored) == {**plain, "cells": ["王芳", "", PHONE]}
    assert plain["after"] == {"name": "王芳", "phone": PHONE}


def test_a_document_with_nothing_to_hide_needs_no_key() -> None:
    cipher = DocumentCipher(DataKeys(SettingKeys(SECRET, "")), "patients", ["phone", "identity"])

    assert cipher.encrypted({"_id": "p1", **NEITHER}) == {"_id": "p1", **NEITHER}


# -- the file -------------------------------------------------------------------------------------------------------


def test_the_key_file_is_its_owners_alone_and_the_same_for_every_process(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: KeyFile(folder).create(), range(16)))
    rings = [KeyFile(folder).read() for _ in range(3)]

    assert S_IMODE((folder / "data-keys.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["data-keys.json"]
    assert len({ring.current.id for ring in rings if ring is not None}) == 1
    assert None not in rings


def test_a_running_process_sees_a_key_that_another_one_added(tmp_path: Path) -> None:
    KeyFile(tmp_path).create()
    ours, theirs = DataKeys(KeyFile(tmp_path), approved=True), DataKeys(KeyFile(tmp_path), approved=True)
    sealed = ours.encrypt(PHONE, "x")
    before = ours.current.id

    theirs.source.add()
    theirs.reload()
    fresh = theirs.encrypt(PHONE, "x")

    assert key_id_of(fresh) != before
    assert ours.decrypt(fresh, "x") == theirs.decrypt(sealed, "x") == PHONE
    assert key_id_of(ours.encrypt(PHONE, "x")) == key_id_of(fresh)


def test_a_retired_key_decrypts_nothing_but_still_proves_the_audit(tmp_path: Path) -> None:
    KeyFile(tmp_path).create()
    keys = DataKeys(KeyFile(tmp_path), approved=True)
    old, sealed = keys.current, keys.encrypt(PHONE, "x")
    keys.source.add()
    keys.source.retire({old.id})
    keys.reload()

    assert keys.audit_key(old.id) == old.audit_key
    assert len(keys.tokens("phone", PHONE)) == 1
    with pytest.raises(UnknownDataKeyError):
        keys.decrypt(sealed, "x")


@pytest.mark.parametrize("text", ["", "{}", '{"keys": []}', '{"keys": [{"id": "a", "secret": "short"}]}', "[1]"])
def test_a_damaged_key_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "data-keys.json").write_text(text)

    with pytest.raises(ConfigurationError, match="bring it back from a backup"):
        KeyFile(tmp_path).read()


def test_a_key_file_whose_key_was_exchanged_is_damaged(tmp_path: Path) -> None:
    KeyFile(tmp_path).create()
    text = (tmp_path / "data-keys.json").read_text()
    (tmp_path / "data-keys.json").write_text(text.replace(json.loads(text)["keys"][0]["secret"], SECRET))

    with pytest.raises(ConfigurationError, match="damaged"):
        KeyFile(tmp_path).read()


def test_a_key_of_the_settings_is_not_changed_from_within() -> None:
    with pytest.raises(ConfigurationError, match="wxbot keys new"):
        SettingKeys(SECRET, "").add()
