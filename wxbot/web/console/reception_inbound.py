"""主动联系: a month's comparison of patients with and without care before, each number with its patients (A1-41)."""

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from aiohttp import web

from wxbot.days import DayError, read_day
from wxbot.errors import NotFoundError
from wxbot.reception.inbound import FEWEST, MOST_PATIENTS, CareGroup, GroupRate, InboundMonth, InboundPatient
from wxbot.web.console.frame import actor_of, now_of, page, services_of

PATH = "/console/today/inbound"
EARLIEST = date(2020, 1, 1)  # before it nothing was sent or written
MOST_ROWS = 500  # on one page, those who contacted us first
CONTACTED, ALL = "contacted", "all"  # in an address: whom of a group
MEANINGS: Mapping[CareGroup, str] = {
    CareGroup.CARED: "当月以前 90 天内，收到过关怀消息或祝福、或者同事联系上过的患者。",
    CareGroup.OTHERS: "当月以前 90 天内，没有收到过关怀、同事也没有联系上的患者。",
}


async def index(request: web.Request) -> web.StreamResponse:
    """The comparison of one month."""
    found, today = await _found(request), _today(request)
    return await page(
        request,
        "reception/inbound.html",
        found=found,
        under_way=found.last >= today,
        groups=[(each, MEANINGS[each.group]) for each in found.groups.values()],
        verdict=_verdict(found),
        fewest=FEWEST,
        most=MOST_PATIENTS,
        before=_query(found.first - timedelta(days=1)),
        after=_query(found.last + timedelta(days=1)) if found.last < today else "",
        address=lambda group, whom: f"{PATH}/{group.value}?{_query(found.first, whom)}",
        path_here=PATH,
    )


async def records(request: web.Request) -> web.StreamResponse:
    """The patients behind one number."""
    services, wanted, whom = services_of(request), request.match_info["group"], request.query.get("whom", ALL)
    if wanted not in {each.value for each in CareGroup} or whom not in {CONTACTED, ALL}:
        raise NotFoundError("no such group")
    found = await _found(request)
    group = found.groups[CareGroup(wanted)]
    counted = _counted(group, whom)
    shown = counted[:MOST_ROWS]
    people = await services.patients.patients({each.patient_id for each in shown})
    return await page(
        request,
        "reception/inbound_patients.html",
        found=found,
        group=group.group,
        meaning=MEANINGS[group.group],
        whom=whom,
        rows=[(each, people[each.patient_id].name if each.patient_id in people else None) for each in shown],
        more=len(counted) - len(shown),
        query=_query(found.first),
        path_here=PATH,
    )


async def _found(request: web.Request) -> InboundMonth:
    return await services_of(request).reception.inbound.of(_chosen(request), by=actor_of(request))


def _counted(group: GroupRate, whom: str) -> list[InboundPatient]:
    return [each for each in group.patients if whom == ALL or each.contacts]


def _verdict(found: InboundMonth) -> str:
    """What the numbers say, in a sentence; empty where there are too few."""
    if (difference := found.difference) is None:
        return ""
    if round(difference) == 0:
        return "两组主动联系的比例几乎一样。"
    more = "高" if difference > 0 else "低"
    return f"收到过关怀的患者，主动联系的比例{more} {abs(difference):.0f} 个百分点。"


def _chosen(request: web.Request) -> date:
    """A day of the month that is asked for; of what cannot be meant, and of months to come, of the last one over."""
    this_month = _today(request).replace(day=1)
    latest = this_month - timedelta(days=1)
    try:
        day = read_day(request.query.get("day", ""))
    except DayError:
        return latest
    return day if day >= EARLIEST and day.replace(day=1) <= this_month else latest


def _today(request: web.Request) -> date:
    return now_of(request).astimezone(services_of(request).clinic.timezone).date()


def _query(day: date, whom: str = "") -> str:
    values = {"day": day.replace(day=1).isoformat()}
    return urlencode({**values, "whom": whom} if whom else values)
