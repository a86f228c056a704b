"""The wordings of a stop: in a word, as a refusal, as a wish not to receive, as an order, as a threat."""

import re

from wxbot.understanding.screening import AnyOf
from wxbot.understanding.sending_words import (
    BETWEEN,
    FOR_US,
    KEEP,
    MESSAGES,
    MUCH,
    OTHER_THINGS,
    RASH,
    REFUSE,
    SEND,
    SOFT,
    Span,
    Wording,
    Wordings,
    about_messages_too,
    reading,
    without_courtesies,
)

_WORD = re.compile(
    "(?<!不)(?<!别)(?<!被)(?<!没)(?<!没有)(?<!不要)(?<!取消)(?<!解除)(?<!收回)(?<!撤销)(?<!撤回)(?<!不是)(?<!不想)(?<!不是要)"
    "退订(?![金单货房机车票房的]|.{0,6}(?:撤回|撤销|恢复))|取消[订定]阅|退[订定]阅|退出订阅|不订阅|拒收|免打扰|unsubscribe|tuiding|"
    "(?:回复?|发|打|选|输入?|按)[了个]?td(?![a-z0-9]|是什么|是啥)|设置?[成为]?(?:不|拒绝|免)(?:再)?(?:接收|推送|收|发送|打扰)"
)
_HOMOPHONE = re.compile(
    "(?:[退推腿蜕褪颓忒煺][订定丁钉顶叮盯仃锭鼎汀町酊]|对订|t退|退d|tui订|退ding|td退?|tdt|td回复?)(?:啊|了|吧){0,2}"
    "(?:[退推腿蜕褪颓忒煺][订定丁钉顶叮盯仃锭鼎汀町酊]){0,2}"
)
_REFUSAL = re.compile(f"{REFUSE}{BETWEEN}{{0,7}}?{SEND}(?!{MUCH})")
_REFUSAL_FAR = re.compile(
    f"{REFUSE}[^忘漏误错打拔约吃喝改退取拿买看怕急担紧诉意吗?]{{0,8}}?{SEND}(?!{MUCH}|不)(?:送|布)?"
    f"(?:了|啦|啊|吧|哈|嘛|呀|哦|好|行|可以|$|给我|给咱|我|本人|俺|咱|到我|过来|来|这|那|任何|啥|什么|东西|一|垃圾|{MESSAGES})"
)
_NOT_SEND = re.compile(
    "(?:就|都|可以|求)不发(?:行|好|可以|成|吗|么)|^不发(?:行|好|可以|成)|(?:别|不要|甭|莫)(?:天天|每天|整天|老是?|总是?|一直|动不动)(?:来)?(?:问(?!诊)|找)我?|"
    f"(?:{MESSAGES})(?![我他她家]).{{0,4}}(?:别|不要|不用|甭|莫)(?:再)?(?:来|有|弄|搞|整)(?:了|吧|啦|$)|"
    "(?:才|能|可以|请|以后|先|就|麻烦|再也|永远)(?:不|唔)(?:再|要再|会再)?(?:给我|向我|跟我|往我这)?(?:群发|发送|推送|发|推)(?:这些|这种|你们的?|任何|什么|那些|"
    "那种){0,2}(?:消息|信息|短信|广告|推送|通知|提醒|关怀)"
)
_LIFTED = re.compile("(?:关闭|关掉|取消|解除|撤销|去掉).{0,5}(?:免打扰|勿扰|拒收)")
_ASKED_WHETHER = re.compile(
    "退订(?:成功|上|好|掉)?了?(?:没有?|吗|么|不?是不是)(?!.{0,12}[发收推停])|(?:是不是|有没有|是否)(?:已经?)?(?:被)?退订(?:成功)?了?$"
)
_TWICE = re.compile("[要需想愿用]不")
_NOT_RECEIVE = re.compile(
    "(?<![要需想愿])(?:(?:不|唔)(?:太|大|怎么|再|是很|是太)?(?:想|愿意?|要|需要|希望|喜欢|乐意|打算|同意|允许|中意|钟意)?|没兴趣|懒得|拒绝|谢绝|停止)"
    "(?:再|继续|老是?|总是?|一直|天天|经常){0,2}(?:接收|收到(?!你们?的回复)|被打[扰搅]|被骚扰)|"
    "(?<![要需想愿])(?:不|唔)(?:太|大|怎么|再|是很|是太)?(?:想|愿意?|希望|喜欢|乐意|中意|钟意|打算)(?:再|继续|老|总|一直){0,2}"
    f"收(?![费钱号据款入拾获缩银到敛口])|(?<![要需想愿])不(?:再)?收(?:这些|那些|这种|你们的?|任何){{0,2}}(?:{MESSAGES}|东西|这些)|能不收这些"
)
_NOT_WANT = re.compile(
    "(?<![要需想愿])(?:(?:不|唔|没)(?:太|大|怎么|再|有)?(?:想|愿意?|要|需要|同意|允许|喜欢|接受|感兴趣|授权)|拒绝|谢绝|拒接|抵制|"
    "谁要|谁想|谁稀罕|不稀罕)(?:[^忘漏错误停取关没别迟晚少泄露填录登改诉供]){0,12}?"
    "(?:消息|信息|短信|简讯|讯息|广告|推送|推广|营销|关怀|群发|祝福|骚扰|垃圾|(?:你们|你们的|这些|这种|这个|那些|任何|什么)(?:提醒|通知))(?!费)"
)
_ABOUT_MESSAGES = re.compile(
    f"(?:{MESSAGES})[^别没忘药血痛疼牙约号]{{0,10}}?"
    "(?:(?<![要需])不(?:太)?(?:要|想要|需要|想收|想看|收|看)(?![忘停])|取消(?!.{0,6}(?:预约|挂号|手术|约))|"
    "(?:就|都|可以|也)?(?:不必|不用|用不着|没必要|免|大可不必|不稀罕|多余)(?:了|吧|啊|啦|$)|(?<!不)停(?![诊车业药电水工课留])|关(?![系于心怀节门注键照])|退[了掉]|"
    "屏蔽|off|勿扰|去掉|删[了掉除])(?=$|[了啦吧啊吗呢呀哦嘛么不的就好谢掉再给到咯喽啰呗嘞哒哈撒噻哇罢]|一下|行|可以|能|闭)"
)
_ORDER = re.compile(
    "(?:停止|停掉|停了|停一下|停发|停下|停(?![诊车业药电水工课留经产])|取消掉?|关闭|关掉|关了|关一下|关(?![系于心怀节门注键照])|屏蔽|终止|去掉|撤销|解除|"
    "退出|暂停|中止|删掉|删了|删除|退掉|退了|撤回|撤掉|拉黑|注销)"
    "(?:你们|您们|您|诊所|的|这些|这个|这种|这类|那些|那个|所有|全部|一切|任何|形式|接收|收到?|给我们?|我|对我|再|掉|了|一下|发送?|推送?|微信|手机|自动|术后|"
    f"诊后|护理|健康|口腔|皮肤|小?贴士|知识|科普|活动|优惠|会员|日常|每[日天周月]|各种|无聊|什么|轰炸式|定期|以后|之前|以前|此前|先前|同意|后续|相关|{MESSAGES}){{0,5}}?(?:{MESSAGES}|订阅|发送|接收|骚扰|打扰|轰炸|授权|同意)"
)
_NOT_ORDER = re.compile("(?:别|不要|不能|不可以|不会|没|不想|不用|千万别|为什么|为啥|怎么就|怎么)$")
_HOW = re.compile("怎么(?:关闭?|关掉|停掉?|停止|取消掉?|屏蔽|退出?|退掉)[^了错]{1,8}$")  # asked how: 怎么关掉通知
_AT_ONCE = re.compile(
    "(?:给我|赶紧|马上|立刻|立即|赶快|快点?|请)(?:给我)?(?:全部?|都|通通|统统)?(?:停(?:了|掉|止|下来?)?|停发|关[了掉]|取消掉)(?:吧|啊|了)?$|"
    "停止发送|停发|停止推送|屏蔽了?$|^停止$|^停{1,6}$"
)
_REMOVE = re.compile(
    "把我.{0,10}(?:名单|群发|列表|通讯录|推送).{0,6}(?:删|移|去|除|踢|剔|出)|(?:移|删|踢|退|剔)(?:出|掉|除).{0,8}(?:名单|列表|群发|推送)|"
    "^我?要?退群(?:了|吧)?$|(?:群发|推送|活动).{0,4}(?:别|不要|不用)(?:再)?(?:带|算|加|拉|叫|喊)上?我|"
    "(?:把|将)我(?:给)?(?:删|移|踢|除)(?:除|掉|了|出)?(?:吧|啊|吗|不|$)|(?:删|移)(?:除|掉|了)?我的?(?:微信|好友|联系方式|号码|手机号?|电话)|"
    "^(?:麻烦|请|帮忙|直接)?(?:把我|将我)?(?:的?(?:微信|号|好友|联系方式))?(?:从.{0,8})?(?:移除|剔除|拉黑|踢出|除名|(?<=把我)删|(?<=微信)删|(?<=好友)删|"
    "(?<=方式)删)(?:我|掉|除)?(?:吧|了|掉)?$"
)
_REPEAT = re.compile("(?:说了|已经|都|早就?).{0,8}退订.{0,8}还(?:在|是|给我)?.{0,4}发")
_BODY = re.compile("[血疼痛药敷]|伤口|停车|停诊")
_CONFIRMED = re.compile("(?:不用|不必|无需|不需要?).{0,4}发(?:短信|信息|消息|微信)(?:来)?确认")
_OTHERS = re.compile(  # 不要联系我老公
    "(?<=联系|联络|通知|提醒|打扰|打搅)(?:到)?(?:我的?)?(?:家里?人|家属|老公|老婆|先生(?!们)|太太|爱人|对象|丈夫|妻子|妈|爸|父母|爸妈|孩子|儿子|女儿"
    "|男朋友|女朋友|朋友|同事|单位|公司|公婆|婆婆|公公|[他她])"
)
_FOR_GOOD = re.compile(
    "(?:以后|今后|往后|后面|从今|永远|统统|全部)(?:都|就|也|的)?(?:请|麻烦)?(?:你们|您)?(?:不|别|无|没)"
)  # 以后不用通知我
_SAID_SOFTLY = re.compile("提醒|通知")
_OF_MESSAGES = re.compile("消息|信息|短信|广告|推送|关怀|营销|接收")
_ENDS = frozenset("了啦吧啊哈嘛")  # what follows one of them is no object: 别发了，发票呢
_OWN_DATA = re.compile("我的?(?:个人|身份|健康)?信息(?![里推])|个人信息|身份信息|隐私")
THREAT = re.compile(
    "再(?:给我|跟我|来|敢|这么|乱|一直|继续|收到){0,3}(?:不停(?!血|药)|发|推|骚扰|打扰|烦|收到|看到|来)(?![烧炎热])[^吗?]{0,10}?"
    "(?:投诉|举报|拉黑|取关|报警|报工商|12315|12321|告你|起诉|曝光|不客气|屏蔽|翻脸)"
)
_ENGLISH = re.compile(
    r"^(?:please |pls |just )?(?:stop|quit|cancel|end)(?: it| this| that| now| please| pls| all)?[ .!,]{0,5}$|"
    r"\bstop (?:sending|texting|messaging|spamming|contacting|bothering|all|these|those|your|the messages|messages|"
    r"msgs?|notif|promo|ads)|\bunsub|\bopt(?:ing|ed)?[ -]?(?:me )?out\b|"
    r"\b(?:don'?t|don’t|do not|never|not to|stop) (?:\w{1,12} ){0,2}(?:text|send|message|msg|contact|spam|bother|"
    r"disturb|notify)\b|\bno more (?:\w{1,12} ){0,1}(?:messages?|texts?|ads|msgs?|spam|notifications?|reminders?)|"
    r"\b(?:remove|delete|take) (?:me|my (?:\w{1,8} )?(?:number|name|contact|phone|wechat|account|info)) (?:from|off)|"
    r"\bremove me\b|\btake (?:me|my \w{1,8}) out\b|\bcancel (?:\w{1,8} ){0,2}(?:subscription|messages|notifications)|"
    r"\bleave me alone\b|^no (?:more )?(?:ads?|spam|messages?|texts?)\b|"
    r"\b(?:don'?t|don’t|do not|not|no longer) (?:want|wish|like|need)(?: to)? (?:\w{1,12} ){0,5}(?:messages?|"
    r"texts?|ads|msgs?|"
    r"spam|notifications?|reminders?|contact)|\bstop\b.{0,3}\bstop\b|"
    r"\btui ?ding\b|\bbie ?(?:zai ?)?fa\b|\bbu ?yao ?(?:zai ?)?fa\b"
)
ENGLISH = AnyOf(_ENGLISH)


def _refusal(clause: str) -> Span | None:
    found = _REFUSAL.search(clause) or _REFUSAL_FAR.search(clause) or _NOT_SEND.search(clause)
    if found is None or KEEP.search(clause) or _OTHERS.match(clause, found.end()):
        return None
    before, after = clause[max(0, found.start() - 8) : found.start()], clause[found.end() : found.end() + 8]
    after = "" if after[:1] in _ENDS else found[0] + after
    if OTHER_THINGS.search(before) or (OTHER_THINGS.search(after) and not about_messages_too(after)):
        return None
    if RASH.search(clause) and not about_messages_too(clause):
        return None
    if _TWICE.search(clause[max(0, found.start() - 1) : found.start() + 1]) or _CONFIRMED.search(clause):
        return None
    if SOFT.search(clause) and not (_FOR_GOOD.search(clause) or re.search(FOR_US, _SAID_SOFTLY.sub("", clause))):
        return None
    return found.span()


def _order(clause: str) -> Span | None:
    found = _ORDER.search(clause)
    if (
        found is None
        or _LIFTED.search(clause)
        or (_NOT_ORDER.search(clause[: found.start()]) and not _HOW.search(clause))
        or _OWN_DATA.search(clause)
    ):
        return None
    if found[0].endswith(("同意", "授权")) and not _OF_MESSAGES.search(clause):
        return None
    return found.span()


def _homophone(clause: str) -> Span | None:
    found = _HOMOPHONE.fullmatch(without_courtesies(clause))
    return None if found is None else (0, len(clause))


STOPS = Wordings(
    {
        "repeat": reading(_REPEAT),
        "word": reading(_WORD, _ASKED_WHETHER, _LIFTED),
        "homophone": Wording(_homophone, (_HOMOPHONE,)),
        "refusal": Wording(_refusal, (_REFUSAL, _REFUSAL_FAR, _NOT_SEND)),
        "not_receive": reading(_NOT_RECEIVE, OTHER_THINGS, re.compile("收到了吗|没收到|收不到")),
        "not_want": reading(_NOT_WANT, KEEP, SOFT, _OWN_DATA),
        "about_messages": reading(_ABOUT_MESSAGES, KEEP, _OWN_DATA, re.compile("不收到|不看到|收不到")),
        "order": Wording(_order, (_ORDER,)),
        "at_once": reading(_AT_ONCE, _BODY, KEEP),
        "remove": reading(_REMOVE),
    }
)
WEAKER_THAN_RESUME = frozenset({"stop.word", "stop.homophone", "stop.about_messages", "stop.order"})
"""What is only told of beside a wish to resume: 之前退订了，现在想重新收消息."""
