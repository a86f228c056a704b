"""Who acts: a member of staff, a patient in the chat, or the service itself. Passed to every use case as `by`."""

from dataclasses import dataclass

from wxbot.errors import ForbiddenError

EVERYTHING = "*"  # held by the service itself and by those who have a shell on its machine
_PATIENT, _SYSTEM = "patient", "system"  # how the transcript and the audit name them
STAFF = "staff:"  # … and a colleague: this and the id of the account


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The caller of a use case. `permissions` are `area:resource:action`, taken from the role at sign-in."""

    id: str
    name: str  # as colleagues know them
    permissions: frozenset[str]

    @property
    def by(self) -> str:
        """How the transcript and the audit name them: `staff:<id>`, `patient` or `system`."""
        return self.id if self.id in {_PATIENT, _SYSTEM} else f"{STAFF}{self.id}"

    @property
    def is_staff(self) -> bool:
        """Whether a person of the clinic acts, in the console or on the command line."""
        return self.id not in {_PATIENT, _SYSTEM}

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
PATIENT = Actor(  # in the chat; its handlers let patients reach only what is their own
    id=_PATIENT, name="患者", permissions=frozenset({"booking:appointment:edit"})
)
SYSTEM = Actor(id=_SYSTEM, name="系统", permissions=frozenset({EVERYTHING}))
