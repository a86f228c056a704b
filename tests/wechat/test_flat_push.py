"""A plain push is read in one strict pass, exactly as the parser reads it; whatever else there is, the parser reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.wechat import push
from wxbot.wechat.refusals import MalformedError

TEXT = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>\n<FromUserName><![CDATA[oAnn]]></FromUserName>"
    "<CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{}]]></Content>"
    "<MsgId>17</MsgId></xml>"
)

names = st.sampled_from(["ToUserName", "Content", "MsgId", "Title", "xml", "Event", "a", "Content1"])
MARKUP = ["<", ">", "&", "&amp;", "]", "]]", "]]>", "<![CDATA[", "</Content>", "<Content>", "</xml>", "<xml>", "<!--"]
SIGNS = [
    "\r",
    "\n",
    "\t",
    " ",
    "\x00",
    "\x0b",
    "\x1f",
    "\x85",
    "\u3000",
    "\ufeff",
    "\ufffe",
    "\uffff",
    "😀",
    "你好",
    "0",
]
ENDS = ["</xml>", "</xml>", "</xml>\n", "</xml> ", "", "</xml>\u3000", "</xml>x"]
pieces = st.sampled_from(MARKUP + SIGNS)
texts = st.lists(pieces | st.text(max_size=3), max_size=5).map("".join)
plain_texts = st.text(st.characters(exclude_characters="<>&]\r", exclude_categories=["Cs", "Cc"]), max_size=8)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Fields one after another, mostly whole, with what people paste in them and between them."""
    parts = ["<xml>"]
    for _ in range(draw(st.integers(0, 5))):
        name, text = draw(names), draw(texts | plain_texts)
        section = draw(st.booleans())
        parts.append(f"<{name}><![CDATA[{text}]]></{name}>" if section else f"<{name}>{text}</{name}>")
        parts.append(draw(st.sampled_from(["", "", "", "\n", " \t", "\r\n", "\u3000", "x", "<a/>"])))
    return "".join(parts) + draw(st.sampled_from(ENDS))


def parsed(text: str) -> dict[str, str] | None:
    """The fields as the parser reads them."""
    try:
        root = push._tree(text)
    except MalformedError:
        return None
    return {child.tag: child.text or "" for child in root}


@given(documents())
def test_what_is_read_in_one_pass_is_what_the_parser_reads(text: str):
    flat = push.read_flat(text)
    if flat is not None:
        assert list(flat.items()) == list((parsed(text) or {}).items())
        root = push._tree(text)
        assert [(each.tag, each.text or "", len(each)) for each in root] == [(*each, 0) for each in flat.items()]


@given(plain_texts)
def test_the_usual_push_is_read_in_one_pass(words: str):
    flat = push.read_flat(TEXT.format(words))
    assert flat is not None
    assert flat["Content"] == words
    assert flat == parsed(TEXT.format(words))


@pytest.mark.parametrize("typed", ["a]]>b", "]", "x\ry", "]]></Content><MsgId>1</MsgId>", "a\x00b", "\x0b"], ids=repr)
def test_what_could_be_read_in_two_ways_is_left_to_the_parser(typed: str):
    assert push.read_flat(TEXT.format(typed)) is None


def test_a_tree_is_made_for_who_asks_for_one():
    text = TEXT.format("你好")
    in_one_pass, by_the_parser = push.read(text.encode()), push.Push(parsed(text) or {}, push._tree(text))
    assert in_one_pass.digest_of_everything() == by_the_parser.digest_of_everything()
    assert in_one_pass.inside("Content") == {}
