"""Following, coming back, scanning, leaving."""

from dataclasses import replace
from datetime import timedelta

from handlers import arrivals, entrances
from handlers.clinic_info import NOTICE
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import Followed, Scanned, Unfollowed
from wxbot.messaging import Purpose
from wxbot.patients.models import Contact

FIRST = "welcome.first"
BACK = "welcome.back"
SCANNED = "welcome.scanned"

AT_RECEPTION = timedelta(minutes=2)  # later they have been spoken with
JUST_MET = timedelta(minutes=10)  # a follow handled again after a crash is still the first one


async def followed(context: Context) -> Reply | None:
    """The first time: who we are, how to stop, and a link to what we store. Later: welcome back."""
    update = context.update
    scene = update.scene if isinstance(update, Followed | Scanned) else None
    contact, arrives = await context.services.patients.follow(
        update.openid, context.now, scene, wording=_seen(context, FIRST, NOTICE)
    )
    first = arrives and _first_time(context.contact, contact)
    if scene:
        newcomer = contact.id if first and isinstance(update, Followed) else None
        await context.services.account.scenes.scanned(scene, update.key, now=context.now, newcomer=newcomer)
    at_reception = bool(scene) and await context.services.account.scenes.is_arrival(str(scene))
    met = replace(context, contact=contact)
    if at_reception and isinstance(update, Scanned) and context.contact.followed_at is not None:
        return await arrivals.scanned(met)  # they were greeted when they began to follow
    if arrives:
        if at_reception:
            await _tell_beside(met, await arrivals.scanned(met))
        return _greeting(context, FIRST if first else BACK)
    return _greeting(context, SCANNED) if isinstance(update, Scanned) else None


async def unfollowed(context: Context) -> Reply | None:
    """Nothing more is sent, and erasure is due after the grace."""
    await context.services.patients.unfollow(context.contact, context.now)
    return None


async def _tell_beside(context: Context, reply: Reply) -> None:
    """The greeting comes first, since it says what we store; what the scan led to follows it."""
    message = context.services.outbox.message(
        key=f"arrival/{context.update.key}",
        contact_id=context.contact.id,
        purpose=Purpose.SERVICE,
        template=reply.template,
        variables=reply.variables,
        options=reply.options,
        now=context.now,
        expires_at=context.now + AT_RECEPTION,
        answer=True,
        optional=True,
    )
    await context.services.outbox.enqueue([message])


def _first_time(before: Contact, after: Contact) -> bool:
    """Whether they never followed before, also when this very follow is being handled a second time."""
    if before.followed_at is None:
        return True
    return after.followed_at is not None and after.followed_at - after.created_at < JUST_MET


def _greeting(context: Context, template: str) -> Reply:
    options = entrances.offered(context)
    return Reply(template=template, options=options, dialog=entrances.offering(options))


def _seen(context: Context, *keys: str) -> str:
    """Keys and versions of the wordings they were shown, for the record of their consent (PIPL art. 14, 17)."""
    return "+".join(f"{key}@{context.services.templates.get(key).version}" for key in keys)


ROUTER = Router(
    name="welcome",
    routes=(
        Route(Unfollowed, unfollowed),
        Route((Followed, Scanned), followed),
    ),
)
