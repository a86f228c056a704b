"""退订, 恢复 and 消息设置: whether a patient gets care messages."""

import re
import unicodedata

from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Filter, Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.patients.models import ConsentTopic
from wxbot.templates.models import Option

STOPPED = "consent.stopped"
RESUMED = "consent.resumed"
STOP = "consent:stop"
RESUME = "consent:resume"
DIALOG = "consent"

LONGEST_REQUEST = 40  # characters; longer texts are about something else

_NOISE = re.compile(r"[\s,，。.!！?？~、;；:：'\"“”‘’()（）]+")
_POLITE_START = re.compile("(?:你好|您好|请|麻烦|麻烦你们?|麻烦您|我要|我想|我想要|帮我|给我|回复)+")
_POLITE_END = re.compile("(?:们?你?谢谢|您谢谢|了|吧|啦|哦|啊)+")  # of the words read backwards
_MESSAGES = "(?:这些|这种|任何)?(?:消息|信息|短信|通知|广告|推送|关怀消息|关怀|微信|东西)"
_STOP = re.compile(
    "td|t|stop|unsubscribe|退订|tdt|td退订|退订td|取消订阅|停止|停止发送|停发|勿扰|拒收|停止关怀消息|屏蔽"
    f"|(?:停止|取消|拒收|退订|关闭|屏蔽)(?:接收|发送|推送)?{_MESSAGES}"
    f"|(?:别|不要|勿|甭|莫|不许)(?:再|总|老|一直)?(?:给我|向我)?(?:发|发送|推送|推)(?:我)?{_MESSAGES}?(?:给我)?"
    f"|我?(?:不想|不愿意?|不要|不需要)(?:再)?(?:收到?|接收|看到?){_MESSAGES}"
    "|(?:别|不要)(?:再)?(?:打扰|骚扰|烦)我?"
)
_RESUME = re.compile(
    f"恢复|恢复订阅|恢复接收|恢复发送|重新订阅|恢复关怀消息|重新接收|取消退订|hf|(?:恢复|重新)(?:接收|发送|推送|订阅){_MESSAGES}?|恢复{_MESSAGES}"
)


def plain(text: str) -> str:
    """Words without width, case, spaces, marks and courtesies: `请退订，谢谢！` and `ＴＤ` become `退订` and `td`."""
    words = _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    if start := _POLITE_START.match(words):
        words = words[start.end() :]
    if end := _POLITE_END.match(words[::-1]):
        words = words[: len(words) - end.end()]
    return words


def _asks(words: "re.Pattern[str]", text: str) -> bool:
    """Whether the whole message is such a request; none needs more than a line."""
    return len(text) <= LONGEST_REQUEST and words.fullmatch(plain(text)) is not None


def means_stop(text: str) -> bool:
    """Whether the whole message asks us to stop writing."""
    return _asks(_STOP, text)


def means_resume(text: str) -> bool:
    """Whether the whole message asks us to write again."""
    return _asks(_RESUME, text)


async def stop(context: Context) -> Reply:
    """Stop care and marketing, and say so."""
    await context.services.patients.stop_messages(
        context.contact, context.now, _source(context), wording=_version(context, STOPPED)
    )
    return Reply(template=STOPPED)


async def resume(context: Context) -> Reply:
    """Care messages again, because they asked."""
    await context.services.patients.resume_messages(
        context.contact, context.now, _source(context), wording=_version(context, RESUMED)
    )
    return Reply(template=RESUMED)


async def show(context: Context) -> Reply:
    """What they get at present, and both entries: stopping is as easy as resuming (PIPL 15)."""
    templates = context.services.templates
    options = (
        Option(id=STOP, label=templates.get("consent.stop_label").text),
        Option(id=RESUME, label=templates.get("consent.resume_label").text),
    )
    on = context.contact.allows(ConsentTopic.CARE)
    return Reply(
        template="consent.state_on" if on else "consent.state_off",
        options=options,
        dialog=Dialog(name=DIALOG, step="shown", options=options),
    )


def _chooses(entry: str) -> Filter:
    """By its number or its label while both entries are shown."""

    def accept(context: Context) -> bool:
        return context.choice is not None and context.choice.id == entry

    return accept


def _source(context: Context) -> str:
    """How they said it, for the record: the words themselves where they are ours to know."""
    update = context.update
    if isinstance(update, TextMessage) and update.menu_id is None and context.choice is None:
        return f"chat:{update.text.strip()[:20]}"
    return "menu"


def _version(context: Context, template: str) -> str:
    return f"{template}@{context.services.templates.get(template).version}"


ROUTER = Router(
    name="consent",
    routes=(
        Route(TextMessage, stop, (in_dialog(DIALOG), _chooses(STOP))),
        Route(TextMessage, resume, (in_dialog(DIALOG), _chooses(RESUME))),
    ),
)
