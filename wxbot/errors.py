"""Every error this service raises on purpose.

    ClinicError                     the root: catch this to catch all of ours
    ├── ConfigurationError          a setting or a file is missing or wrong; start refuses
    ├── DomainError                 a rule of the clinic said no; the patient reads `wording`
    │   ├── NotFoundError           the thing named does not exist (any more)
    │   ├── SlotTakenError          somebody else has the hour; carries the next free ones
    │   ├── NotBookableError        the hour is outside what may be booked
    │   ├── WordingError            a template cannot be filled (templates/rendering.py)
    │   ├── AlreadyBookedError      the patient has an appointment at that hour (booking/errors.py)
    │   ├── NotNowError             the present state does not allow the action (workflow.py)
    │   ├── SelfApprovalError       an author may not approve their own work (approval.py)
    │   ├── BirthdayError           a birthday that cannot be (patients/birthday_words.py)
    │   ├── StaleError              the thing changed since it was read
    │   ├── ForbiddenError          whoever asks may not do this; names the permission
    │   └── InvalidInputError       what was given cannot be understood
    ├── PushRefusedError            a push that is not let in; `status` is the HTTP answer (wechat/refusals.py)
    └── PlatformError               WeChat answered with an error, or did not answer

A DomainError names a template key (`wording`) whose text is safe and kind for patients. A PlatformError
says what to do next through its `Reaction`. Each edge maps both once; nothing else is ever shown.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any


class ClinicError(Exception):
    """The root of every error raised on purpose."""


class ConfigurationError(ClinicError):
    """A setting or configuration file is missing or wrong.

    Carries everything found at once, each as a plain sentence that says how to mend it.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class DomainError(ClinicError):
    """A rule of the clinic refused. `code` is for logs, `wording` is a template key for the patient."""

    code = "refused"
    wording = "error.refused"

    def __init__(self, detail: str = "", **variables: Any) -> None:
        super().__init__(detail or self.code)
        self.variables: Mapping[str, Any] = variables


class NotFoundError(DomainError):
    """The thing named does not exist, or not any more."""

    code = "not_found"
    wording = "error.not_found"


class SlotTakenError(DomainError):
    """Somebody else holds the hour. `alternatives` are the next free slots, earliest first."""

    code = "slot_taken"
    wording = "error.slot_taken"

    def __init__(self, detail: str = "", *, alternatives: Sequence[Any] = (), **variables: Any) -> None:
        super().__init__(detail, **variables)
        self.alternatives = tuple(alternatives)


class NotBookableError(DomainError):
    """The hour is in the past, outside opening hours or beyond the horizon."""

    code = "not_bookable"
    wording = "error.not_bookable"


class StaleError(DomainError):
    """The thing changed since it was read; read it again before deciding."""

    code = "stale"
    wording = "error.stale"


class ForbiddenError(DomainError):
    """Whoever asks may not do this. `permission` is what they would need."""

    code = "forbidden"
    wording = "error.refused"

    def __init__(self, permission: str) -> None:
        super().__init__(f"needs {permission}")
        self.permission = permission


class InvalidInputError(DomainError):
    """What was given cannot be understood, for instance an impossible date."""

    code = "invalid_input"
    wording = "error.invalid_input"


class Reaction(StrEnum):
    """What to do after a platform answer (reference §8). Decided by data, never by the caller's guess."""

    RETRY = "retry"  # the call may be repeated after a pause
    REFRESH = "refresh"  # the token is stale: refresh once, repeat once
    DROP = "drop"  # permanent for this message: record and stop
    DEFER = "defer"  # not now: keep it for later or for the patient's next action
    UNFOLLOW = "unfollow"  # the patient cannot be reached on this channel
    ALARM = "alarm"  # an operator must act; pause what depends on it


class PushRefusedError(ClinicError):
    """A push that is not let in. The reason is for our log, never for the caller."""

    status = 400  # the HTTP status it is answered with


class PlatformError(ClinicError):
    """WeChat refused, failed or fell silent.

    `ambiguous` means the call may or may not have taken effect (a timeout after the request left):
    whoever cannot repeat safely must then record `unknown` and show it.
    `alarm` means an operator must hear of it, whatever the reaction is for this one call.
    """

    def __init__(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        *,
        code: int | None,
        reaction: Reaction,
        advice: str,
        detail: str = "",
        rid: str = "",
        retry_after_seconds: float | None = None,
        ambiguous: bool = False,
        alarm: bool = False,
    ) -> None:
        super().__init__(f"{code}: {detail or advice}")
        self.code = code
        self.reaction = reaction
        self.advice = advice
        self.detail = detail
        self.rid = rid
        self.retry_after_seconds = retry_after_seconds
        self.ambiguous = ambiguous
        self.alarm = alarm
