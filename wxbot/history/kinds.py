"""Each kind of interaction: the sentence staff read, and what an erasure leaves of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from wxbot.history.models import Interaction, Kind
from wxbot.messaging import Channel


class Erasure(StrEnum):
    """What happens to a line when the contact's WeChat-side data must go (reference §12)."""

    DELETE = "delete"  # chat belongs to WeChat's side: the whole line goes
    DETACH = "detach"  # part of the medical or booking record: it stays, without the contact and the words


@dataclass(frozen=True)
class KindRule:
    """The sentence for staff and the rule of erasure of one kind."""

    sentence: str
    erasure: Erasure


RULES: dict[Kind, KindRule] = {
    Kind.MESSAGE_RECEIVED: KindRule("患者：{text}", Erasure.DELETE),
    Kind.MESSAGE_SENT: KindRule("我们（{channel}）：{text}", Erasure.DELETE),
    Kind.MESSAGE_SETTLED: KindRule("平台回执：{status}", Erasure.DELETE),
    Kind.MESSAGE_DROPPED: KindRule("未发送「{template}」：{explanation}", Erasure.DELETE),
    Kind.MESSAGE_UNKNOWN: KindRule("不确定是否送达「{template}」，请人工确认：{explanation}", Erasure.DELETE),
    Kind.CONTACT_FOLLOWED: KindRule("关注了公众号", Erasure.DELETE),
    Kind.CONTACT_UNFOLLOWED: KindRule("取消了关注", Erasure.DELETE),
    Kind.CONTACT_ERASED: KindRule("微信侧信息已按规定删除", Erasure.DETACH),
    Kind.CONSENT_CHANGED: KindRule("{text}", Erasure.DELETE),
    Kind.PATIENT_UPDATED: KindRule("更新了就诊人信息{fields}", Erasure.DETACH),
    Kind.APPOINTMENT_BOOKED: KindRule("预约：{text}", Erasure.DETACH),
    Kind.APPOINTMENT_MOVED: KindRule("改约：{text}", Erasure.DETACH),
    Kind.APPOINTMENT_CONFIRMED: KindRule("确认会来：{text}", Erasure.DETACH),
    Kind.APPOINTMENT_CANCELLED: KindRule("取消预约：{text}", Erasure.DETACH),
    Kind.APPOINTMENT_CLOSED: KindRule("就诊结束：{text}", Erasure.DETACH),
    Kind.FOLLOWUP_OPENED: KindRule("待办：{text}", Erasure.DELETE),
    Kind.FOLLOWUP_CLOSED: KindRule("待办完成：{text}", Erasure.DELETE),
}

CHANNEL_NAMES = {"passive": "即时回复", **{channel.value: channel.label for channel in Channel}}


def sentence(interaction: Interaction, name_of: Callable[[str], str] = str) -> str:
    """The line as staff read it, in Chinese; missing facts read as 未说明. `name_of` names a template by its key."""
    payload = interaction.payload
    facts = {
        "text": interaction.text or payload.get("summary") or "未说明",
        "channel": CHANNEL_NAMES.get(str(payload.get("channel", "passive")), "即时回复"),
        "template": name_of(str(payload.get("template", "未说明"))),
        "explanation": payload.get("explanation", "未说明"),
        "status": payload.get("status", "未说明"),
        "fields": f"：{'、'.join(payload['fields'])}" if payload.get("fields") else "",
    }
    return RULES[interaction.kind].sentence.format_map(facts)
