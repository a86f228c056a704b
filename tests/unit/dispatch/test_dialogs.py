"""What a patient means by a tap, a number or words."""

import pytest

from wxbot.dispatch.dialogs import choose
from wxbot.templates.models import Option

OPTIONS = (
    Option(id="clean", label="洁牙（30分钟）"),
    Option(id="check", label="口腔检查"),
    Option(id="back", label="返回"),
)


@pytest.mark.parametrize(
    ("text", "menu_id", "meant"),
    [
        ("口腔检查", "check", "check"),
        ("1", None, "clean"),
        ("２", None, "check"),
        ("3。", None, "back"),
        ("洁牙", None, "clean"),
        (" 返 回 ", None, "back"),
        ("检查", None, "check"),
        ("4", None, None),
        ("0", None, None),
        ("你们几点开门", None, None),
        ("", None, None),
        ("牙", None, None),
        ("口腔检查", "an older menu", "check"),
    ],
)
def test_an_answer_finds_its_entry(text: str, menu_id: str | None, meant: str | None):
    chosen = choose(OPTIONS, text, menu_id)
    assert (chosen.id if chosen else None) == meant


def test_words_that_fit_two_entries_choose_neither():
    options = (Option(id="a", label="周五 上午"), Option(id="b", label="周五 下午"))
    assert choose(options, "周五") is None
