"""Refusals of broadcasts."""

from wxbot.errors import DomainError


class PreviewRunLostError(DomainError):
    """Another worker claimed the preview run, or it was ended: its result does not count."""

    code = "preview_run_lost"
    sentence = "名单正由另一个进程核对，请稍后再看。"


class AudienceChangedError(DomainError):
    """The recipients changed between the preview that the approver saw and the approval."""

    code = "audience_changed"
    sentence = "名单或内容与您看到的有变化，已重新核对，请再看一遍后批准"
