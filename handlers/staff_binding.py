"""A member of staff scans the code on their own screen: that WeChat is theirs. They may be a patient as well."""

from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import Followed, Scanned
from wxbot.errors import DomainError
from wxbot.logs import get_logger
from wxbot.staff.self_service import SCENE_PREFIX

log = get_logger(__name__)

BOUND = "staff.bound"
REFUSED = "staff.refused"  # too old, used by somebody else, or a patient who scanned it by mistake


async def bound(context: Context) -> Reply:
    """Bind, then follow as every patient does: staff may be patients, too."""
    update, services = context.update, context.services
    scene = update.scene if isinstance(update, Followed | Scanned) else None
    reply = await _bind(context, scene or "")
    wording = f"{reply.template}@{services.templates.get(reply.template).version}"
    await services.patients.follow(update.openid, context.now, wording=wording)
    return reply


async def _bind(context: Context, scene: str) -> Reply:
    try:
        account = await context.services.staff.bind_wechat(scene, context.update.openid, context.now)
    except DomainError as error:
        log.info("staff_binding_refused", code=error.code, key=context.update.key)
        return Reply(template=REFUSED)
    return Reply(template=BOUND, variables={"staff": account.name})


def _of_staff(context: Context) -> bool:
    update = context.update
    return isinstance(update, Followed | Scanned) and (update.scene or "").startswith(SCENE_PREFIX)


ROUTER = Router(name="staff_binding", routes=(Route((Followed, Scanned), bound, (_of_staff,)),))
