"""日程: the day board, its dialogs and what is done in them."""

from wxbot.web.console import board, board_booking, board_move, board_stream, board_visit, series
from wxbot.web.console.routing import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/console/board", board.index, "booking:appointment:read"),
    Route("GET", "/console/board/grid", board.grid, "booking:appointment:read", by_itself=True),
    Route("GET", "/console/board/events", board_stream.stream, "booking:appointment:read", by_itself=True),
    Route("GET", "/console/board/week", board.week, "booking:appointment:read"),
    Route("GET", "/console/board/print", board.printed, "booking:appointment:read"),
    Route("GET", "/console/board/found", board_booking.found, "patients:patient:read"),
    Route("GET", "/console/board/new", board_booking.new, "booking:appointment:edit"),
    Route("POST", "/console/board/new", board_booking.book, "booking:appointment:edit"),
    Route("GET", "/console/board/visits/{id}", board_visit.show, "booking:appointment:read"),
    Route("POST", "/console/board/visits/{id}/stage", board_visit.stage, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/unwell", board_visit.unwell, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/back", board_visit.back, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/confirm", board_visit.confirm, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/unconfirm", board_visit.unconfirm, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/missed", board_visit.missed, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/expected", board_visit.expected, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/cancel", board_visit.cancel, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/deposit", board_visit.receive_deposit, "booking:deposit:edit"),
    Route("POST", "/console/board/visits/{id}/deposit/settle", board_visit.settle_deposit, "booking:deposit:edit"),
    Route("GET", "/console/board/visits/{id}/series", series.ask_rest, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/series", series.move_rest, "booking:appointment:edit"),
    Route("GET", "/console/series/{id}", series.show, "booking:appointment:read"),
    Route("GET", "/console/patients/{id}/series", series.plan, "booking:appointment:edit"),
    Route("POST", "/console/patients/{id}/series", series.book, "booking:appointment:edit"),
    Route("GET", "/console/board/visits/{id}/move", board_move.ask, "booking:appointment:edit"),
    Route("POST", "/console/board/visits/{id}/move", board_move.move, "booking:appointment:edit"),
)
