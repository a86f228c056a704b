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


class TwinError(DomainError):
    """Another broadcast that is approved or was sent says the same to some of the same people."""

    code = "broadcast_twin"
    sentence = "另一次推送内容相同，有患者会收到两次。请看清楚后勾选“确实要再发一次”，或取消这次推送。"

    def __init__(self, title: str, people: int) -> None:
        super().__init__(
            f"twin of {title}",
            sentence=f"「{title}」内容相同，有 {people} 位患者会收到两次。"
            "请看清楚后勾选“确实要再发一次”，或取消这次推送。",
        )
