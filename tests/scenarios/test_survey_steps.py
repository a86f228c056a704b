"""A survey that a step of a care plan asks: once, after its intro, within the one cool-down of all surveys."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from config.content import SHIPPED
from config.settings import Settings
from tests.recalls import BOSS
from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.test_surveys import said, say
from tests.scenarios.test_waiting_room import here, left, run
from wxbot.booking.models import Appointment
from wxbot.care.survey_outcomes import DECLINED, HAS_CASE, NOT_ASKED
from wxbot.errors import ConfigurationError
from wxbot.installation import read_installation
from wxbot.surveys.asking import step_id
from wxbot.surveys.models import Occasion, ResponseState

PLAN = """
key = "opinion"
title = "治疗评价"
anchor = "visit"

[[steps]]
key = "day_1"
template = "survey.plan_intro"
purpose = "service"
kind = "survey"
survey = "treatment"
offset = { days = 1 }
at = 10:00:00
grace_hours = 10

[[steps]]
key = "call"
template = "care.call_survey"
purpose = "care"
kind = "call"
offset = { days = 5 }
at = 14:00:00
grace_hours = 72
when = [{ fact = "survey", of = "day_1", low = 80, absent = true }]
"""
CALLED = {"$regex": "^recall:opinion/call/"}


def folder_of(tmp_path: Path, *, asks_visits: bool) -> Path:
    """The shipped files with that plan, and with or without the survey after visits."""
    folder = tmp_path / "config"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "care_plans" / "opinion.toml").write_text(PLAN, "utf-8")
    if not asks_visits:
        file = folder / "surveys.toml"
        text = file.read_text("utf-8")
        visit = text.index('[[surveys]]\nkey = "visit"')
        file.write_text(text[:visit] + text[text.index('[[surveys]]\nkey = "treatment"') :], "utf-8")
    return folder


async def day_after(clinic: Clinic) -> tuple[str, Appointment]:
    """The day after a visit, with the patient's window open."""
    openid, visit = await here(clinic)
    await left(clinic, visit)
    await clinic.move(timedelta(minutes=121))
    await run(clinic)
    day = visit.start.astimezone(clinic.app.services.clinic.timezone).date() + timedelta(days=1)
    await clinic.move_to(f"{day} 10:01")
    await clinic.tick()
    return openid, visit


async def test_a_step_asks_its_survey_once_and_a_bad_answer_is_a_case(open_clinic: OpenClinic, tmp_path: Path) -> None:
    clinic = await open_clinic(config_dir=folder_of(tmp_path, asks_visits=False))
    openid, visit = await day_after(clinic)
    [row] = await clinic.rows("outbox", {"key": {"$regex": "^opinion/day_1/"}})
    assert (row["state"], row["reason"]) == ("dropped", "survey")
    asked = [each.text for each in clinic.sent_to(openid) if "介绍给家人朋友" in each.text]
    assert len(asked) == 1
    assert asked[0].startswith("您好，治疗过去一段时间了，想听听您的感受。\n")
    assert "改进" in await say(clinic, openid, "3")
    [response] = (await clinic.app.stores.survey_responses.by_ids([step_id(row["key"])])).values()
    assert (response.occasion, response.points, said(response)) == (Occasion.PLAN, 30, {"recommend": "3"})
    assert (response.subject.appointment_id, response.subject.practitioner_id) == (visit.id, visit.practitioner_id)
    [case] = await clinic.rows("followups", {"kind": "complaint"})
    assert "愿意推荐 3 分" in case["reason"]
    await clinic.move(timedelta(hours=2))
    assert len([each for each in clinic.sent_to(openid) if "介绍给家人朋友" in each.text]) == 1


@pytest.mark.parametrize(
    ("words", "reason", "explanation"),
    [
        ("", "call", ""),
        ("7", "call", ""),
        ("9", "condition", "患者对前面问卷的评价是 90 分（满分 100），这一步不适用"),
        ("3", "condition", HAS_CASE),
        ("不方便", "condition", DECLINED),
    ],
)
async def test_a4_44_a_person_calls_about_a_low_score_or_none_and_not_beside_the_case_of_a_bad_one(
    open_clinic: OpenClinic, tmp_path: Path, words: str, reason: str, explanation: str
) -> None:
    clinic = await open_clinic(config_dir=folder_of(tmp_path, asks_visits=False))
    openid, visit = await day_after(clinic)
    if words:
        await say(clinic, openid, words)
    assert await called(clinic, visit) == (reason, explanation)
    assert len(await clinic.rows("followups", {"kind": "recall", "key": CALLED})) == (reason == "call")
    assert len(await clinic.rows("followups", {"kind": "complaint"})) == (words == "3")


async def test_who_was_not_asked_within_the_cool_down_is_not_called_about_it(
    open_clinic: OpenClinic, tmp_path: Path
) -> None:
    clinic = await open_clinic(config_dir=folder_of(tmp_path, asks_visits=True))
    _, visit = await day_after(clinic)
    assert await called(clinic, visit) == ("condition", NOT_ASKED)


async def called(clinic: Clinic, visit: Appointment) -> tuple[str, str]:
    """What became of the call and why, after a dry run a minute earlier foretold the same."""
    day = visit.start.astimezone(clinic.app.services.clinic.timezone).date() + timedelta(days=5)
    await clinic.move_to(f"{day} 13:59")
    await clinic.tick()
    await clinic.app.runner.run_now("measure_episodes")  # notes that the question left
    until = clinic.now + timedelta(hours=1)
    tried = await clinic.app.services.care.dry_runs.run(clinic.now, until, by=BOSS)
    [foretold] = [each for each in tried.outcomes if each.key.startswith("opinion/call/")]
    await clinic.move_to(f"{day} 14:01")
    await clinic.tick()
    [row] = await clinic.rows("outbox", {"key": {"$regex": "^opinion/call/"}})
    said = row["explanation"] if row["reason"] == "condition" else ""
    assert (foretold.reason, foretold.explanation) == (row["reason"], row["explanation"])
    return row["reason"], said


async def test_who_was_asked_about_the_visit_is_not_asked_by_the_plan_as_well(
    open_clinic: OpenClinic, tmp_path: Path
) -> None:
    clinic = await open_clinic(config_dir=folder_of(tmp_path, asks_visits=True))
    openid, visit = await day_after(clinic)
    [row] = await clinic.rows("outbox", {"key": {"$regex": "^opinion/day_1/"}})
    assert (row["state"], row["reason"]) == ("dropped", "survey_not_now")
    assert [each for each in clinic.sent_to(openid) if "介绍给家人朋友" in each.text] == []
    known = await clinic.app.services.surveys.asking.of_visits([visit.id])
    assert known[visit.id].state in {ResponseState.ASKED, ResponseState.SENT}
    assert await clinic.app.stores.survey_responses.by_id(step_id(row["key"])) is None


def test_a_step_that_asks_no_survey_of_plans_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, asks_visits=True)
    file = folder / "care_plans" / "opinion.toml"
    file.write_text(PLAN.replace('"treatment"', '"visit"'), "utf-8")
    with pytest.raises(ConfigurationError) as error:
        read_installation(Settings.model_construct(config_dir=folder))
    assert "asks the survey 'visit'" in str(error.value)
    file.write_text(PLAN.replace('survey = "treatment"\n', ""), "utf-8")
    with pytest.raises(ConfigurationError) as error:
        read_installation(Settings.model_construct(config_dir=folder))
    assert "a survey needs `survey`" in str(error.value)
