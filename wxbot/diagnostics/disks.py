"""How much disk is left, and when that is too little."""

import shutil
from collections.abc import Callable
from pathlib import Path

from wxbot.diagnostics.models import GB, MB, Disk, Finding, Severity, Subject, Volume

LOW_BYTES = 2 * GB  # time to act: a few days of a clinic's messages, logs and one backup
FULL_BYTES = 256 * MB  # writes will soon fail: MongoDB's next two journal files of 100 MB each need to fit
STAFF_NAMES = {Volume.DATA: "服务器磁盘", Volume.DATABASE: "数据库服务器的磁盘"}
CONSEQUENCE = "磁盘用完后，患者的消息会无法处理"

Measure = Callable[[Path], int]
"""The free bytes of the disk that holds a folder; raises OSError."""


def free_bytes(folder: Path) -> int:
    """What may still be written on the disk of `folder`, or of where it will be made. Raises OSError."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    return shutil.disk_usage(there).free


def readable(amount: int) -> str:
    """An amount of bytes for people: GB with one decimal, MB below one GB."""
    return f"{amount / GB:.1f} GB" if amount >= GB else f"{amount // MB} MB"


def unmeasured(folder: Path, error: OSError) -> Finding:
    """The disk does not say how much is left."""
    return Finding(
        subject=Subject.DISK,
        severity=Severity.WARNING,
        message=f"Disk: the one of {folder} does not say how much is free ({error.strerror or type(error).__name__})",
        sentence="查不到磁盘还剩多少空间：请管理员检查数据文件夹所在的磁盘。",
    )


def judge(disk: Disk) -> Finding:
    """Whether that is enough."""
    left, name = readable(disk.free_bytes), STAFF_NAMES[disk.volume]
    if disk.free_bytes < FULL_BYTES:
        severity = Severity.PROBLEM
        message = (
            f"Disk: only {left} left on {disk.where}, so writes will soon fail. "
            f"Delete old backups and logs or enlarge the disk; {readable(LOW_BYTES)} should be free"
        )
        sentence = f"{name}只剩 {left}，马上就会写满：请管理员立即清理旧的备份和日志，或加大磁盘。{CONSEQUENCE}。"
    elif disk.free_bytes < LOW_BYTES:
        severity = Severity.WARNING
        message = (
            f"Disk: {left} left on {disk.where}. "
            f"Delete old backups and logs or enlarge the disk; {readable(LOW_BYTES)} should be free"
        )
        sentence = f"{name}只剩 {left}：请管理员在几天内清理旧的备份和日志，或加大磁盘。{CONSEQUENCE}。"
    else:
        severity, message, sentence = Severity.FINE, f"Disk: {left} free on {disk.where}", f"{name}还有 {left} 可用。"
    return Finding(subject=Subject.DISK, severity=severity, message=message, sentence=sentence)
