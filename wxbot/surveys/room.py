"""The use cases of surveys, by name."""

from dataclasses import dataclass

from wxbot.surveys.answering import SurveyAnswers
from wxbot.surveys.asking import Surveys
from wxbot.surveys.planned import StepSurveys
from wxbot.surveys.sheets import SatisfactionSheets
from wxbot.surveys.stores.former import FormerAnswers


@dataclass(frozen=True, kw_only=True)
class SurveyRoom:
    """问卷: asking, answers, the sheet, and what was answered before there were surveys."""

    asking: Surveys
    answers: SurveyAnswers
    planned: StepSurveys
    sheets: SatisfactionSheets
    former: FormerAnswers
