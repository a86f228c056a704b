"""The main entries: the same few services by account menu, by tapped entry, by number or by words."""

from wxbot.dispatch.context import Context
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Filter, says, taps
from wxbot.dispatch.updates import TextMessage
from wxbot.templates.models import Option

BOOK = "BOOK"
MY_APPOINTMENTS = "MY_APPOINTMENTS"
CLINIC_INFO = "CLINIC_INFO"
PROFILE = "PROFILE"
HUMAN = "HUMAN"
CONSENT = "CONSENT"

MEANINGS = {  # what each does, for staff who put it into the account's menu
    BOOK: "开始预约：选择项目、医生和时间",
    MY_APPOINTMENTS: "查看、改约或取消自己的预约",
    CLINIC_INFO: "查看地址、电话和接诊时间",
    PROFILE: "登记或修改姓名与生日",
    HUMAN: "转人工，由同事回复",
    CONSENT: "设置是否接收关怀消息",
}

DIALOG = "entrances"  # remembers what was offered, so that a number is understood
OFFERED = (BOOK, MY_APPOINTMENTS, HUMAN)  # the three that serve most people

HUMAN_WORDS = ("人工", "人工服务", "转人工", "人工客服", "找人工", "客服", "找客服", "真人", "联系客服")
INFO_WORDS = (
    "诊所信息",
    "地址",
    "诊所地址",
    "电话",
    "联系电话",
    "营业时间",
    "上班时间",
    "接诊时间",
    "怎么走",
    "在哪里",
    "你们在哪",
)
PROFILE_WORDS = ("生日与姓名", "个人信息", "我的信息", "修改姓名", "修改生日")
CONSENT_WORDS = ("消息设置", "消息管理", "订阅设置")

GREETINGS = (
    "你好",
    "您好",
    "你好啊",
    "您好啊",
    "hi",
    "hello",
    "嗨",
    "在吗",
    "在么",
    "有人吗",
    "早上好",
    "上午好",
    "下午好",
    "晚上好",
    "早",
    "哈喽",
)
THANKS = (
    "谢谢",
    "谢谢你",
    "谢谢您",
    "多谢",
    "感谢",
    "好的",
    "好的谢谢",
    "好的谢谢您",
    "好",
    "收到",
    "知道了",
    "明白了",
    "ok",
    "嗯",
    "嗯嗯",
)


def offered(context: Context, *keys: str) -> tuple[Option, ...]:
    """The entries as options; ids are the account menu's keys, labels come from the templates."""
    templates = context.services.templates
    return tuple(Option(id=key, label=templates.get(f"entrance.{key.lower()}").text) for key in keys or OFFERED)


def offering(options: tuple[Option, ...]) -> Dialog:
    """The dialog in which a number or a word means one of the offered entries."""
    return Dialog(name=DIALOG, step="offered", options=options)


def enters(key: str, *words: str) -> Filter:
    """The patient came in by that door: the account menu, a tapped entry, or one of the words."""
    by_menu, by_words = taps(key), says(*words)

    def accept(context: Context) -> bool:
        tapped = isinstance(context.update, TextMessage) and context.update.menu_id == key
        return tapped or by_menu(context) or by_words(context)

    return accept
