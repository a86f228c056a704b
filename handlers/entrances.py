"""What a patient can reach at any time, whatever question is open: by the account's menu, a tapped entry, or a word.

One table. Its router comes before those of the dialogs, so no question takes an entrance's word for an answer. Which
words they are is for the clinic to say: config/words.toml, and the console.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from handlers import appointments, booking, consent, profile
from handlers.clinic_info import clinic_info, notice
from handlers.handoff import call_human
from handlers.matching import OFFER, answers_question, typed
from wxbot.dispatch.context import Context
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Filter, Handler, Route, Router, taps
from wxbot.dispatch.updates import MenuClicked, TextMessage
from wxbot.templates.models import Option
from wxbot.understanding.reader import ENTRANCE

BOOK = "BOOK"
MY_APPOINTMENTS = "MY_APPOINTMENTS"
CLINIC_INFO = "CLINIC_INFO"
PROFILE = "PROFILE"
HUMAN = "HUMAN"
CONSENT = "CONSENT"
NOTICE = "NOTICE"


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """One service, by the account's menu, by a tapped entry or by the words of the clinic's list `entrance.<key>`.

    `key` is the key in the account's menu and the id of a tapped entry; `meaning` is what it does, for staff.
    """

    key: str
    meaning: str
    handler: Handler

    @property
    def list_key(self) -> str:
        """The key of the list of its words (config/words.toml)."""
        return f"{ENTRANCE}{self.key.lower()}"


ENTRANCES = (
    Entrance(key=BOOK, meaning="开始预约：选择项目、医生和时间", handler=booking.begin),
    Entrance(key=MY_APPOINTMENTS, meaning="查看、改约或取消自己的预约", handler=appointments.show_all),
    Entrance(key=CLINIC_INFO, meaning="查看地址、电话和接诊时间", handler=clinic_info),
    Entrance(key=PROFILE, meaning="登记或修改姓名与生日", handler=profile.open_profile),
    Entrance(key=HUMAN, meaning="转人工，由同事回复", handler=call_human),
    Entrance(key=CONSENT, meaning="设置是否接收关怀消息", handler=consent.show),
    Entrance(key=NOTICE, meaning="查看个人信息须知：保存什么、怎样停止、有哪些权利", handler=notice),
)
"""In the order in which the menu editor lists them."""

MEANINGS = {each.key: each.meaning for each in ENTRANCES}
"""What each key of the account's menu does, for staff who edit the menu."""

OFFERED = (BOOK, MY_APPOINTMENTS, HUMAN)  # the three that serve most people


def router_of(entrances: Iterable[Entrance]) -> Router:
    """The router of a table of entrances: a route each."""
    kinds = (TextMessage, MenuClicked)
    return Router(name="entrances", routes=tuple(Route(kinds, each.handler, (enters(each),)) for each in entrances))


def enters(entrance: Entrance) -> Filter:
    """The patient came by the account's menu, by a tapped entry, or by words that answer no open question."""
    by_menu = taps(entrance.key)

    def accept(context: Context) -> bool:
        update = context.update
        if not isinstance(update, TextMessage):
            return by_menu(context)
        if not typed(context):
            return update.menu_id == entrance.key
        return context.reading.entrance == entrance.key and not answers_question(context)

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
