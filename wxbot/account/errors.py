"""Refusals of the account, with everything found at once."""

from collections.abc import Sequence

from wxbot.account.menu_rules import Flaw
from wxbot.errors import DomainError


class MenuRefusedError(DomainError):
    """The platform would not take this menu (`flaws`), or it says what must not be said (`words`)."""

    code = "menu_refused"
    sentence = "这份菜单还不能保存或推送，请先修改。"

    def __init__(self, flaws: Sequence[Flaw] = (), words: Sequence[Flaw] = ()) -> None:
        super().__init__(sentence="；".join(flaw.sentence for flaw in (*flaws, *words)))
        self.flaws = tuple(flaws)
        self.words = tuple(words)


class CodeMissingError(DomainError):
    """The platform has not made this scene's code yet."""

    code = "scene_without_code"
    sentence = "这个二维码还没有生成，请先在它的页面上点“生成”。"
