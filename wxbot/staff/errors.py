"""What the staff room refuses, in words for staff."""

from datetime import timedelta

from wxbot.errors import DomainError, InvalidInputError


class AccountRefusedError(InvalidInputError):
    """Something about an account that cannot be; `field` is where a form should say so (empty: the whole form)."""

    code = "account_refused"

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class SignInRefusedError(DomainError):
    """No entry. `wait` is how long further tries are not looked at; zero: try again at once."""

    code = "sign_in_refused"

    def __init__(self, words: str, wait: timedelta = timedelta(0)) -> None:
        super().__init__(words)
        self.wait = wait
