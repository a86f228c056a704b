"""What may be typed of a canned reply, in words beside each field. Pure; the files are held against the same bounds."""

from wxbot.canned_replies.filling import VARIABLES, filled, problem_of
from wxbot.canned_replies.models import CannedField, CannedReply
from wxbot.quality.models import Circumstance, Finding
from wxbot.quality.service import Quality

LONGEST_TITLE = 20  # characters: one line of the popover
LONGEST_FOLDER = 12
LONGEST_TEXT = 500  # characters before its variables are filled
MOST_BYTES = 1800  # of UTF-8 with examples filled in: a text message holds 2048 (reference §4.2)
SERVICE = "service"  # the purpose for which the lexicon is asked


def problems_of(reply: CannedReply, lexicon: Quality) -> dict[str, str]:
    """Field → what is wrong and how to mend it; empty when the reply may be kept."""
    problems: dict[str, str] = {}
    for name, text, what, longest in (
        (CannedField.TITLE, reply.title, "标题", LONGEST_TITLE),
        (CannedField.FOLDER, reply.folder, "文件夹", LONGEST_FOLDER),
        (CannedField.TEXT, reply.text, "内容", LONGEST_TEXT),
    ):
        if not text.strip():
            problems[name] = f"请填写{what}。"
        elif len(text) > longest:
            problems[name] = f"{what}不能超过 {longest} 个字，现在有 {len(text)} 个。"
    if CannedField.TEXT not in problems:
        wrong = problem_of(reply.text) or _forbidden(reply.text, lexicon) or _too_long(reply.text)
        if wrong:
            problems[CannedField.TEXT] = wrong
    return problems


def findings_of(text: str, lexicon: Quality) -> tuple[Finding, ...]:
    """What the lexicon says of a canned reply, blocks, warnings and hints."""
    return lexicon.findings(text, purpose=SERVICE, circumstances=(Circumstance.CHAT.value,))


def _forbidden(text: str, lexicon: Quality) -> str:
    blocking = [each for each in findings_of(text, lexicon) if each.blocks]
    return "；".join(f"「{each.words}」不能用：{each.reason}。可以改为：{each.instead}" for each in blocking)


def _too_long(text: str) -> str:
    size = len(filled(text, dict.fromkeys(VARIABLES, "一二三四五六七八")).text.encode())
    return f"填好变量后约有 {size} 字节，一条消息放不下（最多 {MOST_BYTES}），请写短一些。" if size > MOST_BYTES else ""
