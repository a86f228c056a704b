"""Mistakes in danger rules and complaints are told with file, line and mend; whatever is accepted can be searched."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import dangers_file
from config.complaints_file import ComplaintsFile, complaint_findings
from config.content import SHIPPED, load_content
from config.dangers_file import DangerFile, danger_findings, faults, written_out
from config.problems import ConfigProblem, ContentError
from config.settings import Settings
from config.toml_files import read_file
from wxbot.installation import read_installation
from wxbot.templates.service import Templates
from wxbot.understanding import phrase_search
from wxbot.understanding.phrase_search import PhraseError, parts_of

HEAD = 'name = "出血"\nurgency = "urgent"\nadvice = "danger.bleeding"\n\n[groups]\n"血" = ["出血", "流血"]\n'
RULE = '\n[[rules]]\nid = "stops_not"\nname = "出血不止"\nwords = ["{血}+[不止|不停]", "血流成河"]\nwithin = "72h"\n'
TEMPLATES = {"danger.bleeding": None, "danger.pain": None}


def problems(folder: Path, text: str) -> list[ConfigProblem]:
    (folder / "bleeding.toml").write_text(text, encoding="utf-8")
    file = read_file(folder, "bleeding.toml", DangerFile)
    found = list(file.problems)
    if file.parsed is not None:
        found += file.report(danger_findings(file.parsed, TEMPLATES))
    return found


def test_a_file_without_mistakes_becomes_rules(tmp_path: Path) -> None:
    assert problems(tmp_path, HEAD + RULE) == []
    file = read_file(tmp_path, "bleeding.toml", DangerFile).parsed
    assert file is not None
    (rule,) = file.whole_rules("bleeding")
    assert rule["id"] == "bleeding.stops_not"
    assert rule["words"] == ("[出血|流血]+[不止|不停]", "血流成河")
    assert (rule["advice"], rule["urgency"]) == ("danger.bleeding", "urgent")
    assert (rule["first_hour"], rule["last_hour"]) == (0.0, 72.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "fix"),
    [
        ("{血}+", "{雪}+", 11, "names the group {雪}", "[groups]"),
        ("[不止|不停]", "[不止|不停", 11, "bracket without its partner", "[甲|乙]"),
        ("[不止|不停]", "[不止|不…停]", 11, "inside a bracket", "outside"),
        ("{血}+[不止|不停]", "{血}+", 11, "empty side", "both sides"),
        ("{血}+[不止|不停]", "血…流…了…好…多", 11, "5 parts", "at most 4"),
        ("血流成河", "{血}+[不止|不停]", 11, "given twice", "Keep one"),
        ('within = "72h"', 'within = "72"', 12, "no time since a treatment", "14d"),
        ('within = "72h"', 'within = "14-3d"', 12, "no time since a treatment", "14d"),
        ('"danger.bleeding"', '"danger.bleedin"', 3, "no template", "danger.bleeding"),
        ('urgency = "urgent"', 'urgency = "urgnt"', 2, "must be one of", "urgent"),
        ('within = "72h"', 'witin = "72h"', 12, "witin is not known", "within"),
        ('"流血"]', '"[流|淌]血"]', 6, "holds the pattern", "plain words"),
        ('id = "stops_not"', 'id = "停"', 9, "id", ""),
    ],
)
def test_a_mistake_is_told_with_file_line_and_mend(  # noqa: PLR0917 - a row of the table
    tmp_path: Path, old: str, new: str, line: int, what: str, fix: str
) -> None:
    text = HEAD + RULE
    assert old in text
    (problem,) = problems(tmp_path, text.replace(old, new, 1))
    assert (problem.where, problem.line) == ("bleeding.toml", line)
    assert what in problem.what
    assert fix in problem.fix


def test_two_rules_of_one_id_are_told(tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD + RULE + RULE.replace("血流成河", "血崩").replace("{血}+", "{血}…"))
    assert ["id 'stops_not'" in each.what for each in found] == [True]


def test_a_mistake_in_complaints_is_told(tmp_path: Path) -> None:
    (tmp_path / "complaints.toml").write_text('[[rules]]\nid = "a"\nname = "投诉"\nwords = ["[投诉"]\n', "utf-8")
    file = read_file(tmp_path, "complaints.toml", ComplaintsFile)
    assert file.parsed is not None
    (problem,) = file.report(complaint_findings(file.parsed))
    assert (problem.line, "partner" in problem.what) == (4, True)


def test_the_service_refuses_to_start_with_a_mistake(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    bleeding = folder / "dangers/bleeding.toml"
    bleeding.write_text(bleeding.read_text("utf-8").replace("{血}+{不止}", "{血}+{不至}", 1), "utf-8")
    with pytest.raises(ContentError) as caught:
        load_content(folder)
    (problem,) = caught.value.problems
    assert problem.where == "dangers/bleeding.toml"
    assert "{不至}" in problem.what


def test_a_folder_from_before_takes_the_shipped_rules_and_advice(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(
        SHIPPED,
        folder,
        ignore=shutil.ignore_patterns("*.py", "__pycache__", "dangers", "danger.toml", "desk*.toml", "visit_day.toml"),
    )
    (folder / "complaints.toml").unlink()
    bindings = folder / "bindings.toml"
    bindings.write_text("\n".join(row for row in bindings.read_text("utf-8").splitlines() if "TPL_STAFF" not in row))
    installation = read_installation(Settings.model_construct(config_dir=folder))
    assert len(installation.rules.dangers) > 40
    assert installation.rules.complaints
    templates = Templates(installation.templates, installation.examples, bindings=installation.bindings)
    alert = templates.render("staff.danger_alert", installation.examples)
    assert alert.template_card is None  # not bound; the words can be sent all the same
    assert "{" not in alert.text
    assert installation.desk.hold_words
    assert {"desk.reply", "desk.nudge", "staff.waiting_alert"} <= {each.key for each in installation.templates}


def test_a_folder_from_before_takes_the_shipped_wording_of_the_visit_day_and_its_variables(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "visit_day.toml"))
    variables = folder / "variables.toml"
    parts = variables.read_text("utf-8").split("[variables.")
    variables.write_text("[variables.".join(each for each in parts if not each.startswith("wait]")), "utf-8")
    installation = read_installation(Settings.model_construct(config_dir=folder))
    assert {"visit.arrived", "staff.unwell_alert"} <= {each.key for each in installation.templates}
    assert installation.visit_day.channels


def test_the_file_check_and_the_search_have_the_same_limits() -> None:
    assert dangers_file.MOST_SPELLINGS == phrase_search.MOST_SPELLINGS
    assert dangers_file.MOST_PARTS == phrase_search.MOST_PARTS


@given(
    st.lists(st.sampled_from(["甲", "[乙|丙]", "[丁|]", "…", "+", "{血}", "[", "]", "|", ",", "a", "{谁}"]), max_size=7)
)
def test_what_the_file_check_accepts_the_search_can_read(pieces: list[str]) -> None:
    phrase = written_out("".join(pieces), {"血": ("出血", "流血")})
    if phrase and next(faults(phrase), None) is None:
        try:
            parts_of(phrase)
        except PhraseError as error:  # pragma: no cover - what hypothesis would show
            pytest.fail(f"{phrase!r}: {error}")
