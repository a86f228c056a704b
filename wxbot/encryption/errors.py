"""What goes wrong with data keys and ciphertexts."""

from wxbot.errors import ClinicError


class DataKeyError(ClinicError):
    """The root of what goes wrong with data keys and ciphertexts."""


class DataKeysNotReadyError(DataKeyError):
    """The data keys have not been compared with the database yet: nothing may be encrypted with them."""

    def __init__(self) -> None:
        super().__init__("the data keys have not been compared with the database yet")


class UnknownDataKeyError(DataKeyError):
    """A ciphertext names a data key that is not here."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the data key {key_id} is not here")


class CiphertextError(DataKeyError):
    """A ciphertext was changed, or stands in a place it was not written for."""

    def __init__(self, place: str) -> None:
        super().__init__(f"the ciphertext in {place} was changed or belongs elsewhere")
