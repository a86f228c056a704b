"""接下来 on a patient's page over HTTP: another time for a step, an end, both taken back; answers over time."""

from datetime import timedelta

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_patient_pages import audited, field_of
from wxbot.care.models import AnswerKind
from wxbot.care.records import CareAnswer, Ending
from wxbot.patients.models import Birthday, Calendar, Patient
from wxbot.staff.permissions import Role


async def somebody(clinic: Clinic) -> Patient:
    """A patient with WeChat whose birthday is in ten days."""
    contact, _ = await clinic.app.services.patients.follow("oCared", clinic.now)
    patient = await clinic.app.services.patients.self_patient(contact, clinic.now)
    soon = (clinic.now + timedelta(days=10)).astimezone(clinic.app.services.clinic.timezone)
    birthday = Birthday(calendar=Calendar.SOLAR, year=1990, month=soon.month, day=soon.day)
    return await clinic.app.services.patients.set_birthday(patient.id, birthday, now=clinic.now)


async def test_a_step_is_moved_and_put_back_and_a_plan_ended_and_continued(clinic: Clinic, sign_in: SignIn) -> None:
    browser = await sign_in(Role.CONSULTANT)
    patient = await somebody(clinic)
    base = f"/console/patients/{patient.id}"
    page = await browser.get(base)
    key, enrolment = field_of(page, "key"), field_of(page, "enrolment")
    later = (clinic.now + timedelta(days=12)).astimezone(clinic.app.services.clinic.timezone)
    typed = {"key": key, "at": later.strftime("%Y-%m-%dT11:00"), "reason": "当天有手术"}
    page = await browser.post(f"{base}/care/move", typed)
    assert page.shows("已改时间", "改的时间：当天有手术")
    refused = await browser.post(f"{base}/care/move", {**typed, "reason": ""})
    assert refused.shows("请写一句原因")
    page = await browser.post(f"{base}/care/put-back", {"key": key})
    assert "改的时间" not in page.text
    page = await browser.post(f"{base}/care/end", {"enrolment": enrolment, "reason": "已转院"})
    assert page.shows("结束了这份计划：已转院")
    page = await browser.post(f"{base}/care/resume", {"enrolment": enrolment})
    assert "结束了这份计划" not in page.text
    assert [each for each in await audited(clinic, patient.id) if each.startswith("care")] == [
        *("care_step:moved", "care_step:put_back", "care:ended", "care:resumed"),
    ]


async def test_answers_are_shown_over_time_with_what_counts_and_what_does_not(clinic: Clinic, admin: Browser) -> None:
    patient = await somebody(clinic)
    assert patient.contact_id is not None
    await clinic.app.services.care._store.changes.end(
        Ending(
            id="surgery/treatment:a1",
            patient_id=patient.id,
            by="staff:1",
            by_name="李主管",
            at=clinic.now - timedelta(days=1, hours=12),
            reason="已转院",
        )
    )
    for place, value in enumerate(("3", "5", "9")):
        answer = CareAnswer(
            id=f"surgery/pain.{place}/treatment:a1",
            plan="surgery",
            step="pain",
            ref="treatment:a1",
            enrolment="surgery/treatment:a1",
            kind=AnswerKind.NUMBER,
            value=value,
            at=clinic.now - timedelta(days=3 - place),
            line_id=f"line{place}",
            contact_id=patient.contact_id,
            patient_id=patient.id,
            danger=value == "9",
        )
        await clinic.app.services.care.answers._store.keep(answer)
    page = await admin.get(f"/console/patients/{patient.id}")
    assert page.shows("患者的回答", "危险征兆")
    assert page.text.count("计划结束以后才答") == 1
    assert 'points="0.0,33.6 100.0,24.0 200.0,4.8"' in page.text
