import pytest

from wxbot.errors import InvalidInputError
from wxbot.patients.names import clean_name, doubtful_blank


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        ("  王 小 明 ", "王小明"),
        ("郭 芳", "郭芳"),
        ("张　小满", "张小满"),
        ("张三 李四", "张三 李四"),
        ("A 李", "A 李"),
        ("John Smith", "John Smith"),
        ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
        ("Anne-Marie O'Neil", "Anne-Marie O'Neil"),
        ("𠮷田", "𠮷田"),
    ],
)
def test_names_of_all_kinds_are_taken(text: str, name: str) -> None:
    assert clean_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "  ", "123", "张三1", "<b>张三</b>", "张三😀", "·", "张" * 41, "a\u202eb", "{name}"]
)
def test_what_cannot_be_a_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        clean_name(text)


def test_a_blank_between_chinese_characters_that_stays_is_doubtful() -> None:
    names = ["张三 李四", "买买提 艾力", "欧阳 娜娜", "John Smith", "李 John", "郭芳"]
    assert [doubtful_blank(clean_name(name)) for name in names] == [True, True, True, False, False, False]
