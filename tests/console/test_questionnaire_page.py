"""设置: which questions are asked before which visit."""

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.staff.permissions import Role

HERE = "/console/settings/questionnaire"


async def test_the_questions_of_each_visit_type_are_listed_with_their_dangerous_answers(
    clinic: Clinic, admin: Browser
) -> None:
    page = await admin.get(HERE)
    assert page.shows("过敏、抗凝药、怀孕、慢性病、想解决的问题", "过敏、抗凝药、怀孕、想解决的问题")
    assert page.shows("您对药物、麻药或其他东西过敏吗？", "只问：", "属于敏感个人信息", "questionnaire.toml")
    for each in clinic.app.services.clinic.visit_types:
        assert page.shows(each.name)
    assert (await admin.get("/console/settings")).shows("就诊前的问题")


async def test_who_may_not_read_the_clinics_settings_does_not_see_them(sign_in: SignIn) -> None:
    assert (await (await sign_in(Role.RECEPTION)).get(HERE)).status == 403
