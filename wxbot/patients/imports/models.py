"""An import, its sheets, its rows, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from wxbot.history.models import PatientId
from wxbot.patients.imports.dates import DateOrder
from wxbot.patients.models import Patient

ImportId = NewType("ImportId", str)


class Field(StrEnum):
    """What a column can hold."""

    NAME = "name"
    PHONE = "phone"
    SECOND_PHONE = "second_phone"
    GENDER = "gender"
    BIRTHDAY = "birthday"
    RECORD_NUMBER = "record_number"
    IDENTITY = "identity"
    TAGS = "tags"
    NOTE = "note"
    ORIGIN = "origin"  # where the patient came from; a line of the note
    LAST_VISIT = "last_visit"  # a day, of before there was this service; a line of the note


FIELD_NAMES: Mapping[Field, str] = {
    Field.NAME: "姓名",
    Field.PHONE: "手机",
    Field.SECOND_PHONE: "第二个电话",
    Field.GENDER: "性别",
    Field.BIRTHDAY: "生日",
    Field.RECORD_NUMBER: "病历号",
    Field.IDENTITY: "证件号",
    Field.TAGS: "标签",
    Field.NOTE: "备注",
    Field.ORIGIN: "来源（写进备注）",
    Field.LAST_VISIT: "上次到诊（写进备注）",
}
NEEDED = (Field.NAME, Field.PHONE)  # a mistake in another cell leaves that cell out, and the row goes in
TO_CHECK = "待核对"  # the tag of a patient with a cell that was left out or is doubtful


class ImportState(StrEnum):
    """How far an import has come."""

    UPLOADED = "uploaded"  # its rows are staged; columns are still to be named
    CHECKING = "checking"  # the dry run is at work
    CHECKED = "checked"  # the dry run is through; nothing has been written yet
    RUNNING = "running"  # patients are being written
    DONE = "done"  # all rows are through; may be undone for seven days
    UNDOING = "undoing"
    UNDONE = "undone"


WORKING = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)  # the background has something to do


class Duplicates(StrEnum):
    """What to do with a row whose patient is known already."""

    SKIP = "skip"  # leave the known patient as they are
    FILL = "fill"  # fill what is empty in the known patient, overwrite nothing
    CREATE = "create"  # create another patient all the same


class HiddenRows(StrEnum):
    """What to do with rows that a filter or somebody has hidden."""

    UNDECIDED = ""
    LEFT_OUT = "left_out"
    TOO = "too"


HIDDEN_WORDS: Mapping[HiddenRows, str] = {
    HiddenRows.LEFT_OUT: "隐藏的行不导入，只导入看得见的",
    HiddenRows.TOO: "隐藏的行也导入",
}


class Verdict(StrEnum):
    """What a row comes to."""

    CREATE = "create"
    FILL = "fill"
    SKIP = "skip"
    WRONG = "wrong"


class Undone(StrEnum):
    """What undoing did about a row."""

    REMOVED = "removed"  # the patient it had created is gone again
    RESTORED = "restored"  # every field it had filled is as it was
    KEPT = "kept"  # something happened since; left alone, with the reason


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet of an uploaded file."""

    name: str
    rows: int  # rows that hold something
    columns: int
    hidden: bool = False
    hidden_rows: int = 0  # of them: hidden by a filter or by hand
    too_long: bool = False  # more rows than one import takes; not staged


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What staff decided about a file."""

    sheet: int
    header_row: int  # line of the sheet, from 1
    columns: Mapping[str, Field]  # column from "0" → what it holds; columns left out are ignored
    duplicates: Duplicates = Duplicates.SKIP
    family: bool = False  # one phone, another name: another member of the family, not a duplicate
    tag: str = ""  # set on everybody this import creates or fills
    date_order: DateOrder = DateOrder.SHEET  # of birthdays such as 30/05/12
    hidden: HiddenRows = HiddenRows.UNDECIDED


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One kind of mistake, and in how many cells it was found."""

    field: Field | None  # what the column holds; None where the mistake is of the row
    wrong: str
    cells: int


@dataclass(frozen=True, kw_only=True)
class Import:
    """One uploaded file and its way into the patients."""

    id: ImportId
    filename: str
    by: str  # id of the account that uploaded it
    by_name: str
    created_at: datetime
    sheets: tuple[Sheet, ...]
    state: ImportState = ImportState.UPLOADED
    choice: Choice | None = None
    total: int = 0  # rows to go through in the present state
    progress: int = 0  # rows that are through
    counts: Mapping[str, int] = field(default_factory=dict)  # by verdict
    mistakes: tuple[Mistake, ...] = ()  # found in the rows, the most frequent first
    date_order: DateOrder = DateOrder.SHEET  # as the sheet's own clear dates show, where staff did not say
    undo_counts: Mapping[str, int] = field(default_factory=dict)  # by what undoing did
    started_at: datetime | None = None
    finished_at: datetime | None = None
    undone_at: datetime | None = None
    actor: str = ""  # id of the account that asked for the present work
    actor_name: str = ""
    lease_until: datetime | None = None  # machine time: until when its worker is believed alive
    revision: int = 0

    @property
    def working(self) -> bool:
        """Whether the background has something to do."""
        return self.state in WORKING


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one cell, in words for staff."""

    column: str  # the header, or the field's name
    value: str
    wrong: str
    expected: str
    example: str
    field: Field | None = None  # what the column holds; older rows do not say


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a sheet, as staged, and what it came to."""

    id: str  # `<import>/<sheet>/<line>`
    import_id: ImportId
    sheet: int
    number: int  # line of the sheet, from 1
    cells: tuple[str, ...]
    forget_at: datetime  # machine time
    hidden: bool = False  # by a filter or by hand
    verdict: Verdict | None = None
    problems: tuple[Problem, ...] = ()
    doubtful: bool = False  # it goes in, but cells with problems were left out or are to be checked
    remark: str = ""  # why it is skipped, or why undoing left it alone
    patient_id: PatientId | None = None
    before: Patient | None = None  # the patient it fills, as they were
    after: Patient | None = None  # and as they are then
    planned: bool = False  # what it comes to is decided and written down; it may be under way
    done: bool = False
    undone: Undone | None = None


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How a header was mapped the last time."""

    id: str  # digest of the header's names
    columns: Mapping[str, Field]
    by: str
    at: datetime


VERDICT_WORDS: Mapping[Verdict, str] = {
    Verdict.CREATE: "新增",
    Verdict.FILL: "补充",
    Verdict.SKIP: "跳过",
    Verdict.WRONG: "有误",
}
UNDONE_WORDS: Mapping[Undone, str] = {Undone.REMOVED: "移除", Undone.RESTORED: "恢复", Undone.KEPT: "保留"}
STATE_WORDS: Mapping[ImportState, str] = {
    ImportState.UPLOADED: "等待对应列",
    ImportState.CHECKING: "正在试算",
    ImportState.CHECKED: "试算完成，还没有写入",
    ImportState.RUNNING: "正在导入",
    ImportState.DONE: "已导入",
    ImportState.UNDOING: "正在撤销",
    ImportState.UNDONE: "已撤销",
}
DUPLICATE_WORDS: Mapping[Duplicates, str] = {
    Duplicates.SKIP: "跳过这一行，已有的患者不动",
    Duplicates.FILL: "只补充已有患者空着的项，不覆盖",
    Duplicates.CREATE: "仍然新建一位患者",
}


def in_words(counts: Mapping[str, int]) -> str:
    """Counts by verdict in one line."""
    return "，".join(f"{words} {counts.get(verdict, 0)}" for verdict, words in VERDICT_WORDS.items())


def undone_in_words(counts: Mapping[str, int]) -> str:
    """Counts of what undoing did, in one line."""
    return "，".join(f"{words} {counts.get(undone, 0)} 位" for undone, words in UNDONE_WORDS.items())
