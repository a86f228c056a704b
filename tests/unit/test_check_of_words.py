"""`wxbot check` says which shipped wording the lexicon would not let through, and where a lexicon is broken."""

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


def test_the_shipped_wording_passes_the_shipped_lexicon(folder: Path) -> None:
    found = examine_files()
    assert [line for line in found.fine if line.startswith("Lexicon: ")] != []
    assert [line for line in found.warnings if line.startswith("Template ")] == []
    assert folder.is_dir()


def test_forbidden_wording_is_named_with_its_reason_and_another_way(folder: Path) -> None:
    wording = folder / "templates" / "birthday.toml"
    wording.write_text(wording.read_text().replace("愿身体安康", "愿顽疾根治"))
    (warning,) = (line for line in examine_files().warnings if line.startswith("Template "))
    assert warning.startswith("Template birthday.wish says “根治” (block): ")
    assert "因人而异" in warning


def test_broken_words_are_told_with_file_and_line(folder: Path) -> None:
    words = folder / "lexicon" / "softening.toml"
    text = words.read_text().replace('words = ["不好意思"]', 'words = ["不好[意思"]')
    words.write_text(text)
    line = text[: text.index("不好[意思")].count("\n") + 1
    (problem,) = (each for each in examine_files().problems if each.startswith("lexicon/"))
    assert problem.startswith(f"lexicon/softening.toml line {line}: entries[0].words[0]: ")


def test_a_folder_without_lexicon_is_warned_of(folder: Path) -> None:
    shutil.rmtree(folder / "lexicon")
    assert any(line.startswith("lexicon/: no files") for line in examine_files().warnings)
