"""Whether the data folder can be written, and whether what stands in it can be read."""

import json
import tempfile
from pathlib import Path

from wxbot.diagnostics.models import Finding, Severity, Subject

NOTE = Path("mongo") / "mongod.json"  # where the embedded mongod's process and port are written down


def unwritable(folder: Path, *, needed: bool) -> Finding | None:
    """Writes a file into the folder, which is made where it is missing and `needed`. None when that works.

    A folder that is not `needed` (the database is external) may be missing, and only warns.
    """
    try:
        if needed:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not folder.exists():
            return None
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return Finding(
            subject=Subject.DISK,
            severity=Severity.PROBLEM if needed else Severity.WARNING,
            message=(
                f"Data folder: {folder} cannot be written ({error.strerror or type(error).__name__}). WXBOT_DATA_DIR "
                "must be a folder that the service's user owns, on a disk that is not read-only"
            ),
            sentence="数据文件夹不能写入：请管理员检查 WXBOT_DATA_DIR 指向的文件夹是否存在、是否属于运行服务的用户。",
        )


def damaged_note(data_dir: Path) -> Finding | None:
    """Whether the note about the embedded mongod exists and cannot be understood: a crash or a full disk cut it short.

    A warning only: it keeps the port and nothing else, and the next start writes it again.
    """
    note = data_dir / NOTE
    try:
        text = note.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        return _damaged(note, why or "it is not text")
    try:
        found = json.loads(text)
    except ValueError:
        return _damaged(note, "it is not JSON")
    return (
        None if isinstance(found, dict) and isinstance(found.get("port"), int) else _damaged(note, "it names no port")
    )


def _damaged(note: Path, why: str) -> Finding:
    return Finding(
        subject=Subject.DISK,
        severity=Severity.WARNING,
        message=(
            f"Embedded database: its note {note} is damaged ({why}). The next start writes it again, perhaps with "
            "another port; if it is damaged again, look at the disk"
        ),
        sentence="内置数据库的记录文件（mongo/mongod.json）损坏了，下次启动服务时会自动重写；如果再次损坏，请管理员检查磁盘。",
    )
