"""Complaints of many messages, and wishes for fewer: perhaps a stop."""

import re

from wxbot.understanding.screening import Screen, needs_of
from wxbot.understanding.sending_words import (
    BETWEEN,
    COURTESY,
    KEEP,
    MESSAGES,
    MUCH,
    OTHER_THINGS,
    RASH,
    REFUSE,
    SOFT,
    Span,
    about_messages_too,
)

ANNOYANCE = re.compile(
    "(?:你们|您|真的?|好|太|很|都|要|快|简直|烦死我?|烦死人|烦人|烦不烦|烦|吵死人?|吵|讨厌|有完没完|没完没了|受不了|够了|无语|恶心|滚|啊|"
    "了|呀|的|吗|嘛|人|我|死|消息|信息|短信|广告|推送|骚扰|垃圾|又是|怎么又是){1,10}"
)
SOFT_FOR_ME = re.compile(f"{SOFT.pattern}(?=我|俺|咱|了|的|$|啦|吧$)")
_ANNOYED = re.compile("[烦吵]|讨厌|没完|受不了|骚扰|广告|又是|垃圾(?:消息|信息|短信)")
_OF_MESSAGES = re.compile("消息|信息|短信|广告|推送|骚扰")
_DOUBTS = (
    re.compile("^(?:(?:我|在|要)?睡觉了?|都?睡了)?别吵(?:了|我)?$|谁(?:让|叫|准)你们?(?:随便)?加我"),
    re.compile("(?:没|没有|什么时候|啥时候|何时|哪里|谁)(?:让)?(?:我)?(?:订阅|关注)(?:过|的|了)"),
    re.compile(
        f"{REFUSE}{BETWEEN}{{0,5}}?推销|^(?:你们|这些|又是|都是|一群|搞|做)?推销的|(?:关|停|取消)[掉了]?(?:这个|那个|此)功能"
    ),
    re.compile("^(?:怎么|咋|为啥)?又(?:在)?(?:发|推)$|又(?:给我)?发来"),
    re.compile(
        f"(?:(?:{MESSAGES})[^药血肿说]{{0,4}}?|(?<![头毛理脱])发(?:得|的)?也?)(?:太|好|真|这么|那么|忒|老|挺|蛮|有点|过于|特别|实在|多得)(?:多|频繁|勤|密|烦|吵|晚)"
    ),
    re.compile(f"{REFUSE}{BETWEEN}{{0,5}}?(?:发|推送?){MUCH}"),
    re.compile(
        "少(?:给我)?(?:发|推)(?![烧炎])|发少|少(?:几|一)?[条点](?:消息|信息|短信)|(?:发|推送?|消息|短信)[^药牙次]{0,3}太(?:频繁|勤)|这么多(?:消息|信息|短信|广告|推送)"
    ),
    re.compile(
        "(?:怎么|为什么|为啥|为何|干嘛|干吗|凭什么|咋|谁让|天天|每天|成天|整天|老|老是|总|总是|一直|半夜|大晚上|一天|又)"
        f"[^没不还能医]{{0,8}}?(?:给我发|发(?={MESSAGES})|群发|推送|骚扰|发三|发几|发好几|发什么|发这|发个没完)"
    ),
    re.compile("(?:天天|每天|老是?|总是?|成天|整天|一直)(?:发|推)(?![紧烧炎热红痒紫作麻黄迟荐])"),
    re.compile(f"(?:{MESSAGES}|发)[^药片报]{{0,4}}(?:有什么用|有啥用|干嘛|干什么|干啥|没用|没意义|没必要|有必要)"),
    re.compile(
        f"(?:每天|一天|天天|发|收).{{0,4}}好几条|一堆(?:消息|信息|短信|广告)|(?:{MESSAGES})轰炸|(?:手机|消息|信息|短信|微信).{{0,4}}响|发错[人号]|[收看受]够|都是你们|一个?[月周]发一次|嫌烦|关心(?:得|的)?过头|不(?:需要|用|要)你们(?:的)?关心|消停|清静|闭嘴|弹(?:消息|窗|广告)|(?<!我)再(?:给我)?发.{{0,6}}试试|举报骚扰|"
        f"不想(?:再)?(?:看|看到|看见|见到|理)(?:到)?(?:你们|这些|这种|那些)|(?:都是|全是|又是|净是)(?:你们的?)?(?:{MESSAGES})|发.{{0,6}}挑.{{0,3}}时(?:间|候)"
    ),
    re.compile("怎么又是你们|又是广告|打扰到?人|打扰到我|只发重要|隔.{1,3}[天周]再发|发这些(?:干|做|有)"),
    re.compile("(?:对.{0,8})?(?:不感兴趣|没兴趣|没什么兴趣|没有兴趣)(?:啊|了|的)?$"),
    re.compile(
        "(?:要|就|我|再|了)?(?:取关|拉黑|取消关注|不再?关注|屏蔽)(?:了|你们|啊|吧|啦|掉){0,3}$|^(?:我|已|已经|都|早就?|早已|刚){0,3}(?:拉黑|取关|屏蔽)(?:你们?|了|啦){0,3}$"
    ),
    re.compile(
        "放过我|饶了我|给我(?:一点|点|个)?清净|^(?:我|要|想|我要|我想|请|申请){0,2}(?:撤回|撤销|取消|收回)(?:我的?|之前的?|对你们的?){0,2}(?:同意|授权)(?:了|吧)?$"
    ),
    re.compile(f"^(?:{COURTESY}|先){{0,3}}(?:停(?:一停|一下|下|了|掉)?|关(?:了|掉))(?:吧|啊)?$"),
)
_DOUBTS_SCREEN = Screen(map(needs_of, _DOUBTS))
_SCREEN = Screen(map(needs_of, (_ANNOYED, SOFT_FOR_ME, *_DOUBTS)))
_NOT_DOUBT = re.compile(
    "给(?:你们|您|医生|他|她|护士|大夫)发|没(?:有)?给?我?发|不发|还没发|发了吗|收到(?!你们)|消息说|信息说|短信说"
)


def is_annoyed(clause: str) -> bool:
    """Whether a clause says only that something annoys: 烦死了, 有完没完."""
    return _ANNOYED.search(clause) is not None and ANNOYANCE.fullmatch(clause) is not None


def may_doubt(text: str) -> bool:
    """Whether a clause of the text may annoy or complain; False is sure."""
    return _SCREEN.possible(text) != 0


def doubt(clause: str) -> Span | None:
    """Where a clause complains of messages, or asks for fewer."""
    if not may_doubt(clause) or (ANNOYANCE.fullmatch(clause) and _OF_MESSAGES.search(clause) is None):
        return None
    soft = SOFT_FOR_ME.search(clause)
    if soft is not None:
        return soft.span()
    if _NOT_DOUBT.search(clause) or RASH.search(clause) or KEEP.search(clause):
        return None
    if is_annoyed(clause):
        return (0, len(clause))
    found = next((hit for place in _DOUBTS_SCREEN.of(clause) if (hit := _DOUBTS[place].search(clause))), None)
    if found is None or (OTHER_THINGS.search(clause) and not about_messages_too(clause)):
        return None
    return found.span()
