"""What broadcasts refuse, in words for staff."""

from collections.abc import Mapping

from wxbot.errors import DomainError, InvalidInputError


class BroadcastProblemsError(InvalidInputError):
    """Something of a broadcast cannot stay as it is: field → what is wrong, in Chinese."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = dict(problems)


class PreviewRunLostError(DomainError):
    """Another worker claimed the preview run, or it was ended: its result does not count."""

    code = "preview_run_lost"


class AudienceChangedError(DomainError):
    """The recipients changed between the preview that the approver saw and the approval."""

    code = "audience_changed"
