"""What must have been done to the database before a process may work with it."""

import asyncio
from datetime import datetime

from wxbot.clock import Clock
from wxbot.database import Database, PyMongoError
from wxbot.encryption.service import Encryption
from wxbot.errors import ConfigurationError
from wxbot.logs import get_logger
from wxbot.services import Services
from wxbot.stores import Stores

log = get_logger(__name__)

RETRY_SECONDS = 1.0  # between looks for a database that is not there yet
WARM_CONNECTIONS = 8  # opened before ready: the first push must not pay for them
HALF_RESTORED = (
    "A restore into this database was interrupted, so it is not whole. Repeat `wxbot restore`; until it has ended "
    "nothing is served."
)


class HalfRestoredError(ConfigurationError):
    """The database is the half of a restore."""


class Preparation:
    """Compares the keys, creates the indexes, seeds what only the files have, reads the settings, warms the pool."""

    def __init__(
        self, *, database: Database, stores: Stores, encryption: Encryption, services: Services, clock: Clock
    ) -> None:
        self.done = asyncio.Event()
        self.encryption = encryption
        self._database = database
        self._stores = stores
        self._services = services
        self._clock = clock

    async def run(self) -> None:
        """Wait for the database and prepare it. Never gives up: a late database is no error.

        Raises HalfRestoredError.
        """
        while not self.done.is_set():
            try:
                await self.check_whole()
                await self.prepare_database(self._clock.now())
                await asyncio.gather(*(self._database.ping() for _ in range(WARM_CONNECTIONS)))
                self.done.set()
            except PyMongoError as error:
                log.warning("database_not_there", error=type(error).__name__, code=getattr(error, "code", None))
                await asyncio.sleep(RETRY_SECONDS)
            except HalfRestoredError:
                raise
            except ConfigurationError as error:  # the database came late, and is encrypted with another key
                log.error("data_keys_refused", problems=list(error.problems))  # noqa: TRY400 - the sentence says it all
                await asyncio.sleep(RETRY_SECONDS)
        log.info("database_ready")

    async def check_whole(self) -> None:
        """Raises HalfRestoredError when the database is that, PyMongoError when it is away."""
        if await self._stores.backups.unfinished_restore():
            raise HalfRestoredError([HALF_RESTORED])

    async def prepare_database(self, now: datetime) -> None:
        """Everything but the connections. May be repeated. Raises ConfigurationError when a data key is missing."""
        await self.encryption.start()
        await self.encryption.migrate()
        await self._database.create_indexes(self._stores.all())
        await self._anchor_audit(now)
        await self._services.clinics.start(now)
        await self._services.surveys.former.carry_over()
        await self._services.booking.prepare()
        await self._services.templates.seed(now)
        await self._services.plans.live.seed(now)
        await self._services.word_lists.start(now)
        await self._services.questions.live.start(now)
        await self._services.canned.live.start(now)
        self._services.reader.prepare()
        await self._services.records.catch_up()

    async def _anchor_audit(self, now: datetime) -> None:
        """Note from which entry on the audit is keyed, before the next is written; the job repeats it each hour."""
        try:
            await self._services.audit.anchor(now=now)
        except OSError as error:
            log.error("audit_not_anchored", error=error.strerror)  # noqa: TRY400 - the page and `verify` say so too
