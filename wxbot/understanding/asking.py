"""Whether words ask something, and which of them carry the meaning. Grammar, not a clinic's choice. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence

from wxbot.understanding.screening import AnyOf, Screen, needs_of

MOST_CLAUSES = 6  # of one message; what follows is a story
LONGEST_TOPIC = 10  # characters of a question that is only named: 洗牙价格

_ASKING = re.compile(
    "[吗嘛?]|么(?!时候)|呢$|多少|多[久长大钱]|(?<!好)几(?![乎句])|怎么|怎样|咋|什么|啥|哪|谁|如何|为何"
    "|[能可是会][不否]|可不可|[可]以不|行不|有没|要不要|需不需|([\u4e00-\u9fff]{1,2})不\\1"
    "|的吧$|(?:[都也]|可以|能|行|有|会|要|用|支持|是)[^,.]{0,7}吧$|[不没伐咩啵]$|没有$|(?:可以|能|会|要).{1,6}不(?:可以|能|会|要)$|得不得|系咪|边度|找不到|导不到|还是|请问|请教|想问|问[一]?下|问问|咨询|[呗哈]$|给我?个|想知道|了解一下|发[我个一]|给我(?:发|看|来|一个)|介绍|要带|说[一]?下|说说|讲讲|告诉"
    "|我[想要](?:把|删|注销|撤|清|开|复印|打印|投诉|反映|提|表扬|退|看|知道|了解)|非[得要]|必须|一定要|受得了|来得及|管用|要紧|碍事"
)
_SCHEDULES = re.compile(
    "(?:可以|能|能不能|可不可以)(?:预约|挂号|约号)[吗么不]?[?]*$|"
    "有号|有空|空位|有位置|改[到成]|挪到|帮.{0,3}(?:取消|约|挂)|[想要]约(?!.{0,8}(?:吗|多少|怎么))|约(?:一下|个)"
    "|(?:医生|主任|大夫).{0,8}(?:在吗|在不在|出诊)|点[半钟]?[0-9一二三四五]*(?:分|刻)?(?:行|可以|能来|好)(?:[吗不么]|不行|不可以|不好)?$"
)
_SYMPTOMS = re.compile(
    "(?:出血|流血|渗血|肿|化脓|流脓|发烧|发热|发炎|感染|掉了|断了|裂了|起[了个]?泡|红疹|起疹|溃疡|发白|麻了|戳|异味|口臭"
    "|(?<![拔洗补种])牙齿?[疼痛]|头[晕疼痛]|磨牙|牙髓|抠出|异物).{0,12}(?:怎么|咋|正常|要紧|严重|为什么|是什么|有事|没事|是.{0,6}吗)"
    "|(?:为什么|怎么回事|怎么).{0,10}(?:出血|肿|异味|口臭)"
    "|怎么(?:治|缓解|消炎|处理).{0,3}$|是不是.{0,6}(?:炎|病|癌|感染|过敏了)|牙.{0,2}松了.{0,6}怎么"
    "|(?:还|一直|越来越|突然|半夜)[疼痛酸]|(?<!会)[疼痛](?:得(?!.{0,6}(?:真的|受得了|吗))|醒)|(?<!怕)[疼痛]怎么办"
    "|(?:肚子|头|胸|腰|背|腿|嗓子|喉咙|胃|关节|眼睛)[疼痛]|(?<!哪个)挂.{0,2}什么科"
    "|(?:药|布洛芬|阿莫西林|甲硝唑|头孢|胶囊).{0,6}(?:几[颗片粒次天]|怎么吃|多少|哪|饭[前后]|多久)|吃[什啥哪].{0,4}药"
)
_ELSEWHERE = re.compile(
    "有卖|卖(?!给|掉|了).{0,8}吗|(?:附近|楼下|隔壁|旁边).{0,3}有(?!.{0,6}(?:停|车|地铁|公交|标志))"
    "|你(?:几岁|多大|是谁|叫什么|结婚)|(?:人民|中心|中|妇幼|县|市|省|附属|协和|别的|其他)(?:医院|诊所).{0,4}(?:几点|怎么|在哪|地址|电话|多少)|隔壁|别家"
    "|^(?!.*(?:种|牙套|隐形|仪器|机器|材料|医生)).{0,40}(?:牌子|哪款|好用|推荐)"  # what to buy
    "|(?:软件|手机|电脑|app|网站).{0,4}(?:怎么|咋)[用弄下装]|合作|推销|耗材|供应商|招商|转让|招租|铺面|代理商"
    "|(?:牙膏|牙刷|牙线|漱口水|冲牙器|珍珠粉|小苏打|白醋|柠檬|食盐|偏方|土方|面膜|洗面奶|牙贴|祛斑霜).{0,4}(?:有用|有效|管用|多少钱|能)"
    "|(?<!带)(?:[小老]?[猫狗兔]|宠物|仓鼠|鹦鹉)(?!.{0,6}(?:一起|进|带)).{0,6}(?:牙|洗|拔|看)"
    "|^你?们?吃(?:过|了)?饭?(?:了|过)(?:吗|没|么)"
)

_MARKS_OF_A_QUESTION = AnyOf(_ASKING)
_SOMETHING_ELSE = AnyOf(_SCHEDULES, _SYMPTOMS, _ELSEWHERE)

_MARKS = re.compile("[,.!?~;:]+|(?<=[^a-z0-9]) (?=[^a-z0-9])")
_FILLERS = re.compile(
    "(?:你|您)好(?:啊|呀)?|在吗|请问(?:一?下)?|(?:我)?(?:就是)?想(?:要)?(?:问|咨询|了解|知道)(?:一?下|问)?|(?:问|咨询|了解)一?下"
    "|请教(?:一?下)?|我就|麻烦(?:你|您)?|谢谢(?:你|您)?|不好意思|打扰一?下|[你您我咱]们(?:家|那边|这边|那里|这里|那儿|这儿|那)?|[你您我亲它]|的话|那个|就是"
    "|贵(?:诊所|院|店)|碍事|要紧|没事|有没有关系|有关系|特别|非常|真的|到底|究竟|比较|一般|大概|现在|那边|这边|是不是|能不能|可不可以|可以不|行不行|有没有|会不会|要不要|需不需要|[啊呀哦噢呢吗么嘛吧哈啦呗诶欸唉请咯嘞咧哟喔撒噻]|[的了]"
    "|[不没]$"
)


_COLLOQUIAL = (
    (re.compile("啥子?|甚么|什麽|乜[嘢野]?"), "什么"),
    (re.compile("咋个?|怎样|点样"), "怎么"),
    (re.compile("哪儿|哪块|哪搭|边度"), "哪里"),
    (re.compile("莫得|冇得|木有|[冇没][有得](?!吗|么|$)"), "没有"),
    (re.compile("[有冇]冇"), "有没有"),
    (re.compile("得不得|系咪|是否"), "是不是"),
    (re.compile("可唔可以|得唔得|要得不|成不成|中不中|得行不|使得不|行不|成不(?!$)"), "能吗"),
    (re.compile("[一几两]?[趟遍回](?=吗|[不没]?$|才|就|能)|(?<=[几一两多])[趟遍回]"), "次"),
    (re.compile("个钟头?"), "个小时"),
    (re.compile("几多"), "多少"),
    (re.compile("多长时间|多少时间|好久(?=能|可)"), "多久"),
    (re.compile("几时|啥时候"), "什么时候"),
    (re.compile("能不能|可不可以|能否|可否|是否能|可以"), "能"),
    (re.compile("(?:之|以)后"), "后"),
    (re.compile("多少天"), "几天"),
    (
        re.compile(
            "多少$(?<!电话多少)(?<!号码多少)(?<!微信多少)(?<!热线多少)(?<!邮箱多少)(?<!座机多少)"
            "(?<!号多少)(?<!例多少)(?<!是多少)"
        ),
        "多少钱",
    ),
    (re.compile("拍(?:过|了|完|个|一?张)(?=片)"), "拍"),
    (re.compile("(?:可以|能)(?=.{1,6}不(?:可以|能)$)"), "能"),
    (re.compile("(?<=.)不(?:可以|能)$"), "吗"),
    (re.compile("之前"), "前"),
    (re.compile("(?:得|要|要得|大概|一共|总共)?[花付收]多少(?!钱)"), "多少钱"),
    (re.compile("(?:(?<![什怎])么|不|没|没有|伐|咩|啵|不啦|不咯|不嘞|不咧)$"), "吗"),
)
_AGE = re.compile("([0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:多)?岁")
_COUNT = re.compile("(?<![第一0-9])(?:[0-9]{1,6}|[二两三四五六七八九十几]{1,6})(?=[天个次颗点年月周分小期支回])")
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}
CHILD_UNTIL, OLD_FROM = 14, 65  # years


def _by_age(found: re.Match[str]) -> str:
    words = found[1]
    if words.isdecimal():
        age = int(words)
    else:
        tens, ten, ones = words.rpartition("十")
        age = (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
    return "孩子" if age <= CHILD_UNTIL else "老人" if age >= OLD_FROM else "成年人"


_MADE_ALIKE: "Sequence[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]" = (
    *_COLLOQUIAL,
    (_AGE, _by_age),
    (_COUNT, "几"),
)
_MADE_ALIKE_SCREEN = Screen(needs_of(said) for said, _ in _MADE_ALIKE)


def plain_words(text: str) -> str:
    """Colloquial forms, numbers and ages made alike: 啥 is 什么, 三天 is 几天, 五岁 a child."""
    left = _MADE_ALIKE_SCREEN.possible(text)
    while left:
        lowest = left & -left
        said, meant = _MADE_ALIKE[lowest.bit_length() - 1]
        before, text = text, said.sub(meant, text)
        # what a pattern put in may fulfil the needs of the later ones
        left = left ^ lowest if text == before else _MADE_ALIKE_SCREEN.possible(text) & -(lowest << 1)
    return text


_TELLS = re.compile("^我(?![要想])|[会在了过没]|已经|刚|忘|收到|还可以")


def tells(text: str) -> bool:
    """Whether words without any mark of a question tell something: 发票收到了, 我会晚到20分钟."""
    return len(text) > LONGEST_TOPIC or _TELLS.search(text) is not None


def asks(text: str) -> bool:
    """Whether normalised words have a mark of a question."""
    return _MARKS_OF_A_QUESTION.found_in(text)


def asks_something_else(text: str) -> bool:
    """Whether it is about an hour, a symptom or another clinic: nothing that a ready answer fits."""
    return _SOMETHING_ELSE.found_in(text)


def looks_like_question(text: str) -> bool:
    """Whether words without an answer should be seen by somebody: also questions about symptoms."""
    return asks(text) and not _SCHEDULES.search(text)


def content_of(text: str) -> str:
    """The words without courtesies, particles and what only makes them a question."""
    return _FILLERS.sub("", text)


def clauses(text: str) -> Iterator[str]:
    """The whole message, and where there are several clauses, each that may stand alone."""
    yield text
    parts = [part for part in _MARKS.split(text) if len(part) > 1]
    if len(parts) > 1:
        yield from parts[:MOST_CLAUSES]
