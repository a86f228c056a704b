"""Long texts in parts: nothing is lost, everything fits, sentences stay whole where they can."""

from hypothesis import given
from hypothesis import strategies as st

from wxbot.conversations.replies.splitting import length, split

TEXT = st.text(alphabet=st.sampled_from("您好。明天见！a<&\n，？…”）😀 "), max_size=120)


def plain(text: str) -> str:
    return "".join(text.split())


@given(TEXT, st.integers(min_value=4, max_value=80))
def test_every_part_fits_and_no_character_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(0 < length(part) <= limit for part in parts)
    assert plain("".join(parts)) == plain(text)


@given(TEXT)
def test_what_fits_stays_one_part(text: str) -> None:
    assert split(text) == ((text.strip(),) if text.strip() else ())


def test_a_text_is_cut_behind_a_sentence_and_its_closing_signs() -> None:
    text = "医生说“可以洗牙。”您放心吧。明天上午见！"
    assert split(text, 30) == ("医生说“可以洗牙。”", "您放心吧。", "明天上午见！")


def test_a_long_sentence_is_cut_at_a_pause_and_a_long_phrase_between_characters() -> None:
    assert split("先刷牙，再漱口，最后用牙线", 23) == ("先刷牙，", "再漱口，", "最后用牙线")
    assert split("一二三四五六七", 9) == ("一二三", "四五六", "七")


def test_a_text_of_twice_the_limit_is_split_quickly_in_two() -> None:
    parts = split("请您术后两小时内不要吃东西。" * 90)
    assert [length(part) <= 2048 for part in parts] == [True, True]
