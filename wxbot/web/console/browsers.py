"""A browser in words its owner recognises: what it is and on what it runs. Pure; what it calls itself is no proof."""

_BROWSERS = (  # the first that fits: later ones call themselves like earlier ones too
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
UNKNOWN = "未知浏览器"


def browser_words(agent: str) -> str:
    """The header `User-Agent` in a few words, such as `Chrome · Windows`."""
    found = [next((words for mark, words in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(words for words in found if words) or UNKNOWN
