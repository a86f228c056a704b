"""Exports over a real mongod: whom, which columns, written down before the file can leave, nothing that runs."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from tests.conftest import ManualClock
from tests.encryption import KEYS
from tests.holds import held
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.audit.models import Filter
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.database import Database
from wxbot.errors import ForbiddenError, InvalidInputError, NotFoundError
from wxbot.history.models import PatientId
from wxbot.patients.exports import service
from wxbot.patients.exports.models import Column, Export, ExportState, Scope, Selection
from wxbot.patients.exports.pages import portions
from wxbot.patients.exports.service import PatientExports
from wxbot.patients.exports.store import FILES, ExportStore
from wxbot.patients.models import Birthday, Calendar, Gender, HoldKind, Patient, Tag
from wxbot.patients.stores.patients import PatientStore

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
BY = COMMAND_LINE
REASON = "周年回访用的名单"
EVERYTHING = Selection(scope=Scope.ALL)


class Desk:
    """An export desk over one database."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.patients = PatientStore(database, KEYS)
        self.store = ExportStore(database, KEYS)
        self.audit = AuditTrail(AuditStore(database), timezone=ZONE, keys=KEYS)
        self.clock = clock
        self.exports = PatientExports(self.store, self.patients, audit=self.audit, clock=clock, timezone=ZONE)

    async def patient(self, patient_id: str, **fields: Any) -> Patient:
        values: dict[str, Any] = {"id": PatientId(patient_id), "name": patient_id, "created_at": NOW}
        patient = Patient(**{**values, **fields})
        assert await self.patients.insert(patient)
        return patient

    async def written(self, selection: Selection = EVERYTHING, *columns: Column) -> Export:
        asked = await self.exports.ask(selection, columns or (Column.NAME,), REASON, by=BY, now=NOW)
        await self.exports.work(NOW)
        return await self.exports.get(asked.id, by=BY)

    async def fetched(self, it: Export) -> bytes:
        return b"".join([piece async for piece in await self.exports.fetch(it.id, by=BY, now=NOW)])

    async def opened(self, it: Export) -> Workbook:
        return load_workbook(io.BytesIO(await self.fetched(it)))

    async def names(self, selection: Selection) -> list[Any]:
        return [row[0] for row in rows_of(await self.opened(await self.written(selection)))[3:]]


def rows_of(workbook: Workbook) -> list[list[Any]]:
    sheet = workbook.active
    assert sheet is not None
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> Desk:
    await database.create_indexes([PatientStore, ExportStore, AuditStore])  # type: ignore[list-item]
    return Desk(database, clock)


async def test_the_file_says_who_took_it_when_and_why(desk: Desk) -> None:
    await desk.patient("张小满", phone="+8613800138000", gender=Gender.FEMALE, record_number="A1")
    it = await desk.written(EVERYTHING, Column.NAME, Column.GENDER, Column.RECORD_NUMBER, Column.MASKED_PHONE)
    workbook = await desk.opened(it)
    assert rows_of(workbook) == [
        [f"导出人：命令行，时间：2026-11-23 10:00，理由：{REASON}", None, None, None],
        ["范围：全部患者。内含患者个人信息，请勿转发，用完删除。", None, None, None],
        ["姓名", "性别", "病历号", "手机（隐去中间）"],
        ["张小满", "女", "A1", "138****8000"],
    ]
    assert workbook.properties.creator == "命令行"
    assert REASON in str(workbook.properties.description)


async def test_every_column_is_written_in_a_form_that_an_import_reads(desk: Desk) -> None:
    await desk.patient(
        "张小满",
        phone="+8613800138000",
        identity="11010119900307803X",
        birthday=Birthday(calendar=Calendar.LUNAR, year=1990, month=5, day=12, leap_month=True),
        tags=(
            Tag(name="种植", by="staff:s1", at=NOW),
            Tag(name="过期的", by="staff:s1", at=NOW, expires_on="2026-11-22"),
        ),
        note="周末方便",
        holds=(held(HoldKind.PAUSED, NOW, "投诉处理中"),),
        source="import:x",
    )
    it = await desk.written(EVERYTHING, *Column)
    header, row = rows_of(await desk.opened(it))[2:]
    assert dict(zip(header, row, strict=True)) == {
        "姓名": "张小满",
        "性别": None,
        "生日": "农历1990年闰5月12日",
        "病历号": None,
        "手机（隐去中间）": "138****8000",
        "手机": "138 0013 8000",
        "证件号": "11010119900307803X",
        "标签": "种植",
        "备注": "周末方便",
        "暂停关怀的原因": "暂停联系：投诉处理中",
        "建档方式": "表格导入",
        "建档时间": "2026-11-23 10:00",
    }


async def test_no_cell_is_a_formula_when_it_is_read_back(desk: Desk) -> None:
    evil = ['=HYPERLINK("http://example.com","x")', "+1", "-1+2", "@SUM(A1)", "\t=1", "＝1+1", " =1"]
    for number, text in enumerate(evil):
        await desk.patient(f"p{number}", name=text, note=text)
    sheet = (await desk.opened(await desk.written(EVERYTHING, Column.NAME, Column.NOTE))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=4) for cell in row]
    assert len(cells) == 2 * len(evil)
    assert [cell.data_type for cell in cells] == ["s"] * len(cells)
    assert {str(cell.value)[0] for cell in cells} == {"'"}


async def test_the_entry_stands_before_anybody_can_fetch_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.patient("张小满", phone="+8613800138000")
    asked = await desk.exports.ask(EVERYTHING, (Column.NAME, Column.PHONE), REASON, by=BY, now=NOW)

    async def fails(*_: Any, **__: Any) -> None:
        raise TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(desk.audit, "record", fails)
        with pytest.raises(TimeoutError):
            await desk.exports.work(NOW)
    with pytest.raises(NotFoundError):
        await desk.exports.fetch(asked.id, by=BY, now=NOW)
    desk.clock.move(timedelta(minutes=2))
    await desk.exports.work(NOW)
    await desk.fetched(await desk.exports.get(asked.id, by=BY))
    fetched, written = await desk.audit.entries(Filter(), by=BY)
    assert (written.action, fetched.action) == ("export:written", "export:fetched")
    assert written.summary == "导出患者 1 位（全部患者），列：姓名、手机"
    assert written.reason == REASON


async def test_only_its_author_may_fetch_it_and_only_for_half_an_hour(desk: Desk) -> None:
    it = await desk.written()
    other = Actor(id="s2", name="小李", permissions=frozenset({"patients:export:run"}))
    assert not await desk.exports.may_fetch(it, by=other)
    with pytest.raises(NotFoundError):
        await desk.exports.fetch(it.id, by=other, now=NOW)
    piece = await desk.database.collection(FILES).find_one()
    assert piece is not None
    assert piece["forget_at"] - desk.clock.machine_now() <= timedelta(minutes=30)
    await desk.database.collection(FILES).delete_many({})
    assert not await desk.exports.may_fetch(it, by=BY)


async def test_whom_an_export_is_about(desk: Desk) -> None:
    await desk.patient("旧客", created_at=NOW - timedelta(days=40), phone="+8613800138001")
    await desk.patient("前天", created_at=NOW - timedelta(days=2), tags=(Tag(name="种植", by="s", at=NOW),))
    await desk.patient("今天", record_number="A7")
    await desk.patient("重复", phone="+8613800138002", merged_into=PatientId("今天"))
    assert await desk.names(EVERYTHING) == ["今天", "前天", "旧客"]
    assert await desk.names(Selection(scope=Scope.TAG, tag="种植")) == ["前天"]
    lately = Selection(scope=Scope.CREATED, first_day="2026-11-21", last_day="2026-11-23")
    assert await desk.names(lately) == ["今天", "前天"]
    one_day = Selection(scope=Scope.CREATED, first_day="2026-11-21", last_day="2026-11-21")
    assert await desk.names(one_day) == ["前天"]
    pasted = Selection(scope=Scope.LIST, numbers=("138 0013 8001", "A7", "13800138002", "没有的"))
    assert sorted(await desk.names(pasted)) == ["今天", "旧客"]


async def test_pasted_numbers_are_forgotten_when_the_file_is_written(desk: Desk) -> None:
    it = await desk.written(Selection(scope=Scope.LIST, numbers=("13800138001",)))
    assert (it.selection.numbers, it.selection.in_words) == ((), "指定的名单")


@pytest.mark.parametrize("reason", ["", "    ", "回访", "长" * 201])
async def test_without_a_reason_there_is_no_export(desk: Desk, reason: str) -> None:
    with pytest.raises(InvalidInputError, match="请写明导出理由"):
        await desk.exports.ask(EVERYTHING, (Column.NAME,), reason, by=BY, now=NOW)
    assert await desk.exports.newest(by=BY) == []


async def test_columns_that_name_a_person_need_the_right_to_reveal_them(desk: Desk) -> None:
    limited = Actor(id="s2", name="小李", permissions=frozenset({"patients:export:run"}))
    for column in (Column.PHONE, Column.IDENTITY):
        with pytest.raises(ForbiddenError):
            await desk.exports.ask(EVERYTHING, (column,), REASON, by=limited, now=NOW)
    with pytest.raises(ForbiddenError):
        await desk.exports.newest(by=replace(limited, permissions=frozenset()))


async def test_more_patients_than_one_file_takes_is_said_and_nothing_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ROWS", 2)
    for name in ("甲", "乙", "丙"):
        await desk.patient(name)
    it = await desk.written()
    assert it.state is ExportState.FAILED
    assert "请按标签或建档日期分批导出" in it.problem
    assert await desk.database.collection(FILES).count_documents({}) == 0


async def test_a_writer_that_vanished_is_followed_by_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1_200):
        await desk.patient(f"p{number:04d}", name="张小满")
    asked = await desk.exports.ask(EVERYTHING, (Column.NAME,), REASON, by=BY, now=NOW)

    async def dies(*_: Any) -> None:
        raise TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "advance", dies)
        with pytest.raises(TimeoutError):
            await desk.exports.work(NOW)
    assert await desk.exports.work(NOW) == 0  # the vanished writer's lease still runs
    desk.clock.move(timedelta(minutes=2))
    assert await desk.exports.work(NOW) == 1_200
    it = await desk.exports.get(asked.id, by=BY)
    assert (it.state, it.rows) == (ExportState.READY, 1_200)
    assert len(rows_of(await desk.opened(it))) == 1_203


async def test_a_stopping_service_lets_go_and_the_next_one_writes(desk: Desk) -> None:
    await desk.patient("张小满")
    asked = await desk.exports.ask(EVERYTHING, (Column.NAME,), REASON, by=BY, now=NOW)
    desk.exports.stop()
    assert await desk.exports.work(NOW) == 0
    next_one = Desk(desk.database, desk.clock)
    assert await next_one.exports.work(NOW) == 1
    assert (await next_one.exports.get(asked.id, by=BY)).state is ExportState.READY


async def test_an_export_until_the_last_of_all_days_ends_like_any_other(database: Database) -> None:
    store = PatientStore(database, KEYS)
    await database.create_indexes([store])
    await store.insert(Patient(id=PatientId("ann"), name="安安", created_at=datetime(2026, 11, 1, tzinfo=UTC)))
    selection = Selection(scope=Scope.CREATED, first_day="0001-01-01", last_day="9999-12-31")
    found = [each.id async for portion in portions(store, selection, ZoneInfo("Asia/Shanghai")) for each in portion]
    assert found == ["ann"]
