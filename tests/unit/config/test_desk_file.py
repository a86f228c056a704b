"""desk.toml: what it says becomes the rules of the desk; what cannot be is refused with file, line and a fix."""

import shutil
from dataclasses import fields
from datetime import time, timedelta
from pathlib import Path

import pytest

from config.content import SHIPPED, load_content
from config.desk_file import LESS_IS_BETTER, RESERVED, DeskFile, StandardsEntry, desk_findings
from config.problems import ContentError
from config.toml_files import read_file
from wxbot.clinic.models import Block, Weekday
from wxbot.conversations.rules import DeskRules, Rung
from wxbot.conversations.standards import STANDARDS, Standard
from wxbot.demo.settings import DemoSettings
from wxbot.installation import read_installation


def rules(folder: Path, text: str) -> DeskRules:
    (folder / "desk.toml").write_text(text, encoding="utf-8")
    return read_installation(DemoSettings(config_dir=folder)).desk


def problems(folder: Path, text: str) -> list[str]:
    (folder / "desk.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as error:
        load_content(folder)
    return [str(each) for each in error.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def test_an_empty_file_says_what_the_code_says_except_for_words(folder: Path) -> None:
    assert rules(folder, "") == DeskRules()


def test_the_shipped_file_says_the_articles_times() -> None:
    shipped = read_installation(DemoSettings()).desk
    words = {"tags", "hold_words", "high_intent"}
    times = [each.name for each in fields(DeskRules) if each.name not in words]
    assert {name: getattr(shipped, name) for name in times} == {name: getattr(DeskRules(), name) for name in times}
    assert shipped.hold_words
    assert shipped.high_intent


def test_a_folder_without_the_file_uses_the_shipped_one(folder: Path) -> None:
    (folder / "desk.toml").unlink()
    shipped = read_file(SHIPPED, "desk.toml", DeskFile).parsed
    assert load_content(folder).desk == shipped


def test_everything_can_be_said(folder: Path) -> None:
    said = rules(
        folder,
        """
hours = { sat = ["09:00-17:00"], mon = ["13:30-23:00", "08:30-12:00"] }
[clocks]
ring_after = 10
first_reply = 20
next_reply = 60
hold_limit = 90
offer_for = 15
silent_after = 100
take_back = 5
nudges = [60]
close_silent_after = 300
promise_warning = 0
promise_vague = 900
[[ladder]]
name = "all"
after = 45
tell = ["desk", "wechat"]
[people]
capacity = 6
trainee_capacity = 1
pause_after_missed = 3
no_new_before_end = 0
[words]
emergency_line = "999"
hold = ["稍等"]
high_intent = ["多少钱"]
tags = ["怕疼"]
[blocks]
usual_days = 3
most_days = 10
""",
    )
    assert said == DeskRules(
        hours=(
            Block(day=Weekday.MON, start=time(8, 30), end=time(12)),
            Block(day=Weekday.MON, start=time(13, 30), end=time(23)),
            Block(day=Weekday.SAT, start=time(9), end=time(17)),
        ),
        ring_after=timedelta(seconds=10),
        first_reply=timedelta(seconds=20),
        next_reply=timedelta(seconds=60),
        hold_limit=timedelta(seconds=90),
        offer_for=timedelta(seconds=15),
        silent_after=timedelta(seconds=100),
        take_back=timedelta(seconds=5),
        nudges=(timedelta(seconds=60),),
        close_silent_after=timedelta(seconds=300),
        promise_warning=timedelta(0),
        promise_vague=timedelta(seconds=900),
        ladder=(Rung(name="all", after=timedelta(seconds=45), tell=("desk", "wechat")),),
        capacity=6,
        trainee_capacity=1,
        pause_after_missed=3,
        no_new_before_end=timedelta(0),
        emergency_line="999",
        hold_words=("稍等",),
        high_intent=("多少钱",),
        tags=("怕疼",),
        block_usual=timedelta(days=3),
        block_most=timedelta(days=10),
    )


RUNG = '[[ladder]]\nname = "{}"\nafter = {}\ntell = ["desk"]\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[clocks]\ntake_back = 6\n", 2, "between 0 and 5"),
        ("[clocks]\nfirst_replies = 6\n", 2, "first_replies"),
        ('[clocks]\nfirst_reply = "30s"\n', 2, "first_reply"),
        ("[clocks]\nring_after = 31\n", 2, "late already"),
        ("[clocks]\nnudges = [600, 180]\n", 2, "not after the first"),
        ("[people]\n\ntrainee_capacity = 9\n", 3, "in training"),
        ("[blocks]\nusual_days = 8\nmost_days = 7\n", 2, "longer"),
        ("[survey]\nask = true\n", 1, "survey"),
        ('[hours]\nmon = ["09:00-12:00", "11:30-18:00"]\n', 2, "overlap"),
        ('[hours]\nmon = ["22:00-06:00"]\n', 2, "ends before it starts"),
        ('[hours]\nmonday = ["09:00-12:00"]\n', 2, "not a weekday"),
        (RUNG.format("a", 60) + RUNG.format("b", 60), 7, "not later than"),
        (RUNG.format("a", 60) + RUNG.format("a", 90), 6, "called 'a' too"),
        (RUNG.format(RESERVED[0], 60), 2, "of the desk's own"),
        (RUNG.format("a", 60).replace("desk", "boss"), 4, "tell"),
        ('[words]\nhold = [\n  "稍等",\n  "稍等",\n]\n', 3, "given twice"),
        ('[words]\ntags = ["怕疼", "怕疼"]\n', 2, "given twice"),
        ('[words]\ntags = ["一个比二十个字还要长得多的标签写不到患者上"]\n', 2, "tags"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(folder: Path, text: str, line: int, words: str) -> None:
    (problem,) = problems(folder, text)
    assert problem.startswith(f"desk.toml line {line}: ")
    assert words in problem


def test_the_shipped_file_has_no_findings() -> None:
    parsed = read_file(SHIPPED, "desk.toml", DeskFile).parsed
    assert parsed is not None
    assert list(desk_findings(parsed)) == []


def test_the_standards_are_those_of_the_code_and_go_its_way() -> None:
    assert StandardsEntry.model_fields.keys() == STANDARDS.keys()
    assert {name for name, each in STANDARDS.items() if each.excellent < each.basic} == LESS_IS_BETTER


def test_one_standard_can_be_set_and_the_others_stay(folder: Path) -> None:
    said = rules(folder, "[standards]\nfirst_p90 = [90, 45]\n").standards
    assert said == {**STANDARDS, "first_p90": Standard(basic=90, excellent=45)}


@pytest.mark.parametrize("pair", ["[95, 80]", "[80, 80]"])
def test_an_excellent_standard_that_is_no_better_is_refused(folder: Path, pair: str) -> None:
    (found,) = problems(folder, f"[standards]\non_time = {pair}\n")
    assert "of on_time the excellent standard" in found
    assert "desk.toml line 2" in found


def test_of_what_is_bad_less_is_better(folder: Path) -> None:
    (found,) = problems(folder, "[standards]\nrude = [0, 1]\n")
    assert "is not below the basic one" in found
