"""Questions of care plans, through the front door: the answer is kept and thanked for; a danger sign gets a person."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic
from wxbot.care.course import read_course
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose

QUESTION = {"kind": "number", "low": 0, "high": 10, "choices": [], "danger": [], "danger_from": 8}
COURSE: dict[str, Any] = {"plan": "surgery", "step": "pain", "ref": "treatment:a1", "question": QUESTION}


async def asked(clinic: Clinic, openid: str) -> ContactId:
    """The patient was sent a question about pain."""
    services = clinic.app.services
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.say(openid, "你好")
    message = services.outbox.message(
        key="surgery/pain/treatment:a1",
        contact_id=contact.id,
        purpose=Purpose.CARE,
        template="care.good_news",
        now=clinic.now,
        expires_at=clinic.now + timedelta(hours=8),
        precondition=COURSE,
    )
    assert read_course(COURSE) is not None
    await services.outbox.enqueue([message])
    await services.outbox.deliver_due(clinic.now)
    sent = await services.outbox.find(message.key)
    assert sent is not None
    assert sent.state.value == "accepted"
    return contact.id


@pytest.mark.parametrize(("words", "value"), [("3", "3"), ("三分", "3")])
async def test_an_answer_is_kept_thanked_for_and_opens_nothing(clinic: Clinic, words: str, value: str) -> None:
    openid = await clinic.person()
    await asked(clinic, openid)
    assert "已经替您记下" in await clinic.say(openid, words)
    (row,) = await clinic.rows("care_answers")
    assert (row["_id"], row["step"], row["later"]) == ("surgery/pain/treatment:a1", "pain", False)
    assert row["value"] == value
    assert await clinic.rows("followups") == []


async def test_a_danger_answer_gets_advice_and_one_urgent_task_and_a_later_number_changes_nothing(
    clinic: Clinic,
) -> None:
    openid = await clinic.person()
    contact_id = await asked(clinic, openid)
    assert "拨打 120" in await clinic.say(openid, "9")
    (task,) = await clinic.rows("followups", {"kind": "danger", "state": "open"})
    assert task["urgent"]
    assert "：9，属于危险征兆" in task["reason"]
    await clinic.say(openid, "2")  # a person has the talk by now
    kept = await clinic.app.services.care.answers._store.of_enrolments(["surgery/treatment:a1"])
    assert [(each.value, each.danger) for each in kept] == [("9", True)]
    assert await clinic.app.services.care.answers.erase(contact_id) == 1
