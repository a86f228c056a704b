"""questionnaire.toml: what it says becomes the questions; what cannot be is refused with file, line and a fix."""

import shutil
from pathlib import Path

import pytest

from config.content import SHIPPED, load_content
from config.problems import ContentError
from wxbot.clinic.models import VisitTypeId
from wxbot.visits.questions import asked_for, questions_of

REST = '\nname = "甲"\nask = "问？"\nwords = "写"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path


def test_the_shipped_questions_are_short_and_ask_what_is_dangerous() -> None:
    questions = questions_of(load_content(SHIPPED).questionnaire.model_dump())
    keys = [each.key for each in asked_for(questions, VisitTypeId("cleaning"))]
    assert keys == ["allergy", "blood_thinner", "pregnancy", "wish"]
    assert "illness" in [each.key for each in asked_for(questions, VisitTypeId("wisdom_tooth"))]
    dangerous = {each.key for each in questions if any(choice.danger for choice in each.choices)}
    assert dangerous == {"allergy", "blood_thinner", "pregnancy", "illness"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('key = "a"\nname = "甲"\nask = "问？"', "neither choices nor words"),
        ('key = "a"\nname = "甲"\nask = "问？"\nwords = "写"\nvisit_types = ["nothing"]', "no visit type 'nothing'"),
        (f'key = "a"{REST}\n[[questions]]\nkey = "a"{REST}',
         "the key 'a' too"),
        ('key = "a"\nname = "甲"\nask = "问？"\nchoices = [{ key = "x", name = "一" }, { key = "x", name = "二" }]',
         "two choices"),
    ],
)  # fmt: skip
def test_what_nobody_could_answer_is_refused(folder: Path, text: str, what: str) -> None:
    (folder / "questionnaire.toml").write_text(f"[[questions]]\n{text}\n", encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        load_content(folder)
    (problem,) = [str(each) for each in refused.value.problems]
    assert what in problem
    assert "questionnaire.toml" in problem


def test_a_folder_without_the_file_takes_the_shipped_one(folder: Path) -> None:
    (folder / "questionnaire.toml").unlink()
    assert load_content(folder).questionnaire.questions
