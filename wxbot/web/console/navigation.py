"""The console's sections, in the order of a day's work; each shown to those who may open it."""

from dataclasses import dataclass

from wxbot.actors import Actor


@dataclass(frozen=True)
class Section:
    """One entry of the navigation. `key` is the second key of its shortcut (g, then this)."""

    name: str
    path: str
    permission: str
    icon: str
    key: str
    active: bool = False


FOLLOWUPS = "/console/followups"
_SECTIONS = (
    Section("今日", "/console/", "today:board:read", "today", "t"),
    Section("日程", "/console/board", "booking:appointment:read", "board", "b"),
    Section("会话", "/console/desk", "desk:conversation:read", "chat", "c"),
    Section("患者", "/console/patients", "patients:patient:read", "people", "p"),
    Section("待办回访", FOLLOWUPS, "followups:task:read", "tasks", "f"),
    Section("关怀计划", "/console/care", "care:plan:read", "path", "r"),
    Section("关怀推送", "/console/broadcasts", "broadcasts:broadcast:read", "send", "s"),
    Section("统计质检", "/console/quality", "desk:quality:read", "chart", "q"),
    Section("模板", "/console/templates", "templates:template:read", "text", "m"),
    Section("设置", "/console/settings", "settings:clinic:read", "gear", "e"),
    Section("员工", "/console/staff", "staff:account:read", "badge", "y"),
    Section("审计", "/console/audit", "audit:entry:read", "book", "a"),
)


def navigation(actor: Actor, path: str) -> tuple[Section, ...]:
    """The sections that actor may open; the one that `path` lies in is active."""
    shown = [section for section in _SECTIONS if actor.may(section.permission)]
    inside = [section.path for section in shown if _lies_in(path, section.path)]
    active = max(inside, key=len, default="")
    return tuple(
        Section(each.name, each.path, each.permission, each.icon, each.key, each.path == active) for each in shown
    )


def _lies_in(path: str, section: str) -> bool:
    if section == "/console/":
        return path in {"/console", "/console/"} or path.startswith("/console/today")
    return path == section or path.startswith(f"{section}/")
