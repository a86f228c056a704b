"""员工 and 审计."""

from wxbot.web.console import audit, staff
from wxbot.web.console.routing import Route

ROUTES: tuple[Route, ...] = (
    # 员工
    Route("GET", "/console/staff", staff.index, "staff:account:read"),
    Route("GET", "/console/staff/new", staff.new, "staff:account:edit"),
    Route("POST", "/console/staff/new", staff.create, "staff:account:edit"),
    Route("GET", "/console/staff/{id}", staff.show, "staff:account:read"),
    Route("POST", "/console/staff/{id}", staff.edit, "staff:account:edit"),
    Route("POST", "/console/staff/{id}/disable", staff.disable, "staff:account:edit"),
    Route("POST", "/console/staff/{id}/enable", staff.enable, "staff:account:edit"),
    Route("POST", "/console/staff/{id}/reset-password", staff.reset_password, "staff:account:edit"),
    Route("POST", "/console/staff/{id}/reset-codes", staff.reset_codes, "staff:account:edit"),
    Route("POST", "/console/staff/{id}/sign-out", staff.sign_out, "staff:account:edit"),
    # 审计
    Route("GET", "/console/audit", audit.index, "audit:entry:read"),
    Route("GET", "/console/audit/verify", audit.index, "audit:entry:read"),
    Route("POST", "/console/audit/verify", audit.verify, "audit:entry:read"),
)
