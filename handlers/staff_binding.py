"""A member of staff scans the code on their own screen, and confirms there. They may be a patient as well."""

from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import Followed, Scanned
from wxbot.errors import DomainError
from wxbot.logs import get_logger
from wxbot.staff.wechat_binding import SCENE_PREFIX, tail_of

log = get_logger(__name__)

BOUND = "staff.bound"  # as soon as its owner says so on the screen
REFUSED = "staff.refused"  # too old, used by somebody else, or a patient who scanned it by mistake


async def bound(context: Context) -> Reply:
    """Note who scanned, then follow as every patient does: staff may be patients, too."""
    update, services = context.update, context.services
    scene = update.scene if isinstance(update, Followed | Scanned) else None
    reply = await _bind(context, scene or "")
    wording = f"{reply.template}@{services.templates.get(reply.template).version}"
    await services.patients.follow(update.openid, context.now, wording=wording)
    return reply


async def _bind(context: Context, scene: str) -> Reply:
    try:
        account = await context.services.staff.wechat.scanned(scene, context.update.openid, context.now)
    except DomainError as error:
        log.info("staff_binding_refused", code=error.code, key=context.update.key)
        return Reply(template=REFUSED)
    return Reply(template=BOUND, variables={"staff": account.name, "binding_code": tail_of(context.update.openid)})


def _of_staff(context: Context) -> bool:
    update = context.update
    return isinstance(update, Followed | Scanned) and (update.scene or "").startswith(SCENE_PREFIX)


ROUTER = Router(name="staff_binding", routes=(Route((Followed, Scanned), bound, (_of_staff,)),))
