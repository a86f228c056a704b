"""Where the data keys are: in the settings, or in a file of the data folder that only its owner may read."""

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any, Protocol

from wxbot.encryption.keys import DataKey, KeyRing, new_secret, read_secret, ring_of, written
from wxbot.errors import ConfigurationError
from wxbot.file_locks import locked

FILE_NAME = "data-keys.json"
ONLY_OWNER = 0o600

_State = tuple[int, int, int]


class KeySource(Protocol):
    """Where the data keys come from."""

    @property
    def described(self) -> str:
        """How an operator finds it."""
        ...

    def read(self) -> KeyRing | None:
        """The keys; None where there are none yet. Raises ConfigurationError."""
        ...

    def changed(self) -> bool:
        """Whether the keys may have changed since `read`."""
        ...

    def create(self) -> None:
        """Make the first key, unless another process was faster."""
        ...

    def add(self) -> None:
        """Make a new key that encrypts from now on; the others still decrypt."""
        ...

    def retire(self, key_ids: set[str]) -> None:
        """Drop keys with which nothing is encrypted any more, but for what verifies the audit."""
        ...


class SettingKeys:
    """The keys of WXBOT_DATA_KEY and WXBOT_DATA_KEYS_PREVIOUS: the operator changes them, and restarts."""

    described = "WXBOT_DATA_KEY"

    def __init__(self, current: str, previous: str) -> None:
        self._ring = ring_of([current, *(word for word in previous.replace(",", " ").split())])

    def read(self) -> KeyRing | None:
        """The keys of the settings."""
        return self._ring

    def changed(self) -> bool:
        """Never while the process runs."""
        return False

    def create(self) -> None:
        """There is one already."""

    def add(self) -> None:
        """Raises ConfigurationError: a setting cannot be changed from within."""
        raise ConfigurationError(
            [
                (
                    "The data key is a setting: make a new one with `wxbot keys new`, put it into WXBOT_DATA_KEY and "
                    "the present one into WXBOT_DATA_KEYS_PREVIOUS, restart every process, `wxbot keys rotate` again."
                )
            ]
        )

    def retire(self, key_ids: set[str]) -> None:
        """The operator does: an old key may leave the settings when no audit entry under it is to be verified."""


class KeyFile:
    """The file in the data folder. Written whole and renamed, so that no reader sees half of it."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME
        self._state: _State | None = None

    @property
    def described(self) -> str:
        """The file's path."""
        return str(self._path)

    def read(self) -> KeyRing | None:
        """The file's keys; None where there is no file. Raises ConfigurationError."""
        self._state = self._look()
        with suppress(OSError):  # a restored copy may be readable for others
            self._path.chmod(ONLY_OWNER)
        try:
            text = self._path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ConfigurationError([f"{self._path} cannot be read: {error.strerror}."]) from error
        try:
            keys = tuple(_key(row) for row in json.loads(text)["keys"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError([f"{self._path} is damaged: bring it back from a backup."]) from error
        if not keys or keys[0].retired:
            raise ConfigurationError([f"{self._path} holds no key that encrypts: bring it back from a backup."])
        return KeyRing(keys)

    def changed(self) -> bool:
        """Whether another process wrote the file since; a file that is gone changes nothing while we run."""
        now = self._look()
        return now is not None and now != self._state

    def create(self) -> None:
        """Make the file with a first key; of several processes at once one wins, and all read its key."""
        self._write(KeyRing((DataKey.of(new_secret()),)), replace_it=False)

    def add(self) -> None:
        """Put a new key first."""
        with locked(self._path.parent):  # no other process changes the file meanwhile
            ring = self.read()
            self._write(KeyRing((DataKey.of(new_secret()), *(ring.keys if ring is not None else ()))), replace_it=True)

    def retire(self, key_ids: set[str]) -> None:
        """Drop the secrets of those keys."""
        with locked(self._path.parent):  # no other process changes the file meanwhile
            ring = self.read()
            if ring is not None:
                keys = (replace(key, secret=None) if key.id in key_ids else key for key in ring.keys)
                self._write(KeyRing(tuple(keys)), replace_it=True)

    def _write(self, ring: KeyRing, *, replace_it: bool) -> None:
        fresh = self._path.with_name(f"{FILE_NAME}.{token_hex(4)}")
        text = json.dumps({"keys": [_row(key) for key in ring.keys]}, indent=1) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(fresh, "x", encoding="utf-8", opener=_only_owner) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if replace_it:
                fresh.replace(self._path)
            else:
                with suppress(FileExistsError):
                    os.link(fresh, self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            raise ConfigurationError([f"{self._path} cannot be written: {error.strerror}."]) from error
        finally:
            fresh.unlink(missing_ok=True)

    def _look(self) -> _State | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _key(row: dict[str, Any]) -> DataKey:
    if "secret" in row:
        key = DataKey.of(read_secret(row["secret"]))
        if key.id != row["id"]:
            raise ValueError("the key is not the one that was written")
        return key
    return DataKey(row["id"], read_secret(row["audit_key"]))


def _row(key: DataKey) -> dict[str, str]:
    if key.secret is None:
        return {"id": key.id, "audit_key": written(key.audit_key)}
    return {"id": key.id, "secret": written(key.secret)}


def _only_owner(path: str, flags: int) -> int:
    return os.open(path, flags, ONLY_OWNER)


def _sync_folder(folder: Path) -> None:
    """Make the file's name durable as well as its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
