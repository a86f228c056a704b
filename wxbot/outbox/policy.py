"""May this message leave now? Asked at the moment of sending, not when it was planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from wxbot.clinic.models import SendingRules
from wxbot.messaging import Purpose
from wxbot.outbox.contact_history import ContactHistory
from wxbot.outbox.hold_effects import HOLD_REASONS, TOPIC_OF, Occasion, held_words, hold_against, occasion_of
from wxbot.outbox.marketing import refusal
from wxbot.outbox.models import Message
from wxbot.patients.models import TOPIC_NAMES, Contact, Patient

DEFAULT_RULES = SendingRules()  # what holds where a clinic has set nothing
QUIET_HOURS = DEFAULT_RULES.quiet_hours  # clinic time; nobody wants a clinic's message at night

CONSENT_NEEDED = frozenset({Occasion.CARE, Occasion.MARKETING})  # without a yes, silence is a no

GREETED_TODAY = "greeted_today"
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
    concerned: Sequence[Patient],
    now: datetime,
    tz: tzinfo,
    rules: SendingRules = DEFAULT_RULES,
    history: ContactHistory | None = None,
) -> Decision:
    """Apply the rules in order: expiry, reachability, topic, holds, greetings, marketing, quiet hours, the cap.

    `concerned` are whom the message is about, else whom the contact is themselves; of marketing the history says for
    whom the contact speaks. To colleagues only what reaches them applies. `tz` is the clinic's.
    `history` may be left out where nothing is known of the contact yet; marketing is then refused.
    """
    if now >= message.expires_at:
        return Drop("expired", "已过有效时间，这时再发只会打扰患者")
    if contact is None:
        return Drop("unknown_contact", "找不到这位联系人")
    by_phone = bool(message.call)
    objection = _unreachable(contact, by_phone=by_phone) or _unwelcome(message, contact, concerned, now)
    if objection is not None:
        return objection
    if message.greeting and _greeted_today(message, history or ContactHistory(), now, tz):
        return Drop(GREETED_TODAY, "今天已给这位患者发过祝福，一天只发一条")
    if message.purpose is Purpose.MARKETING:
        refused = refusal(message.patient_id, history or ContactHistory(), rules, now, now.astimezone(tz).date())
        if refused is not None:
            return Drop(*refused)
    return _not_yet(message, now, tz, rules, history or ContactHistory())


def _not_yet(message: Message, now: datetime, tz: tzinfo, rules: SendingRules, history: ContactHistory) -> Decision:
    """Whether it has to wait: for the morning, or, where the patient had enough care today, for tomorrow."""
    at_once = message.answer or message.author or message.call  # a colleague rings up when it suits
    if at_once and message.purpose is not Purpose.MARKETING:
        return Send()
    until = quiet_until(now, tz, rules.quiet_hours)
    if until is not None:
        if until >= message.expires_at:
            return Drop("quiet_hours", "落在夜间免打扰时段，等到早上已过有效时间")
        return Wait(until, "quiet_hours", f"夜间免打扰，{until.astimezone(tz):%m月%d日 %H:%M} 后发送")
    if message.purpose is Purpose.CARE and _care_today(history, now, tz) >= rules.care_per_day:
        until = next_day(now, tz, rules)
        if until >= message.expires_at:
            return Drop("care_cap", f"今天已发过 {rules.care_per_day} 条关怀，等到明天已过有效时间")
        return Wait(until, "care_cap", f"今天已发过 {rules.care_per_day} 条关怀，{until.astimezone(tz):%m月%d日} 再发")
    return Send()


def _care_today(history: ContactHistory, now: datetime, tz: tzinfo) -> int:
    today = now.astimezone(tz).date()
    care = [each for each in history.sent if each.purpose is Purpose.CARE]
    return sum(1 for each in care if each.at.astimezone(tz).date() == today)


def _greeted_today(message: Message, history: ContactHistory, now: datetime, tz: tzinfo) -> bool:
    """Whether a greeting of the same patient has left on this local day: a birthday at a festival is one message."""
    today = now.astimezone(tz).date()
    greeted = {each.patient_id for each in history.sent if each.greeting and each.at.astimezone(tz).date() == today}
    return bool(greeted) and (message.patient_id is None or bool(greeted & {message.patient_id, None}))


def next_day(now: datetime, tz: tzinfo, rules: SendingRules) -> datetime:
    """When messages may leave on the local day after `now`, in `now`'s own zone."""
    tomorrow = now.astimezone(tz).date() + timedelta(days=1)
    morning = datetime.combine(tomorrow, rules.quiet_end, tzinfo=tz)
    return (quiet_until(morning, tz, rules.quiet_hours) or morning).astimezone(now.tzinfo)


def _unreachable(contact: Contact, *, by_phone: bool) -> Drop | None:
    if contact.openid is None:
        return Drop("erased", "患者的微信信息已按规定删除")
    if by_phone:
        return None
    if not contact.following:
        return Drop("unfollowed", "患者已取消关注")
    if contact.refuses_messages:
        return Drop(REFUSES_MESSAGES, "患者关闭了公众号消息接收")
    return None


def _unwelcome(message: Message, contact: Contact, concerned: Sequence[Patient], now: datetime) -> Drop | None:
    if message.to_staff:
        return None
    occasion = occasion_of(message)
    topic = TOPIC_OF.get(occasion)
    if topic is not None and not contact.receives(topic):
        if occasion in CONSENT_NEEDED or not contact.stopped(topic):  # never agreed to, or goes with care
            return Drop("no_consent", f"患者没有同意接收{TOPIC_NAMES[topic]}")
        return Drop("topic_off", f"患者不接收{TOPIC_NAMES[topic]}")
    found = hold_against(concerned, occasion, now)
    return Drop(HOLD_REASONS[found[1].kind], held_words(found[1])) if found is not None else None


def quiet_until(now: datetime, tz: tzinfo, quiet: tuple[time, time] = QUIET_HOURS) -> datetime | None:
    """When the quiet hours that `now` falls into end, in `now`'s own zone; None outside them.

    The first bound is inside, the second outside. Bounds that cross midnight are understood; equal ones mean none.
    """
    starts, ends = quiet
    if starts == ends:
        return None
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
