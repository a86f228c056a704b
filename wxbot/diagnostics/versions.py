"""Which versions of MongoDB may be used. Its maker ended support for 6.0 in July 2025."""

import re

from wxbot.diagnostics.models import Finding, Severity, Subject

OLDEST = 6  # the oldest that the tests run on
SUPPORTED = (7, 8)  # recommended for production
SUGGESTED = "MongoDB 7 or 8 as a replica set, named in WXBOT_MONGODB_URI"


def judge(version: str, *, embedded: bool) -> Finding:
    """Whether that version, e.g. "6.0.5", is one to run on."""
    found = re.match(r"\d+", version)
    major = int(found[0]) if found else 0
    name = f"MongoDB {version or 'of an unknown version'}" + (" (the embedded one)" if embedded else "")
    staff = f"{'内置' if embedded else ''}数据库 MongoDB {version or '（版本不明）'}"
    if major in SUPPORTED:
        return _finding(Severity.FINE, name, f"{staff}，运行正常。")
    if major < OLDEST:
        return _finding(
            Severity.PROBLEM,
            f"{name} is too old for this service. Use {SUGGESTED}",
            f"{staff} 太旧，不能使用：请管理员换成 MongoDB 7 或 8。",
        )
    if major < min(SUPPORTED):
        return _finding(
            Severity.WARNING,
            f"{name} gets no security updates any more; good for trying out. In production use {SUGGESTED}",
            f"{staff} 已不再有安全更新，只适合试用：正式使用请管理员换成独立安装的 MongoDB 7 或 8。",
        )
    return _finding(
        Severity.WARNING,
        f"{name} is newer than what this service was tested with. Use {SUGGESTED}",
        f"{staff} 比本服务测试过的版本新：请管理员换成 MongoDB 7 或 8，或先在测试环境里试用。",
    )


def _finding(severity: Severity, message: str, sentence: str) -> Finding:
    return Finding(subject=Subject.DATABASE, severity=severity, message=f"Database: {message}", sentence=sentence)
