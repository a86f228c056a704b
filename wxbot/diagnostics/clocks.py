"""Whether our machine's clock agrees with another one's."""

from datetime import datetime, timedelta

from wxbot.diagnostics.models import Finding, Severity, Subject

SKEW_NOTICED = timedelta(seconds=10)  # leases between processes last 20 s and more
SKEW_WRONG = timedelta(minutes=5)  # pushes are refused beyond ten (reference §1.3), one-time codes much earlier
CUT_TO_THE_SECOND = timedelta(seconds=1)  # what the `Date` header of HTTP leaves out


def asked_between(before: datetime, after: datetime) -> tuple[datetime, timedelta]:
    """When another clock was read that we asked and that answered between these moments, and how exactly we know."""
    return before + (after - before) / 2, abs(after - before) / 2


def skew(there: datetime, here: datetime, uncertainty: timedelta) -> timedelta:
    """How far two clocks are apart at least, when the answer was `uncertainty` away."""
    return max(timedelta(0), abs(there - here) - uncertainty)


def judge(apart: timedelta, *, whose: str, whose_in_chinese: str) -> Finding:
    """Whether a difference between our clock and the named one is too large."""
    seconds = apart.total_seconds()
    shown = f"{seconds:.0f}"
    if apart < SKEW_NOTICED:
        return Finding(
            subject=Subject.CLOCK,
            severity=Severity.FINE,
            message=f"Clock: within {max(1, round(seconds))} s of {whose}",
            sentence=f"时间与{whose_in_chinese}一致。",
        )
    return Finding(
        subject=Subject.CLOCK,
        severity=Severity.PROBLEM if apart > SKEW_WRONG else Severity.WARNING,
        message=(
            f"Clock: {shown} s away from {whose}. Set both machines' clocks by NTP: "
            "pushes of WeChat and one-time codes are refused when ours is wrong"
        ),
        sentence=(
            f"服务器的时间与{whose_in_chinese}相差 {shown} 秒：请管理员打开自动对时（NTP），"
            "否则微信的推送和登录验证码会被拒绝。"
        ),
    )
