"""Everything that care keeps, over one database."""

from collections.abc import Sequence

from wxbot.care.stores.answers import AnswerStore
from wxbot.care.stores.changes import ChangeStore
from wxbot.care.stores.dates import DateStore
from wxbot.care.stores.looks import LookStore
from wxbot.care.stores.presents import PresentStore
from wxbot.database import Database, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher


class CareStore:
    """The collections `care_…`, `patient_dates` and `presents`."""

    INDEXES: Sequence[Index] = (
        *AnswerStore.INDEXES,
        *ChangeStore.INDEXES,
        *DateStore.INDEXES,
        *PresentStore.INDEXES,
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self.answers = AnswerStore(database, keys)
        self.changes = ChangeStore(database)
        self.looks = LookStore(database)
        self.dates = DateStore(database, keys)
        self.presents = PresentStore(database, keys)
        self.ciphers: Sequence[DocumentCipher] = (self.answers.cipher, self.dates.cipher, self.presents.cipher)
