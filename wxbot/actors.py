"""Who acts: a member of staff with what they may do, or the house itself. Handed to every use case as `by`."""

from dataclasses import dataclass

from wxbot.errors import ForbiddenError

EVERYTHING = "*"  # the house's own actors: they act by the owner's hand, on the machine itself


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever calls a use case. `permissions` are `area:resource:action`, taken from the role when they signed in."""

    id: str
    name: str  # as colleagues know them
    permissions: frozenset[str]

    @property
    def by(self) -> str:
        """How the transcript and the audit name them: `staff:<id>`."""
        return f"staff:{self.id}"

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
HOUSE = Actor(id="house", name="系统", permissions=frozenset({EVERYTHING}))
