"""今日 and 待办回访: the day's board, visits, messages, tasks, and visits that a leave falls upon."""

from wxbot.web.console import conflicts, evening, followups, live, today, visit_forms, waitlist
from wxbot.web.console.routing import SIGNED_IN, Route

ROUTES: tuple[Route, ...] = (
    # 今日
    Route("GET", "/console", today.enter, SIGNED_IN),
    Route("GET", "/console/", today.index, "today:board:read"),
    Route("GET", "/console/live", live.stream, "today:board:read", by_itself=True),
    Route("GET", "/console/today/visits", today.visits, "booking:appointment:read"),
    Route("POST", "/console/today/visits/{id}/confirm", today.confirm, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/unconfirm", today.unconfirm, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/missed", today.missed, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/expected", today.expected, "booking:appointment:edit"),
    Route("GET", "/console/today/visits/{id}/arrival", visit_forms.arrival, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/arrival", visit_forms.arrive, "booking:appointment:edit"),
    Route("GET", "/console/today/visits/{id}/checkout", visit_forms.checkout, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/checkout", visit_forms.leave, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/next", visit_forms.book_next, "booking:appointment:edit"),
    Route("GET", "/console/today/visits/{id}/card", visit_forms.card, "booking:appointment:read"),
    Route("POST", "/console/today/visits/{id}/recheck", visit_forms.recheck, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/unwell", visit_forms.unwell, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/offer", visit_forms.offer, "booking:appointment:edit"),
    Route("POST", "/console/today/visits/{id}/comfort", visit_forms.comfort, "booking:appointment:edit"),
    Route("GET", "/console/today/evening", evening.show, "booking:appointment:read"),
    Route("POST", "/console/today/evening/{id}/decision", evening.decide, "booking:cancellation:decide"),
    Route("GET", "/console/today/waitlist", waitlist.index, "booking:appointment:read"),
    Route("GET", "/console/today/waitlist/new", waitlist.new, "booking:appointment:edit"),
    Route("POST", "/console/today/waitlist/new", waitlist.add, "booking:appointment:edit"),
    Route("GET", "/console/today/waitlist/{id}", waitlist.show, "booking:appointment:read"),
    Route("POST", "/console/today/waitlist/{id}/remove", waitlist.remove, "booking:appointment:edit"),
    Route("POST", "/console/today/waitlist/{id}/first", waitlist.first, "booking:appointment:edit"),
    Route("POST", "/console/today/waitlist/{id}/answer", waitlist.answer, "booking:appointment:edit"),
    Route("GET", "/console/today/approvals", today.approvals, "templates:template:approve"),
    Route("GET", "/console/messages", today.messages, "outbox:message:read"),
    # 受影响的预约
    Route("GET", "/console/conflicts", conflicts.index, "booking:appointment:edit"),
    Route("GET", "/console/conflicts/{id}", conflicts.one, "booking:appointment:edit"),
    Route("POST", "/console/conflicts/{id}/move", conflicts.move, "booking:appointment:edit"),
    Route("POST", "/console/conflicts/{id}/cancel", conflicts.cancel, "booking:appointment:edit"),
    Route("POST", "/console/conflicts/{id}/keep", conflicts.keep, "booking:appointment:edit"),
    Route("POST", "/console/conflicts/{id}/draft", conflicts.draft, "booking:appointment:edit"),
    # 待办回访
    Route("GET", "/console/followups", followups.index, "followups:task:read"),
    Route("GET", "/console/followups/changed", followups.changed, "followups:task:read", by_itself=True),
    Route("POST", "/console/followups/{id}/close", followups.close, "followups:task:close"),
)
