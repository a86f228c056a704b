"""endings.toml, intake.toml and practice.toml: a mistake is told with its place."""

from pathlib import Path

import pytest

from config.content import SHIPPED, load_content
from config.endings_file import EndingsFile, endings_findings
from config.intake_file import IntakeFile, intake_findings
from config.practice_file import PracticeFile, practice_findings
from config.settings import Settings
from config.toml_files import read_file
from wxbot.errors import ConfigurationError
from wxbot.installation import read_installation


def changed(folder: Path, name: str, old: str, new: str) -> Path:
    """The shipped file in another folder, with something else in it."""
    text = (SHIPPED / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))
    return folder


def test_the_shipped_wordings_are_read() -> None:
    content = load_content()
    assert content.endings.phrases.ask_more
    assert len([each for each in content.intake.fields if not each.optional]) == 7
    assert len(content.practice.cases) >= content.practice.needed


def test_a_sentence_with_braces_that_nobody_fills_is_told(tmp_path: Path) -> None:
    file = read_file(
        changed(tmp_path, "endings.toml", "{clinic}祝您健康", "{name}祝您健康"), "endings.toml", EndingsFile
    )
    assert file.parsed is not None
    (finding,) = endings_findings(file.parsed)
    assert "braces" in finding.what


def test_a_list_that_is_missing_is_told(tmp_path: Path) -> None:
    file = read_file(changed(tmp_path, "endings.toml", "goodbye = [", "hold2 = ["), "endings.toml", EndingsFile)
    told = " ".join(str(problem) for problem in file.problems)
    assert "goodbye" in told
    assert "hold2" in told


def test_a_field_without_a_question_is_told(tmp_path: Path) -> None:
    old = 'question = "您希望治疗之后达到什么样的效果呢？"'
    file = read_file(changed(tmp_path, "intake.toml", old, 'question = ""'), "intake.toml", IntakeFile)
    assert file.parsed is not None
    assert [finding.what for finding in intake_findings(file.parsed)] == ["'wish' has no question"]


def test_more_cases_needed_than_there_are_is_told(tmp_path: Path) -> None:
    file = read_file(changed(tmp_path, "practice.toml", "needed = 3", "needed = 30"), "practice.toml", PracticeFile)
    assert file.parsed is not None
    assert ["needed" in finding.what for finding in practice_findings(file.parsed)] == [True]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("endings.toml", '"[他妈|特么|tm]的"', '"[他妈|特么"'),
        ("practice.toml", '"[抱歉|对不起|让您久等]"', '"[抱歉"'),
    ],
)
def test_a_phrase_that_cannot_be_read_refuses_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str
) -> None:
    folder = changed(tmp_path, name, old, new)
    monkeypatch.setattr(
        "config.content.read_shipped",
        lambda _directory, file, schema: read_file(folder if file == name else SHIPPED, file, schema),
    )
    with pytest.raises(ConfigurationError, match=name):
        read_installation(Settings.model_construct())
