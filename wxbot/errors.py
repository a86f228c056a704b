"""Every error this service raises on purpose.

    ClinicError                     the root: catch this to catch all of ours
    ├── ConfigurationError          a setting or a file is missing or wrong; start refuses
    ├── DomainError                 a rule of the clinic said no; patients read `wording`, staff `sentence`
    │   ├── NotFoundError           the thing named does not exist (any more)
    │   ├── SlotTakenError          somebody else has the hour; carries the next free ones
    │   ├── NotBookableError        the hour is outside what may be booked
    │   ├── WordingError            a template cannot be filled (templates/rendering.py)
    │   ├── AlreadyBookedError      the patient has an appointment at that hour (booking/errors.py)
    │   ├── TooOftenError           somebody asks faster than people do (web/console/rates.py)
    │   ├── NotNowError             the present state does not allow the action (workflow.py)
    │   ├── SelfApprovalError       an author may not approve their own work (approval.py)
    │   ├── BirthdayError           a birthday that cannot be (patients/birthday_words.py)
    │   ├── StaleError              the thing changed since it was read
    │   ├── ForbiddenError          the actor may not do this; names the permission
    │   ├── ContactBlockedError     a person was needed by somebody who is blocked
    │   └── InvalidInputError       what was given cannot be understood
    │       └── FieldErrors         what was typed cannot be kept: field → sentence for staff
    ├── RestartLoginError           a login's code is used up or too old: the login begins again
    ├── PushRefusedError            a push that is refused; `status` is the HTTP answer (wechat/refusals.py)
    └── PlatformError               WeChat answered with an error, or did not answer

A DomainError names a template key (`wording`) whose text is safe and kind for patients, and carries a Chinese
`sentence` for staff; its message is for logs and never shown. A PlatformError says what to do next through its
`Reaction`. Each edge maps both once; nothing else is ever shown.
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
    """A rule of the clinic refused.

    `code` and the message (`detail`, English) are for logs. `wording` is a template key for the patient, filled with
    `variables`. `sentence` is Chinese and for staff: each class has one, a raise may give a more exact one.
    """

    code = "refused"
    wording = "error.refused"
    sentence = "现在不能这样做。请刷新页面，看过最新的内容再决定。"

    def __init__(self, detail: str = "", *, sentence: str = "", **variables: Any) -> None:
        super().__init__(detail or sentence or self.code)
        if sentence:
            self.sentence = sentence
        self.variables: Mapping[str, Any] = variables


class NotFoundError(DomainError):
    """The thing named does not exist, or not any more."""

    code = "not_found"
    wording = "error.not_found"
    sentence = "它可能已被删除、合并，或者网址不完整。"


class SlotTakenError(DomainError):
    """Somebody else holds the hour. `alternatives` are the next free slots, earliest first."""

    code = "slot_taken"
    wording = "error.slot_taken"
    sentence = "这个时间刚刚被约走了，请另选一个时间。"

    def __init__(self, detail: str = "", *, alternatives: Sequence[Any] = (), **variables: Any) -> None:
        super().__init__(detail, **variables)
        self.alternatives = tuple(alternatives)


class NotBookableError(DomainError):
    """The hour is in the past, outside opening hours or beyond the horizon."""

    code = "not_bookable"
    wording = "error.not_bookable"
    sentence = "这个时间不在可以预约的范围内，请另选一个时间。"


class StaleError(DomainError):
    """The thing changed since it was read; read it again before deciding."""

    code = "stale"
    wording = "error.stale"
    sentence = "您打开这一页之后，内容已被别人修改。请返回重新打开，再做一次。"


class ForbiddenError(DomainError):
    """The actor may not do this. `permission` is what they would need."""

    code = "forbidden"
    wording = "error.refused"
    sentence = "您没有这项权限。如果工作需要，请联系有权限的同事，或请管理员调整您的角色。"

    def __init__(self, permission: str) -> None:
        super().__init__(f"needs {permission}")
        self.permission = permission


class ContactBlockedError(DomainError):
    """A person was needed by a contact who is blocked after insults (A2-33)."""

    code = "contact_blocked"
    wording = "human.blocked"
    sentence = "这位患者已被拉黑，暂时不能由人工接待。需要时请主管先解除。"


class InvalidInputError(DomainError):
    """What was given cannot be understood, for instance an impossible date."""

    code = "invalid_input"
    wording = "error.invalid_input"
    sentence = "所填内容看不懂，请检查后再试。"


class FieldErrors(InvalidInputError):  # noqa: N818 - all complaints about one form
    """What was typed cannot be kept. `fields` is field → sentence for staff; "" stands for the form as a whole."""

    code = "fields"
    sentence = "有几项填写得不对，请修改后再保存。"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(sentence="；".join(fields.values()))
        self.fields = dict(fields)


class Reaction(StrEnum):
    """What to do after a platform answer (reference §8). Decided by data, never by the caller's guess."""

    RETRY = "retry"  # the call may be repeated after a pause
    REFRESH = "refresh"  # the token is stale: refresh once, repeat once
    DROP = "drop"  # permanent for this message: record and stop
    DEFER = "defer"  # not now: keep it for later or for the patient's next action
    UNFOLLOW = "unfollow"  # the patient cannot be reached on this channel
    ALARM = "alarm"  # an operator must act; pause what depends on it


class PushRefusedError(ClinicError):
    """A push that is refused. The reason is for our log, never for the caller."""

    status = 400  # the HTTP status it is answered with
    from_platform = False  # the platform signed it all the same: it counts this among its failures


class RestartLoginError(ClinicError):
    """The code is used up or too old: send the patient through the login once more. Not an error page."""


class PlatformError(ClinicError):
    """WeChat refused, failed or fell silent.

    `ambiguous` means the call may or may not have taken effect (a timeout after the request left):
    a caller that cannot repeat safely must then record `unknown` and show it.
    `alarm` means an operator must be informed, whatever the reaction is for this one call.
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
