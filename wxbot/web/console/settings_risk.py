"""设置: what the points of the no-show risk are, and the monthly tables that propose others."""

from aiohttp import web

from wxbot.visits.risk import RiskFactor
from wxbot.visits.risk_calibration import CalibrationState
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit

HERE = "/console/settings/risk"


async def index(request: web.Request) -> web.StreamResponse:
    """The points that hold, and the tables, the latest first."""
    services = services_of(request)
    calibrations = await services.no_show_risk.calibrations(by=actor_of(request))
    points = await services.no_show_risk.points()
    return await page(
        request,
        "settings/risk.html",
        points=[(each.label, points.get(each.value, 0)) for each in RiskFactor],
        rules=services.no_show_risk.rules,
        ahead=int(services.no_show_risk.rules.call_ahead.total_seconds() // 60),
        calibrations=calibrations,
        proposed=CalibrationState.PROPOSED,
        section=HERE,
    )


async def accept(request: web.Request) -> web.StreamResponse:
    """Count by the proposed points from now on."""
    return await submit(request, _accept)


async def decline(request: web.Request) -> web.StreamResponse:
    """Leave the points as they are."""
    return await submit(request, _decline)


async def _accept(request: web.Request, _: Form) -> web.StreamResponse:
    month, by = request.match_info["month"], actor_of(request)
    await services_of(request).no_show_risk.accept(month, by=by, now=now_of(request))
    return see_other(request, HERE, done="已采用，马上生效")


async def _decline(request: web.Request, _: Form) -> web.StreamResponse:
    month, by = request.match_info["month"], actor_of(request)
    await services_of(request).no_show_risk.decline(month, by=by, now=now_of(request))
    return see_other(request, HERE, done="保持原来的点数")
