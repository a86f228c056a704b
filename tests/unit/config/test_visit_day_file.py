"""visit_day.toml: what it says becomes the rules of the day; what cannot be is refused with file, line and a fix."""

import shutil
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from config.content import SHIPPED, load_content
from config.problems import ContentError
from wxbot.demo.settings import DemoSettings
from wxbot.installation import read_installation
from wxbot.visits.rules import VisitDayRules, rules_of

LISTS = """
[[channels]]
key = "street"
name = "路过"
[[classes]]
key = "m"
name = "M 类"
[[complaints]]
key = "pain"
group = "基础治疗"
name = "牙疼"
practitioners = ["chen"]
[[no_next]]
key = "done"
name = "不需要"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def problems(folder: Path, text: str) -> list[str]:
    (folder / "visit_day.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as error:
        load_content(folder)
    return [str(each) for each in error.value.problems]


def test_the_shipped_file_says_the_articles_times() -> None:
    shipped, lists = read_installation(DemoSettings()).visit_day, VisitDayRules()
    times = [each.name for each in fields(VisitDayRules) if isinstance(getattr(lists, each.name), timedelta)]
    assert {name: getattr(shipped, name) for name in times} == {name: getattr(lists, name) for name in times}


def test_a4_35_the_shipped_taxonomy_has_the_specialities_basic_treatment_and_children() -> None:
    groups = {each.group for each in rules_of(load_content().visit_day.model_dump()).complaints}
    assert {"专科", "基础治疗", "儿童"} <= groups


def test_a_folder_without_the_file_uses_the_shipped_one(folder: Path) -> None:
    (folder / "visit_day.toml").unlink()
    assert load_content(folder).visit_day == load_content().visit_day


def test_a_clinic_says_it_otherwise(folder: Path) -> None:
    (folder / "visit_day.toml").write_text(f"[times]\nlate_call = 5\n{LISTS}", encoding="utf-8")
    rules = read_installation(DemoSettings(config_dir=folder)).visit_day
    assert (rules.late_call, rules.late_red) == (timedelta(minutes=5), timedelta(minutes=15))
    assert [each.name for each in rules.channels] == ["路过"]
    assert rules.needs == ()


def test_a_key_given_twice_is_refused_with_its_line(folder: Path) -> None:
    text = f'{LISTS}\n[[channels]]\nkey = "street"\nname = "门口"\n'
    (problem,) = problems(folder, text)
    assert "another of the channels has the key 'street' too" in problem
    assert "visit_day.toml line" in problem


def test_a_word_of_a_scene_means_one_channel(folder: Path) -> None:
    text = f'{LISTS}\n[[channels]]\nkey = "a"\nname = "甲"\nscenes = ["抖音"]\n'
    text += '[[channels]]\nkey = "b"\nname = "乙"\nscenes = ["抖音"]\n'
    (problem,) = problems(folder, text)
    assert "'抖音' means the channel 'a' already" in problem


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ("late_red = 10", "red after 10 minutes"),
        ("comfort_first = 15", "comfort comes after 15 minutes"),
        ("late_call = 0", "late_call"),
        ("late = 3", "late"),
    ],
)
def test_times_that_cannot_be_are_refused(folder: Path, times: str, words: str) -> None:
    assert any(words in each for each in problems(folder, f"[times]\n{times}\n{LISTS}"))


def test_without_a_reason_to_leave_nobody_could(folder: Path) -> None:
    text = LISTS.split("[[no_next]]", maxsplit=1)[0]
    assert any("no_next" in each for each in problems(folder, text))
