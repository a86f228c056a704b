"""Each kind of interaction: the sentence staff read, the topic it is listed under, and what an erasure leaves of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from wxbot.history.models import Interaction, Kind
from wxbot.labels import LabelledEnum
from wxbot.messaging import Channel


class Erasure(StrEnum):
    """What happens to a line when the contact's WeChat-side data must go (reference §12)."""

    DELETE = "delete"  # chat belongs to WeChat's side: the whole line goes
    DETACH = "detach"  # part of the medical or booking record: it stays, without the contact and the words


class Topic(LabelledEnum):
    """What a timeline can be narrowed to."""

    MESSAGES = ("messages", "消息")
    VISITS = ("visits", "预约")
    CALLS = ("calls", "电话与待办")
    CHANGES = ("changes", "资料与同意")


@dataclass(frozen=True)
class KindRule:
    """The sentence for staff, the topic and the rule of erasure of one kind; `tone` is how urgent it looks."""

    sentence: str
    topic: Topic
    erasure: Erasure
    tone: str = ""


RULES: dict[Kind, KindRule] = {
    Kind.MESSAGE_RECEIVED: KindRule("患者：{text}", Topic.MESSAGES, Erasure.DELETE),
    Kind.MESSAGE_SENT: KindRule("我们（{channel}）：{text}", Topic.MESSAGES, Erasure.DELETE),
    Kind.MESSAGE_SETTLED: KindRule("平台回执：{status}", Topic.MESSAGES, Erasure.DELETE),
    Kind.MESSAGE_DROPPED: KindRule("未发送「{template}」：{explanation}", Topic.MESSAGES, Erasure.DELETE, tone="warn"),
    Kind.MESSAGE_UNKNOWN: KindRule(
        "不确定是否送达「{template}」，请人工确认：{explanation}", Topic.MESSAGES, Erasure.DELETE, tone="bad"
    ),
    Kind.CONTACT_FOLLOWED: KindRule("关注了公众号", Topic.CHANGES, Erasure.DELETE),
    Kind.CONTACT_UNFOLLOWED: KindRule("取消了关注", Topic.CHANGES, Erasure.DELETE, tone="warn"),
    Kind.CONTACT_ERASED: KindRule("微信侧信息已按规定删除", Topic.CHANGES, Erasure.DETACH),
    Kind.CONSENT_CHANGED: KindRule("{text}", Topic.CHANGES, Erasure.DELETE),
    Kind.PATIENT_UPDATED: KindRule("更新了就诊人信息{fields}", Topic.CHANGES, Erasure.DETACH),
    Kind.APPOINTMENT_BOOKED: KindRule("预约：{text}", Topic.VISITS, Erasure.DETACH),
    Kind.APPOINTMENT_MOVED: KindRule("改约：{text}", Topic.VISITS, Erasure.DETACH),
    Kind.APPOINTMENT_CONFIRMED: KindRule("确认会来：{text}", Topic.VISITS, Erasure.DETACH),
    Kind.APPOINTMENT_CANCELLED: KindRule("取消预约：{text}", Topic.VISITS, Erasure.DETACH, tone="warn"),
    Kind.APPOINTMENT_STAGE: KindRule("到诊进度：{text}", Topic.VISITS, Erasure.DETACH),
    Kind.APPOINTMENT_CLOSED: KindRule("就诊结束：{text}", Topic.VISITS, Erasure.DETACH),
    Kind.CONVERSATION_OPENED: KindRule("需要人工：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.CONVERSATION_TAKEN: KindRule("开始接待：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.CONVERSATION_HANDED_OVER: KindRule("转交：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.CONVERSATION_CLOSED: KindRule("会话结束：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.CONTACT_BLOCKED: KindRule("拉黑：{text}", Topic.CALLS, Erasure.DELETE, tone="warn"),
    Kind.CONTACT_UNBLOCKED: KindRule("解除拉黑：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.SURVEY_ANSWERED: KindRule("满意度评价：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.FOLLOWUP_OPENED: KindRule("待办：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.FOLLOWUP_POSTPONED: KindRule("待办改期：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.FOLLOWUP_CLOSED: KindRule("待办完成：{text}", Topic.CALLS, Erasure.DELETE),
    Kind.ATTEMPT_RECORDED: KindRule("联系患者：{text}", Topic.CALLS, Erasure.DELETE),
}


def kinds_of(topic: Topic) -> tuple[Kind, ...]:
    """The kinds listed under a topic."""
    return tuple(kind for kind, rule in RULES.items() if rule.topic is topic)


CHANNEL_NAMES = {"passive": "即时回复", **{channel.value: channel.label for channel in Channel}}


_ANCHOR = re.compile(r"</?a\b[^<>]{0,400}>", re.IGNORECASE)


def words_shown(interaction: Interaction) -> str:
    """The text of a line as the phone showed it: what we wrote has links, which read as their words."""
    text = interaction.text or ""
    return _ANCHOR.sub("", text) if interaction.kind is Kind.MESSAGE_SENT else text


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
