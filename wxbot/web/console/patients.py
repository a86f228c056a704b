"""患者: search as you type, lists by what was noted, contacts without a record."""

from urllib.parse import urlencode

from aiohttp import web

from wxbot.history.models import ContactId
from wxbot.patients.lists import By
from wxbot.web.console.forms import read_form
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of

LISTS = {
    By.ALL: "最新",
    By.HOLD: "暂停联系",
    By.OBJECTION: "有异议",
    By.BIRTHDAY: "本月生日",
    By.NO_NEXT: "没有下次预约",
}
MOST_TYPED = 100  # characters of a query; longer ones are pasted by mistake


async def index(request: web.Request) -> web.StreamResponse:
    """A list, or what the search found when `q` says something."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    query = request.query.get("q", "").strip()[:MOST_TYPED]
    if query:
        found = await services.records.search(query, by=actor, now=now)
        return await page(request, "patients/index.html", query=query, found=found, lists=LISTS, narrowed="", older="")
    tag = request.query.get("tag", "").strip()
    narrowed = By.TAG if tag else _chosen(request.query.get("list", ""))
    month = request.query.get("month", "") or str(now.astimezone(services.clinic.timezone).month)
    value = tag or (month if narrowed is By.BIRTHDAY else "")
    shown = await services.patient_lists.page(narrowed, value, request.query.get("after", ""), by=actor, now=now)
    where = {"tag": tag} if tag else {"list": narrowed.value} | ({"month": month} if value else {})
    older = f"/console/patients?{urlencode({**where, 'after': shown.next})}" if shown.next else ""
    return await page(
        request,
        "patients/index.html",
        query="",
        shown=shown,
        lists=LISTS,
        narrowed=narrowed.value,
        tag=tag,
        month=month,
        older=older,
        first=not request.query.get("after"),
    )


async def found(request: web.Request) -> web.StreamResponse:
    """What the search box finds, while somebody types."""
    query = request.query.get("q", "").strip()[:MOST_TYPED]
    result = await services_of(request).records.search(query, by=actor_of(request), now=now_of(request))
    return await fragment(request, "patients/_found.html", found=result, query=query)


async def newcomers(request: web.Request) -> web.StreamResponse:
    """Contacts in WeChat of whom there is no record yet."""
    after = request.query.get("after", "")
    shown = await services_of(request).patient_lists.newcomers(after, by=actor_of(request))
    older = f"/console/patients/newcomers?{urlencode({'after': shown.next})}" if shown.next else ""
    return await page(request, "patients/newcomers.html", contacts=shown.contacts, older=older)


async def register(request: web.Request) -> web.StreamResponse:
    """建档: a record for a contact who has none, then straight to filling it in."""
    form = await read_form(request)
    contact_id = ContactId(form.get("contact_id"))
    patient = await services_of(request).records.record_for(contact_id, by=actor_of(request), now=now_of(request))
    return see_other(request, f"/console/patients/{patient.id}/edit", done="已建档，请补充资料")


def _chosen(text: str) -> By:
    return By(text) if text in {each.value for each in LISTS} else By.ALL
