"""Imports over a real mongod: dry run, run, crash and again, undo; exactly, and without doubles."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook

from tests.conftest import ManualClock
from tests.encryption import KEYS
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.audit.models import Filter
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.booking.stores.appointments import BookingStore
from wxbot.database import Database
from wxbot.errors import ForbiddenError, InvalidInputError, NotFoundError, StaleError
from wxbot.history.models import Interaction, Kind, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.imports.dates import DateOrder
from wxbot.patients.imports.models import Choice, Duplicates, Field, Import, ImportState, Verdict
from wxbot.patients.imports.service import PatientImports
from wxbot.patients.imports.store import IMPORTS, ROWS, ImportStore
from wxbot.patients.models import Birthday, Calendar, Patient
from wxbot.patients.stores.patients import PATIENTS, PatientStore
from wxbot.spreadsheets.reader import UploadReader

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
BY = COMMAND_LINE
HEADER = ["姓名", "手机", "性别", "生日", "病历号", "备注"]
STORES = (PatientStore, ImportStore, HistoryStore, AuditStore, BookingStore)


class Desk:
    """An import desk over one database; `clock` and database are the test's."""

    def __init__(self, database: Database, clock: ManualClock, folder: Path) -> None:
        self.database = database
        self.patients = PatientStore(database, KEYS)
        self.store = ImportStore(database, KEYS)
        self.history = History(HistoryStore(database))
        self.audit = AuditTrail(AuditStore(database), timezone=ZONE, keys=KEYS)
        self.clock = clock
        self.folder = folder
        self.imports = PatientImports(
            self.store,
            self.patients,
            audit=self.audit,
            bookings=BookingStore(database),
            traces=self.history,
            uploads=UploadReader(),
            clock=clock,
            timezone=ZONE,
        )

    async def upload(self, rows: Sequence[Sequence[Any]], name: str = "名单.xlsx", by: Actor = BY) -> Import:
        workbook = Workbook(write_only=True)
        sheet = workbook.create_sheet("名单")
        for row in rows:
            sheet.append(list(row))
        path = self.folder / "upload.xlsx"
        workbook.save(path)
        return await self.imports.upload(path, name, by=by, now=NOW)

    async def checked(self, rows: Sequence[Sequence[Any]], **choice: Any) -> Import:
        """Uploaded, mapped as guessed, and through the dry run."""
        it = await self.upload(rows)
        preview = await self.imports.preview(it, by=BY)
        columns = {str(column.position): column.field for column in preview.columns if column.field is not None}
        chosen = Choice(sheet=preview.sheet, header_row=preview.header_row, columns=columns, **choice)
        return await self.worked(await self.imports.choose(it.id, it.revision, chosen, by=BY, now=NOW))

    async def ran(self, rows: Sequence[Sequence[Any]], **choice: Any) -> Import:
        """And written."""
        it = await self.checked(rows, **choice)
        return await self.worked(await self.imports.run(it.id, it.revision, by=BY, now=NOW))

    async def undone(self, it: Import) -> Import:
        return await self.worked(await self.imports.undo(it.id, it.revision, by=BY, now=NOW))

    async def worked(self, it: Import) -> Import:
        """The same import when the background has nothing left to do."""
        for _ in range(100):
            if await self.imports.work(NOW) == 0:
                break
        return await self.imports.get(it.id, by=BY)

    async def documents(self) -> dict[str, dict[str, Any]]:
        cipher = self.patients.ciphers[0]
        return {row["_id"]: cipher.decrypted(row) async for row in self.database.collection(PATIENTS).find()}

    async def known(self, **fields: Any) -> Patient:
        values: dict[str, Any] = {"id": PatientId("known"), "name": "张小满", "created_at": NOW, "source": "staff:s1"}
        patient = Patient(**{**values, **fields})
        assert await self.patients.insert(patient)
        return patient

    async def actions(self) -> list[str]:
        return [entry.action for entry in reversed(await self.audit.entries(Filter(), by=BY))]


@pytest.fixture
async def desk(database: Database, clock: ManualClock, tmp_path: Path) -> Desk:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    return Desk(database, clock, tmp_path)


def many(count: int, start: int = 0) -> list[list[Any]]:
    return [HEADER, *(person(number) for number in range(start, start + count))]


def person(number: int) -> list[Any]:
    name = "张三李四王五"[number % 6] + "小满明"[number % 3]
    return [name, 13_800_000_000 + number, "女", "1990-05-12", f"R{number}", "备注"]


# -- dry run and run ---------------------------------------------------------------------------------------------


async def test_the_dry_run_counts_and_writes_no_patient(desk: Desk) -> None:
    rows = [HEADER, ["李四", "13900139000"], ["李四", "13900139000"], ["王五", "123"], [], ["赵六", "13700137000"]]
    it = await desk.checked(rows)
    assert (it.state, it.total, it.progress) == (ImportState.CHECKED, 4, 4)
    assert it.counts == {"create": 2, "skip": 1, "wrong": 1}
    assert await desk.documents() == {}
    (wrong,) = await desk.imports.judged(it, [Verdict.WRONG], by=BY)
    assert (wrong.number, wrong.problems[0].column, wrong.problems[0].value) == (4, "手机", "*23")


async def test_a_run_writes_what_the_dry_run_said(desk: Desk) -> None:
    person = ["李四", "13900139000", "男", "农历1990年八月十五", "B1", "备注"]
    it = await desk.ran([HEADER, person, ["王五", "x"]], tag="导入")
    assert (it.state, it.counts, it.finished_at) == (ImportState.DONE, {"create": 1, "wrong": 1}, NOW)
    (patient,) = await desk.patients.by_phones(["+8613900139000"])
    assert (patient.name, patient.record_number, patient.source) == ("李四", "B1", f"import:{it.id}")
    assert patient.birthday_keys == ("L08-15",)
    assert [tag.name for tag in patient.tags] == ["导入"]
    assert "139" not in str([entry.summary for entry in await desk.audit.entries(Filter(), by=BY)])
    assert await desk.actions() == ["import:uploaded", "import:chosen", "import:started", "import:finished"]


async def test_five_thousand_rows_in_one_go_and_the_second_time_all_are_known(desk: Desk) -> None:
    rows = many(5_000)
    first = await desk.ran(rows)
    assert first.counts == {"create": 5_000}
    second = await desk.checked(rows)
    assert second.counts == {"skip": 5_000}
    assert len(await desk.documents()) == 5_000


async def test_duplicates_far_apart_in_the_file_are_found_by_dry_run_and_run_alike(desk: Desk) -> None:
    rows = [*many(1_200), *many(3)[1:]]
    checked = await desk.checked(rows)
    assert checked.counts == {"create": 1_200, "skip": 3}
    ran = await desk.worked(await desk.imports.run(checked.id, checked.revision, by=BY, now=NOW))
    assert ran.counts == checked.counts


async def test_filling_known_patients_and_telling_a_merged_duplicate_by_its_numbers(desk: Desk) -> None:
    await desk.known(phone="+8613800138000")
    await desk.known(id=PatientId("double"), phone="+8613600136000", merged_into=PatientId("known"))
    it = await desk.ran(
        [HEADER, ["张小满", "13800138000", "女"], ["张小满", "13600136000", "", "", "B7"]], duplicates=Duplicates.FILL
    )
    assert it.counts == {"fill": 2}
    known = (await desk.patients.patients([PatientId("known")]))[PatientId("known")]
    assert (known.gender.value, known.record_number, known.revision) == ("female", "B7", 2)
    assert known.phone == "+8613800138000"


async def test_the_mapping_is_remembered_for_the_next_file_with_such_a_header(desk: Desk) -> None:
    rows = [["甲", "乙"], ["李四", "13900139000"]]
    it = await desk.upload(rows)
    choice = Choice(sheet=0, header_row=1, columns={"0": Field.NAME, "1": Field.PHONE})
    await desk.imports.choose(it.id, it.revision, choice, by=BY, now=NOW)
    preview = await desk.imports.preview(await desk.upload(rows), by=BY)
    assert preview.remembered
    assert [column.field for column in preview.columns] == [Field.NAME, Field.PHONE]


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"2": Field.GENDER}, "请至少指定「姓名」或「手机」是哪一列"),
        ({"0": Field.NAME, "1": Field.NAME}, "有两列指定成了同一项，请只留一列"),
    ],
)
async def test_a_mapping_that_cannot_work_is_refused_in_words(
    desk: Desk, columns: dict[str, Field], words: str
) -> None:
    it = await desk.upload([HEADER, ["李四", "13900139000"]])
    with pytest.raises(InvalidInputError, match=words):
        await desk.imports.choose(it.id, it.revision, Choice(sheet=0, header_row=1, columns=columns), by=BY, now=NOW)


async def test_two_colleagues_cannot_both_go_on_from_the_same_page(desk: Desk) -> None:
    it = await desk.checked([HEADER, ["李四", "13900139000"]])
    await desk.imports.run(it.id, it.revision, by=BY, now=NOW)
    with pytest.raises(StaleError):
        await desk.imports.run(it.id, it.revision, by=BY, now=NOW)
    with pytest.raises(StaleError):
        await desk.imports.discard(it.id, it.revision, by=BY, now=NOW)


async def test_nothing_works_without_the_permission(desk: Desk) -> None:
    nobody = Actor(id="s9", name="无", permissions=frozenset())
    with pytest.raises(ForbiddenError):
        await desk.upload([HEADER], by=nobody)
    it = await desk.upload([HEADER, ["李四"]])
    with pytest.raises(ForbiddenError):
        await desk.imports.get(it.id, by=nobody)
    with pytest.raises(ForbiddenError):
        await desk.imports.undo(it.id, it.revision, by=nobody, now=NOW)


async def test_a_discarded_file_leaves_nothing(desk: Desk) -> None:
    it = await desk.checked([HEADER, ["李四", "13900139000"]])
    await desk.imports.discard(it.id, it.revision, by=BY, now=NOW)
    with pytest.raises(NotFoundError):
        await desk.imports.get(it.id, by=BY)
    assert await desk.database.collection(ROWS).count_documents({}) == 0


# -- crashes -----------------------------------------------------------------------------------------------------


class DiedError(Exception):
    """The process vanished."""


@pytest.mark.parametrize("when", ["plan", "patients", "mark"])
@pytest.mark.parametrize("duplicates", [Duplicates.SKIP, Duplicates.FILL, Duplicates.CREATE])
async def test_a_run_that_dies_anywhere_is_finished_without_doubles(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, when: str, duplicates: Duplicates
) -> None:
    await desk.known(phone="+8613800000003", name=None)
    rows = [HEADER, *(["张小满", *row[1:4], "", "备注"] for row in many(1_100)[1:])]
    it = await desk.checked(rows, duplicates=duplicates)
    expected = it.counts
    await desk.imports.run(it.id, it.revision, by=BY, now=NOW)
    calls = 0

    def dies_at_the_second(real: Any) -> Any:
        async def call(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 2 and when != "patients":
                raise DiedError
            answer = await real(*args)
            if calls == 2:
                raise DiedError  # written, but nobody heard of it
            return answer

        return call

    target, name = {
        "plan": (ImportStore, "save"),
        "patients": (PatientStore, "insert_many"),
        "mark": (ImportStore, "mark"),
    }[when]
    with monkeypatch.context() as patched:
        broken = desk.store if target is ImportStore else desk.patients
        patched.setattr(broken, name, dies_at_the_second(getattr(broken, name)))
        with pytest.raises(DiedError):
            await desk.imports.work(NOW)
    assert await desk.imports.work(NOW) == 0  # the vanished worker's lease still runs
    desk.clock.move(timedelta(minutes=2))
    done = await desk.worked(it)
    assert (done.state, done.counts, done.progress) == (ImportState.DONE, expected, done.total)
    assert len(await desk.documents()) == 1 + expected["create"]
    undone = await desk.undone(done)
    assert undone.undo_counts.get("kept", 0) == 0
    assert list(await desk.documents()) == ["known"]


async def test_a_dry_run_that_dies_is_begun_afresh(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    it = await desk.upload(many(600))
    columns = {"0": Field.NAME, "1": Field.PHONE}
    await desk.imports.choose(it.id, it.revision, Choice(sheet=0, header_row=1, columns=columns), by=BY, now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "advance", _dies)
        with pytest.raises(DiedError):
            await desk.imports.work(NOW)
    desk.clock.move(timedelta(minutes=2))
    assert (await desk.worked(it)).counts == {"create": 600}


async def _dies(*_: Any) -> None:
    raise DiedError


async def test_somebody_elses_edit_between_plan_and_write_is_not_overwritten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await desk.known(phone="+8613800138000")
    it = await desk.checked([HEADER, ["张小满", "13800138000", "女", "", "B7"]], duplicates=Duplicates.FILL)
    await desk.imports.run(it.id, it.revision, by=BY, now=NOW)
    real = desk.patients.replace_many
    edited = replace(known, note="刚刚写的", record_number="C9", revision=1)

    async def overtaken(changes: Sequence[tuple[Patient, Patient]]) -> None:
        await desk.patients.replace_patient(known, edited)
        await real(changes)

    monkeypatch.setattr(desk.patients, "replace_many", overtaken)
    done = await desk.worked(it)
    assert done.counts == {"fill": 1}
    now = (await desk.patients.patients([known.id]))[known.id]
    assert (now.note, now.record_number, now.gender.value) == ("刚刚写的", "C9", "female")


# -- undo --------------------------------------------------------------------------------------------------------


async def test_undoing_leaves_everything_exactly_as_it_was(desk: Desk) -> None:
    await desk.known(phone="+8613800000001", name="张小满", record_number="K1")
    await desk.known(id=PatientId("other"), name="王五", phone="+8613500135000")
    before = await desk.documents()
    rows = [
        HEADER,
        ["张小满", "13800000001", "女", "1990-05-12", "", "补充的"],
        ["李四", "13900139000", "男"],
        ["李四", "13900139000", "", "1991-01-01", "B9"],
    ]
    it = await desk.ran(rows, duplicates=Duplicates.FILL, tag="导入")
    assert it.counts == {"create": 1, "fill": 2}
    assert await desk.documents() != before
    undone = await desk.undone(it)
    assert (undone.state, undone.undo_counts) == (ImportState.UNDONE, {"removed": 1, "restored": 2})
    assert await desk.documents() == before
    assert await desk.actions() == [
        "import:uploaded",
        "import:chosen",
        "import:started",
        "import:finished",
        "import:undo_started",
        "import:undone",
    ]


async def test_undoing_leaves_alone_what_has_a_life_of_its_own_and_says_why(desk: Desk) -> None:
    known = await desk.known(phone="+8613800138000")
    rows = [
        HEADER,
        ["李四", "13900139001"],
        ["王五", "13900139002"],
        ["赵六", "13900139003"],
        ["钱七", "13900139004"],
        ["张小满", "13800138000", "女", "", "B7"],
    ]
    it = await desk.ran(rows, duplicates=Duplicates.FILL)
    staged = desk.database.collection(ROWS).find({"verdict": "create"})
    created = {row["number"]: row["patient_id"] async for row in staged}
    people = await desk.patients.patients([PatientId(each) for each in created.values()])
    edited = people[created[2]]
    await desk.patients.replace_patient(edited, replace(edited, note="后来", revision=1))
    await desk.history.append(Interaction(id="x", at=NOW, kind=Kind.FOLLOWUP_OPENED, patient_id=created[3]))
    appointment = {"_id": "a", "patient_id": created[4], "request_key": "a"}
    await desk.database.collection("appointments").insert_one(appointment)
    filled = (await desk.patients.patients([known.id]))[known.id]
    await desk.patients.replace_patient(filled, replace(filled, record_number="B8", revision=filled.revision + 1))
    undone = await desk.undone(it)
    assert undone.undo_counts == {"kept": 4, "removed": 1}
    assert {row.number: row.remark for row in await desk.imports.left_alone(undone, by=BY)} == {
        2: "导入后被修改过",
        3: "导入后已有往来或修改记录",
        4: "已有预约",
        6: "病历号在导入后又被改过，保持现状；其余已恢复",
    }
    now = (await desk.patients.patients([known.id]))[known.id]
    assert (now.record_number, now.gender.value) == ("B8", "unknown")
    assert set(await desk.documents()) == {"known", created[2], created[3], created[4]}


async def test_an_undo_that_dies_is_finished(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.known(phone="+8613800000003", name=None)
    before = await desk.documents()
    it = await desk.ran(many(700), duplicates=Duplicates.FILL)
    await desk.imports.undo(it.id, it.revision, by=BY, now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "mark", _dies)
        with pytest.raises(DiedError):
            await desk.imports.work(NOW)
    desk.clock.move(timedelta(minutes=2))
    undone = await desk.worked(it)
    assert undone.undo_counts == {"removed": 699, "restored": 1}
    assert await desk.documents() == before


async def test_after_seven_days_an_import_stands(desk: Desk) -> None:
    it = await desk.ran([HEADER, ["李四", "13900139000"]])
    late = NOW + timedelta(days=7, seconds=1)
    assert not desk.imports.may_undo(it, late)
    with pytest.raises(InvalidInputError):
        await desk.imports.undo(it.id, it.revision, by=BY, now=late)
    assert desk.imports.may_undo(it, NOW + timedelta(days=7))


async def test_staged_rows_stay_as_long_as_undoing_may_need_them(desk: Desk) -> None:
    it = await desk.ran([HEADER, ["李四", "13900139000"]])
    row = await desk.database.collection(ROWS).find_one({"import_id": it.id, "number": 2})
    assert row is not None
    assert row["forget_at"] - desk.clock.machine_now() > timedelta(days=7, hours=23)


# -- what is handed out ------------------------------------------------------------------------------------------


async def test_the_list_of_problem_rows_can_be_mended_and_used_again(desk: Desk) -> None:
    it = await desk.checked([["名单"], HEADER, ["李四", "123"], ["=1+1", "13900139000"], ["王五", "13700137000"]])
    content = await desk.imports.problem_report(it, by=BY)
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["行号（原表）", "结果", "原因", *HEADER]
    assert rows[1][:2] == [3, "有误"]
    assert "是 3 位数字" in str(rows[1][2]) or "不是有效号码" in str(rows[1][2])
    again = await desk.imports.upload(_kept(desk, content), "problems.xlsx", by=BY, now=NOW)
    preview = await desk.imports.preview(again, by=BY)
    assert {column.field for column in preview.columns} >= {Field.NAME, Field.PHONE}


async def test_a_mistake_in_an_optional_cell_leaves_the_cell_out_and_the_row_goes_in(desk: Desk) -> None:
    rows = [
        HEADER,
        ["李四", "13900139000", "女", "1990", "B1", "复诊"],
        ["王五", "13700137000", "1", "1985", "", ""],
        ["赵六", "13600136000", "男", "1990-05-12", "", ""],
        ["钱七", "123", "男", "0512", "", ""],
    ]
    it = await desk.ran(rows)
    assert it.counts == {"create": 3, "wrong": 1}
    assert [(each.field, each.wrong, each.cells) for each in it.mistakes] == [
        (Field.BIRTHDAY, "只有年份，没有月和日", 2),
        (Field.BIRTHDAY, "只有月和日，没有年份", 1),
        (Field.PHONE, "是 3 位数字，不是有效号码", 1),
        (Field.GENDER, "看不出是男是女", 1),
    ]
    found = {patient.name: patient for patient in await desk.patients.by_phones(["+8613900139000", "+8613600136000"])}
    li, zhao = found["李四"], found["赵六"]
    assert (li.birthday, li.birthday_keys, li.record_number, li.note) == (None, (), "B1", "复诊")
    assert [tag.name for tag in li.tags] == ["待核对"]
    assert zhao.tags == ()
    listed = await desk.imports.judged(it, [Verdict.WRONG, Verdict.SKIP], by=BY)
    assert [(row.number, row.verdict, row.doubtful) for row in listed] == [
        (2, Verdict.CREATE, True),
        (3, Verdict.CREATE, True),
        (5, Verdict.WRONG, False),
    ]
    sheet = load_workbook(io.BytesIO(await desk.imports.problem_report(it, by=BY))).active
    assert sheet is not None
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["新增，待核对", "新增，待核对", "有误"]
    await desk.undone(it)
    assert await desk.documents() == {}


async def test_a_sheet_is_asked_once_in_which_order_its_dates_stand(desk: Desk) -> None:
    doubtful = [HEADER, ["李四", "13900139000", "", "30/05/12"]]
    it = await desk.checked(doubtful)
    assert [(each.wrong, each.cells) for each in it.mistakes] == [("看不出年、月、日的先后", 1)]
    it = await desk.ran(doubtful, date_order=DateOrder.DMY)
    assert (it.counts, it.mistakes) == ({"create": 1}, ())
    (patient,) = await desk.patients.by_phones(["+8613900139000"])
    assert patient.birthday == Birthday(calendar=Calendar.SOLAR, year=2012, month=5, day=30)


async def test_the_clear_dates_of_a_sheet_decide_the_others_in_the_dry_run_and_the_run(desk: Desk) -> None:
    it = await desk.ran([HEADER, ["李四", "13900139000", "", "05/12/1990"], ["王五", "13700137000", "", "25/12/1985"]])
    assert (it.counts, it.mistakes, it.date_order) == ({"create": 2}, (), DateOrder.DMY)
    (patient,) = await desk.patients.by_phones(["+8613900139000"])
    assert patient.birthday == Birthday(calendar=Calendar.SOLAR, year=1990, month=12, day=5)


async def test_a_cell_that_is_not_needed_brings_no_doubt_to_a_known_patient(desk: Desk) -> None:
    await desk.known(phone="+8613800138000", birthday=Birthday(calendar=Calendar.SOLAR, year=1990, month=5, day=12))
    rows = [HEADER, ["张小满", "13800138000", "不明", "1990"], ["张 小满", "13800138000", "", "1990", "A1"]]
    it = await desk.ran(rows, duplicates=Duplicates.FILL)
    assert it.counts == {"fill": 2}
    patient = (await desk.patients.patients([PatientId("known")]))[PatientId("known")]
    assert (patient.record_number, [tag.name for tag in patient.tags]) == ("A1", ["待核对"])  # for the gender alone


def _kept(desk: Desk, content: bytes) -> Path:
    path = desk.folder / "problems.xlsx"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("collection", "query"),
    [
        (IMPORTS, {"state": {"$in": ["running"]}, "lease_until": {"$not": {"$gt": NOW}}}),
        (ROWS, {"import_id": "i", "sheet": 0, "verdict": {"$in": ["wrong"]}, "number": {"$gt": 0}}),
        (ROWS, {"import_id": "i", "sheet": 0, "doubtful": True, "number": {"$gt": 0}}),
        (ROWS, {"import_id": "i", "undone": "kept", "number": {"$gt": 0}}),
        (ROWS, {"_id": {"$gt": "i/00/0000001", "$lt": "i/01/0000000"}, "done": False}),
    ],
)
async def test_every_question_about_imports_is_answered_from_an_index(
    desk: Desk, collection: str, query: dict[str, Any]
) -> None:
    await desk.checked([HEADER, ["李四", "13900139000"]])
    plan = await desk.database.collection(collection).find(query).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
