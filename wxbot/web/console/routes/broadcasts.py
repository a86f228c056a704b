"""关怀推送."""

from wxbot.web.console import broadcast_edit, broadcasts
from wxbot.web.console.routing import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/console/broadcasts", broadcasts.index, "broadcasts:broadcast:read"),
    Route("GET", "/console/broadcasts/new", broadcast_edit.new, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/new", broadcast_edit.create, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/fields", broadcast_edit.fields, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/example", broadcast_edit.example, "broadcasts:broadcast:write"),
    Route("GET", "/console/broadcasts/found", broadcast_edit.found, "broadcasts:broadcast:write"),
    Route("GET", "/console/broadcasts/pick/{id}", broadcast_edit.pick, "broadcasts:broadcast:write"),
    Route("GET", "/console/broadcasts/{id}", broadcasts.show, "broadcasts:broadcast:read"),
    Route("GET", "/console/broadcasts/{id}/progress", broadcasts.progress, "broadcasts:broadcast:read", by_itself=True),
    Route("GET", "/console/broadcasts/{id}/list", broadcasts.preview_run, "broadcasts:broadcast:read", by_itself=True),
    Route("GET", "/console/broadcasts/{id}/edit", broadcast_edit.edit, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/{id}/edit", broadcast_edit.save, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/{id}/recheck", broadcasts.recheck, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/{id}/submit", broadcasts.ask_approval, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/{id}/approve", broadcasts.approve, "broadcasts:broadcast:approve"),
    Route("POST", "/console/broadcasts/{id}/return", broadcasts.return_for_changes, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/{id}/pause", broadcasts.pause, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/{id}/resume", broadcasts.resume, "broadcasts:broadcast:write"),
    Route("POST", "/console/broadcasts/{id}/cancel", broadcasts.cancel, "broadcasts:broadcast:write"),
)
