"""会话的质量: figures, the rating of chats, practice and the register of promises."""

from wxbot.web.console import desk_figures, desk_practice, desk_quality, desk_register
from wxbot.web.console.routing import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/console/quality", desk_figures.index, "desk:quality:read"),
    Route("GET", "/console/quality/records", desk_figures.records, "desk:quality:read"),
    Route("GET", "/console/quality/promises", desk_figures.promises, "desk:quality:read"),
    Route("GET", "/console/quality/talks", desk_quality.index, "desk:quality:read"),
    Route("GET", "/console/quality/talks/{episode}", desk_quality.show, "desk:quality:read"),
    Route("POST", "/console/quality/talks/{episode}/rate", desk_quality.rate, "desk:quality:rate"),
    Route("POST", "/console/quality/talks/{episode}/answer", desk_quality.answer, "desk:quality:read"),
    Route("POST", "/console/quality/talks/{episode}/decide", desk_quality.decide, "desk:quality:rate"),
    Route("GET", "/console/quality/incidents", desk_quality.incidents, "desk:quality:rate"),
    Route("POST", "/console/quality/incidents/{episode}/take", desk_quality.take, "desk:quality:rate"),
    Route("POST", "/console/quality/incidents/{episode}/hold", desk_quality.hold, "desk:quality:rate"),
    Route("POST", "/console/quality/incidents/{episode}/settle", desk_quality.settle, "desk:quality:rate"),
    Route("GET", "/console/quality/practice", desk_practice.index, "desk:practice:run"),
    Route("POST", "/console/quality/practice", desk_practice.begin, "desk:practice:run"),
    Route("POST", "/console/quality/practice/require", desk_practice.require, "desk:quality:rate"),
    Route("GET", "/console/quality/practice/{id}", desk_practice.show, "desk:practice:run"),
    Route("POST", "/console/quality/practice/{id}/reply", desk_practice.reply, "desk:practice:run"),
    Route("POST", "/console/quality/practice/{id}/finish", desk_practice.finish, "desk:practice:run"),
    Route("POST", "/console/quality/register", desk_register.export, "desk:quality:rate"),
    Route("POST", "/console/quality/again", desk_figures.measure_again, "desk:quality:rate"),
)
