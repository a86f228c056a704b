"""Every call to the platform, by topic: `client.messages.send(…)`, `client.users.info(…)`."""

from collections.abc import Sequence

import aiohttp

from wxbot.clock import Clock
from wxbot.wechat.api.media import Media
from wxbot.wechat.api.menus import Menus
from wxbot.wechat.api.messages import CustomerMessages
from wxbot.wechat.api.notices import Notices
from wxbot.wechat.api.operations import Operations
from wxbot.wechat.api.qrcodes import SceneCodes
from wxbot.wechat.api.tags import Tags
from wxbot.wechat.api.templates import TemplateMessages
from wxbot.wechat.api.users import Users
from wxbot.wechat.transport import PAUSES, Tokens, Transport
from wxbot.wechat.wire import Observe


class Client:
    """One account at the platform. `http` belongs to the caller, who closes it.

    Every method raises PlatformError with the platform's code, our reaction and a sentence for staff; `ambiguous`
    is set when the call may have taken effect and must not be repeated.
    """

    def __init__(  # noqa: PLR0913 - the parts it stands on
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        tokens: Tokens,
        clock: Clock,
        observe: Observe | None = None,
        *,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        transport = Transport(http, base_url, tokens, clock, observe, pauses=pauses)
        self.tokens = tokens
        self.messages = CustomerMessages(transport)
        self.templates = TemplateMessages(transport)
        self.notices = Notices(transport)
        self.users = Users(transport)
        self.tags = Tags(transport)
        self.scene_codes = SceneCodes(transport)
        self.menus = Menus(transport)
        self.media = Media(transport)
        self.operations = Operations(transport)
