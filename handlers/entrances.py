"""What a patient can reach at any time, whatever question is open: by the account's menu, a tapped entry, or a word.

One table. Its router comes before those of the dialogs, so no question takes an entrance's word for an answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from handlers import appointments, booking, consent, profile
from handlers.clinic_info import clinic_info
from handlers.handoff import call_human
from handlers.matching import OFFER, answers_question, typed
from wxbot.dispatch.context import Context
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Filter, Handler, Route, Router, says, taps
from wxbot.dispatch.updates import MenuClicked, TextMessage
from wxbot.templates.models import Option

BOOK = "BOOK"
MY_APPOINTMENTS = "MY_APPOINTMENTS"
CLINIC_INFO = "CLINIC_INFO"
PROFILE = "PROFILE"
HUMAN = "HUMAN"
CONSENT = "CONSENT"


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """One service by its words.

    `key` is the key in the account's menu and the id of a tapped entry; `meaning` is what it does, for staff.
    """

    key: str
    words: tuple[str, ...]  # each the whole message, case, spaces and marks apart
    meaning: str
    handler: Handler
    reads: Callable[[str], bool] | None = None  # whether a whole message means it in other words
    in_menu: bool = True  # whether staff may put it into the account's menu


ENTRANCES = (
    Entrance(
        key=consent.STOP,
        words=("退订", "TD"),
        meaning="停止接收关怀消息",
        handler=consent.stop,
        reads=consent.means_stop,
        in_menu=False,
    ),
    Entrance(
        key=consent.RESUME,
        words=("恢复",),
        meaning="恢复接收关怀消息",
        handler=consent.resume,
        reads=consent.means_resume,
        in_menu=False,
    ),
    Entrance(
        key=BOOK,
        words=(
            "预约",
            "预约挂号",
            "我要预约",
            "我想预约",
            "我要挂号",
            "挂号",
            "约号",
            "约个号",
            "在线预约",
            "再约一个",
        ),
        meaning="开始预约：选择项目、医生和时间",
        handler=booking.begin,
    ),
    Entrance(
        key=MY_APPOINTMENTS,
        words=(
            "我的预约",
            "查看预约",
            "查预约",
            "查询预约",
            "我的挂号",
            "预约记录",
            "取消预约",
            "取消挂号",
            "退号",
            "改约",
            "改期",
            "改时间",
            "换时间",
            "换个时间",
            "修改预约",
        ),
        meaning="查看、改约或取消自己的预约",
        handler=appointments.show_all,
    ),
    Entrance(
        key=CLINIC_INFO,
        words=(
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
        ),
        meaning="查看地址、电话和接诊时间",
        handler=clinic_info,
    ),
    Entrance(
        key=PROFILE,
        words=("生日与姓名", "个人信息", "我的信息", "修改姓名", "修改生日"),
        meaning="登记或修改姓名与生日",
        handler=profile.open_profile,
    ),
    Entrance(
        key=HUMAN,
        words=("人工", "人工服务", "转人工", "人工客服", "找人工", "客服", "找客服", "真人", "联系客服"),
        meaning="转人工，由同事回复",
        handler=call_human,
    ),
    Entrance(
        key=CONSENT,
        words=("消息设置", "消息管理", "订阅设置"),
        meaning="设置是否接收关怀消息",
        handler=consent.show,
    ),
)
"""In the order in which they are tried; the menu editor lists them in the same order."""

MEANINGS = {each.key: each.meaning for each in ENTRANCES if each.in_menu}
"""What each key of the account's menu does, for staff who edit the menu."""

OFFERED = (BOOK, MY_APPOINTMENTS, HUMAN)  # the three that serve most people


def router_of(entrances: Iterable[Entrance]) -> Router:
    """The router of a table of entrances: a route each."""
    kinds = (TextMessage, MenuClicked)
    return Router(name="entrances", routes=tuple(Route(kinds, each.handler, (enters(each),)) for each in entrances))


def enters(entrance: Entrance) -> Filter:
    """The patient came by the account's menu, by a tapped entry, or by words that answer no open question."""
    by_menu, by_words, reads = taps(entrance.key), says(*entrance.words), entrance.reads

    def accept(context: Context) -> bool:
        update = context.update
        if not isinstance(update, TextMessage):
            return by_menu(context)
        if not typed(context):
            return update.menu_id == entrance.key
        meant = by_words(context) or (reads is not None and reads(update.text))
        return meant and not answers_question(context)

    return accept


def chosen(context: Context) -> Handler | None:
    """The handler of the offered entrance that the patient's number or words mean, if any."""
    key = None if context.choice is None else context.choice.id
    return next((each.handler for each in ENTRANCES if each.key == key), None)


def offered(context: Context, *keys: str) -> tuple[Option, ...]:
    """Entrances as options, by default the main ones; ids are their keys, labels come from the templates."""
    templates = context.services.templates
    return tuple(Option(id=key, label=templates.get(f"entrance.{key.lower()}").text) for key in keys or OFFERED)


def offering(options: tuple[Option, ...]) -> Dialog:
    """The dialog in which a number or a word means one of the offered entrances."""
    return Dialog(name=OFFER, step="offered", options=options)
