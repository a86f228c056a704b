"""前台: figures, the check of classes, the checklist, first contacts, and who receives when."""

from wxbot.web.console import (
    reception_checklist,
    reception_contacts,
    reception_doctors,
    reception_door,
    reception_figures,
    reception_inbound,
)
from wxbot.web.console.routing import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/console/today/figures", reception_figures.index, "reception:figures:read"),
    Route("POST", "/console/today/figures/sample", reception_figures.draw, "reception:sample:draw"),
    Route("GET", "/console/today/figures/{figure}", reception_figures.records, "reception:figures:read"),
    Route("GET", "/console/today/inbound", reception_inbound.index, "reception:figures:read"),
    Route("GET", "/console/today/inbound/{group}", reception_inbound.records, "reception:figures:read"),
    Route("GET", "/console/today/labels", reception_figures.labels, "reception:sample:label"),
    Route("POST", "/console/today/labels/{id}", reception_figures.label, "reception:sample:label"),
    Route("GET", "/console/today/checklist", reception_checklist.show, "reception:checklist:tick"),
    Route("POST", "/console/today/checklist", reception_checklist.tick, "reception:checklist:tick"),
    Route("GET", "/console/today/checklist/month", reception_checklist.month, "reception:figures:read"),
    Route("GET", "/console/today/doctors", reception_doctors.show, "booking:appointment:read"),
    Route("POST", "/console/today/visits/{id}/class", reception_door.confirm_class, "reception:class:confirm"),
    Route("POST", "/console/today/visits/{id}/intake", reception_door.enter_intake, "booking:appointment:edit"),
    Route("GET", "/console/patients/{id}/first-contact", reception_contacts.show, "reception:contact:note"),
    Route("POST", "/console/patients/{id}/first-contact", reception_contacts.save, "reception:contact:note"),
)
