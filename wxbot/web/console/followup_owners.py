"""Whose a patient is: their consultant, and who alone calls them in a dispute. And that they have not decided."""

from aiohttp import web

from wxbot.actors import SYSTEM
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.history.models import PatientId
from wxbot.patients.holds import standing
from wxbot.patients.marks import HOLD
from wxbot.patients.models import HoldKind
from wxbot.patients.views import Card
from wxbot.web.console.forms import Form, filled
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of
from wxbot.web.console.submit import submit

HELD_BECAUSE = "指定了纠纷负责人"
MOST_DIGITS = 8  # of a price in yuan


async def show(request: web.Request) -> web.StreamResponse:
    """Who is named now."""
    patient_id = id_of(request)
    known = (await services_of(request).recalls.owners.of([patient_id])).get(patient_id)
    fields = {"consultant": known.consultant, "dispute": known.dispute} if known is not None else {}
    return await _again(request, filled({**fields, "hold": "true"}))


async def save(request: web.Request) -> web.StreamResponse:
    """Name them."""
    return await submit(request, _save, again=_again)


async def undecided(request: web.Request) -> web.StreamResponse:
    """What they consider, and at which price."""
    return await _undecided(request, Form())


async def note_undecided(request: web.Request) -> web.StreamResponse:
    """Keep it; who noted it calls on the next day (A1-11)."""
    return await submit(request, _note_undecided, again=_undecided)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now, dispute = services_of(request), actor_of(request), now_of(request), form.get("dispute")
    held = await _held(request)
    await services.recalls.owners.assign(
        id_of(request), consultant=form.get("consultant"), dispute=dispute, by=actor, now=now
    )
    if dispute and form.get("hold") == "true" and not held and actor.may(HOLD):
        await services.patient_holds.set(id_of(request), HoldKind.DISPUTE, HELD_BECAUSE, by=actor, now=now)
        return see_other(request, here(id_of(request)), done="已指定负责人，并登记「纠纷」：不再自动发送关怀和营销")
    if held and not dispute:
        return see_other(
            request, here(id_of(request), "#holds"), done="已指定负责人；「纠纷」的暂停联系还在，解决了请在下面解除"
        )
    return see_other(request, here(id_of(request)), done="已指定负责人")


async def _held(request: web.Request) -> bool:
    """Whether messages rest already because of a dispute."""
    patient = (await services_of(request).patients.patients([id_of(request)])).get(id_of(request))
    holds = standing(patient.holds, now_of(request)) if patient is not None else ()
    return any(each.kind is HoldKind.DISPUTE for each in holds)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    accounts = await services_of(request).staff.accounts(by=SYSTEM)
    people = [(each.id, each.name) for each in accounts if not each.disabled]
    return await page(
        request,
        "followups/owner.html",
        card=await _card(request),
        people=people,
        form=form,
        held=await _held(request),
        may_hold=actor_of(request).may(HOLD),
    )


async def _note_undecided(request: web.Request, form: Form) -> web.StreamResponse:
    typed = form.get("quote")
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS):
        raise FieldErrors({"quote": "报价写整数，单位元"})
    await services_of(request).recalls.undecided.note(
        id_of(request),
        form.get("project"),
        int(typed) if typed else None,
        by=actor_of(request),
        now=now_of(request),
    )
    return see_other(request, "/console/followups/undecided", done="已登记，明天由您打电话关心")


async def _undecided(request: web.Request, form: Form) -> web.StreamResponse:
    projects = [each.name for each in services_of(request).clinic.visit_types if not each.retired]
    return await page(request, "followups/note_undecided.html", card=await _card(request), projects=projects, form=form)


async def _card(request: web.Request) -> Card:
    services, patient_id = services_of(request), PatientId(id_of(request))
    patient = (await services.patients.patients([patient_id])).get(patient_id)
    if patient is None:
        raise NotFoundError("no such patient")
    return (await services.records.cards([patient], now_of(request)))[0]
