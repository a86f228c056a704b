"""What a message wants beside a stop or resume."""

import re

from wxbot.understanding.doubtful_stops import ANNOYANCE
from wxbot.understanding.sending_words import COURTESY, is_courtesy

BARE = re.compile(
    f"(?:{COURTESY}|都|全|还是|能不能|可不可以|可以|能){{0,4}}(?:取消|停|停止|停掉|关掉|关|不要|不用|不需要|退|退掉|取消掉|删|删掉|删了|算)"
    "(?:一下|了|吧|啊|啦|呗){0,3}(?:行不行?|行吗|可以[吗不]|好不好?|好吗|成不|吗|不)?(?:谢谢)?"
)
"""A clause that means stop beside a complaint of many messages: 消息太多了，取消吧."""

_JOINT = re.compile(
    "^(?:给我|过来|我|了|吧|啦|啊|哦|行吗|好吗|消息|信息|短信|广告|推送|另外|还有|然后|顺便|对了|不过|但是?|就){1,6}"
)
_WISH = re.compile(
    "吗|么$|多少|几[点号天时]|什么时候|怎么[办约样走去]|哪|问|约|挂号|改[到约期成]|取消|退[号掉费款]|号[退]|投诉|举报|人工|疼|痛|肿|血|[发高]烧|"
    "喘|晕|过敏|发票|复诊|洗牙|拔牙|补牙|准时|会来|会到|要来|来不了|晚到|迟到|预约|地址|电话|停车|拿|取|上班|下班|提醒"
)
_ABOUT_STOPPING = re.compile(  # reasons, and words that belong to the stop itself
    "不会再?来|不来了|不看|没看过|没在|^一下吗$|^掉吗$|^这些吗$|^怎么.?$|说了多少|多少[遍次]|有必要|累吗|怎么还|我微信|我电话|微信公众号|^请问这个$|^提醒$|自己会|自己记得|取消关注|授权$|同意$|^.{0,8}(?:提醒|关怀|消息).{0,4}$"
)
SHORTEST_WISH = 2  # characters


def trimmed(part: str) -> str:
    """A left part without what joined it to the stop: 了另外我周五 becomes 我周五."""
    found = _JOINT.match(part)
    return part[found.end() - 1 if found and part[found.end() - 1] == "我" else found.end() :] if found else part


def wants_something(part: str) -> bool:
    """Whether a part of the message that is not about messages asks, tells or needs something."""
    if len(part) < SHORTEST_WISH or is_courtesy(part) or ANNOYANCE.fullmatch(part) or BARE.fullmatch(part):
        return False
    return _WISH.search(part) is not None and _ABOUT_STOPPING.search(part) is None
