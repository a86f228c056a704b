"""What an archive says about itself, and what a restore did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from wxbot.errors import ClinicError

VERSION = "0.1.0"  # of the service, as in pyproject.toml: an archive names what wrote it
FORMAT = 1  # of the archive; another number is another layout, and refused

LEFT_OUT: Mapping[str, str] = {
    "tokens": "the account's access token: a restored one could end a newer one, so it is requested again",
    "sessions": "signed-in browsers: everybody signs in again",
    "locks": "belongs to running processes",
    "job_runs": "belongs to running processes",
    "export_files": "files of exports, kept for half an hour",
    "restores": "belongs to this database, not to its content",
}
"""Collections that no archive holds, and why."""


class BackupError(ClinicError):
    """A backup or restore that cannot go on; the message is a sentence for the operator."""


class ArchiveError(BackupError):
    """The archive is damaged, cut short or none of ours."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """How an archive begins."""

    format: int
    version: str  # of the service that wrote it
    database: str  # the name of the database it was read from
    taken_at: datetime  # clinic time, just before the moment whose content the archive holds


@dataclass(frozen=True, kw_only=True)
class Part:
    """A collection in an archive: how many documents, and SHA-256 over their BSON in the order of `_id`."""

    documents: int
    digest: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A whole archive that was found intact."""

    header: Header
    parts: Mapping[str, Part]

    @property
    def documents(self) -> int:
        """Documents of all collections."""
        return sum(part.documents for part in self.parts.values())


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a collection of a database differs from an archive: numbers of documents."""

    collection: str
    missing: int = 0  # only in the archive
    added: int = 0  # only in the database
    changed: int = 0
    expired: int = 0  # only in the archive, and past the time after which the database deletes them

    @property
    def counts(self) -> bool:
        """Whether anything differs other than what expired."""
        return bool(self.missing or self.added or self.changed)


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What a restore did, beside writing the documents of `manifest`."""

    manifest: Manifest
    messages: int = 0  # waiting or claimed ones that may have been sent since the backup: closed as unknown
    care_steps: int = 0  # due between backup and restore, unknown to the archive: closed as unknown
    broadcasts: tuple[str, ...] = field(default=())  # titles of those that were in progress: cancelled
    returned: tuple[str, ...] = field(default=())  # titles of those that waited for approval: drafts again
    pushes: int = 0  # unfinished ones: closed, a person checks whether the patient was answered
