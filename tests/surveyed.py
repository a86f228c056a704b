"""Responses to surveys as a day brings them, for pages that show them."""

from datetime import timedelta

from tests.scenarios.conftest import Clinic
from wxbot.followups.models import FollowUpKind
from wxbot.surveys.models import Answer, Occasion, ResponseState, Subject, SurveyResponse

FORMULA = "=1+1"
LONG = "医生讲得很快，我问了两次都没有听清楚。" * 6


async def responses(clinic: Clinic) -> list[SurveyResponse]:
    """Two visits and a talk of today: satisfied, a case with words that a spreadsheet could run, not answered."""
    services, at = clinic.app.services, clinic.now - timedelta(hours=1)
    contact = await services.patients.contact_by_openid(await clinic.person("患者评"))
    assert contact is not None
    visit = Subject(practitioner_id="chen", visit_type_id="cleaning", appointment_id="a")
    case = await services.followups.open(
        key="visit-survey/b",
        kind=FollowUpKind.COMPLAINT,
        reason="患者对就诊评价「不满意」。",
        contact_id=contact.id,
        patient_id=None,
        due_at=at + timedelta(hours=48),
        now=at,
    )
    found = []
    for name, label, score, words in (("a", "满意", 5, ""), ("b", "不满意", 1, FORMULA), ("c", "", 0, "")):
        answers = [Answer(question="overall", value=label, score=score, words=words, at=at, line_id=f"m:{name}")]
        if name == "b":
            answers.append(Answer(question="words", value=LONG, at=at, line_id="m:w"))
        found.append(
            SurveyResponse(
                id=f"visit:{name}",
                survey="chat" if name == "c" else "visit",
                occasion=Occasion.CHAT if name == "c" else Occasion.VISIT,
                key=f"visit-survey/{name}",
                contact_id=contact.id,
                asked_at=at,
                subject=Subject(account_id="gone") if name == "c" else visit,
                state=ResponseState.DONE if label else ResponseState.SENT,
                answers=tuple(answers) if label else (),
                points=25 * (score - 1) if label else None,
                satisfied=score == 5 if label else None,
                low=name == "b",
                followup_id=case.id if name == "b" else "",
                counted=True,
            )
        )
    for each in found:
        assert await clinic.app.stores.survey_responses.insert(each)
    return found
