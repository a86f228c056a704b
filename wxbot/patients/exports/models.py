"""An export of patients: who wanted whom, which columns, why, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

ExportId = NewType("ExportId", str)


class Column(StrEnum):
    """What can be written of a patient, in the order of the sheet."""

    NAME = "name"
    GENDER = "gender"
    BIRTHDAY = "birthday"
    RECORD_NUMBER = "record_number"
    MASKED_PHONE = "masked_phone"
    PHONE = "phone"
    IDENTITY = "identity"
    TAGS = "tags"
    NOTE = "note"
    HOLD = "hold"
    SOURCE = "source"
    CREATED = "created"


COLUMN_NAMES: Mapping[Column, str] = {
    Column.NAME: "姓名",
    Column.GENDER: "性别",
    Column.BIRTHDAY: "生日",
    Column.RECORD_NUMBER: "病历号",
    Column.MASKED_PHONE: "手机（隐去中间）",
    Column.PHONE: "手机",
    Column.IDENTITY: "证件号",
    Column.TAGS: "标签",
    Column.NOTE: "备注",
    Column.HOLD: "暂停关怀的原因",
    Column.SOURCE: "建档方式",
    Column.CREATED: "建档时间",
}
SENSITIVE: Mapping[Column, str] = {  # each is ticked separately, and needs the right to reveal it as well
    Column.PHONE: "patients:phone:reveal",
    Column.IDENTITY: "patients:identity:reveal",
}


class Scope(StrEnum):
    """Whom an export is about."""

    ALL = "all"
    TAG = "tag"  # who bears a tag
    CREATED = "created"  # recorded between two days
    LIST = "list"  # pasted telephones and record numbers


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Whom an export is about, in particular. Days are local and both included."""

    scope: Scope
    tag: str = ""
    first_day: str = ""  # ISO
    last_day: str = ""  # ISO
    numbers: tuple[str, ...] = ()  # as pasted; forgotten when the file is written

    @property
    def in_words(self) -> str:
        """For the file's first rows, the audit and the list of exports."""
        match self.scope:
            case Scope.TAG:
                return f"标签「{self.tag}」"
            case Scope.CREATED:
                return f"{self.first_day} 至 {self.last_day} 建档"
            case Scope.LIST:
                return "指定的名单"
            case _:
                return "全部患者"


class ExportState(StrEnum):
    """How far an export has come."""

    WAITING = "waiting"  # to be written, or being written
    READY = "ready"  # may be fetched for half an hour
    FAILED = "failed"  # could not be written; says why


@dataclass(frozen=True, kw_only=True)
class Export:
    """One export. The file is deleted soon; this record remains."""

    id: ExportId
    by: str  # id of the account that asked for it; no other may fetch it
    by_name: str
    created_at: datetime
    selection: Selection
    columns: tuple[Column, ...]
    reason: str
    state: ExportState = ExportState.WAITING
    rows: int = 0  # patients written
    problem: str = ""  # why it failed, in words for staff
    finished_at: datetime | None = None
    fetched_at: datetime | None = None  # the last time
    lease_until: datetime | None = None  # machine time: until when its writer is believed alive
    bytes: int = 0
