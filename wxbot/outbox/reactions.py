"""What the platform's answer to one attempt means for the message. Pure: the error's own decision, applied."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wxbot.errors import Reaction
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.ledger import COUNT_USED_UP, NOTICE_REFUSED, WINDOW_CLOSED
from wxbot.outbox.models import Call, Message, Outcome, State

BACK_OFF = (  # before the second, third … attempt (reference §8: RETRY)
    timedelta(seconds=1),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)
MOST_ATTEMPTS = len(BACK_OFF) + 1
ALARM_PAUSE = timedelta(minutes=30)  # an operator has to act first
DEFER_PAUSE = timedelta(hours=1)  # when the platform asks for patience and names no time
CHANNEL_PAUSE = timedelta(minutes=5)  # after an alarm nothing else tries that card or channel for so long
SAME_ID_DELIVERED_ONCE = timedelta(minutes=10)  # what client_msg_id promises for template messages (reference §5.1)

TOKEN_CODES = frozenset({40001, 40014, 42001})  # the sender has changed the token already (reference §3)
QUOTA_CODES = frozenset({45009, 45011})  # the whole channel is over its limit, not only this message
REFUSES_CODE = 48002  # the patient closed our messages and still follows (reference §8)
SPEAKS_TO_PATIENT = frozenset({Purpose.SERVICE, Purpose.REMINDER})  # lost, these are worth a phone call


@dataclass(frozen=True)
class Accepted:
    """The platform took it."""

    platform_id: str | None


@dataclass(frozen=True)
class NextChannel:
    """This channel is closed for this message: try the next at once."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Back to waiting until `at`."""

    at: datetime
    reason: str
    explanation: str
    counts: bool = True  # the attempt counts towards the most there may be
    blocks_contact: bool = False  # the contact's later messages wait behind it
    may_have_arrived: bool = False  # only the same channel with the same client id may be tried
    awaits_contact: bool = False  # the patient's next action makes it due at once
    pause_until: datetime | None = None  # nothing else on that card leaves before
    pause_channel: bool = False  # the pause is for the channel as a whole
    alarm: bool = False  # an operator must look


@dataclass(frozen=True, kw_only=True)
class Finish:
    """The end of the message, in one of the final states."""

    state: State
    reason: str
    explanation: str
    phone: bool = False  # a person calls the patient instead
    check: bool = False  # a person must look at what happened
    alarm: bool = False  # an operator must look: more than this message is affected
    unreachable_code: int | None = None  # the patient cannot be reached; the platform's code says how
    rights_missing: bool = False  # a right would have opened a channel


Next = Accepted | NextChannel | Retry | Finish


def react(message: Message, channel: Channel, outcome: Outcome, now: datetime, machine_now: datetime) -> Next:
    """What follows from `outcome`. `message.attempts` counts the attempt just made."""
    if outcome.call is Call.ACCEPTED:
        return Accepted(outcome.platform_id)
    if outcome.call is Call.UNKNOWN:
        return _unknown(message, channel, outcome, now, machine_now)
    if is_about_rights(channel, outcome.code):
        return NextChannel(str(outcome.code))
    refused = _refused(message, outcome, now)
    return replace(refused, alarm=True) if outcome.alarm else refused


def _refused(message: Message, outcome: Outcome, now: datetime) -> Retry | Finish:
    reason = str(outcome.code) if outcome.code is not None else "refused"
    words = outcome.advice or f"平台拒绝了这条消息（代码 {reason}）"
    patience = timedelta(seconds=outcome.retry_after_seconds) if outcome.retry_after_seconds else None
    quota = outcome.code in QUOTA_CODES
    match outcome.reaction:
        case Reaction.RETRY:
            return _retry(message, now, reason, words, patience=patience, quota=quota)
        case Reaction.DEFER:
            at = now + (patience or DEFER_PAUSE)
            pause = at if quota else None
            later = Retry(at=at, reason=reason, explanation=words, counts=False, pause_until=pause, pause_channel=quota)
            return in_time(message, later)
        case Reaction.UNFOLLOW:
            return Finish(
                state=State.FAILED,
                reason=reason,
                explanation=words,
                unreachable_code=outcome.code or 0,
                phone=_still_to_be_told(message, outcome.code),
            )
        case Reaction.DROP:
            return Finish(state=State.FAILED, reason=reason, explanation=words, phone=is_worth_a_call(message))
        case _:  # ALARM; REFRESH too: the sender has refreshed once already
            later = Retry(
                at=now + (patience or ALARM_PAUSE),
                reason=reason,
                explanation=words,
                counts=False,
                pause_until=now + (patience or CHANNEL_PAUSE),
                pause_channel=is_doubtful(outcome),
                alarm=True,
            )
            return replace(in_time(message, later), alarm=True)


def after_error(message: Message, now: datetime) -> Retry | Finish:
    """After a failure of our own before anything left: the same back-off, then a person looks."""
    if message.attempts >= MOST_ATTEMPTS:
        words = "系统多次无法处理这条消息，请查看日志"
        return Finish(state=State.FAILED, reason="internal", explanation=words, check=True, phone=False)
    pause = BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
    return in_time(message, Retry(at=now + pause, reason="internal", explanation="系统暂时出错，稍后自动重试"))


def in_time(message: Message, again: Retry) -> Retry | Finish:
    """Waiting is pointless past the expiry: then a person calls instead, while it still helps."""
    if again.at < message.expires_at:
        return again
    words = f"{again.explanation}；等到那时已过有效时间"
    return Finish(state=State.FAILED, reason=again.reason, explanation=words, phone=is_worth_a_call(message))


def may_repeat(message: Message, machine_now: datetime) -> bool:
    """Whether an attempt whose fate is unknown may be repeated: only where the platform drops the double."""
    return (
        message.channel is Channel.TEMPLATE
        and message.sending_since is not None
        and machine_now - message.sending_since < SAME_ID_DELIVERED_ONCE
    )


def is_worth_a_call(message: Message) -> bool:
    """Whether a person phones the patient when this message is lost."""
    return message.purpose in SPEAKS_TO_PATIENT


def stands_without_wechat(message: Message) -> bool:
    """Whether what the message is about stands although the patient closed our messages: their appointment does."""
    return message.purpose is Purpose.REMINDER


def is_doubtful(outcome: Outcome) -> bool:
    """Whether an alarm may be a moment's: a token refused although it is new, an HTTP status where an answer should be.

    One of them says little; the platform's own words about the account or a template mean what they say.
    """
    hard = outcome.reaction in {Reaction.ALARM, Reaction.REFRESH}
    return outcome.call is Call.REFUSED and hard and (outcome.code is None or outcome.code in TOKEN_CODES)


def _still_to_be_told(message: Message, code: int | None) -> bool:
    """Whether a person phones whom WeChat does not reach: as the advice says, about what they count on.

    Who closed our messages is phoned only about what stands without them. What answers words in the chat, or a
    colleague wrote there, is seen in the chat.
    """
    if code == REFUSES_CODE:
        return stands_without_wechat(message)
    return is_worth_a_call(message) and not message.answer and not message.author


def is_about_rights(channel: Channel, code: int | None) -> bool:
    """Refusals that are about our rights on this channel, not about the message."""
    if channel is Channel.CUSTOMER:
        return code in {WINDOW_CLOSED, COUNT_USED_UP}
    return channel is Channel.NOTICE and code == NOTICE_REFUSED


def _unknown(
    message: Message, channel: Channel, outcome: Outcome, now: datetime, machine_now: datetime
) -> Retry | Finish:
    pause = BACK_OFF[min(message.attempts, len(BACK_OFF)) - 1]
    if channel is Channel.TEMPLATE and message.attempts < MOST_ATTEMPTS and may_repeat(message, machine_now + pause):
        again = Retry(
            at=now + pause,
            reason="no_answer",
            explanation="平台没有回应，用同一编号重发不会重复送达",
            blocks_contact=True,
            may_have_arrived=True,
        )
        if again.at < message.expires_at:
            return again
    words = outcome.advice or "平台没有回应，无法确定患者是否收到，请人工确认"
    return Finish(state=State.UNKNOWN, reason="no_answer", explanation=words, check=True)


def _retry(  # noqa: PLR0913 - the facts of one refusal
    message: Message, now: datetime, reason: str, words: str, *, patience: timedelta | None, quota: bool
) -> Retry | Finish:
    if message.attempts >= MOST_ATTEMPTS:
        worth = is_worth_a_call(message)
        return Finish(state=State.FAILED, reason=reason, explanation=f"{words}；多次重试未成功", phone=worth)
    pause = max(BACK_OFF[max(message.attempts, 1) - 1], patience or timedelta(0))
    return in_time(
        message,
        Retry(
            at=now + pause,
            reason=reason,
            explanation=words,
            blocks_contact=True,
            pause_until=now + pause if quota else None,
            pause_channel=quota,
        ),
    )
