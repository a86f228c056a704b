"""首次联系: by which entry a patient first reached the clinic, and their class then."""

from aiohttp import web

from wxbot.reception.models import EntryKind
from wxbot.web.console.forms import Form, filled
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

ENTRIES = [(each.value, each.label) for each in EntryKind]
IN_WECHAT = "self"  # a record that began in WeChat


async def show(request: web.Request) -> web.StreamResponse:
    """The form, with what is known."""
    services = services_of(request)
    known = await services.reception.contacts.of(id_of(request), by=actor_of(request))
    if known is not None:
        return await _page(request, filled({"entry": known.entry.value, "lead_class": known.lead_class}))
    patient = (await services.patients.patients([id_of(request)]))[id_of(request)]
    return await _page(request, filled({"entry": EntryKind.ONLINE.value if patient.source == IN_WECHAT else ""}))


async def save(request: web.Request) -> web.StreamResponse:
    """Keep it; who is to be invited becomes a call (A4-03)."""
    return await submit(request, _save, again=_page)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    await services_of(request).reception.contacts.note(
        id_of(request), form.get("entry"), form.get("lead_class"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, here(id_of(request)), done="已登记首次联系")


async def _page(request: web.Request, form: Form) -> web.StreamResponse:
    services = services_of(request)
    known = await services.reception.contacts.of(id_of(request), by=actor_of(request))
    people = await services.patients.patients([id_of(request)])
    return await page(
        request,
        "reception/first_contact.html",
        form=form,
        known=known,
        patient=people[id_of(request)],
        entries=ENTRIES,
        classes=[(each.key, each.name) for each in services.reception.rules.lead_classes],
        invited=[each.name for each in services.reception.rules.lead_classes if each.invite],
        names=await names_of(services, [known.by] if known is not None else []),
    )
