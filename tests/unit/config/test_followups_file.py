"""followups.toml: windows, limits, shares and scripts; what cannot be is refused with file, line and a fix."""

import shutil
from datetime import time, timedelta
from pathlib import Path

import pytest

from config.content import SHIPPED, load_content
from config.problems import ContentError
from wxbot.demo.settings import DemoSettings
from wxbot.followups.attempt_models import Clock, Effort, Group
from wxbot.followups.rules import FollowUpRules
from wxbot.installation import read_installation

SHIPPED_TEXT = (SHIPPED / "followups.toml").read_text(encoding="utf-8")
RULES = read_installation(DemoSettings()).followups


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def problems(folder: Path, text: str) -> list[str]:
    (folder / "followups.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as error:
        load_content(folder)
    return [str(each) for each in error.value.problems]


def test_the_shipped_limits_are_those_without_a_file() -> None:
    plain = FollowUpRules()
    for name in ("windows", "most", "week", "hours", "drift", "fewest", "pool"):
        assert getattr(RULES, name) == getattr(plain, name), name
    assert (RULES.most, RULES.week) == (5, 3)
    assert RULES.windows[0] == (time(9), time(11, 30))


def test_a4_41_a4_44_a4_45_the_clocks_are_24_and_48_hours() -> None:
    assert RULES.hours == {
        Clock.COMPLAINT: timedelta(hours=48),
        Clock.FIRST_VISIT: timedelta(hours=24),
        Clock.AFTERCARE: timedelta(hours=24),
    }


def test_a1_01_to_a1_05_the_shares_are_50_10_40_and_50_50_and_70_20_10() -> None:
    assert list(RULES.mix[Group.ONSITE].items()) == [
        (Effort.UNDECIDED, 50),
        (Effort.AFTERCARE, 10),
        (Effort.FURTHER, 40),
    ]
    assert list(RULES.mix[Group.DESK].values()) == [50, 50]
    assert list(RULES.mix[Group.ONLINE].items()) == [(Effort.LEAD, 70), (Effort.AFTERCARE, 20), (Effort.FURTHER, 10)]


def test_a2_11_a2_55_a2_56_every_script_has_a_goal_asks_who_it_is_and_whether_it_is_convenient_and_ends() -> None:
    for script in RULES.scripts:
        assert script.goal
        assert "请问是{name}吗" in script.greeting, script.key
        assert "不知您" in script.purpose or "现在能说几句吗" in script.purpose, script.key
        assert script.closing
    of_their_own = {"complaint", "correction", "danger", "objection", "aftercare", "aftercare_later"}
    usual = [each for each in RULES.scripts if each.key not in of_their_own]
    assert all("谢谢您的合作，再见" in each.closing for each in usual)


def test_a2_67_the_script_after_discharge_asks_for_a_recommendation_only_where_it_went_well() -> None:
    (script,) = [each for each in RULES.scripts if each.key == "discharge"]
    asked = "".join(script.lines)
    assert all(words in asked for words in ("路上", "康复训练", "效果好的，再请", "效果不好，不提"))


def test_a2_85_the_script_of_a_correction_apologises_first() -> None:
    (script,) = [each for each in RULES.scripts if each.key == "correction"]
    assert "抱歉" in script.purpose
    assert "对不起" in script.lines[0]


def test_a1_08_the_script_for_the_undecided_does_not_pretend_to_know_nothing() -> None:
    (script,) = [each for each in RULES.scripts if each.key == "undecided"]
    assert "上次咨询以后" in script.purpose
    assert "关心一下您的考虑" in script.lines[0]
    assert script.reason


def test_a_folder_without_the_file_uses_the_shipped_one(folder: Path) -> None:
    (folder / "followups.toml").unlink()
    assert load_content(folder).followups == load_content().followups


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('["09:00-11:30", "14:00-17:00"]', "[]", "windows"),
        ('["09:00-11:30", "14:00-17:00"]', '["09:00-12:00", "11:00-13:00"]', "overlap"),
        ("most = 5", "most = 0", "most"),
        ("undecided = 50\n", "undecided = 60\n", "110 percent"),
        ('key = "lead"', 'key = "call"', "another of the scripts has the key 'call' too"),
        ('key = "call"', 'key = "usual"', "there is no script 'call'"),
        ("请问是{name}吗？我是{clinic}", "请问是{nme}吗？我是{clinic}", "names nme"),
        ('closing = "谢谢您的合作，再见。"', 'closing = "谢谢{，再见。"', "names {"),
        ('effort = "lead"', 'effort = "nothing"', "effort"),
    ],
)
def test_what_cannot_be_is_refused(folder: Path, old: str, new: str, what: str) -> None:
    found = problems(folder, SHIPPED_TEXT.replace(old, new, 1))
    assert any(what in each for each in found), found
    assert all("followups.toml" in each for each in found)
