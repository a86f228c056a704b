"""What is said of a file that is not read."""

from wxbot.errors import InvalidInputError


class UploadRefusedError(InvalidInputError):
    """A file that cannot be imported. The sentence says what was expected, what came, what to do."""

    code = "upload_refused"
    sentence = "这个文件不能导入。"

    def __init__(self, sentence: str, *, too_large: bool = False) -> None:
        super().__init__("the file was refused", sentence=sentence)
        self.too_large = too_large
