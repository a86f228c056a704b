"""Deposits in the panel of a visit: taken, and what becomes of them; also asked when the visit is cancelled."""

from typing import Any

from aiohttp import web

from wxbot.booking.deposit_rules import SETTLING, amount_of, deposit_words, reason_of, yuan
from wxbot.booking.models import Appointment, AppointmentId, DepositMethod, DepositOutcome
from wxbot.errors import FieldErrors
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, services_of
from wxbot.web.console.who import names_of

EDIT = "booking:deposit:edit"
TRANSFER = DepositOutcome.TRANSFERRED
ASKED = "这次预约收了押金，请选择怎样处理，再取消。"


async def facts(request: web.Request, visit: Appointment) -> dict[str, Any]:
    """What the panel says of the visit's deposits, and what may be done with the one that is held."""
    services, actor = services_of(request), actor_of(request)
    held = visit.held_deposit
    may = actor.may(EDIT)
    targets = await services.deposits.targets(visit, now_of(request)) if may and held is not None else ()
    names = await names_of(services, [each.received_by for each in visit.deposits])
    kinds = {each.id: each.name for each in services.clinic.visit_types}
    return {
        "deposits": [
            {"words": deposit_words(each), "at": each.received_at, "by": names.get(each.received_by, "")}
            for each in visit.deposits
        ],
        "held": held,
        "held_yuan": yuan(held.amount) if held is not None else "",
        "may_deposit": may,
        "may_receive": may and visit.live and held is None,
        "methods": [(each.value, each.label) for each in DepositMethod],
        "outcomes": [(each.value, each.label.removeprefix("已")) for each in SETTLING],
        "targets": [(each.id, each.start, kinds.get(each.visit_type_id, "")) for each in targets],
    }


async def receive(request: web.Request, visit: Appointment, form: Form) -> str:
    """Note that money was taken."""
    actor_of(request).must(EDIT)
    amount = amount_of(form.get("amount"))
    method = next((each for each in DepositMethod if each.value == form.get("method")), None)
    if method is None:
        raise FieldErrors({"method": "请选择收款方式。"})
    await services_of(request).deposits.receive(visit.id, amount, method, by=actor_of(request), now=now_of(request))
    return f"已登记押金 {yuan(amount)} 元"


async def settle(request: web.Request, visit: Appointment, form: Form) -> str:
    """Note what became of it."""
    actor_of(request).must(EDIT)
    return await _settle(request, visit, form, form.get("deposit"))


def check_before_cancelling(request: web.Request, visit: Appointment, form: Form, reason: str) -> None:
    """Refuse to cancel a visit whose deposit nobody decides about. Raises FieldErrors and ForbiddenError."""
    if visit.held_deposit is None:
        return
    actor_of(request).must(EDIT)
    outcome = _outcome(form, ASKED)
    if outcome is TRANSFER and not form.get("deposit_to"):
        raise FieldErrors({"deposit_to": "请选择押金转到哪一次预约。"})
    reason_of(outcome, form.get("deposit_reason") or reason)


async def settle_cancelled(request: web.Request, visit: Appointment, form: Form, reason: str) -> str:
    """What was decided with the cancellation; words to add to what was done."""
    held = visit.held_deposit
    if held is None:
        return ""
    if not form.get("deposit_reason"):
        form.values["deposit_reason"] = reason
    return "，" + await _settle(request, visit, form, held.id)


async def _settle(request: web.Request, visit: Appointment, form: Form, deposit_id: str) -> str:
    deposits, by, now = services_of(request).deposits, actor_of(request), now_of(request)
    outcome = _outcome(form, "请选择怎样处理这笔押金。")
    if outcome is TRANSFER:
        await deposits.transfer(visit.id, deposit_id, AppointmentId(form.get("deposit_to")), by=by, now=now)
    else:
        await deposits.settle(visit.id, deposit_id, outcome, form.get("deposit_reason"), by=by, now=now)
    return f"押金{outcome.label}"


def _outcome(form: Form, words: str) -> DepositOutcome:
    chosen = next((each for each in (*SETTLING, TRANSFER) if each.value == form.get("outcome")), None)
    if chosen is None:
        raise FieldErrors({"outcome": words})
    return chosen
