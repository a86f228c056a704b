"""Every address of the console: the tables of the areas, joined."""

from wxbot.web.console.routes import (
    board,
    broadcasts,
    care,
    desk,
    official_account,
    patients,
    quality,
    reception,
    settings,
    sign_in,
    staff,
    templates,
    today,
)
from wxbot.web.console.routing import Route

ROUTES: tuple[Route, ...] = (
    *sign_in.ROUTES,
    *today.ROUTES,
    *reception.ROUTES,
    *board.ROUTES,
    *desk.ROUTES,
    *quality.ROUTES,
    *patients.ROUTES,
    *care.ROUTES,
    *broadcasts.ROUTES,
    *templates.ROUTES,
    *settings.ROUTES,
    *official_account.ROUTES,
    *staff.ROUTES,
)
