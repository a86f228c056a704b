"""设置里的公众号: menu, scenes, the account's health."""

from wxbot.web.console import settings_health, settings_menu, settings_scenes
from wxbot.web.console.routing import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/console/settings/menu", settings_menu.index, "settings:menu:edit"),
    Route("POST", "/console/settings/menu", settings_menu.save, "settings:menu:edit"),
    Route("POST", "/console/settings/menu/preview", settings_menu.preview, "settings:menu:edit"),
    Route("GET", "/console/settings/menu/live", settings_menu.live, "settings:menu:edit"),
    Route("POST", "/console/settings/menu/push", settings_menu.push, "settings:menu:edit"),
    Route(
        "POST", "/console/settings/menu/versions/{number}/restore", settings_menu.restore_version, "settings:menu:edit"
    ),
    Route("GET", "/console/settings/menu/file", settings_menu.file, "settings:menu:edit"),
    Route("GET", "/console/settings/scenes", settings_scenes.index, "settings:scene:edit"),
    Route("GET", "/console/settings/scenes/new", settings_scenes.new, "settings:scene:edit"),
    Route("POST", "/console/settings/scenes/new", settings_scenes.create, "settings:scene:edit"),
    Route("GET", "/console/settings/scenes/{id}", settings_scenes.one, "settings:scene:edit"),
    Route("POST", "/console/settings/scenes/{id}", settings_scenes.edit, "settings:scene:edit"),
    Route("POST", "/console/settings/scenes/{id}/generate", settings_scenes.generate, "settings:scene:edit"),
    Route("GET", "/console/settings/scenes/{id}/code.svg", settings_scenes.picture_svg, "settings:scene:edit"),
    Route("GET", "/console/settings/scenes/{id}/code.png", settings_scenes.picture_png, "settings:scene:edit"),
    Route("GET", "/console/settings/scenes/{id}/print", settings_scenes.printed, "settings:scene:edit"),
    Route("GET", "/console/settings/account", settings_health.index, "settings:account:read"),
)
