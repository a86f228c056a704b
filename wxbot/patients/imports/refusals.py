"""Files that are not let in, in words that say what was expected and what came instead."""

from wxbot.errors import InvalidInputError


class UploadRefusedError(InvalidInputError):
    """A file that cannot be imported. `words` are for staff: what was expected, what came, what to do."""

    code = "upload_refused"

    def __init__(self, words: str, *, too_large: bool = False) -> None:
        super().__init__("the file was refused")
        self.words = words
        self.too_large = too_large
