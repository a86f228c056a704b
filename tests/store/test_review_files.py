"""Files in and out: what a careless reader would miss."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wxbot.database import Database
from wxbot.history.models import PatientId
from wxbot.patients.exports.models import Scope, Selection
from wxbot.patients.exports.pages import portions
from wxbot.patients.imports.archive import inspect
from wxbot.patients.imports.models import UploadRefusedError
from wxbot.patients.models import Patient
from wxbot.patients.stores.patients import PatientStore


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_workbook_with_a_doctype_is_refused_in_whatever_encoding(tmp_path: Path, encoding: str) -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
    path = tmp_path / "upload"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", laughs.encode(encoding))
    with pytest.raises(UploadRefusedError):
        inspect(path)


async def test_an_export_until_the_last_of_all_days_ends_like_any_other(database: Database) -> None:
    store = PatientStore(database)
    await database.create_indexes([store])
    await store.insert(Patient(id=PatientId("ann"), name="安安", created_at=datetime(2026, 11, 1, tzinfo=UTC)))
    selection = Selection(scope=Scope.CREATED, first_day="0001-01-01", last_day="9999-12-31")
    found = [each.id async for portion in portions(store, selection, ZoneInfo("Asia/Shanghai")) for each in portion]
    assert found == ["ann"]
