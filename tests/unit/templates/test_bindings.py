"""Our fields and theirs: what fits, what is missing, and the likeliest way to bring them together."""

import pytest

from wxbot.templates.bindings import mismatches, proposal

THEIRS = (("thing7", "医生"), ("thing2", "项目"), ("time5", "时间"))


def test_the_same_keys_stay_and_others_find_a_free_field_of_their_kind() -> None:
    assert proposal(("thing2", "thing9", "date1"), THEIRS) == {"thing2": "thing2", "thing9": "thing7", "date1": "time5"}


def test_a_field_without_a_place_is_not_sent() -> None:
    assert proposal(("amount1",), THEIRS) == {"amount1": "thing7"}
    assert proposal(("thing1",), (("phrase1", "状态"),)) == {"thing1": ""}


@pytest.mark.parametrize(
    ("field_map", "words"),
    [
        ({"thing1": "thing7", "thing3": "thing2", "time2": "time5"}, []),
        ({"thing1": "thing7", "thing3": "thing7", "time2": "time5"}, ["医生（thing7）对应了两个字段", "「项目」"]),
        ({"thing1": "thing7", "thing3": "time5", "time2": "thing2"}, ["thing3 的内容放不进时间"]),
        ({"thing1": "thing7", "thing3": "", "time2": "time5"}, ["「项目」（thing2），没有内容可发"]),
        ({"thing1": "thing7", "thing3": "nothing", "time2": "time5"}, ["不在公众号的模板里", "「项目」"]),
    ],
)
def test_what_the_platform_would_refuse_is_told(field_map: dict[str, str], words: list[str]) -> None:
    found = mismatches(("thing1", "thing3", "time2"), field_map, THEIRS)
    assert [any(word in each for each in found) for word in words] == [True] * len(words)
    assert len(found) >= len(words) if words else found == []
