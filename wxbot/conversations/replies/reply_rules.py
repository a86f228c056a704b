"""What stands against a text before it leaves, in sentences for who wrote it. Pure."""

from collections.abc import Sequence
from datetime import datetime

from wxbot.conversations.models import Episode
from wxbot.conversations.replies.meter import Form, Meter
from wxbot.conversations.replies.splitting import TEXT_BYTES, length, split
from wxbot.errors import FieldErrors
from wxbot.outbox.models import Message, State
from wxbot.quality.models import Finding, Severity
from wxbot.templates.rendering import escaped

LONGEST_REASON = 200  # characters

ENDED = "这个会话已经结束，不能再发。患者再来消息时会重新进入待回复；也可以主动联系患者。"
A_COLLEAGUES = "这个会话由同事接待，不能替他回复。请让同事转给您，或由主管接管。"
NO_KEY = "这一页没有打开完整，请刷新后再发。"
OTHER_WORDS = "这条已经提交过，内容与现在的不同。请先看对话里发出的是哪一条，再决定要不要补充。"
NOT_THEIRS_TO_SEE_TO = "这条是同事写的，由他、现在接待的同事或主管处理。"
LEFT = "这条已经在发送或已发出，不能撤回。"
UNCLEAR = "不确定患者是否收到，不能撤回。请看患者的反应再决定要不要补发。"
EMPTY = "还没有写内容。"
REASON_NEEDED = "有需要留意的说法：请改一改，或写下仍要发送的理由（会记入审计）。"
REASON_TOO_LONG = f"理由最多 {LONGEST_REASON} 字。"
NOT_AHEAD = "请选一个还没有到的时间。"
AFTER_THE_WINDOW = "到那时微信已不允许直接回复（患者 48 小时内没有再发消息），请选更早的时间。"

UNSENT = {
    "taken_back": "已撤回，没有发给患者。",
    "erased": "患者的微信信息已按规定删除，这条没有发出。",
    "unfollowed": "患者已取消关注，这条没有发出。",
    "expired": "微信一直没有接收，已过有效时间，这条没有发出。",
    "no_channel": "微信不允许再发，这条没有发出。等患者再来消息，或打电话联系。",
    "45015": "患者超过 48 小时没有发来消息，微信没有接收这条。",
    "45047": "可回复的条数已用完，微信没有接收这条。",
    "43004": "患者已取消关注，微信没有接收这条。",
}


def objection(episode: Episode, account_id: str) -> str:
    """Why that person may not write in this talk; empty where nothing stands against it."""
    if not episode.is_open:
        return ENDED
    if episode.owner is not None and episode.owner != account_id:
        return A_COLLEAGUES
    return ""


def text_problems(text: str) -> list[str]:
    """What is wrong with a text as a message."""
    if not escaped(text).strip():
        return [EMPTY]
    taken = length(text)
    if taken <= TEXT_BYTES:
        return []
    size = f"一条最多 {TEXT_BYTES} 字节（约 {TEXT_BYTES // 3} 个汉字），现在 {taken} 字节"
    return [f"太长了：{size}。可以按句子分成 {len(split(text))} 条发送。"]


def rights_problems(meter: Meter) -> list[str]:
    """What is wrong with sending anything now."""
    return [f"{meter.words}。"] if meter.form in {Form.CLOSED, Form.GONE} else []


def time_problem(at: datetime, meter: Meter, now: datetime) -> str:
    """What is wrong with sending at that time; empty where it can be."""
    if at <= now:
        return NOT_AHEAD
    return AFTER_THE_WINDOW if meter.until is not None and at >= meter.until else ""


def check_words(findings: Sequence[Finding], overriding: str) -> tuple[Finding, ...]:
    """The warnings that are overridden.

    Raises:
        FieldErrors: `text`: what must be said otherwise. `overriding`: a warning, and no reason or too long a one.
    """
    blocks = [finding for finding in findings if finding.blocks]
    if blocks:
        raise FieldErrors({"text": "；".join(said_otherwise(finding) for finding in blocks)})
    warnings = tuple(finding for finding in findings if finding.severity is Severity.WARN)
    if warnings and not overriding:
        raise FieldErrors({"overriding": REASON_NEEDED})
    if len(overriding) > LONGEST_REASON:
        raise FieldErrors({"overriding": REASON_TOO_LONG})
    return warnings


def said_otherwise(finding: Finding) -> str:
    """One finding in a sentence."""
    better = f"可以说：{finding.instead}" if finding.instead else "请换一种说法"
    return f"「{finding.words}」不能这样说：{finding.reason}。{better}"


def why_unsent(message: Message) -> str:
    """Why a message with an author is not with the patient, or not for certain; empty while it is on its way."""
    if message.state is State.UNKNOWN:
        return "微信没有回应，不确定患者是否收到。请看患者的反应，或问一句再补发。"
    if message.state not in {State.DROPPED, State.FAILED}:
        return ""
    known = UNSENT.get(message.reason)
    return known or (f"没有发出：{message.explanation}" if message.explanation else "没有发出。")
