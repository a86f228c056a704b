"""Whether a condition on the survey of an earlier step holds. Pure.

A survey has an outcome once it reached the patient: answered or not, and its points. One that did not, because it was
not fitting or no channel carried it, and one that the patient declined, say nothing: no condition on them holds, also
none that wants the opposite, so nobody is rung up because of them.
"""

from wxbot.care.models import Condition
from wxbot.surveys.models import ResponseState, SurveyResponse

NOT_ASKED = "前面的问卷没有发到患者那里，这一步不适用"
DECLINED = "患者说不方便填前面的问卷，不再追问"
HAS_CASE = "患者对问卷的低分已经开了投诉待办，48 小时内有人联系，不另打电话"


def survey_objection(condition: Condition, response: SurveyResponse | None, *, calls: bool) -> str:
    """Why a condition does not hold, in words staff understand; empty when it does.

    `calls`: the step is a call. Where an answer opened a case (A4-44), that is who speaks with the patient.
    """
    if response is None or not response.has_left:
        return NOT_ASKED
    if response.state is ResponseState.STOPPED and not response.answers:
        return DECLINED
    if calls and response.low:
        return HAS_CASE
    if _matches(condition, response) is not condition.absent:
        return ""
    return f"{_outcome(response)}，这一步不适用"


def _matches(condition: Condition, response: SurveyResponse) -> bool:
    """Whether it was answered, and where bounds are given, with points between them; without points it was not."""
    if condition.low is None and condition.high is None:
        return bool(response.answers)
    low, high, points = condition.low, condition.high, response.points
    return points is not None and (low is None or points >= low) and (high is None or points <= high)


def _outcome(response: SurveyResponse) -> str:
    if not response.answers:
        return "患者没有回答前面的问卷"
    if response.points is None:
        return "患者回答了前面的问卷，没有打分"
    return f"患者对前面问卷的评价是 {response.points} 分（满分 100）"
