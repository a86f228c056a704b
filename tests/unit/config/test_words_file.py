"""words.toml: words with two meanings are refused, and what the clinic's page checks holds for the shipped lists."""

from pathlib import Path

from config.content import load_content
from config.toml_files import read_file
from config.words_file import MATCHED_WHOLE as IN_FILES
from config.words_file import WordsFile, words_findings
from tests.corpus.stops import WORDS
from wxbot.understanding.words import ENTRANCES, MATCHED_WHOLE
from wxbot.word_lists.checks import problem_of, words_of
from wxbot.word_lists.toml_text import words_toml

LIST = """
[[lists]]
key = "{key}"
name = "{key}"
about = "试"
words = [{words}]
"""


def findings(folder: Path, *lists: tuple[str, str]) -> list[str]:
    text = "".join(LIST.format(key=key, words=words) for key, words in lists)
    (folder / "words.toml").write_text(text, encoding="utf-8")
    parsed = read_file(folder, "words.toml", WordsFile).parsed
    assert parsed is not None
    return [each.what for each in words_findings(parsed)]


def test_a_word_with_two_meanings_is_refused(tmp_path: Path) -> None:
    (problem,) = findings(tmp_path, ("yes", '"好", "TD"'), ("stop", '"td"'))
    assert "'td' is in the list 'yes' too" in problem


def test_a_word_may_also_be_part_of_other_sentences(tmp_path: Path) -> None:
    assert findings(tmp_path, ("thanks", '"收到"'), ("ignored", '"收到"')) == []


def test_the_files_and_the_page_agree_on_which_lists_are_matched_whole() -> None:
    assert set(IN_FILES) == {ENTRANCES, *MATCHED_WHOLE}
    assert {key for key in IN_FILES if not key.endswith(".")} <= set(WORDS.by_key)


def test_every_shipped_list_could_be_saved_as_it_is() -> None:
    problems = {each.key: problem_of(words_of("\n".join(each.words)), each.key, WORDS) for each in WORDS.lists}
    assert problems == dict.fromkeys(WORDS.by_key, "")


def test_what_is_exported_is_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text(words_toml(WORDS), encoding="utf-8")
    assert read_file(tmp_path, "words.toml", WordsFile).parsed == load_content().words
