"""What a row comes to: a new patient, fields filled, skipped, or wrong. Pure; the dry run and the run both ask here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from wxbot.history.models import PatientId
from wxbot.patients.birthdays import keys_for
from wxbot.patients.derived import search_keys
from wxbot.patients.imports.dates import DateOrder
from wxbot.patients.imports.known import Known, Match
from wxbot.patients.imports.models import TO_CHECK, Choice, Duplicates, HiddenRows, ImportId, Problem, Row, Verdict
from wxbot.patients.imports.readings import Reading, read_row
from wxbot.patients.models import Gender, Patient, Tag
from wxbot.patients.search_keys import keys_of

TAG_SOURCE = "导入"
_RANDOM = slice(11, 18)  # of an import's id: 11 digits are its time
_LINE_DIGITS = 5  # hexadecimal; a sheet has at most 1,048,576 lines


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do with one row. `before` and `after` are the patient; a new one has no `before`."""

    row: Row
    verdict: Verdict
    remark: str = ""
    problems: tuple[Problem, ...] = ()
    before: Patient | None = None
    after: Patient | None = None


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What all rows of one import share."""

    import_id: ImportId
    choice: Choice
    header: Sequence[str]
    today: date  # the clinic's date when the file came
    at: datetime  # when its patients count as recorded
    date_order: DateOrder = DateOrder.SHEET  # of the sheet's short dates, as staff or its clear ones say


def decide_all(rows: Sequence[Row], readings: Sequence[Reading], known: Known, frame: Frame) -> list[Decision]:
    """Decide rows in order; each learns of those before it. Blocking for long lists: call it in a thread."""
    decisions = []
    for row, reading in zip(rows, readings, strict=True):
        left_out = row.hidden and frame.choice.hidden is not HiddenRows.TOO
        decision = _left_out(row) if left_out else decide(row, reading, known, frame)
        if decision.after is not None:
            known.learn(decision.after)
        decisions.append(decision)
    return decisions


def read_all(rows: Sequence[Row], frame: Frame) -> list[Reading]:
    """Read rows. Blocking for long lists: call it in a thread."""
    return [read_row(row, frame.choice, frame.header, frame.today, frame.date_order) for row in rows]


def decide(row: Row, reading: Reading, known: Known, frame: Frame) -> Decision:
    """One row, by the import's policy for duplicates."""
    if reading.problems:
        return Decision(row=row, verdict=Verdict.WRONG, problems=(*reading.problems, *reading.doubts))
    matches = known.match(reading)
    if frame.choice.family:  # one telephone, several people
        matches = [match for match in matches if match.same_name or match.patient.phone != reading.phone]
    if not matches:
        return _create(row, reading, frame)
    match = matches[0]
    who = _who(match, frame)
    if len(matches) > 1 and match.by is not matches[1].by:
        problem = Problem(
            column="病历号、证件号",
            value="",
            wrong="病历号和证件号属于两位不同的患者",
            expected="属于同一位；请核对，或先合并两份档案",
            example="",
        )
        return Decision(row=row, verdict=Verdict.WRONG, remark=who, problems=(problem,))
    if frame.choice.duplicates is Duplicates.CREATE:
        return _create_anyway(row, reading, known, frame)
    if frame.choice.duplicates is Duplicates.FILL:
        return _fill(row, reading, match, known, frame)
    return Decision(row=row, verdict=Verdict.SKIP, remark=who if match.same_name else f"{who}，姓名不同")


def _left_out(row: Row) -> Decision:
    return Decision(row=row, verdict=Verdict.SKIP, remark="这一行在表格里被筛选或隐藏")


def new_patient(row: Row, reading: Reading, frame: Frame) -> Patient:
    """The patient a row creates. The same row makes the same patient, however often it is tried."""
    return Patient(
        id=patient_id_of(frame.import_id, row.number),
        name=reading.name,
        created_at=frame.at - timedelta(milliseconds=row.number),  # lists keep the file's order, and page by this
        phone=reading.phone,
        second_phone=reading.second_phone,
        gender=reading.gender,
        birthday=reading.birthday,
        birthday_keys=keys_for(reading.birthday) if reading.birthday else (),
        record_number=reading.record_number,
        identity=reading.identity,
        note=reading.note,
        tags=_tags((), reading, frame),
        source=f"import:{frame.import_id}",
        search_keys=keys_of(
            name=reading.name,
            phone=reading.phone,
            second_phone=reading.second_phone,
            record_number=reading.record_number,
        ),
    )


def filled(patient: Patient, reading: Reading, frame: Frame) -> Patient:
    """The patient with what was empty filled; the same object when nothing was."""
    birthday = patient.birthday or reading.birthday
    fuller = replace(
        patient,
        name=patient.name or reading.name,
        phone=patient.phone or reading.phone,
        second_phone=patient.second_phone or reading.second_phone,
        gender=reading.gender if patient.gender is Gender.UNKNOWN else patient.gender,
        birthday=birthday,
        birthday_keys=keys_for(birthday) if birthday else (),
        record_number=patient.record_number or reading.record_number,
        identity=patient.identity or reading.identity,
        note=patient.note or reading.note,
        tags=_tags(patient.tags, reading, frame),
    )
    if fuller == patient:
        return patient
    return replace(fuller, search_keys=search_keys(fuller), revision=patient.revision + 1)


def patient_id_of(import_id: ImportId, line: int) -> PatientId:
    """The id of the patient that a line creates: shaped like every other id, and always the same."""
    return PatientId(f"{import_id[:11]}{import_id[_RANDOM]}{line:0{_LINE_DIGITS}x}")


def _create_anyway(row: Row, reading: Reading, known: Known, frame: Frame) -> Decision:
    owner = known.with_record_number(reading.record_number) if reading.record_number else None
    if owner is not None:
        return Decision(row=row, verdict=Verdict.WRONG, problems=(taken_number(reading),))
    return _create(row, reading, frame)


def _create(row: Row, reading: Reading, frame: Frame) -> Decision:
    new = new_patient(row, reading, frame)
    return Decision(row=row, verdict=Verdict.CREATE, after=new, problems=reading.doubts)


def taken_number(reading: Reading) -> Problem:
    """That the record number is another's."""
    return Problem(
        column="病历号",
        value=reading.record_number or "",
        wrong="这个病历号已属于另一位患者",
        expected="没有用过的病历号，或留空",
        example="A20260001",
    )


def _fill(row: Row, reading: Reading, match: Match, known: Known, frame: Frame) -> Decision:
    who = _who(match, frame)
    if not match.same_name:
        return Decision(row=row, verdict=Verdict.SKIP, remark=f"{who}，姓名不同，没有补充，请人工核对")
    owner = known.with_record_number(reading.record_number) if reading.record_number else None
    if owner is not None and owner.id != match.patient.id:
        return Decision(row=row, verdict=Verdict.WRONG, remark=who, problems=(taken_number(reading),))
    reading = replace(reading, doubts=tuple(doubt for doubt in reading.doubts if _is_empty(match.patient, doubt)))
    after = filled(match.patient, reading, frame)
    if after is match.patient:
        return Decision(row=row, verdict=Verdict.SKIP, remark=f"{who}，没有空着的项可补")
    doubts = reading.doubts
    return Decision(row=row, verdict=Verdict.FILL, remark=who, problems=doubts, before=match.patient, after=after)


def _is_empty(patient: Patient, doubt: Problem) -> bool:
    """Whether what a doubtful cell ought to say is empty in the record; where it is not, the cell would not count."""
    value = getattr(patient, doubt.field, None) if doubt.field is not None else None
    return not value or value is Gender.UNKNOWN


def _who(match: Match, frame: Frame) -> str:
    if match.patient.source == f"import:{frame.import_id}":
        return f"与第 {int(match.patient.id[-_LINE_DIGITS:], 16)} 行重复（{match.by}）"
    return f"与已有患者重复（{match.by}）"


def _tags(present: tuple[Tag, ...], reading: Reading, frame: Frame) -> tuple[Tag, ...]:
    own = [*([frame.choice.tag] if frame.choice.tag else []), *([TO_CHECK] if reading.doubts else [])]
    wanted = dict.fromkeys([*reading.tags, *own])
    has = {tag.name for tag in present}
    by = f"import:{frame.import_id}"
    return (*present, *(Tag(name=name, by=by, at=frame.at, source=TAG_SOURCE) for name in wanted if name not in has))
