"""Greetings, thanks and good news: the whole message, in any wording.

A message is a courtesy only when each of its words is accounted for: 好多了就是还有点酸 is not good news, because
就是还有点酸 is left. Which words there are is below, by class; the clinic's own lists count too.
"""

import re
from collections.abc import Iterator

from wxbot.understanding.message import Message
from wxbot.understanding.models import Intent
from wxbot.understanding.words import WordLists

LONGEST = 60  # characters; a longer message tells something
GREETING, THANKS, GOOD_NEWS = "greeting", "thanks", "good_news"  # also the keys of the clinic's lists

_SYMPTOM = (
    "疼痛|疼|痛|肿胀|红肿|肿|痒|红|流血|出血|渗血|渗液|发烧|发热|发炎|烧|难受|不舒服|不适|酸|胀|麻(?![烦药])|起泡|脱皮|化脓|流脓|恶心|头晕|晕|感觉疼|感觉痛|反应|"
    "异常|症状|血丝"
)
_TROUBLE = (
    "问题|事儿?|大碍|毛病|大事|啥事|什么事|啥问题|什么问题|什么大碍|啥大碍|什么感觉|啥感觉|感觉|"
    "什么不舒服|啥不舒服|什么反应|啥反应|什么异常"
)
_BODY = (
    "伤口|创口|刀口|牙龈|牙床|牙齿|智齿|牙|皮肤|脸上|脸|嘴里|嘴巴|嘴|口腔|疤|痘痘|痘印|斑|眼睛|"
    "喉咙|整体|各方面|状态|效果|精神|胃口|线|人"
)
_WHO = (
    "俺|咱|我妈妈?|我爸爸?|我们?家?|妈妈|爸爸|孩子|宝宝|小孩|娃|儿子|女儿|闺女|老公|老婆|"
    "老人家?|他|她|家里人|奶奶|爷爷|外婆|外公"
)
_STAFF = (
    "你们|您们|您|你|大家|[周李王张刘陈赵林黄吴徐孙马朱胡郭何高罗郑]?(?:医生|大夫|主任|医师|护士|"
    "护士长|老师)|贵?诊所|小姐姐|美女|帅哥|姐|哥|前台|亲|客服"
)
_WHEN = (
    "今天|昨天|昨晚|昨夜|今早|早上|晚上|现在|目前|这两天|这几天|最近|已经|早就|早|都|也|全部|全|"
    "就|后来|基本上?|完全|彻底|慢慢|睡了?一觉|比昨天|比前几天|比之前|比以前|比原来|比上次"
)
_VERY = "非常|特别|十分|真的|真|太|很|挺|蛮|超级?|相当|越来越|还|比较|一天比一天|老|可|一点儿?[都也]?|丝毫|差不多|基本"
_FILLING = "嗯+|哦+|噢|啊|呀|哈+|呢|哟|啦|了|吧|的|嘛|滴|哒|喽|咯|咧|诶|欸|这|那|边|呵+|额|着"

_KINDS = {
    GOOD_NEWS: (
        (
            f"(?:一点儿?|丝毫|完全|已经|基本上?|现在|都|也|怎么|再)*(?:不怎么|不再|不|没有|没怎么|没再|没|感觉不到|感觉不出)(?:再|有|觉得|感觉|任何|什么|啥|"
            f"再有){{0,2}}(?:{_SYMPTOM}|异样)"
        ),
        f"(?:没有|没|木有|无|毫无|已无|并无|啥都没有?|什么都没有?)(?:任何|什么|啥|特别的?|明显的?|什么特别的?)*(?:{_TROUBLE}|不适|异样)|一点儿?事(?:都|也)?没有?|事都没有",
        (
            "(?:恢复|愈合|长|好|养|吃|睡|弄|做)得?(?:还|挺|很|非常|特别|蛮|十分|相当|真|超级?|比较|也|都|越来越)?(?:好|不错|可以|顺利|正常|良好|理想|棒|快|香|下|杠杠|"
            "不得了|不要太好|没话说|溜)(?!像)"
        ),
        (
            f"(?:{_VERY}|都|也|一切|感觉|觉得|全|心情|恢复|整体|很是)?(?:很|挺|都|还)?(?:不错|顺利|正常|良好|理想|舒服|满意|稳定|舒坦|棒|巴适|得劲|安逸|精神|杠杠|赞|"
            f"完美|给力|乖|活蹦乱跳|开心)(?:得很|极了)?"
        ),
        f"(?:一切|都|{_VERY}|感觉|早|完全|全|彻底)+(?:还|挺|很|都|变)?好(?![疼痛肿痒烧难红像烦怕])(?:得很|着|极了|太多|很多|得多|多|起来|转)?",
        (
            "血(?:早就|早|已经|都|也){0,2}(?:止住?|停)|烧(?:也|都|已经)?退|好太多|好多|好得很|好着|好利索|痊愈|没事|消肿|止住|止血|退烧|烧退|退了|结痂|拆完线?|能吃能睡|"
            "(?:饭也?|啥都|什么都|可以|也)?能?(?:正常|照常)?(?:能吃|吃得下|吃(?:东西|饭)(?:没问题)?|进食|说话|刷牙|上班|张嘴)(?=了|没|都|也|$)|变好(?:很多|多)?|"
            "(?<!没有)(?<!没)好转|托(?:你们|您|大家)的?福|多亏(?:你们|您|了)?|比(?:预想|想象|原来|以前)的?(?:要|还)?好|不(?:再)?麻烦你们|放宽?心|不用担心|别担心|"
            "勿念|不用惦记|不用挂念|"
            "(?<=了)好了|^好了|已经好了|早好了|全好了|劲过|吃嘛嘛香|麻药"
        ),
    ),
    THANKS: (
        (
            f"(?:请?[替代帮]我)?(?:非常|十分|太|真的?|很|万分|再次|先)*(?:谢谢|感谢|多谢|谢|感激|感恩|thx|thankyou|thanks?|tks|3q|蟹蟹|唔该|跪谢|万谢)(?:{_STAFF}|们|的|"
            f"了|啦|啊|关心|关怀|提醒|祝福|惦记|通知|安排|帮忙|帮助|"
            "问候|回访|照顾|告知|告诉|理解|配合|这么|细心|贴心|用心|耐心|嘞|咯|喽|和|跟|及|so|much|very|alot)*"
        ),
        (
            "辛苦|麻烦(?:你们|您|医生|大家|了)|费心|有心|收到|知道|明白|了解|晓得|懂了|好的|好嘞|好滴|好哒|ok|okay|同乐|同祝|共勉|客气|也?祝(?:你们|您|大家).{1,8}$|"
            "给(?:你们|您)添麻烦"
        ),
    ),
    GREETING: (
        (
            f"(?:{_STAFF})?(?:你好|您好|早上好|上午好|中午好|下午好|晚上好|早安|晚安|新年好|过年好|节日好|goodmorning|goodafternoon|goodevening|"
            f"(?:中秋|国庆|端午|元旦|春节|新春|双节|圣诞|妇女|母亲|护士|医师|元宵|五一|假期|周末)节?(?:快乐|好|安康|愉快)|节日快乐|新年快乐|中秋快乐|国庆快乐|hi|hello|嗨|哈喽|哈罗|"
            "hey|嘿)|(?:请问)?(?:有人|人)?在(?:不在|吗|么|不|嘛|没|不呀)|有人(?:吗|么|不)|(?:各位|大家|医生|护士|老师)好|^早(?=[啊呀]?$)"
        ),
    ),
    "": (f"{_WHO}|{_BODY}|{_STAFF}|{_WHEN}|{_VERY}|{_FILLING}|感觉|觉得|恢复",),
}
_TOKEN = re.compile("|".join(f"(?P<k{place}>{'|'.join(forms)})" for place, forms in enumerate(_KINDS.values())))
_NAMES = tuple(_KINDS)
_CLAUSE = re.compile(r"\w+")
_NUMB = re.compile("没有?(?:什么|啥)?(?:感觉|知觉)(?!疼|痛)")
_NUMB_PLACES = re.compile("唇|舌|下巴|脸|嘴|面|手|腿|脚")
_ASKS = re.compile(r"[?？]|吗(?!.{0,4}$)|没问题吧|没事吧|正常吧|对吧|是吧|吧\?")
_GREETS_BY_ASKING = re.compile("在(?:不在|吗|么|不|嘛|没)|有人(?:吗|么|不)")
_LOOKS_FOR = re.compile(r"\w(?:医生|大夫|主任|院长).{0,4}(?:在不在|在吗|在么|在不)")  # 周医生今天在不在
_MORE = re.compile("又|还有?点|还是|仍|有点|有些|但|不过|可是|只是|就是|除了|偶尔|稍微|略|剩|昨天疼|才怪")


def find_courtesy(message: Message, words: WordLists) -> Intent | None:
    """GREETING, THANKS or GOOD_NEWS when the message is nothing else."""
    text = message.text
    if not message.words or len(text) > LONGEST:
        return None
    for intent in (Intent.GOOD_NEWS, Intent.THANKS, Intent.GREETING):
        if message.words in words.of(intent.value):
            return intent
    if _MORE.search(text) or _LOOKS_FOR.search(text) or (_NUMB.search(text) and _NUMB_PLACES.search(text)):
        return None
    if _ASKS.search(text) and not _GREETS_BY_ASKING.search(text):
        return None
    kinds: set[str] = set()
    for clause in _CLAUSE.findall(text):
        said = set(_kinds(clause, words))
        if None in said:
            return None
        kinds |= {each for each in said if each}
    return next((Intent(each) for each in (GOOD_NEWS, THANKS, GREETING) if each in kinds), None)


def _kinds(clause: str, words: WordLists) -> Iterator[str | None]:
    """The kinds of the clause's words, one after the other; None for a word that is none of them."""
    listed = next((each for each in (GOOD_NEWS, THANKS, GREETING) if clause in words.of(each)), None)
    if listed is not None:
        yield listed
        return
    at = 0
    while at < len(clause):
        found = _TOKEN.match(clause, at)
        if found is None or found.end() == at:
            yield None
            return
        yield _NAMES[int(str(found.lastgroup)[1:])]
        at = found.end()
