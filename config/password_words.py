"""passwords.toml: words of which staff make no password. A clinic's folder may have its own; else the shipped one."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from config.schemas import Entry
from config.toml_files import FileRead, read_file

NAME = "passwords.toml"
MOST = 5_000  # words; each is looked for in every new password


class PasswordsFile(Entry):
    """The words, the most usual first."""

    words: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=64)], ...] = Field(
        max_length=MOST
    )


def read_password_words(directory: Path, shipped: Path) -> FileRead[PasswordsFile]:
    """Read the words of that folder, or the shipped ones where it has none."""
    return read_file(directory if (directory / NAME).is_file() else shipped, NAME, PasswordsFile)
