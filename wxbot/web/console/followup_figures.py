"""回访 in figures: undecided patients, each person's day, how the work is divided. Every figure opens its records."""

from datetime import datetime, time, timedelta

from aiohttp import web

from wxbot.followups.attempt_models import Mood, Outcome, Reason
from wxbot.followups.call_plans import LEARNT_FROM
from wxbot.followups.models import CALLED
from wxbot.web.console.followup_records import LONGEST, span_of
from wxbot.web.console.followup_rows import work_rows
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, services_of
from wxbot.web.console.who import names_of

FIGURES = "followups:figures:read"
MONTH = timedelta(days=30)


async def undecided(request: web.Request) -> web.StreamResponse:
    """One's own undecided patients; for a lead everybody's, with the reasons and other clinics of a month."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    everybody = actor.may(FIGURES) and request.query.get("whose") != "mine"
    found = await services.recalls.undecided.listed(by=actor, everybody=everybody)
    rows = {each.task.id: each for each in await work_rows(services, [one.task for one in found], by=actor, now=now)}
    today = now.astimezone(services.clinic.timezone).date()
    reasons = []
    if actor.may(FIGURES):
        since = datetime.combine(today - MONTH, time(), services.clinic.timezone)
        reasons = await services.recalls.undecided.reasons(since, now, by=actor)
    return await page(
        request,
        "followups/undecided.html",
        found=found,
        rows=rows,
        everybody=everybody,
        reasons=reasons,
        labels={each.value: each.label for each in Reason},
        first=(today - MONTH).isoformat(),
        today=today.isoformat(),
    )


async def report(request: web.Request) -> web.StreamResponse:
    """What each person did on some days (A2-02), how each group divided its work, and how long the list lasts."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    form, room = Form(), services.recalls
    today = now.astimezone(services.clinic.timezone).date()
    first, last = span_of(request, form, today, today)
    last = min(max(first, last), first + timedelta(days=LONGEST))
    people = await room.effort.days(first, last, by=actor)
    days = room.rules.pool.days
    pool = await room.worklist.pool(sorted(CALLED), by=actor, now=now, days=days)
    dry = next((ahead for ahead in sorted(pool) if ahead and pool[ahead] == pool[ahead - 1] == pool[days - 1]), None)
    return await page(
        request,
        "followups/report.html",
        form=form,
        first=first,
        last=last,
        people=people,
        names=await names_of(services, {each.by for each in people}),
        outcomes=list(Outcome),
        moods=[each for each in Mood if each is not Mood.CALM],
        mixes=await room.effort.mix(first, last, by=actor) if actor.may(FIGURES) else [],
        rules=room.rules,
        pool=pool[days - 1],
        pool_days=days,
        lasts=days if dry is None else dry,
        learnt=today - LEARNT_FROM,
        hours=sorted((await room.plans.rates(now)).items()),
    )
