"""Refusals of signing in."""

from datetime import timedelta

from wxbot.errors import DomainError


class SignInRefusedError(DomainError):
    """No entry. `wait` is how long further tries are not looked at; zero: try again at once."""

    code = "sign_in_refused"
    sentence = "没有登录成功，请重新登录。"

    def __init__(self, sentence: str, wait: timedelta = timedelta(0)) -> None:
        super().__init__(sentence=sentence)
        self.wait = wait
