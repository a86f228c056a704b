"""今日 · 候补: who waits, what they were offered, and what colleagues do for them, as a browser gets it."""

from datetime import date, timedelta

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.actors import SYSTEM
from wxbot.booking.models import Booker
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import PatientId
from wxbot.ids import new_id
from wxbot.staff.permissions import Role

LIST = "/console/today/waitlist"
TUESDAY = date(2026, 11, 24)
CHECKUP, ZHOU = VisitTypeId("checkup"), PractitionerId("zhou")
WISH = {"type": "checkup", "practitioners": "zhou", "first": "2026-11-24", "last": "2026-11-24"}


async def patient(clinic: Clinic, name: str = "林晓") -> str:
    """A patient of that name, who writes by WeChat; the id of the record."""
    openid = await clinic.person(name)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    found = await clinic.app.services.patients.self_patient(contact, clinic.now)
    await clinic.app.services.patients.set_name(found.id, name, now=clinic.now)
    return str(found.id)


async def full(clinic: Clinic) -> list[str]:
    """Every hour of that Tuesday is taken; the visits, earliest first."""
    booking, made = clinic.app.services.booking, []
    while slots := await booking.slots(CHECKUP, ZHOU, TUESDAY, clinic.now, booker=Booker.RETURNING):
        key = new_id(clinic.now)
        visit = await booking.book(
            request_key=key,
            contact_id=None,
            patient_id=PatientId(f"p-{key}"),
            visit_type_id=CHECKUP,
            practitioner_id=ZHOU,
            start=slots[0].start,
            by=SYSTEM,
            booker=Booker.RETURNING,
            now=clinic.now,
        )
        made.append(str(visit.id))
    return made


async def test_an_empty_list_says_so_and_how_somebody_gets_on_it(admin: Browser) -> None:
    page = await admin.get(LIST)
    assert page.shows("现在没有人候补", "有空位时通知我", "加入候补")


async def test_a_colleague_adds_a_patient_puts_them_first_and_removes_them_with_a_reason(
    clinic: Clinic, admin: Browser
) -> None:
    clinic.stand_still()
    await full(clinic)
    who = await patient(clinic)
    assert (await admin.get(f"{LIST}/new?q=林晓")).shows("林晓")
    assert (await admin.get(f"{LIST}/new?patient_id={who}")).shows("林晓", "不选就是不限医生", "口腔检查")
    wrong = await admin.post(f"{LIST}/new", {**WISH, "patient_id": who, "last": "2026-11-01", "type": ""})
    assert wrong.shows("请填写这一项")
    wrong = await admin.post(f"{LIST}/new", {**WISH, "patient_id": who, "last": "2026-11-01"})
    assert wrong.shows("最后一天不能早于第一天")
    one = await admin.post(f"{LIST}/new", {**WISH, "patient_id": who})
    assert one.shows("已加入候补", "口腔检查 · 周明远医生 · 11月24日 周二", "等候中")
    first = await admin.post(f"{one.path}/first", {"reason": "疼得厉害"})
    assert first.shows("已排到前面", "疼得厉害")
    assert (await admin.get(LIST)).shows("林晓", "优先", "等候中")
    refused = await admin.post(f"{one.path}/remove", {"reason": " "})
    assert refused.shows("请写明移出候补的原因")
    gone = await admin.post(f"{one.path}/remove", {"reason": "患者来电，不再需要"})
    assert gone.path == LIST
    assert gone.shows("现在没有人候补", "最近结束的", "患者来电，不再需要", "已退出")


async def test_an_answer_on_the_telephone_books_or_passes_on(clinic: Clinic, admin: Browser) -> None:
    clinic.stand_still()
    visits = await full(clinic)
    pages = []
    for name in ("林晓", "王芳"):
        pages.append(await admin.post(f"{LIST}/new", {**WISH, "patient_id": await patient(clinic, name)}))
        await clinic.move(timedelta(minutes=1))
    panel = await admin.post(
        f"/console/board/visits/{visits[0]}/cancel", {"reason": "患者来电", "version": "1"}, htmx=True
    )
    assert panel.shows("候补 2 位在等这样的时间", "林晓", "王芳")
    await clinic.app.runner.run_now("offer_freed_hours")
    page = await admin.get(pages[0].path)
    assert page.shows("正在为患者保留", "已通知，等回复")
    passed = await admin.post(f"{pages[0].path}/answer", {"answer": "no", "number": "1"})
    assert passed.shows("这个号留给下一位", "不用了")
    again = await admin.post(f"{pages[0].path}/answer", {"answer": "yes", "number": "1"})
    assert again.shows("保留时间已过，或已经有了答复")
    await clinic.app.runner.run_now("offer_freed_hours")
    done = await admin.post(f"{pages[1].path}/answer", {"answer": "yes", "number": "1"})
    assert done.path == LIST
    assert done.shows("已为患者约好", "王芳", "已约上")


async def test_who_may_not_edit_sees_the_list_without_buttons(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    clinic.stand_still()
    await full(clinic)
    one = await admin.post(f"{LIST}/new", {**WISH, "patient_id": await patient(clinic)})
    reader = await sign_in(Role.CLINICIAN)
    page = await reader.get(one.path)
    assert page.status == 200
    assert not page.shows("移出候补")
    assert (await reader.post(f"{one.path}/remove", {"reason": "x"})).status == 403
    assert (await reader.get(f"{LIST}/new")).status == 403
    assert (await admin.get(f"{LIST}/nonsense")).status == 404
