"""A difference tells the whole of both texts, and keeps words and variables together."""

from hypothesis import given
from hypothesis import strategies as st

from wxbot.templates.difference import Change, Stretch, difference

SAME, DELETED, INSERTED = Change.SAME, Change.DELETED, Change.INSERTED
texts = st.text(alphabet="您好明天见{}name abc123\n，。", max_size=60)


def test_a_changed_word_is_one_deletion_and_one_insertion() -> None:
    assert difference("您好，明天见", "您好，后天见") == (
        Stretch(SAME, "您好，"),
        Stretch(DELETED, "明"),
        Stretch(INSERTED, "后"),
        Stretch(SAME, "天见"),
    )


def test_a_variable_is_changed_as_a_whole() -> None:
    assert difference("在{date}见", "在{day}见") == (
        Stretch(SAME, "在"),
        Stretch(DELETED, "{date}"),
        Stretch(INSERTED, "{day}"),
        Stretch(SAME, "见"),
    )


def test_a_lonely_common_sign_does_not_cut_a_change_in_two() -> None:
    changes = [each.change for each in difference("请提前的十分钟到", "请早一点的出门吧到")]
    assert changes == [SAME, DELETED, INSERTED, SAME]


def test_equal_texts_have_no_difference() -> None:
    assert (difference("一样", "一样"), difference("", "")) == ((Stretch(SAME, "一样"),), ())


@given(texts, texts)
def test_both_texts_can_be_read_out_of_their_difference(old: str, new: str) -> None:
    found = difference(old, new)
    assert "".join(each.text for each in found if each.change is not INSERTED) == old
    assert "".join(each.text for each in found if each.change is not DELETED) == new
