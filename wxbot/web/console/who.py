"""Who did something, by name: `staff:<id>` as people know them."""

from collections.abc import Iterable

from wxbot.actors import COMMAND_LINE, CONFIG_FILES, STAFF, SYSTEM
from wxbot.services import Services

OURSELVES = {actor.by: actor.name for actor in (COMMAND_LINE, CONFIG_FILES, SYSTEM)}
GONE = "已不在的同事"


async def names_of(services: Services, doers: Iterable[str]) -> dict[str, str]:
    """Each `by` → a name; one look for all."""
    wanted = set(doers)
    ids = {by: by.removeprefix(STAFF) for by in wanted if by.startswith(STAFF) and by not in OURSELVES}
    known = await services.staff.names(ids.values())
    return {by: OURSELVES.get(by) or known.get(ids.get(by, ""), GONE) for by in wanted}
