"""May this message leave now? Asked at the moment of sending, not when it was planned."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from wxbot.outbox.models import Message
from wxbot.patients.models import ConsentTopic, Contact
from wxbot.templates.models import Purpose

QUIET_HOURS = (time(21, 0), time(8, 30))  # clinic time; nobody wants a clinic's message at night

CONSENT_NEEDED = {Purpose.CARE: ConsentTopic.CARE, Purpose.MARKETING: ConsentTopic.MARKETING}
CONSENT_NAMES = {ConsentTopic.CARE: "关怀消息", ConsentTopic.MARKETING: "优惠消息"}


REFUSES_MESSAGES = "refuses_messages"  # still a follower, and the appointment stands: a telephone may reach them


@dataclass(frozen=True)
class Send:
    """Nothing stands against it."""


@dataclass(frozen=True)
class Wait:
    """Not before `until`; `reason` is a code, `explanation` the same in words staff understand."""

    until: datetime
    reason: str
    explanation: str


@dataclass(frozen=True)
class Drop:
    """Never; why, as a code and in words staff understand."""

    reason: str
    explanation: str


Decision = Send | Wait | Drop


def decide(  # noqa: PLR0913, PLR0917 - everything a decision depends on
    message: Message,
    contact: Contact | None,
    patient_hold: str | None,
    now: datetime,
    tz: tzinfo,
    quiet: tuple[time, time] = QUIET_HOURS,
) -> Decision:
    """Apply the rules in order: expiry, reachability, consent, hold, quiet hours.

    `patient_hold` is why automatic care rests for the patient concerned, if it does. `tz` is the clinic's.
    """
    if now >= message.expires_at:
        return Drop("expired", "已过有效时间，这时再发只会打扰患者")
    if contact is None:
        return Drop("unknown_contact", "找不到这位联系人")
    objection = _unreachable(contact) or _unwelcome(message.purpose, contact, patient_hold)
    if objection is not None:
        return objection
    until = None if message.answer else quiet_until(now, tz, quiet)
    if until is None:
        return Send()
    if until >= message.expires_at:
        return Drop("quiet_hours", "落在夜间免打扰时段，等到早上已过有效时间")
    return Wait(until, "quiet_hours", f"夜间免打扰，{until.astimezone(tz):%m月%d日 %H:%M} 后发送")


def _unreachable(contact: Contact) -> Drop | None:
    if contact.openid is None:
        return Drop("erased", "患者的微信信息已按规定删除")
    if not contact.following:
        return Drop("unfollowed", "患者已取消关注")
    if contact.refuses_messages:
        return Drop(REFUSES_MESSAGES, "患者关闭了公众号消息接收")
    return None


def _unwelcome(purpose: Purpose, contact: Contact, patient_hold: str | None) -> Drop | None:
    topic = CONSENT_NEEDED.get(purpose)
    if topic is None:  # answers and reminders follow from what the patient did: no consent, no hold
        return None
    if not contact.allows(topic):
        return Drop("no_consent", f"患者没有同意接收{CONSENT_NAMES[topic]}")
    if patient_hold is not None:
        return Drop("hold", f"已暂停对该患者的自动关怀：{patient_hold}")
    return None


def quiet_until(now: datetime, tz: tzinfo, quiet: tuple[time, time] = QUIET_HOURS) -> datetime | None:
    """When the quiet hours that `now` falls into end, in `now`'s own zone; None outside them.

    The first bound is inside, the second outside. Bounds that cross midnight are understood.
    """
    starts, ends = quiet
    local = now.astimezone(tz)
    hour = local.time()
    if starts <= ends:
        inside, tomorrow = starts <= hour < ends, False
    else:
        inside, tomorrow = hour >= starts or hour < ends, hour >= starts
    if not inside:
        return None
    day = local.date() + timedelta(days=1) if tomorrow else local.date()
    return datetime.combine(day, ends, tzinfo=tz).astimezone(now.tzinfo)
