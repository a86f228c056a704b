"""Broken content is refused with file, line and fix; whole content is what the rooms are made of."""

import shutil
from collections.abc import Callable
from dataclasses import fields
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cattrs import Converter

from config.care_plan_file import CarePlanFile, OffsetEntry, StepEntry
from config.content import SHIPPED, Content, load_content
from config.problems import ConfigProblem, ContentError
from config.schemas import (
    BlockEntry,
    CardEntry,
    ClinicFile,
    ClosureEntry,
    PractitionerEntry,
    TemplateEntry,
    VisitTypeEntry,
)
from wxbot.care.models import CarePlan, Offset, Step
from wxbot.clinic.models import Block, Clinic, Closure, Practitioner, VisitType
from wxbot.templates.models import Card, Template

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped content."""
    for name in ("clinic.toml", "menu.toml", "variables.toml", "bindings.toml"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    for name in ("templates", "care_plans"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace the first occurrence of `old` in a file; it must be there."""

    def replace(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def line_of(folder: Path, name: str, words: str) -> int:
    lines = (folder / name).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def problems_of(folder: Path) -> tuple[ConfigProblem, ...]:
    with pytest.raises(ContentError) as refused:
        load_content(folder)
    return refused.value.problems


def only_problem(folder: Path) -> ConfigProblem:
    problems = problems_of(folder)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def structured(content: Content) -> tuple[Clinic, list[Template], list[CarePlan]]:
    converter = Converter(forbid_extra_keys=True)
    for kind in (date, time, ZoneInfo):
        converter.register_structure_hook(kind, lambda value, _: value)
    clinic = {**content.clinic.model_dump(), "timezone": ZoneInfo("Asia/Shanghai")}
    return (
        converter.structure(clinic, Clinic),
        [converter.structure(template.model_dump(), Template) for template in content.templates],
        [converter.structure(plan.model_dump(), CarePlan) for plan in content.plans],
    )


def test_the_shipped_content_structures_into_the_rooms() -> None:
    clinic, templates, plans = structured(load_content())
    assert clinic.name == "晨光口腔与皮肤诊所"
    assert {plan.aftercare for plan in plans} == {
        *(None, "surgery", "laser", "extraction"),
        *("filling", "scaling", "implant", "whitening", "injection"),
    }
    shown = {"extraction", "laser", "filling", "implant", "whitening", "injection"}  # a cleaning has none on purpose
    assert {kind.aftercare for kind in clinic.visit_types} == {None, *shown}
    assert len({template.key for template in templates}) == len(templates)


@pytest.mark.parametrize(
    ("entry", "dataclass", "elsewhere"),
    [
        (ClinicFile, Clinic, {"timezone"}),
        (VisitTypeEntry, VisitType, set()),
        (PractitionerEntry, Practitioner, set()),
        (BlockEntry, Block, set()),
        (ClosureEntry, Closure, set()),
        (TemplateEntry, Template, set()),
        (CardEntry, Card, set()),
        (CarePlanFile, CarePlan, set()),
        (StepEntry, Step, {"occurrence", "base"}),
        (OffsetEntry, Offset, set()),
    ],
)
def test_every_schema_has_exactly_the_fields_of_its_dataclass(entry: Any, dataclass: Any, elsewhere: set[str]) -> None:
    assert set(entry.model_fields) == {field.name for field in fields(dataclass)} - elsewhere


def test_a_number_out_of_range_is_told_with_line_range_and_an_example(folder: Path, edit: Edit) -> None:
    edit("clinic.toml", "minutes = 20", "minutes = 37")
    assert str(only_problem(folder)) == (
        f"clinic.toml line {line_of(folder, 'clinic.toml', 'minutes = 37')}: visit_types[1].minutes must be a multiple "
        "of 5 between 5 and 480, found 37. Write for instance minutes = 35."
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "what", "fix"),
    [
        (
            "clinic.toml",
            "lead_minutes = 60",
            "laed_minutes = 60",
            "laed_minutes is not known",
            "Did you mean lead_minutes?",
        ),
        ("clinic.toml", 'room = "2诊室"', 'roon = "2诊室"', "practitioners[1].roon is not known", "Did you mean room?"),
        ("clinic.toml", "minutes = 60\n", 'minutes = "60"\n', 'must be a whole number, found "60"', "minutes = 35"),
        ("clinic.toml", 'name = "洁牙"', 'name = ""', "visit_types[0].name must not be empty", 'name = "洁牙"'),
        (
            "clinic.toml",
            "closed_on_statutory_holidays = true",
            'closed_on_statutory_holidays = "no"',
            "true or false",
            "true",
        ),
        (
            "clinic.toml",
            '"laser_spots", "follow_up"',
            '"laser_spot", "follow_up"',
            "'laser_spot'",
            "Did you mean laser_spots?",
        ),
        ("clinic.toml", 'aftercare = "laser"', 'aftercare = "lasr"', "the aftercare 'lasr'", "Did you mean laser?"),
        ("clinic.toml", 'id = "gu"', 'id = "lin"', "id 'lin' is given twice", "Choose another"),
        ("clinic.toml", "last = 2027-03-14", "last = 2027-03-11", "before it begins", "Correct first or last"),
        ("clinic.toml", 'practitioner_id = "zhou"', 'practitioner_id = "zhu"', "'zhu'", "Did you mean zhou?"),
        (
            "clinic.toml",
            '"18:30-20:30"]',
            '"17:30-20:30"]',
            "overlap on wed: 13:30-18:00 and 17:30-20:30",
            "first has ended",
        ),
        ("clinic.toml", '"18:30-20:30"]', '"20:30-18:30"]', "ends before it starts", '"09:00-12:00"'),
        ("clinic.toml", '"18:30-20:30"]', '"18:30-25:00"]', "'25:00' is not an hour", '"09:00-12:00"'),
        ("clinic.toml", 'fri = ["09:00-12:00"]', 'fri = "09:00-12:00"', "the hours of fri are not a list", "fri = ["),
        ("clinic.toml", 'fri = ["09:00-12:00"]', 'friday = ["09:00-12:00"]', "'friday' is not a weekday", "mon, tue"),
        ("menu.toml", 'name = "我的预约"', 'name = "我的全部预约"', "18 bytes, WeChat allows 16", "Shorten name"),
        ("menu.toml", 'key = "HUMAN"\n', "", "a click entry needs key", 'key = "BOOK"'),
        ("menu.toml", 'key = "HUMAN"', 'key = "HUMAN"\nurl = "https://a.example/"', "takes no url", "Remove url"),
        (
            "templates/welcome.toml",
            "{privacy_contact}",
            "{privcy_contact}",
            "{privcy_contact}, which nothing",
            "privacy_contact?",
        ),
        ("templates/welcome.toml", "{privacy_contact}", "{privacy_contact", "a lonely {", "{{ and }} for braces"),
        ("templates/welcome.toml", "{privacy_contact}", "{a.b}", "{a.b}, which nothing fills", "Known: "),
        ("templates/profile.toml", 'name = "还没有"', 'nama = "还没有"', "fallback for 'nama'", "Use {nama}"),
        (
            "templates/consent.toml",
            '"consent.resumed"',
            '"consent.stopped"',
            "'consent.stopped' exists already",
            "Keep one",
        ),
        (
            "templates/errors.toml",
            'purpose = "service"',
            'purpose = "servce"',
            "'service', 'reminder'",
            'purpose = "service"',
        ),
        (
            "care_plans/birthday.toml",
            "birthday.wish",
            "birthday.whish",
            "'birthday.whish'",
            "Did you mean birthday.wish?",
        ),
        (
            "care_plans/birthday.toml",
            'purpose = "care"',
            'purpose = "service"',
            "its template 'birthday.wish' is 'care'",
            "same",
        ),
        ("care_plans/birthday.toml", "at = 09:30:00", 'at = "9.30"', "'9.30' is not an hour", '"09:30"'),
        ("care_plans/birthday.toml", "{ days = 0 }", "{ days = 0, hours = 1 }", "has hours and days", "{ days = 1 }"),
        ("care_plans/birthday.toml", "{ days = 0 }", "{}", "has none", "{ days = 1 }"),
        ("variables.toml", 'meaning = "就诊人姓名"\n', "", "variables.name.meaning is missing", "meaning ="),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_the_fix(  # noqa: PLR0917 - one column each
    folder: Path, edit: Edit, name: str, old: str, new: str, what: str, fix: str
) -> None:
    before = {
        str(number): text for number, text in enumerate((folder / name).read_text(encoding="utf-8").split("\n"), 1)
    }
    edit(name, old, new)
    problem = only_problem(folder)
    after = (folder / name).read_text(encoding="utf-8").split("\n")
    changed = next(number for number, text in enumerate(after, 1) if before.get(str(number)) != text)
    assert (problem.where, what in problem.what, fix in problem.fix) == (name, True, True), str(problem)
    assert problem.line is not None
    assert abs(problem.line - changed) <= 4, f"{problem} (changed line {changed})"


@pytest.mark.parametrize(
    ("text", "line", "what", "fix"),
    [
        ('name = "a\nb = 1\n', 1, "not valid TOML", "Close the text"),
        ("a = 1\nname 2\n", 2, "not valid TOML", "name = value"),
        ("a = 1\nname = 晨光\n", 2, "not valid TOML", "plain double quotes"),
        ("a = 1\n\nname = “晨光”\n", 3, "'“' is not a sign TOML knows", "half-width"),
        ("a = 1\nname ＝ 2\n", 2, "'＝' is not a sign TOML knows", "half-width"),
        ("a = 1\nb = 2\na = 3\n", 3, "not valid TOML", "given twice"),
        ("a = [1, 2\n", 1, "not valid TOML", "Close the list"),
        ('a = """open\nand\nopen\n', 3, "not valid TOML", "Close the text"),
        ("at = 9:30\n", 1, "not valid TOML", "09:30:00"),
    ],
)
def test_broken_toml_is_told_with_its_line(folder: Path, text: str, line: int, what: str, fix: str) -> None:
    (folder / "menu.toml").write_text(text, encoding="utf-8")
    problem = only_problem(folder)
    assert (problem.where, problem.line) == ("menu.toml", line), str(problem)
    assert what in problem.what
    assert fix in problem.fix


def test_problems_of_all_files_come_at_once(folder: Path, edit: Edit) -> None:
    edit("clinic.toml", "minutes = 20", "minutes = 37")
    edit("clinic.toml", "slot_minutes = 30", "slot_minutes = 3")
    edit("menu.toml", 'key = "BOOK"', "key = 5")
    edit("templates/welcome.toml", "{privacy_contact}", "{nobody}")
    (folder / "care_plans/birthday.toml").write_text("key =\n", encoding="utf-8")
    assert [(problem.where, problem.line is not None) for problem in problems_of(folder)] == [
        ("clinic.toml", True),
        ("clinic.toml", True),
        ("menu.toml", True),
        ("care_plans/birthday.toml", True),
        ("templates/welcome.toml", True),
    ]


def test_a_missing_file_is_told(folder: Path) -> None:
    (folder / "menu.toml").unlink()
    assert str(only_problem(folder)).startswith("menu.toml: the file does not exist. Put it into ")


def test_a_file_in_another_encoding_is_told_with_its_line(folder: Path) -> None:
    (folder / "menu.toml").write_bytes(b"a = 1\n" + 'b = "诊所"\n'.encode("gbk"))
    assert (
        str(only_problem(folder))
        == "menu.toml line 2: the file is not UTF-8 text. Save it again with the encoding UTF-8."
    )


def test_files_from_windows_editors_are_read(folder: Path) -> None:
    text = (SHIPPED / "clinic.toml").read_text(encoding="utf-8")
    (folder / "clinic.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_content(folder).clinic == load_content().clinic


def test_absurdly_nested_toml_is_refused_and_does_not_crash(folder: Path) -> None:
    (folder / "menu.toml").write_text("a = " + "[" * 100_000, encoding="utf-8")
    assert only_problem(folder).where == "menu.toml"


def test_a_wish_must_not_have_a_template_card(folder: Path, edit: Edit) -> None:
    edit("templates/birthday.toml", "[templates.notice_card]", "[templates.template_card]")
    assert "WeChat forbids birthday and holiday greetings as template messages" in only_problem(folder).what


def test_a_visit_type_nobody_offers_is_told(folder: Path, edit: Edit) -> None:
    edit("clinic.toml", 'visit_types = ["cleaning", ', "visit_types = [")
    assert "nobody offers the visit type 'cleaning'" in only_problem(folder).what


def test_hours_may_be_written_on_one_line(folder: Path, edit: Edit) -> None:
    edit(
        "clinic.toml",
        '[practitioners.hours]\nmon = ["09:00-12:00", "13:30-18:00"]\ntue = ["09:00-12:00", "13:30-18:00"]\n',
        'hours = { tue = ["13：30～18：00", "9:00–12:00"], mon = ["09:00-12:00", "13:30-18:00"] }\n#',
    )
    text = (folder / "clinic.toml").read_text(encoding="utf-8")
    for rest in ('wed = ["13:30-18:00", "18:30-20:30"]\n', 'fri = ["09:00-12:00", "13:30-18:00"]\n'):
        text = text.replace(rest, "", 1)
    (folder / "clinic.toml").write_text(
        text.replace("#sat", "#\n#sat", 1).replace("\nsat = [", "\n#sat = [", 1), encoding="utf-8"
    )
    hours = load_content(folder).clinic.practitioners[0].hours
    assert [(block.day, block.start, block.end) for block in hours] == [
        ("mon", time(9), time(12)),
        ("mon", time(13, 30), time(18)),
        ("tue", time(9), time(12)),
        ("tue", time(13, 30), time(18)),
    ]


def test_a_closure_without_last_is_one_day() -> None:
    closure = load_content().clinic.closures[1]
    assert (closure.first, closure.last) == (date(2027, 6, 30), date(2027, 6, 30))


def test_the_menu_is_what_the_platform_takes() -> None:
    wire = load_content().menu.wire()
    assert wire["button"][0] == {"type": "click", "name": "预约", "key": "BOOK"}
    assert [entry["key"] for entry in wire["button"][2]["sub_button"]] == ["CLINIC_INFO", "PROFILE", "HUMAN", "CONSENT"]
    assert "type" not in wire["button"][2]


def test_four_buttons_are_refused(folder: Path) -> None:
    button = '[[buttons]]\nname = "预约"\ntype = "click"\nkey = "BOOK"\n'
    (folder / "menu.toml").write_text(button * 4, encoding="utf-8")
    assert "buttons takes at most 3 entries" in only_problem(folder).what
