"""reception.toml: goals, checklist and scripts; what cannot be is refused with file, line and a fix."""

import shutil
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from config.content import SHIPPED, load_content
from config.problems import ContentError
from wxbot.demo.settings import DemoSettings
from wxbot.installation import read_installation
from wxbot.reception.rules import ReceptionRules

LISTS = """
[[lead_classes]]
key = "m_a"
name = "M-A"
invite = true
[[checklist]]
key = "greeting"
group = "礼仪"
name = "问候"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def problems(folder: Path, text: str) -> list[str]:
    (folder / "reception.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as error:
        load_content(folder)
    return [str(each) for each in error.value.problems]


def test_a4_12_the_shipped_goals_are_90_for_the_checklist_and_95_for_classes() -> None:
    shipped, lists = read_installation(DemoSettings()).reception, ReceptionRules()
    numbers = [each.name for each in fields(ReceptionRules) if isinstance(getattr(lists, each.name), int | timedelta)]
    assert {name: getattr(shipped, name) for name in numbers} == {name: getattr(lists, name) for name in numbers}
    assert (shipped.checklist_goal, shipped.class_goal) == (90, 95)


def test_a4_48_the_shipped_checklist_has_the_seven_things_and_a4_54_the_manners() -> None:
    groups = [each.group for each in read_installation(DemoSettings()).reception.checklist]
    assert groups.count("七件事") == 7
    assert groups.count("礼仪") >= 4


def test_a4_03_those_of_m_a_and_m_b_are_invited() -> None:
    classes = read_installation(DemoSettings()).reception.lead_classes
    assert [each.name for each in classes if each.invite] == ["M-A", "M-B"]


def test_a_folder_without_the_file_uses_the_shipped_one(folder: Path) -> None:
    (folder / "reception.toml").unlink()
    assert load_content(folder).reception == load_content().reception


def test_a_clinic_says_it_otherwise(folder: Path) -> None:
    (folder / "reception.toml").write_text(f"[goals]\nchecklist = 80\n{LISTS}", encoding="utf-8")
    rules = read_installation(DemoSettings(config_dir=folder)).reception
    assert (rules.checklist_goal, rules.class_goal, rules.finished) == (80, 95, frozenset())
    assert [each.name for each in rules.checklist] == ["问候"]
    assert rules.scripts.checkout == ()


def test_a_key_given_twice_is_refused_with_its_line(folder: Path) -> None:
    (problem,) = problems(folder, f'{LISTS}\n[[checklist]]\nkey = "greeting"\ngroup = "礼仪"\nname = "再问候"\n')
    assert "another of the checklist has the key 'greeting' too" in problem
    assert "reception.toml line" in problem


@pytest.mark.parametrize("goal", ["checklist = 0", "classes = 101", "sample = 0", "retention_days = 0", "nonsense = 1"])
def test_a_goal_that_cannot_be_is_refused(folder: Path, goal: str) -> None:
    (problem,) = problems(folder, f"[goals]\n{goal}\n{LISTS}")
    assert goal.split(" ", maxsplit=1)[0] in problem
