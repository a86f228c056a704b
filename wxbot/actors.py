"""Who acts: a member of staff with their permissions, or the service itself. Passed to every use case as `by`."""

from dataclasses import dataclass

from wxbot.errors import ForbiddenError

EVERYTHING = "*"  # held by the service itself and by whoever has a shell on its machine
SYSTEM_BY = "system"  # how the transcript and the audit name the service


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The caller of a use case. `permissions` are `area:resource:action`, taken from the role at sign-in."""

    id: str
    name: str  # as colleagues know them
    permissions: frozenset[str]

    @property
    def by(self) -> str:
        """How the transcript and the audit name them: `staff:<id>`, or `system`."""
        return SYSTEM_BY if self.id == SYSTEM_BY else f"staff:{self.id}"

    def may(self, permission: str) -> bool:
        """Whether they hold that permission."""
        return permission in self.permissions or EVERYTHING in self.permissions

    def must(self, permission: str) -> None:
        """Refuse what they may not do.

        Raises:
            ForbiddenError: they do not hold that permission.
        """
        if not self.may(permission):
            raise ForbiddenError(permission)


COMMAND_LINE = Actor(id="command-line", name="命令行", permissions=frozenset({EVERYTHING}))
CONFIG_FILES = Actor(id="config", name="配置文件", permissions=frozenset({EVERYTHING}))
SYSTEM = Actor(id=SYSTEM_BY, name="系统", permissions=frozenset({EVERYTHING}))
