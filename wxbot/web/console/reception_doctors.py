"""医生动态: who receives when in the next days, who is away, and what the clinic is about to do (A2-97)."""

from aiohttp import web

from wxbot.broadcasts.models import IN_PROGRESS, Broadcast
from wxbot.reception.doctor_days import SHOWN_DAYS, doctor_rows, notices
from wxbot.web.console.frame import actor_of, now_of, page, services_of

BROADCASTS = "broadcasts:broadcast:read"


async def show(request: web.Request) -> web.StreamResponse:
    """The next fourteen days."""
    services, actor = services_of(request), actor_of(request)
    today = now_of(request).astimezone(services.clinic.timezone).date()
    sent: list[Broadcast] = []
    if actor.may(BROADCASTS):
        sent = [each for each in await services.broadcasts.newest(by=actor) if each.state in IN_PROGRESS]
    rows = doctor_rows(services.clinic, today)
    return await page(
        request,
        "reception/doctors.html",
        today=today,
        days=SHOWN_DAYS,
        rows=rows,
        away=[(row.practitioner, each) for row in rows for each in row.days if each.away],
        notices=notices(services.clinic, today),
        broadcasts=sent,
        may_see_broadcasts=actor.may(BROADCASTS),
    )
