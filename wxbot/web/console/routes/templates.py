"""模板."""

from wxbot.web.console import template_bindings, template_edit, template_versions, templates
from wxbot.web.console.routing import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/console/templates", templates.index, "templates:template:read"),
    Route("GET", "/console/templates/new", templates.new, "templates:template:edit"),
    Route("POST", "/console/templates/new", templates.create, "templates:template:edit"),
    Route("GET", "/console/templates/bindings", template_bindings.index, "templates:template:read"),
    Route("POST", "/console/templates/bindings", template_bindings.add, "templates:binding:edit"),
    Route("POST", "/console/templates/bindings/verify", template_bindings.verify, "templates:binding:edit"),
    Route("GET", "/console/templates/bindings/{name}", template_bindings.show, "templates:binding:edit"),
    Route("POST", "/console/templates/bindings/{name}", template_bindings.bind, "templates:binding:edit"),
    Route("GET", "/console/templates/{key}", template_edit.edit, "templates:template:read"),
    Route("POST", "/console/templates/{key}", template_edit.save, "templates:template:edit"),
    Route("POST", "/console/templates/{key}/preview", template_edit.preview, "templates:template:read"),
    Route("POST", "/console/templates/{key}/submit", template_edit.ask_approval, "templates:template:edit"),
    Route("POST", "/console/templates/{key}/discard", template_edit.discard, "templates:template:edit"),
    Route("POST", "/console/templates/{key}/approve", template_edit.approve, "templates:template:approve"),
    Route("POST", "/console/templates/{key}/return", template_edit.return_for_changes, "templates:template:approve"),
    Route("POST", "/console/templates/{key}/publish", template_edit.publish, "templates:template:publish"),
    Route("POST", "/console/templates/{key}/retire", template_edit.retire, "templates:template:publish"),
    Route("POST", "/console/templates/{key}/restore", template_edit.restore, "templates:template:publish"),
    Route("POST", "/console/templates/{key}/trial", template_edit.trial, "templates:template:test"),
    Route("GET", "/console/templates/{key}/versions", template_versions.index, "templates:template:read"),
    Route("GET", r"/console/templates/{key}/versions/{number:\d+}", template_versions.show, "templates:template:read"),
    Route(
        "POST",
        r"/console/templates/{key}/versions/{number:\d+}/restore",
        template_versions.restore,
        "templates:template:publish",
    ),
)
