"""One process of contenders: many patients who want the same hour at the same moment, each once.

`python contender.py URI DATABASE FIRST COUNT GATE`: waits for the file GATE, then books; prints who got what as JSON.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bookings import CHECKUP, CHEN, LASER, XRAY, open_booking
from wxbot.actors import PATIENT
from wxbot.booking.service import Booking
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.database import Database
from wxbot.errors import SlotTakenError
from wxbot.history.models import ContactId, PatientId

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
NINE = datetime(2026, 11, 24, 1, tzinfo=UTC)
# One doctor's hour; two devices for three doctors; two rooms of a kind. On days of their own, so that each is whole.
WANTED: dict[str, tuple[VisitTypeId, PractitionerId | None, datetime]] = {
    "one": (CHECKUP, CHEN, NINE),
    "devices": (LASER, None, NINE + timedelta(days=1)),
    "rooms": (XRAY, None, NINE + timedelta(days=2)),
}


async def contend(booking: Booking, what: str, number: int) -> tuple[str, int, str]:
    """One patient's attempt; every third holds the hour first. What they were told: an appointment's id, or ""."""
    kind, doctor, start = WANTED[what]
    contact, hold = ContactId(f"c{what}{number}"), None
    try:
        if number % 3 == 0:
            hold = (await booking.hold(kind, doctor, start, contact_id=contact, by=PATIENT, now=NOW)).id
        made = await booking.book(
            request_key=f"{what}:{number}",
            contact_id=contact,
            patient_id=PatientId(f"p{what}{number}"),
            visit_type_id=kind,
            practitioner_id=doctor,
            start=start,
            by=PATIENT,
            now=NOW,
            hold=hold,
        )
    except SlotTakenError:
        return what, number, "promised" if hold is not None else ""
    return what, number, made.id


async def main(uri: str, name: str, first: int, count: int, gate: Path) -> None:
    """Everybody at once, as soon as the gate opens."""
    database = Database.connect(uri, name)
    booking = await open_booking(database)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not gate.exists():  # noqa: ASYNC240 - a mark, nothing is read
        await asyncio.sleep(0.01)
    numbers = range(first, first + count)
    told = await asyncio.gather(
        *(contend(booking, "one", number) for number in numbers),
        *(contend(booking, "devices" if number % 2 else "rooms", number) for number in numbers),
    )
    sys.stdout.write(json.dumps(told))
    database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5])))
