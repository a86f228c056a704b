"""A template published in one process is what the next reminder says, and every message keeps its version."""

from dataclasses import replace
from datetime import datetime

from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.actors import PATIENT, Actor
from wxbot.staff.permissions import Role, permissions_of

WRITER = Actor(id="w", name="写的人", permissions=permissions_of(Role.MANAGER))
APPROVER = Actor(id="a", name="审的人", permissions=permissions_of(Role.MANAGER))
TOMORROW = "care.appointment_tomorrow"


async def publish(clinic: Clinic, key: str, text: str) -> None:
    """Through the whole workflow."""
    editor, now = clinic.app.services.template_editor, clinic.now
    kept = await editor.get(key, by=WRITER)
    content = replace(editor.content_now(kept), text=text, template_card=None, notice_card=None)
    kept = await editor.save(key, content, by=WRITER, revision=kept.revision, now=now)
    kept = await editor.submit(key, by=WRITER, revision=kept.revision, now=now)
    kept = await editor.approve(key, by=APPROVER, revision=kept.revision, now=now)
    await editor.publish(key, by=APPROVER, revision=kept.revision, now=now)


async def book(clinic: Clinic, name: str, day: str) -> str:
    """A person with an appointment on that day, who wrote us a moment ago."""
    openid = await clinic.person(name)
    services, now = clinic.app.services, clinic.now
    contact = await services.patients.recognise(openid, now)
    patient = await services.patients.self_patient(contact, now)
    date = datetime.fromisoformat(day).date()
    for kind in services.clinic.visit_types:
        if slots := await services.booking.slots(kind.id, None, date, now):
            break
    await services.booking.book(
        request_key=f"test:{openid}",
        contact_id=contact.id,
        patient_id=patient.id,
        visit_type_id=kind.id,
        practitioner_id=slots[-1].practitioner_id,
        start=slots[-1].start,
        now=now,
        by=PATIENT,
    )
    return openid


async def reminder(clinic: Clinic, openid: str) -> tuple[int | None, str | None, int | None]:
    """The version that the outbox row and the transcript keep of the day-before reminder, and its words."""
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    rows = await clinic.rows("outbox", {"contact_id": contact.id, "template": TOMORROW})
    lines = [line for line in await clinic.story(openid) if line.payload.get("template") == TOMORROW]
    sent = next(line for line in lines if line.kind == "message:sent")
    return rows[0]["template_version"], sent.text, sent.payload["version"]


async def test_a_reminder_after_publishing_says_the_new_words_and_the_old_one_keeps_its_version(
    open_clinic: OpenClinic,
) -> None:
    clinic = await open_clinic()
    first = await book(clinic, "小林", "2026-11-25")
    await clinic.say(first, "你好")
    await clinic.move_to("2026-11-24 10:05")
    before = await reminder(clinic, first)
    assert (before[0], before[2]) == (1, 1)
    other = await open_clinic(beside=clinic, now=clinic.now)
    await publish(other, TOMORROW, "{name}您好，新的提醒：{date} {time}，我们等您。")
    await clinic.app.runner.run_now("refresh_settings")
    second = await book(clinic, "小周", "2026-11-26")
    await clinic.say(second, "你好")
    await clinic.move_to("2026-11-25 10:05")
    version, text, told = await reminder(clinic, second)
    assert (version, told) == (2, 2)
    assert text is not None
    assert "新的提醒" in text
    assert await reminder(clinic, first) == before


async def test_staff_read_the_templates_name_where_a_message_did_not_leave(clinic: Clinic) -> None:
    names = clinic.app.services.templates.name_of
    assert (names(TOMORROW), names("not.there")) == ("明日就诊提醒", "not.there")
