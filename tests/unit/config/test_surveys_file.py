"""surveys.toml: what is refused, and where (A4-40)."""

import re
import shutil
from pathlib import Path

import pytest

from config.content import SHIPPED, load_content
from config.problems import ContentError
from config.settings import Settings
from wxbot.installation import read_installation
from wxbot.quality.service import Quality
from wxbot.surveys.models import Occasion, QuestionKind
from wxbot.surveys.rules import survey_rules

QUESTION = '[[surveys.questions]]\nkey = "{0}"\nname = "{0}"\nask = "几分？"\nkind = "score"\nsatisfied_from = 4\n'
SURVEY = '[[surveys]]\nkey = "{0}"\ntitle = "评价"\nafter = "{1}"\n'
ONE = SURVEY.format("a", "chat") + QUESTION.format("q")


def written(folder: Path, text: str) -> Path:
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "surveys.toml").write_text(text, "utf-8")
    return folder


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ContentError) as error:
        load_content(written(folder, text))
    return "\n".join(str(each) for each in error.value.problems)


def test_the_shipped_ones_are_asked_after_talks_visits_and_by_plans_and_take_two_minutes() -> None:
    rules = survey_rules(load_content().surveys.model_dump())
    assert {each.after for each in rules.surveys} == set(Occasion)
    assert all(1 <= len(each.questions) <= 5 for each in rules.surveys)
    visit = rules.after(Occasion.VISIT, "cleaning")
    assert visit is not None
    assert visit.headline is visit.questions[0]
    assert [each.kind for each in visit.questions][-1] is QuestionKind.WORDS
    assert visit.questions[0].score_of("一般") == 3
    assert visit.questions[0].points(3) == 50
    assert (visit.questions[0].opens_case(1), visit.questions[0].opens_case(3)) == (True, False)


def test_a_survey_for_some_visit_types_goes_before_the_one_for_all_others(tmp_path: Path) -> None:
    types = [each.id for each in load_content().clinic.visit_types]
    text = SURVEY.format("all", "visit") + QUESTION.format("q")
    text += SURVEY.format("some", "visit") + f'visit_types = ["{types[0]}"]\n' + QUESTION.format("q")
    rules = survey_rules(load_content(written(tmp_path / "c", text)).surveys.model_dump())
    assert [getattr(rules.after(Occasion.VISIT, each), "key", "") for each in types[:2]] == ["some", "all"]
    assert rules.after(Occasion.CHAT) is None


def test_a4_23_the_goal_of_follow_ups_is_the_clinics_and_without_one_90_percent_within_3_days(tmp_path: Path) -> None:
    shipped = survey_rules(load_content().surveys.model_dump())
    assert (shipped.followed_goal, shipped.followed_days) == (90, 3)
    text = "[followed]\ngoal = 75\ndays = 7\n" + ONE
    own = survey_rules(load_content(written(tmp_path / "own", text)).surveys.model_dump())
    assert (own.followed_goal, own.followed_days) == (75, 7)
    without = survey_rules(load_content(written(tmp_path / "without", ONE)).surveys.model_dump())
    assert (without.followed_goal, without.followed_days) == (90, 3)


def choice(rest: str) -> str:
    return SURVEY.format("a", "chat") + re.sub('kind = "score"\n', rest, QUESTION.format("q"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SURVEY.format("a", "chat"), "'a' has no question"),
        (SURVEY.format("a", "chat") + "".join(QUESTION.format(f"q{n}") for n in range(6)), "6 questions"),
        (ONE + SURVEY.format("a", "plan") + QUESTION.format("q"), "another survey has the key 'a'"),
        (ONE + QUESTION.format("q"), "another question of 'a' has the key 'q'"),
        (ONE + SURVEY.format("b", "chat") + QUESTION.format("q"), "both asked after the same chat"),
        (ONE.replace("satisfied_from = 4\n", ""), "no question of 'a' says from which score"),
        (ONE.replace("satisfied_from = 4", "satisfied_from = 9"), "outside the scale 1 to 5"),
        (ONE + "case_to = 4\n", "satisfied and a case at once"),
        (ONE.replace('"chat"\n', '"chat"\nvisit_types = ["cleaning"]\n'), "not asked after a visit"),
        (ONE.replace('"chat"\n', '"visit"\nvisit_types = ["no_such"]\n'), "no visit type 'no_such'"),
        (choice('kind = "choice"\n'), "leaves nothing to choose"),
        (choice('kind = "words"\n'), "gives no score"),
        (choice('kind = "choice"\nchoices = [{ label = "好", score = 9 }, { label = "差", score = 1 }]\n'), "score 9"),
        (
            choice('kind = "choice"\nchoices = [{ label = "好", score = 5 }, { label = "好", score = 1 }]\n'),
            "same label",
        ),
        (
            choice('kind = "choice"\nchoices = [{ label = "好", score = 5, words = "no.list" }, { label = "差" }]\n'),
            "no list 'no.list'",
        ),
        ("[rules]\nagain_after_days = 0\n" + ONE, "again_after_days"),
        (ONE.replace('"score"', '"stars"'), "kind"),
        ("[followed]\ngoal = 0\n" + ONE, "goal"),
        ("[followed]\ngoal = 101\n" + ONE, "goal"),
        ("[followed]\ndays = 0\n" + ONE, "days"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    told = refused(tmp_path / "c", text)
    assert words in told
    assert "surveys.toml" in told


def test_its_questions_pass_the_lexicon() -> None:
    lexicon = Quality(read_installation(Settings.model_construct()).lexicon)
    for survey in load_content().surveys.surveys:
        for question in survey.questions:
            assert lexicon.findings(question.ask, purpose="service") == ()
