"""Every endpoint of the platform, in the order of the reference."""

from wxbot.simulator.api import (
    media,
    menus,
    messages,
    network,
    notices,
    oauth,
    qrcodes,
    quotas,
    tags,
    templates,
    tickets,
    tokens,
    users,
)
from wxbot.simulator.api.endpoint import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *tokens.ENDPOINTS,
    *network.ENDPOINTS,
    *messages.ENDPOINTS,
    *templates.ENDPOINTS,
    *notices.ENDPOINTS,
    *users.ENDPOINTS,
    *tags.ENDPOINTS,
    *qrcodes.ENDPOINTS,
    *menus.ENDPOINTS,
    *tickets.ENDPOINTS,
    *oauth.ENDPOINTS,
    *media.ENDPOINTS,
    *quotas.ENDPOINTS,
)
