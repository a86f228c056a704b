"""日期 on a patient's page over HTTP: noted, changed after its effect was shown, removed and taken back."""

from datetime import timedelta

import pytest

from tests.console.conftest import Clinic, SignIn
from tests.console.test_patient_care import somebody
from tests.console.test_patient_pages import audited, field_of
from wxbot.staff.permissions import Role


async def test_a_date_is_noted_changed_removed_and_restored(clinic: Clinic, sign_in: SignIn) -> None:
    browser = await sign_in(Role.RECEPTION)
    patient = await somebody(clinic)
    base = f"/console/patients/{patient.id}"
    today = clinic.now.astimezone(clinic.app.services.clinic.timezone).date()
    page = await browser.post(f"{base}/dates", {"kind": "discharge", "day": today.isoformat(), "note": "住了三天"})
    assert page.shows("已记下", "出院", today.isoformat(), "住了三天", "出院第3天问候")
    (row,) = await clinic.rows("patient_dates")
    address, later = f"{base}/dates/{row['_id']}", today + timedelta(days=6)
    page = await browser.get(f"{address}?day={later.isoformat()}&note=")
    assert page.shows(f"改到 {later.isoformat()} 以后", "出院第3天问候", "改到新的时间")
    (unchanged,) = await clinic.rows("patient_dates")
    assert unchanged == row
    typed = {"day": later.isoformat(), "note": "", "revision": field_of(page, "revision")}
    assert (await browser.post(address, typed)).shows("已更改日期", later.isoformat())
    stale = await browser.post(address, {**typed, "day": today.isoformat()})
    assert stale.status == 409
    assert stale.shows("同事刚刚改过这个日期", later.isoformat())
    page = await browser.post(f"{address}/remove", {"revision": "1"})
    assert page.shows("已删除这个日期", "恢复")
    assert "出院第3天问候" not in page.text
    assert (await browser.post(address, {**typed, "revision": "2"})).shows("这个日期刚刚被同事删除了")
    page = await browser.post(f"{address}/restore", {})
    assert page.shows("已恢复这个日期", "出院第3天问候")
    assert [each for each in await audited(clinic, patient.id) if each.startswith("care_date")] == [
        *("care_date:noted", "care_date:changed", "care_date:removed", "care_date:restored"),
    ]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("1900-01-01", "年之间的日期。"),
        ("2200-01-01", "年之间的日期。"),
        ("2027-02-30", "2027年2月没有30日，请核对日期。"),
        ("1989-01-01", "比患者的出生日期"),
        ("", "请填写日期，例如 2026-11-24"),
    ],
)
async def test_a_day_that_cannot_be_is_refused_in_a_sentence_and_what_was_typed_stays(
    clinic: Clinic, sign_in: SignIn, day: str, words: str
) -> None:
    browser = await sign_in(Role.RECEPTION)
    patient = await somebody(clinic)
    base = f"/console/patients/{patient.id}"
    refused = await browser.post(f"{base}/dates", {"kind": "review", "day": day, "note": "半年一次"})
    assert refused.status == 422
    assert refused.shows(words)
    assert 'value="半年一次"' in refused.text
    assert await clinic.rows("patient_dates") == []
