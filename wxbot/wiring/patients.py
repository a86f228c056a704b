"""What is done with many patients, or with what hangs on one, wired."""

from datetime import tzinfo
from typing import TypedDict

from wxbot.patients.exports.service import PatientExports
from wxbot.patients.imports.service import PatientImports
from wxbot.patients.links import PatientLinks
from wxbot.patients.lists import PatientLists
from wxbot.patients.marks import PatientMarks
from wxbot.patients.merging import PatientMerges
from wxbot.spreadsheets.reader import UploadReader
from wxbot.stores import Stores
from wxbot.wiring.rooms_below import RoomsBelow


class PatientServices(TypedDict):
    """Parts of `Services`."""

    patient_lists: PatientLists
    patient_marks: PatientMarks
    patient_links: PatientLinks
    merges: PatientMerges
    imports: PatientImports
    exports: PatientExports
    uploads: UploadReader


def wire_patients(stores: Stores, rooms: RoomsBelow, timezone: tzinfo) -> PatientServices:
    """Lists, marks, links between patients and contacts, merges, files that come in and go out."""
    uploads = UploadReader()
    audit, history, clinics = rooms.audit, rooms.history, rooms.clinics
    return PatientServices(
        patient_lists=PatientLists(stores.patients, records=rooms.records, expected=rooms.booking, clinics=clinics),
        patient_marks=PatientMarks(stores.patients, history=history, audit=audit, clinics=clinics),
        patient_links=PatientLinks(stores.patients, patients=rooms.patients, history=history, audit=audit),
        merges=PatientMerges(stores.patients, records=rooms.records, history=history, audit=audit),
        imports=PatientImports(
            stores.imports,
            stores.patients,
            audit=audit,
            bookings=rooms.booking,
            traces=history,
            uploads=uploads,
            clock=rooms.clock,
            timezone=timezone,
        ),
        exports=PatientExports(stores.exports, stores.patients, audit=audit, clock=rooms.clock, timezone=timezone),
        uploads=uploads,
    )
