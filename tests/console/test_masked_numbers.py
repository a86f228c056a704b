"""Who may not see whole telephones sees none in the search box and none in the timeline."""

from tests.console.conftest import Clinic, SignIn
from wxbot.patients.digit_searches import WINDOWS
from wxbot.staff.permissions import Role

NUMBER = "13857042219"


async def test_a_number_that_a_patient_wrote_is_masked_in_the_timeline_of_a_clinician(
    clinic: Clinic, sign_in: SignIn
) -> None:
    openid = await clinic.person("小林")
    await clinic.say(openid, f"我的电话是 {NUMBER[:3]} {NUMBER[3:7]} {NUMBER[7:]}，请回电")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    desk = await sign_in(Role.RECEPTION)
    await desk.get("/console/patients/newcomers")
    page = await desk.post("/console/patients/newcomers", {"contact_id": contact.id})
    patient = page.path.removesuffix("/edit")
    assert (await desk.get(patient)).shows("请回电", "5704")
    clinicians = await (await sign_in(Role.CLINICIAN)).get(patient)
    assert clinicians.shows("请回电")
    assert not clinicians.shows("5704")


async def test_a_clinician_who_tries_numbers_is_told_kindly_to_stop(clinic: Clinic, sign_in: SignIn) -> None:
    clinic.stand_still()
    browser = await sign_in(Role.CLINICIAN)
    for _ in range(WINDOWS[0][1]):
        await browser.get(f"/console/patients/found?q={NUMBER}", htmx=True)
    page = await browser.get(f"/console/patients/found?q={NUMBER}", htmx=True)
    assert page.status == 200
    assert page.shows("暂时不能按数字搜索", "按姓名或拼音搜索不受限制")
    assert (await browser.get(f"/console/patients?q={NUMBER}")).shows("暂时不能按数字搜索")
    assert not (await browser.get("/console/patients/found?q=w", htmx=True)).shows("暂时不能按数字搜索")
