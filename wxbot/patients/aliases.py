"""A friendly name for a follower whose name is unknown: 访客·蓝鲸07.

Official accounts no longer learn nicknames from WeChat, and staff need something better to say than an id.
"""

from hashlib import blake2b

_COLOURS = "蓝青白金银紫碧橙翠墨丹霜晨星云月"
_ANIMALS = "鲸鹿鹤燕雀鹭鸥莺鲤蝶兔貂隼鸿豚麟"
_NUMBERS = 100


def alias_for(contact_id: str) -> str:
    """The alias of a contact: always the same for the same id; two contacts may share one (1 in 25,600)."""
    number = int.from_bytes(blake2b(contact_id.encode(), digest_size=8).digest())
    number, colour = divmod(number, len(_COLOURS))
    number, animal = divmod(number, len(_ANIMALS))
    return f"访客·{_COLOURS[colour]}{_ANIMALS[animal]}{number % _NUMBERS:02d}"
