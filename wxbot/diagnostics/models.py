"""One finding about the installation, and the facts that findings are made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MB = 1024**2  # bytes
GB = 1024**3  # bytes


class Severity(StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    WARNING = "warning"  # somebody should act; the service works
    PROBLEM = "problem"  # the service cannot work, or soon will not


class Subject(StrEnum):
    """What a finding is about; `/readyz` has a part for each but the platform."""

    DATABASE = "database"
    DISK = "disk"
    CLOCK = "clock"
    PLATFORM = "platform"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding: `message` is English for operators, `sentence` Chinese for staff. Both say how to mend it."""

    subject: Subject
    severity: Severity
    message: str
    sentence: str


def of(findings: Iterable[Finding], severity: Severity, *subjects: Subject) -> list[Finding]:
    """The findings of that severity, about these subjects where any are given."""
    return [each for each in findings if each.severity is severity and (not subjects or each.subject in subjects)]


class Volume(StrEnum):
    """Whose disk is measured: the label of the metric."""

    DATA = "data"  # the one that holds WXBOT_DATA_DIR
    DATABASE = "database"  # the one of an external MongoDB's data, on the database server


@dataclass(frozen=True, kw_only=True)
class Disk:
    """How much room a disk has, in bytes; `where` is its folder, or the words for it."""

    volume: Volume
    where: str
    free_bytes: int


class Topology(StrEnum):
    """How a MongoDB is set up. Only the first refuses transactions."""

    STANDALONE = "standalone"
    REPLICA_SET = "replica_set"
    SHARDED = "sharded"


@dataclass(frozen=True, kw_only=True)
class DatabaseFacts:
    """What a MongoDB says of itself."""

    version: str  # e.g. "8.0.4"
    topology: Topology
    writable: bool  # whether the server that answered is a primary
    server_time: datetime
    asked_at: datetime  # by our machine, the middle of the round trip
    uncertainty: timedelta  # half of the round trip
    free_bytes: int | None  # of the disk that holds its data; None while its database is still empty


class DatabaseFailure(StrEnum):
    """Why a database cannot be used."""

    BAD_ADDRESS = "bad_address"
    UNKNOWN_HOST = "unknown_host"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    NO_ENCRYPTION = "no_encryption"
    WRONG_CREDENTIALS = "wrong_credentials"
    NOT_ALLOWED = "not_allowed"
    NOT_IN_SET = "not_in_set"
    MEMBERS_UNREACHABLE = "members_unreachable"
    STANDALONE = "standalone"
    NO_PRIMARY = "no_primary"
    NO_DISK_SPACE = "no_disk_space"
    REFUSED = "refused"
