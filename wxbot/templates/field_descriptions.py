"""What a card's field can carry, in words for staff (reference §5.2). Pure."""

import re

from wxbot.templates import fields

_KIND = re.compile(r"([a-z_]+?)_?\d{1,3}")

_FORMS = {
    "thing": "最多 20 个字",
    "short_thing": "最多 5 个字",
    "const": "只能用申请模板时选好的内容，最多 20 个字",
    "name": "最多 10 个汉字，或 20 个字母",
    "phrase": "最多 5 个汉字，不能有数字和符号",
    "character_string": "最多 32 个数字、字母或符号，不能有汉字",
    "letter": "最多 32 个字母",
    "symbol": "最多 5 个符号",
    "number": "最多 32 位数字",
    "amount": "金额，例如 ¥120.50 或 120元",
    "phone_number": "电话号码，最多 17 位数字和符号",
    "car_number": "车牌号，最多 8 位",
    "time": "时间，例如 15:01 或 2026年11月20日 15:01，可用变量 {time_field}",
    "date": "日期，例如 2026年11月20日，可带时间，可用变量 {date_field}",
    "keyword": "最多 20 个字",
}


def describe_field(key: str) -> str:
    """What the field takes, in a sentence."""
    if key in fields.DEAD:
        return f"微信已不再显示 {key}，请把内容写进别的字段"
    found = _KIND.fullmatch(key)
    form = _FORMS.get(found[1]) if found is not None else None
    return f"{key} 不是微信的字段名，应像 thing1、time2" if form is None else f"{key} 字段：{form}"


def field_problem(key: str, value: str) -> str:
    """Why a value cannot stand in the field."""
    if not value.strip():
        return "填好之后是空的，微信会拒收整条消息"
    return f"「{value}」放不进去；{describe_field(key)}"
