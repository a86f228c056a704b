"""The error table holds every code of reference §8, with the reaction written there."""

from datetime import UTC, datetime

import pytest

from tests.every import every
from wxbot.errors import Reaction
from wxbot.wechat.error_table import ROWS
from wxbot.wechat.errors import TABLE, UnknownCodes, advice_for, explain, request_id

RETRY, REFRESH, DROP = Reaction.RETRY, Reaction.REFRESH, Reaction.DROP
DEFER, UNFOLLOW, ALARM = Reaction.DEFER, Reaction.UNFOLLOW, Reaction.ALARM

# Copied from the reference's table by hand, row by row; BUG rows drop.
REFERENCE: list[tuple[list[int], Reaction]] = [
    ([-1, -1000], RETRY),
    ([0], DROP),
    ([40001], REFRESH),
    ([40002], DROP),
    ([40003], UNFOLLOW),
    ([40004, 40005, 40006], DROP),
    ([40007], DROP),
    ([40008], DROP),
    (list(range(40009, 40013)), DROP),
    ([40013], ALARM),
    ([40014], REFRESH),
    (list(range(40015, 40029)), DROP),
    ([40029, 40030], DROP),
    ([40031, 40032, 40033, 40035], DROP),
    ([40036, 40037], ALARM),
    ([40038, 40039, 40050, 40051, 40052, 40053, 40054, 40055, 40062], DROP),
    ([40092, 40097], DROP),
    ([40119, 40120], DROP),
    ([40125], ALARM),
    ([40130, 40132, 40137, 40163], DROP),
    ([40164, 61004], ALARM),
    ([40165], DROP),
    ([40200], ALARM),
    ([40201, 40202, 40203], DROP),
    ([40243], ALARM),
    ([40246, 40247], DROP),
    ([40249], ALARM),
    ([40250], DROP),
    ([40251, 40252], DEFER),
    ([41001, 41002, 41003, 41004, 41005, 41006, 41008, 41009, 41030], DROP),
    ([42001], REFRESH),
    ([42002, 42003, 42007], DROP),
    ([42010], DEFER),
    ([43001, 43002, 43003], DROP),
    ([43004], UNFOLLOW),
    ([43005, 43019, 43101], DROP),
    ([43107], ALARM),
    ([43108], RETRY),
    ([43116], ALARM),
    ([44001, 44002, 44003, 44004], DROP),
    (list(range(45001, 45009)), DROP),
    ([45009], DEFER),
    ([45010], DROP),
    ([45011], RETRY),
    ([45015], DEFER),
    ([45016, 45017, 45018], DROP),
    ([45026, 45028], DROP),
    ([45047], DEFER),
    ([45056, 45057, 45058, 45059], DROP),
    ([45064, 45065], DROP),
    ([45066], DEFER),
    ([45067], DROP),
    ([45072, 45080, 45081], DROP),
    ([45083, 45084, 45109], DROP),
    ([45157, 45158, 45159, 45166, 45168], DROP),
    ([45169, 45171], RETRY),
    ([46001, 46002, 46003, 46004], DROP),
    ([47001, 47003], DROP),
    ([48001], ALARM),
    ([48002], UNFOLLOW),
    ([48004], ALARM),
    ([48005], DROP),
    ([48006, 48008], ALARM),
    ([49003, 50001, 50002], DROP),
    ([50004, 50007], ALARM),
    ([50005], UNFOLLOW),
    ([53500], ALARM),
    ([53501], DEFER),
    ([53502, 53600], DROP),
    ([61007, 61016], DROP),
    (list(range(61450, 61458)), DROP),
    ([*range(65301, 65318), 65320], DROP),
    ([65400], ALARM),
    (list(range(65401, 65418)), DROP),
    ([70000], DROP),
    ([76001, 76002, 76003, 76004, 76021, 76022], DROP),
    ([87014], DROP),
    ([89501, 89503], ALARM),
    ([89504, 89505], DEFER),
    ([89506, 89507], ALARM),
    ([*range(200011, 200023), 200100], DROP),
    ([268487001, 268487002, 9001002], RETRY),
]
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Beijing


def test_the_table_holds_exactly_the_codes_of_the_reference() -> None:
    assert sorted(TABLE) == sorted(code for codes, _ in REFERENCE for code in codes)


@every(("codes", "reaction"), REFERENCE)
def test_each_code_has_the_references_reaction(codes: list[int], reaction: Reaction) -> None:
    assert {explain(code).reaction for code in codes} == {reaction}


def test_no_code_stands_in_two_rows() -> None:
    expanded = sum(
        len(range(int(part.partition("-")[0]), int(part.partition("-")[2]) + 1)) if "-" in part[1:] else 1
        for row in ROWS
        for part in row.codes.split()
    )
    assert expanded == len(TABLE)


@every("code", sorted(TABLE))
def test_each_advice_is_a_chinese_sentence(code: int) -> None:
    advice = explain(code).advice
    assert advice.endswith("。")
    assert not set(advice) & set(",;:!?()")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in advice)


def test_names_come_from_wechatpy_where_it_knows_them() -> None:
    assert explain(40001).name == "invalid_credential"
    assert explain(43116).name == "code_43116"


@pytest.mark.parametrize(
    ("code", "seconds"),
    [(45011, 60), (40252, 3600), (42010, 600), (45066, 60), (89506, 86400), (89507, 3600), (45015, None), (-1, None)],
)
def test_a_wait_is_given_where_the_platform_names_one(code: int, seconds: float | None) -> None:
    assert explain(code).wait_seconds(NOON) == seconds


@pytest.mark.parametrize("code", [45009, 40251])
def test_a_daily_limit_waits_for_midnight_in_beijing(code: int) -> None:
    assert explain(code).wait_seconds(NOON) == 12 * 3600 + 300
    assert explain(code).alarm


def test_a_code_nobody_knows_is_dropped_and_alarms_when_it_comes_back() -> None:
    entry = explain(987654)
    assert entry.reaction is DROP
    assert not entry.known
    assert "987654" in entry.advice
    unknown = UnknownCodes(before_alarm=2)
    assert [unknown.judge(entry).reaction for _ in range(4)] == [DROP, DROP, ALARM, ALARM]
    assert unknown.judge(explain(987655)).reaction is DROP
    assert unknown.judge(explain(45015)).reaction is DEFER


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (40164, "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 66f1-2-3"),
        (61004, "access clientip is not registered requestIP: 203.0.113.9 rid: 66f1-2-3"),
    ],
)
def test_a_missing_address_is_named(code: int, message: str) -> None:
    entry = explain(code)
    assert "203.0.113.9" in advice_for(entry, message)
    assert advice_for(entry, "no address") == entry.advice
    assert advice_for(explain(40013), message) == explain(40013).advice


@pytest.mark.parametrize(
    ("message", "rid"), [("invalid openid rid: 66f1c0-1a2b-3c", "66f1c0-1a2b-3c"), ("ok", ""), ("grid: 5", "")]
)
def test_the_request_id_is_found_at_the_end_of_a_message(message: str, rid: str) -> None:
    assert request_id(message) == rid


def test_a_field_that_breaks_its_type_is_named() -> None:
    told = advice_for(explain(47003), "argument invalid! data.thing3.value invalid rid: 66f1-2-3")
    assert told.endswith("不合格式的字段：thing3。")
    assert advice_for(explain(47003), "argument invalid!") == explain(47003).advice
