"""What the platform reports: receipts, subscription answers, account notices. Never answered, always noted."""

from wxbot.dispatch.context import Context
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import (
    AccountNotice,
    AuthorizationCancelled,
    AuthorizationRevoked,
    DeskSessionChanged,
    MassSettled,
    NoticesAnswered,
    NoticesChanged,
    NoticesSettled,
    PositionReported,
    ProfileRiskCleared,
    PublishSettled,
    TemplateSettled,
    UnknownEvent,
)
from wxbot.followups.models import FollowUpKind
from wxbot.logs import get_logger
from wxbot.metrics import NOTICES_ANSWERED

log = get_logger(__name__)

SENT = "success"  # reference §2.2, TEMPLATESENDJOBFINISH
ACCEPTED = 0  # ErrorCode of a delivered notice (reference §2.2)
MASS_SENT = "send success"  # MASSSENDJOBFINISH
PUBLISHED = 0  # publish_status

ACCOUNT_NOTICES = {
    "qualification_verify_success": "公众号资质认证成功，请确认到期时间。",
    "qualification_verify_fail": "公众号资质认证失败，请管理员登录公众平台查看原因并处理。",
    "naming_verify_success": "公众号名称认证成功。",
    "naming_verify_fail": "公众号名称认证失败，请管理员登录公众平台查看原因并处理。",
    "annual_renew": "公众号需要年审，逾期将失去模板消息、客服和二维码等权限，请尽快办理。",
    "verify_expired": "公众号认证已过期，模板消息、客服和二维码等权限将失效，请立即续办。",
}
ACCOUNT_NOTICE_UNKNOWN = "公众平台发来一条账号通知，请管理员登录公众平台查看。"


async def template_settled(context: Context) -> None:
    """The receipt of a template message settles the outbox's record."""
    update = context.update
    if isinstance(update, TemplateSettled):
        await context.services.outbox.settle(
            platform_id=update.message_id, ok=update.status == SENT, status=update.status, now=context.now
        )


async def notices_settled(context: Context) -> None:
    """Receipts of subscription notices, one per template."""
    update = context.update
    if not isinstance(update, NoticesSettled):
        return
    for receipt in update.receipts:
        await context.services.outbox.settle(
            platform_id=receipt.message_id,
            ok=receipt.code == ACCEPTED,
            status=receipt.status,
            now=context.now,
            code=receipt.code,
            contact_id=context.contact.id,
            template_id=receipt.template_id,
        )


async def notices_answered(context: Context) -> None:
    """Accepted or refused subscriptions change what we may send (reference §6.1)."""
    update = context.update
    if isinstance(update, NoticesAnswered | NoticesChanged):
        answers = [(answer.template_id, answer.accepted) for answer in update.answers]
        await context.services.outbox.rights.note_notice_answers(context.contact.id, answers, context.now)
    if isinstance(update, NoticesAnswered):
        for answer in update.answers:
            NOTICES_ANSWERED.labels("accepted" if answer.accepted else "refused").inc()


async def account_noticed(context: Context) -> None:
    """Something about the account itself: an operator must look before rights lapse."""
    name = context.update.name.lower() if isinstance(context.update, AccountNotice) else ""
    log.warning("account_notice", notice=name, key=context.update.key)
    await _check(context, f"account:{context.update.key}", ACCOUNT_NOTICES.get(name, ACCOUNT_NOTICE_UNKNOWN))


async def mass_settled(context: Context) -> None:
    """A mass send that the platform stopped or partly failed is somebody's work."""
    update = context.update
    if not isinstance(update, MassSettled):
        return
    log.info("mass_settled", status=update.status, total=update.total, sent=update.sent, failed=update.failed)
    if update.status != MASS_SENT or update.failed:
        reason = f"群发结果：{update.status}，应发{update.total}，成功{update.sent}，失败{update.failed}，请查看原因。"
        await _check(context, f"mass:{update.message_id}", reason)


async def publish_settled(context: Context) -> None:
    """An article that was not published is somebody's work."""
    update = context.update
    if not isinstance(update, PublishSettled):
        return
    log.info("publish_settled", status=update.status)
    if update.status != PUBLISHED:
        await _check(context, f"publish:{update.publish_id}", f"图文发布未成功（状态{update.status}），请查看原因。")


async def authorization_cancelled(context: Context) -> None:
    """The WeChat account is closed: like an unfollow, nothing more is sent and the erasure follows."""
    await context.services.patients.unfollow(context.contact, context.now)


async def noted(context: Context) -> None:
    """Nothing to do beyond the transcript: we keep no nickname, avatar, position or desk session of WeChat's."""
    log.info("platform_event", event_kind=type(context.update).__name__, key=context.update.key)


async def _check(context: Context, key: str, reason: str) -> None:
    await context.services.followups.open(
        key=key,
        kind=FollowUpKind.CHECK,
        reason=reason,
        contact_id=None,
        patient_id=None,
        due_at=context.now,
        now=context.now,
    )


ROUTER = Router(
    name="receipts",
    routes=(
        Route(TemplateSettled, template_settled),
        Route(NoticesSettled, notices_settled),
        Route((NoticesAnswered, NoticesChanged), notices_answered),
        Route(AccountNotice, account_noticed),
        Route(MassSettled, mass_settled),
        Route(PublishSettled, publish_settled),
        Route(AuthorizationCancelled, authorization_cancelled),
        Route((AuthorizationRevoked, ProfileRiskCleared, DeskSessionChanged, PositionReported, UnknownEvent), noted),
    ),
)
