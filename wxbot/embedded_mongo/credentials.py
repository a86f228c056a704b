"""What opens the embedded mongod: the key of its replica set and the password of its one user.

Both are files of mode 600 beside the data, so that they travel with it in a copy of the folder.
"""

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from wxbot.embedded_mongo.folder import read_private, write_private

USER = "wxbot"
KEY_FILE = "keyfile"
PASSWORD_FILE = "password"  # noqa: S105 - the file's name
_KEY = re.compile(r"[0-9a-f]{128}")  # MongoDB wants 6 to 1,024 characters of base64, of which these are some
_PASSWORD = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes, of characters that a URI takes as they are


@dataclass(frozen=True)
class Credentials:
    """The secrets of one data folder. Neither is shown by `repr`, and neither may be logged."""

    key: str = field(repr=False)
    password: str = field(repr=False)

    def uri(self, port: int) -> str:
        """Where the service connects, as a user that may read and write every clinic's database."""
        return f"mongodb://{USER}:{self.password}@127.0.0.1:{port}/?directConnection=true&authSource=admin"

    def system_uri(self, port: int) -> str:
        """Where the members of a replica set connect to each other (user `__system`): may do everything."""
        return f"mongodb://__system:{self.key}@127.0.0.1:{port}/?directConnection=true&authSource=local"

    def write(self, home: Path) -> None:
        """Put back the files that are missing or say something else. Raises OSError."""
        for name, words in ((KEY_FILE, self.key), (PASSWORD_FILE, self.password)):
            if read_private(home / name) != words:
                write_private(home / name, words)


def read_credentials(home: Path) -> Credentials:
    """The secrets of a folder; those that are missing or damaged are generated, and written. Raises OSError."""
    key, password = read_private(home / KEY_FILE), read_private(home / PASSWORD_FILE)
    found = Credentials(
        key=key if _KEY.fullmatch(key) else secrets.token_hex(64),
        password=password if _PASSWORD.fullmatch(password) else secrets.token_urlsafe(32),
    )
    found.write(home)
    return found
