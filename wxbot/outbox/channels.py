"""Which way a message goes: the best one that the ledger and the template allow, else a person phones.

What a colleague wrote in a talk is a customer-service message or nothing: a card would not carry their words.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.messaging import Channel, Purpose
from wxbot.outbox.ledger import can_send_customer, can_send_notice, is_open
from wxbot.outbox.models import Message, Rights
from wxbot.templates.models import FilledCard, Option, Rendered

TEXT_LIMIT_BYTES = 2048  # of UTF-8 in one customer-service text (reference §4.2)
TEMPLATE_PURPOSES = frozenset({Purpose.SERVICE, Purpose.REMINDER, Purpose.CARE})  # never marketing (reference §5.4)


@dataclass(frozen=True)
class Choice:
    """The channel, and why this one, in words staff understand.

    `rights_missing` says that a right would have opened a better channel: the ledger is what stood in the way.
    """

    channel: Channel
    explanation: str
    card: FilledCard | None = None
    rights_missing: bool = False


def choose(
    message: Message,
    rendered: Rendered,
    rights: Rights,
    now: datetime,
    *,
    excluded: Collection[Channel] = (),
) -> Choice:
    """Customer-service message, subscription notice, template message, phone: the first that is allowed.

    `excluded` are channels on which the platform has just refused this message.
    """
    customer = _customer_objection(rendered, rights, now, excluded)
    if customer is None:
        return Choice(Channel.CUSTOMER, f"48小时内说过话，直接发，还可发 {rights.customer_left} 条")
    if message.author:
        return Choice(Channel.PHONE, customer, rights_missing=not can_send_customer(rights, now))
    notice = rendered.notice_card
    bound = notice is not None and notice.template_id and Channel.NOTICE not in excluded
    if notice is not None and bound and can_send_notice(rights, notice.template_id):
        left = rights.grants[notice.template_id]
        return Choice(Channel.NOTICE, f"{customer}，改发订阅通知，还可发 {left} 条", notice)
    template = _template_objection(message, rendered, excluded)
    if template is None:
        return Choice(Channel.TEMPLATE, f"{customer}，改发服务通知", rendered.template_card)
    missing = Channel.CUSTOMER in excluded or not can_send_customer(rights, now)
    return Choice(Channel.PHONE, f"{customer}，{template}", rights_missing=missing)


def text_bytes(text: str, options: Sequence[Option] = ()) -> int:
    """The length of a customer-service message in bytes of UTF-8, its entries counted with it."""
    return len("\n".join([text, *(option.label for option in options)]).encode())


def _customer_objection(rendered: Rendered, rights: Rights, now: datetime, excluded: Collection[Channel]) -> str | None:
    if Channel.CUSTOMER in excluded:
        return "微信没有收下直接发的消息"
    if text_bytes(rendered.text, rendered.options) > TEXT_LIMIT_BYTES:
        return "内容太长，不能直接发"
    if not is_open(rights, now):
        return "48小时内没说过话"
    if not can_send_customer(rights, now):
        return "直接发的条数已用完"
    return None


def _template_objection(message: Message, rendered: Rendered, excluded: Collection[Channel]) -> str | None:
    if message.greeting:
        return "祝福不能用服务通知发"
    if message.unsolicited:
        return "与患者用过的服务无关，不能用服务通知发"
    if message.purpose not in TEMPLATE_PURPOSES:
        return f"{Purpose.MARKETING.label}内容不能用服务通知发"
    if rendered.template_card is None or not rendered.template_card.template_id:
        return "没有可用的服务通知"
    if Channel.TEMPLATE in excluded:
        return "微信没有收下服务通知"
    return None
