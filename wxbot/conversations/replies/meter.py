"""What may be written to a patient now, in the few words that stand over the box (capabilities row 72). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.labels import LabelledEnum
from wxbot.outbox.ledger import can_send_notice, is_open
from wxbot.outbox.models import Message, Rights, State
from wxbot.patients.models import Contact
from wxbot.templates.models import Rendered

SOON = timedelta(minutes=1)  # what leaves within it is on its way; what is sent later finds other rights
HOUR, MINUTE = 3600, 60  # seconds

GONE_WORDS = "患者已取消关注，不能再发消息；可以打电话联系"
ERASED_WORDS = "患者的微信信息已按规定删除，不能联系"
REFUSING_WORDS = "患者关闭了公众号消息，只能打电话联系"


class Form(LabelledEnum):
    """What the box over the reply is (capabilities row 72): it changes before a send can fail."""

    FREE = ("free", "可以直接回复")
    LAST = ("last", "只剩一条：请把要说的合成一条")
    CLOSED = ("closed", "不能直接回复")  # a subscription, a template message or a telephone call is left
    GONE = ("gone", "不能联系")  # unfollowed, erased


@dataclass(frozen=True, kw_only=True)
class Meter:
    """还可回复 4 条 · 31 小时: what the platform allows now, less what is on its way (reference §4.1)."""

    form: Form
    left: int
    until: datetime | None
    words: str
    ways: tuple[str, ...] = ()  # of CLOSED: "notice", "template", "phone"


def read(
    contact: Contact | None, rights: Rights, pending: Sequence[Message], invitation: Rendered, now: datetime
) -> Meter:
    """The meter of one contact.

    `pending` are all messages to the contact that have not ended; `invitation` is the filled template that asks a
    patient to write, with the cards it may travel on.
    """
    if contact is None or contact.openid is None:
        return Meter(form=Form.GONE, left=0, until=None, words=ERASED_WORDS)
    if not contact.following:
        return Meter(form=Form.GONE, left=0, until=None, words=GONE_WORDS, ways=("phone",))
    if contact.refuses_messages:
        return Meter(form=Form.CLOSED, left=0, until=None, words=REFUSING_WORDS, ways=("phone",))
    left = max(0, rights.customer_left - on_its_way(pending, now)) if is_open(rights, now) else 0
    if left > 0 and rights.customer_until is not None:
        words = f"还可回复 {left} 条 · {_lasts(rights.customer_until - now)}"
        form = Form.LAST if left == 1 else Form.FREE
        return Meter(form=form, left=left, until=rights.customer_until, words=words)
    ways = (*_cards(invitation, rights), "phone")
    if is_open(rights, now):
        words = "这次可回复的条数已用完，等患者再发来消息就能继续"
        return Meter(form=Form.CLOSED, left=0, until=rights.customer_until, words=words, ways=ways)
    words = "患者超过 48 小时没有发来消息，微信不允许直接回复"
    return Meter(form=Form.CLOSED, left=0, until=None, words=words, ways=ways)


def on_its_way(pending: Sequence[Message], now: datetime) -> int:
    """How many rights the messages that leave soon will still spend."""
    waiting = [
        each
        for each in pending
        if each.state is State.WAITING and each.due_at <= now + SOON and not each.awaits_contact
    ]
    claimed = [each for each in pending if each.state is State.CLAIMED and each.sending_since is None]
    return len(waiting) + len(claimed)


def _cards(invitation: Rendered, rights: Rights) -> tuple[str, ...]:
    """On which cards a patient can be asked to write."""
    notice, template = invitation.notice_card, invitation.template_card
    ways = []
    if notice is not None and notice.template_id and can_send_notice(rights, notice.template_id):
        ways.append("notice")
    if template is not None and template.template_id:
        ways.append("template")
    return tuple(ways)


def _lasts(rest: timedelta) -> str:
    seconds = max(0, int(rest.total_seconds()))
    if seconds >= HOUR:
        return f"{seconds // HOUR} 小时"
    return f"{seconds // MINUTE} 分钟" if seconds >= MINUTE else "不到 1 分钟"
