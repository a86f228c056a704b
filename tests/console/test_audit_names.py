"""审计: entries name whom they are about, and are still found by the id."""

from tests.console.conftest import Browser, Clinic
from wxbot.actors import COMMAND_LINE


async def test_a_patients_entries_say_name_and_record_number_and_are_found_by_the_id(
    clinic: Clinic, admin: Browser
) -> None:
    records = clinic.app.services.records
    made = await records.create({"name": "林小满", "record_number": "A2026"}, by=COMMAND_LINE, now=clinic.now)
    other = await records.create({"name": "周明"}, by=COMMAND_LINE, now=clinic.now)
    page = await admin.get("/console/audit")
    assert page.shows("患者 林小满（病历号 A2026）", "患者 周明", f'href="/console/patients/{made.id}"')
    assert f"患者 {made.id[-8:]}" not in page.text
    own = await admin.get(f"/console/audit?subject=patient:{made.id}")
    assert own.shows("只看 患者 林小满（病历号 A2026）")
    assert f'href="/console/patients/{other.id}"' not in own.text


async def test_a_visit_is_named_by_its_patient_and_who_is_not_known_by_the_id(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person("小林")
    await clinic.say(openid, "我叫林小满")
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    (row,) = await clinic.rows("appointments")
    await clinic.app.services.booking.confirm(row["_id"], by=COMMAND_LINE, now=clinic.now)
    page = await admin.get("/console/audit")
    assert page.shows("预约 林小满")
    gone = await admin.get("/console/audit?subject=patient:nobody00000000000000001")
    assert gone.shows("只看 患者 00000001")
