"""设置 > 公众号状态: how the account is, part by part, and what must be mended."""

from aiohttp import web

from wxbot.account.checks import Level
from wxbot.metrics import NOTICES_ANSWERED, NOTICES_ASKED
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, services_of

LEVELS = {
    Level.FINE: ("正常", "good"),
    Level.NOTICE: ("请留意", "warn"),
    Level.WRONG: ("需要处理", "bad"),
    Level.UNKNOWN: ("没有查到", "warn"),
}


async def index(request: web.Request) -> web.StreamResponse:
    """Every check run again, within a few seconds; only the report when the button asks for it."""
    services = services_of(request)
    report = await services.account.health.examine(
        by=actor_of(request), now=now_of(request), zone=services.clinic.timezone
    )
    if is_fragment(request):
        return await fragment(request, "settings/_health.html", report=report, levels=LEVELS)
    return await page(request, "settings/health.html", report=report, levels=LEVELS, notices=_subscriptions())


def _subscriptions() -> dict[str, int]:
    """How often this process asked for subscriptions, and the answers: `asked`, `accepted`, `refused`."""
    counted = {"asked": 0, "accepted": 0, "refused": 0}
    for metric in (*NOTICES_ASKED.collect(), *NOTICES_ANSWERED.collect()):
        for sample in metric.samples:
            if sample.name.endswith("_total"):
                counted[sample.labels.get("answer", "asked")] = int(sample.value)
    return counted
