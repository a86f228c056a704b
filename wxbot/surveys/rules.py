"""From surveys.toml to what the rooms use. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from wxbot.surveys.models import Choice, Occasion, Question, QuestionKind, Survey, SurveyRules


def survey_rules(entries: Mapping[str, Any]) -> SurveyRules:
    """The rules that a file's entries say."""
    rules, followed = entries["rules"], entries["followed"]
    return SurveyRules(
        surveys=tuple(_survey(each) for each in entries["surveys"]),
        ask=rules["ask"],
        again_after=timedelta(days=rules["again_after_days"]),
        answer_within=timedelta(hours=rules["answer_hours"]),
        followed_goal=followed["goal"],
        followed_days=followed["days"],
    )


def _survey(entry: Mapping[str, Any]) -> Survey:
    questions = tuple(
        Question(
            **{
                **each,
                "kind": QuestionKind(each["kind"]),
                "choices": tuple(Choice(**choice) for choice in each["choices"]),
            }
        )
        for each in entry["questions"]
    )
    visit_types = tuple(entry["visit_types"])
    return Survey(
        key=entry["key"],
        title=entry["title"],
        after=Occasion(entry["after"]),
        questions=questions,
        visit_types=visit_types,
    )
