"""What broadcasts refuse, in words for staff."""

from collections.abc import Mapping

from wxbot.errors import DomainError, InvalidInputError


class BroadcastProblemsError(InvalidInputError):
    """Something of a broadcast cannot stay as it is: field → what is wrong, in Chinese."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = dict(problems)


class NotNowError(DomainError):
    """A step that the broadcast's state does not allow."""

    code = "not_now"


class SelfApprovalError(DomainError):
    """Whoever wrote a broadcast may not approve it."""

    code = "own_work"


class PreviewRunLostError(DomainError):
    """Another worker took the list up, or nobody asks for it any more: what was worked out does not count."""

    code = "lost_round"


class AudienceChangedError(DomainError):
    """Between what the approver saw and now, somebody came to the list or left it: look again, then approve."""

    code = "people_changed"
