"""A mistake in questions/*.toml is told with its file, its line and how to mend it."""

from pathlib import Path

import pytest

from config.content import load_content
from config.questions_file import QuestionsFile, questions_findings
from config.toml_files import read_file

GOOD = """\
[[synonyms]]
word = "停车"
same = ["车位"]

[[questions]]
id = "parking"
question = "可以停车吗？"
ways = ["车停哪里"]
patterns = ["停车+收费"]
answer = "请致电 {clinic_phone}。"
button = "map"
reviewed_by = "前台负责人"
review_months = 12
"""


def told(folder: Path, text: str) -> list[str]:
    (folder / "asked.toml").write_text(text, encoding="utf-8")
    file = read_file(folder, "asked.toml", QuestionsFile)
    findings = file.report(questions_findings(file.parsed, ())) if file.parsed is not None else ()
    return [str(problem) for problem in (*file.problems, *findings)]


def test_a_right_file_has_no_problem(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "fix"),
    [
        ("{clinic_phone}", "{clinic_phnoe}", 10, "{clinic_phnoe}, which nothing fills", "Did you mean {clinic_phone}?"),
        ("{clinic_phone}", "{price}", 10, "{price}, which nothing fills", "Known: "),
        ("{clinic_phone}", "{clinic_phone", 10, "a lonely {", "{clinic_phone}"),
        ('button = "map"', 'button = "mapp"', 11, "button must be one of", "book"),
        ('reviewed_by = "前台负责人"\n', "", 5, "reviewed by nobody", "reviewed_by"),
        ("review_months = 12", "review_months = 12\nreviewed_until = 2027-01-01", 14, "are both given", "Keep one"),
        ("review_months = 12", "review_months = 0", 13, "review_months must be", "12"),
        ('["停车+收费"]', '["停车+"]', 9, "has an empty part", "停车+收费"),
        ('["车停哪里"]', '["车停哪里", "车停哪里"]', 8, "'车停哪里' is given twice", "Keep one"),
        ('["车停哪里"]', f'["{"长" * 61}"]', 8, "has 61 characters", "under 60"),
        ('question = "可以停车吗？"\n', "", 5, "question is missing", "question ="),
        ('same = ["车位"]', "same = []", 3, "same", "same"),
        ('id = "parking"', 'id = "停车"', 6, "id", "parking"),
        ("answer =", "anwser =", 10, "anwser is not known", "answer"),
    ],
)
def test_a_mistake_is_told_with_line_and_mend(  # noqa: PLR0917 - one column each
    tmp_path: Path, old: str, new: str, line: int, what: str, fix: str
) -> None:
    assert old in GOOD
    problems = told(tmp_path, GOOD.replace(old, new, 1))
    fitting = [problem for problem in problems if what in problem]
    assert fitting, problems
    assert fix in fitting[0]
    number = int(fitting[0].partition(" line ")[2].partition(":")[0])
    assert abs(number - line) <= 1, fitting[0]


def test_an_id_of_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "asked.toml").write_text(GOOD, encoding="utf-8")
    file = read_file(tmp_path, "asked.toml", QuestionsFile)
    assert file.parsed is not None
    (problem,) = file.report(questions_findings(file.parsed, {"parking"}))
    assert (problem.line, "exists already" in problem.what) == (6, True)


def test_about_forty_answers_are_shipped() -> None:
    questions = [each for file in load_content().questions for each in file.questions]
    assert len(questions) >= 40
