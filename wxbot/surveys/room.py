"""The use cases of surveys, by name."""

from dataclasses import dataclass

from wxbot.surveys.answering import SurveyAnswers
from wxbot.surveys.asking import Surveys
from wxbot.surveys.planned import StepSurveys
from wxbot.surveys.sheets import SatisfactionSheets
from wxbot.surveys.stores.former import FormerAnswers
from wxbot.surveys.visit_follow_ups import VisitFollowUps


@dataclass(frozen=True, kw_only=True)
class SurveyRoom:
    """问卷: asking, answers, the sheet with who was followed up, and what was answered before there were surveys."""

    asking: Surveys
    answers: SurveyAnswers
    planned: StepSurveys
    sheets: SatisfactionSheets
    followed: VisitFollowUps
    former: FormerAnswers
