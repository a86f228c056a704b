"""`wxbot check`: what the files' own rules cannot see, the care engine says."""

import shutil
from pathlib import Path

import pytest

import config
from wxbot.checkup import examine_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "config"
    shutil.copytree(Path(config.__file__).parent, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setenv("WXBOT_CONFIG_DIR", str(copy))
    return copy


def of_plans() -> list[str]:
    return [problem for problem in examine_files().problems if problem.startswith("Care plan")]


def test_the_shipped_care_plans_have_no_problems(folder: Path) -> None:
    assert folder.is_dir()
    assert of_plans() == []


def test_a_reminder_that_would_ring_at_night_is_named(folder: Path) -> None:
    plan = folder / "care_plans" / "appointment.toml"
    plan.write_text(plan.read_text().replace("grace_hours = 1.5", "grace_hours = 1.5\nanswer = true"))
    (problem,) = of_plans()
    assert problem.startswith("Care plan 'appointment', step 'two_hours_before': ")
    assert problem.endswith("only what follows the patient's own action may leave in quiet hours; remove `answer`.")
