"""What a row comes to, by the policy for duplicates, against known patients and against earlier rows."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from wxbot.history.models import PatientId
from wxbot.patients.imports.decisions import Decision, Frame, decide_all, patient_id_of, read_all
from wxbot.patients.imports.known import Known
from wxbot.patients.imports.models import Choice, Duplicates, Field, ImportId, Row, Verdict
from wxbot.patients.imports.undoing import restored
from wxbot.patients.models import Birthday, Calendar, Gender, Patient, Tag

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
IMPORT = ImportId("18f0000000aabcdef012345")
COLUMNS = {
    str(position): field
    for position, field in enumerate((Field.NAME, Field.PHONE, Field.RECORD_NUMBER, Field.IDENTITY, Field.TAGS))
}
ID_CARD = "11010119900307803X"
KNOWN = Patient(
    id=PatientId("known"),
    name="张小满",
    created_at=NOW,
    phone="+8613800138000",
    record_number="A1",
    source="staff:s1",
    revision=4,
)


def rows(*cells: list[str]) -> list[Row]:
    return [
        Row(id=str(number), import_id=IMPORT, sheet=0, number=number, cells=tuple(each), forget_at=NOW)
        for number, each in enumerate(cells, 2)
    ]


def decide(*cells: list[str], known: Patient | None = KNOWN, **choice: Any) -> list[Decision]:
    frame = Frame(
        import_id=IMPORT,
        choice=Choice(sheet=0, header_row=1, columns=COLUMNS, **choice),
        header=("姓名", "电话", "档案号", "身份证", "分类"),
        today=date(2026, 11, 23),
        at=NOW,
    )
    staged = rows(*cells)
    return decide_all(staged, read_all(staged, frame), Known([known] if known else []), frame)


def verdicts(decisions: list[Decision]) -> list[Verdict]:
    return [decision.verdict for decision in decisions]


def test_a_new_person_becomes_a_patient_whose_id_follows_from_the_line() -> None:
    (decision,) = decide(["李四", "13900139000", "B1", "", "复诊"], tag="2026导入")
    patient = decision.after
    assert patient is not None
    assert (decision.verdict, decision.before) == (Verdict.CREATE, None)
    assert patient.id == patient_id_of(IMPORT, 2)
    assert len(patient.id) == len(IMPORT)
    assert (patient.name, patient.phone, patient.record_number) == ("李四", "+8613900139000", "B1")
    assert patient.source == f"import:{IMPORT}"
    assert [(tag.name, tag.by) for tag in patient.tags] == [("复诊", patient.source), ("2026导入", patient.source)]
    assert "李四" in patient.search_keys


def test_ids_of_different_lines_differ() -> None:
    assert len({patient_id_of(IMPORT, line) for line in range(1, 20_001)}) == 20_000


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        (["张小满", "13800138000"], "与已有患者重复（手机相同）"),
        (["", "13800138000"], "与已有患者重复（手机相同）"),
        (["张小满", "", "A1"], "与已有患者重复（病历号相同）"),
        (["李四", "13800138000"], "与已有患者重复（手机相同），姓名不同"),
    ],
)
def test_a_duplicate_is_skipped_with_the_reason(cells: list[str], remark: str) -> None:
    (decision,) = decide(cells)
    assert (decision.verdict, decision.remark, decision.after) == (Verdict.SKIP, remark, None)


def test_a_duplicate_inside_the_file_names_the_earlier_line() -> None:
    decisions = decide(["李四", "13900139000"], ["王五", "13700137000"], ["李四", "13900139000"])
    assert verdicts(decisions) == [Verdict.CREATE, Verdict.CREATE, Verdict.SKIP]
    assert decisions[2].remark == "与第 2 行重复（手机相同）"


def test_a_family_shares_a_telephone_where_staff_say_so() -> None:
    family = [["李大", "13900139000"], ["李小", "13900139000"], ["李大", "13900139000"]]
    assert verdicts(decide(*family, family=True)) == [Verdict.CREATE, Verdict.CREATE, Verdict.SKIP]
    assert verdicts(decide(*family)) == [Verdict.CREATE, Verdict.SKIP, Verdict.SKIP]


def test_filling_takes_what_is_empty_and_overwrites_nothing() -> None:
    (decision,) = decide(["张小满", "13900139000", "A1", ID_CARD, "复诊"], duplicates=Duplicates.FILL)
    assert decision.verdict is Verdict.FILL
    assert decision.before == KNOWN
    assert decision.after is not None
    assert (decision.after.phone, decision.after.identity) == ("+8613800138000", ID_CARD)
    assert [tag.name for tag in decision.after.tags] == ["复诊"]
    assert decision.after.revision == KNOWN.revision + 1


def test_filling_never_mixes_two_people() -> None:
    (decision,) = decide(["李四", "13800138000", "", ID_CARD], duplicates=Duplicates.FILL)
    assert decision.verdict is Verdict.SKIP
    assert decision.remark == "与已有患者重复（手机相同），姓名不同，没有补充，请人工核对"


def test_filling_with_nothing_new_is_skipped() -> None:
    (decision,) = decide(["张小满", "13800138000"], duplicates=Duplicates.FILL)
    assert (decision.verdict, decision.remark) == (Verdict.SKIP, "与已有患者重复（手机相同），没有空着的项可补")


def test_a_later_row_fills_what_an_earlier_one_created() -> None:
    first, second = decide(["李四", "13900139000"], ["李四", "13900139000", "B7"], duplicates=Duplicates.FILL)
    assert (first.verdict, second.verdict) == (Verdict.CREATE, Verdict.FILL)
    assert second.before == first.after


def test_creating_anyway_still_keeps_record_numbers_apart() -> None:
    cells = [["张小满", "13800138000"], ["张小满", "13800138000", "A1"], ["李四", "", "B1"], ["王五", "", "B1"]]
    decisions = decide(*cells, duplicates=Duplicates.CREATE)
    assert verdicts(decisions) == [Verdict.CREATE, Verdict.WRONG, Verdict.CREATE, Verdict.WRONG]
    assert decisions[1].problems[0].wrong == "这个病历号已属于另一位患者"


def test_numbers_of_two_different_patients_are_wrong() -> None:
    other = replace(KNOWN, id=PatientId("other"), phone=None, record_number=None, identity=ID_CARD)
    frame_known = Known([KNOWN, other])
    staged = rows(["张小满", "", "A1", ID_CARD])
    frame = Frame(
        import_id=IMPORT,
        choice=Choice(sheet=0, header_row=1, columns=COLUMNS),
        header=(),
        today=date(2026, 11, 23),
        at=NOW,
    )
    (decision,) = decide_all(staged, read_all(staged, frame), frame_known, frame)
    assert decision.problems[0].wrong == "病历号和证件号属于两位不同的患者"


def test_every_wrong_cell_of_a_row_is_named_by_its_own_header() -> None:
    (decision,) = decide(["123", "456", "", "x" * 30])
    assert decision.verdict is Verdict.WRONG
    assert [problem.column for problem in decision.problems] == ["姓名", "电话", "身份证"]


def test_a_mistake_in_another_cell_than_name_and_telephone_leaves_that_cell_out() -> None:
    (decision,) = decide(["李四", "13900139000", "", "x" * 30], tag="老客户")
    assert (decision.verdict, [problem.column for problem in decision.problems]) == (Verdict.CREATE, ["身份证"])
    assert decision.after is not None
    assert (decision.after.name, decision.after.phone, decision.after.identity) == ("李四", "+8613900139000", None)
    assert [tag.name for tag in decision.after.tags] == ["老客户", "待核对"]


def test_a_doubtful_blank_in_a_name_is_shown_and_a_lined_up_one_closed() -> None:
    closed, kept = decide(["郭 芳", "13900139000"], ["张三 李四", "13700137000"])
    assert closed.after is not None
    assert (closed.after.name, closed.problems, closed.after.tags) == ("郭芳", (), ())
    assert kept.after is not None
    assert (kept.after.name, [tag.name for tag in kept.after.tags]) == ("张三 李四", ["待核对"])
    assert kept.problems[0].wrong == "姓名中间有空格，已照原样导入"


def test_source_and_last_visit_become_lines_of_the_note() -> None:
    columns = {"0": Field.NAME, "1": Field.NOTE, "2": Field.ORIGIN, "3": Field.LAST_VISIT}
    frame = Frame(
        import_id=IMPORT, choice=Choice(sheet=0, header_row=1, columns=columns), header=(), today=TODAY, at=NOW
    )
    staged = rows(["李四", "怕疼", "美团", "2025/3/1"], ["王五", "", "", "20250301"], ["赵六", "", "", "2025111"])
    decisions = decide_all(staged, read_all(staged, frame), Known([]), frame)
    assert [decision.after.note if decision.after else "" for decision in decisions] == [
        "怕疼\n来源：美团\n上次到诊：2025-03-01",
        "上次到诊：2025-03-01",
        "",
    ]
    assert decisions[2].problems[0].wrong == "不是一个能确定的日期"


def test_a_row_needs_a_name_or_a_telephone() -> None:
    nothing, phone_only = decide(["", "", "C1"], ["", "13900139000"])
    assert (nothing.verdict, nothing.problems[0].wrong) == (Verdict.WRONG, "姓名和手机都是空的")
    assert phone_only.verdict is Verdict.CREATE


# -- taking back ---------------------------------------------------------------------------------------------------

BIRTHDAY = Birthday(calendar=Calendar.SOLAR, year=1990, month=5, day=12)
TAG = Tag(name="复诊", by=f"import:{IMPORT}", at=NOW, source="导入")
FILLED = replace(KNOWN, identity=ID_CARD, gender=Gender.FEMALE, birthday=BIRTHDAY, tags=(TAG,), revision=5)


def test_what_nobody_touched_is_exactly_as_before() -> None:
    assert restored(FILLED, KNOWN, FILLED) == (KNOWN, [])


def test_what_was_changed_since_stays_and_is_named() -> None:
    since = replace(FILLED, gender=Gender.MALE, note="后来写的", revision=6)
    again, stay = restored(since, KNOWN, FILLED)
    assert stay == ["性别"]
    assert (again.identity, again.gender, again.note, again.birthday, again.tags) == (
        None,
        Gender.MALE,
        "后来写的",
        None,
        (),
    )
    assert again.revision == 7


def test_taking_back_twice_changes_nothing_more() -> None:
    since = replace(FILLED, note="后来写的", revision=6)
    once, _ = restored(since, KNOWN, FILLED)
    assert restored(once, KNOWN, FILLED) == (once, [])
