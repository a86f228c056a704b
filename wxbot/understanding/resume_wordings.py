"""The wordings of a wish to be written to again."""

import re

from wxbot.understanding.sending_words import COURTESY, MESSAGES, OTHER_THINGS, Wording, Wordings, reading

_AGAIN = re.compile(
    "(?:恢复|重新|继续|再次|重启|接着|打开|开启|开通|开一下)(?:给我|向我|把|一下|帮我|你们的?|您们?的?|所有|接收|收到|收取?|发送?|推送?|开启|这些|"
    f"那些|以前的?|术后|诊后|护理|诊所的?|发|收){{0,5}}(?:{MESSAGES}|接收|发送|推送|收(?![费钱号据款到])|发(?![烧炎热红作麻票生展现给医]))"
)
_FOR_ME = re.compile(
    f"(?:{MESSAGES})(?:请|麻烦|再|给我|帮我|都|还是|可以|把|又|能|重新|一下|继续){{0,5}}(?:恢复|打开|开启|再发|开通|重新发|继续发)"
)
_TAKEN_BACK = re.compile(
    "(?:取消|撤销|撤回|不想|不要|不|别|误|没想|不是要)退订(?!不)|(?:解除|收回)退订|退订.{0,4}(?:撤回|撤销|恢复|取消)|(?:误操作|点错|手滑|不小心)退订"
)
_WANTS = re.compile(
    f"(?<![不没别未唔])(?:我?(?:想|要|希望|愿意)|又想)(?:再|又|重新|继续|恢复|还)?(?:收到|接收|收)[^钱费报片结]{{0,8}}?(?:{MESSAGES})"
)
_WANTS_AGAIN = re.compile(
    "(?:想|要|可以|希望)(?:再|重新)(?:收到|接收|收)(?![费钱号据款])|还能再(?:收到|接收)|又想要?(?:要)?(?:消息|提醒|通知|推送|关怀|收)"
)
_SEND_ME = re.compile(
    f"(?<![别要])(?:可以|能|请|麻烦|还是|想|希望|愿意|记得以后|以后)(?:再|继续|接着|重新|照样|照常|帮我){{0,3}}(?:给我|向我|对我)(?:再|继续|重新)?(?:发送?|"
    f"推送?)(?:你们的?|诊后|术后|一些|以前的?){{0,2}}(?:{MESSAGES})"
)
_RESUME_BARE = re.compile(
    f"(?:{COURTESY}|还是|可以|能|以后|都){{0,5}}(?:恢复|继续发|接着发|继续推送|再发|照常发|照旧发|照常推送|照发|hf|resume|subscribe|start)(?:{COURTESY}){{0,4}}"
)
_NOT_RESUME = re.compile(
    "(?:别|不要|不想|不用|不许|谁让|怎么(?=又|还|老|一直|继续))(?:你们|再|又|还|老|一直|给我){0,2}(?:恢复|重新|继续|再次|打开|开启|接着)"
)
_HEALING = re.compile("恢复(?:得|期|中|情况|正常|饮食|好|不|快|慢|时间|多久)|伤口|牙齿?恢复")

RESUMES = Wordings(
    {
        "taken_back": reading(_TAKEN_BACK),
        "again": reading(_AGAIN, _NOT_RESUME, _HEALING, OTHER_THINGS),
        "for_me": reading(_FOR_ME, _NOT_RESUME, OTHER_THINGS),
        "wants": reading(_WANTS, _NOT_RESUME, OTHER_THINGS),
        "wants_again": reading(_WANTS_AGAIN, OTHER_THINGS, re.compile("不想|不要")),
        "send_me": reading(_SEND_ME, OTHER_THINGS, re.compile("少|别|不要|停|怎么|不再")),
        "bare": Wording(lambda clause: (0, len(clause)) if _RESUME_BARE.fullmatch(clause) else None, (_RESUME_BARE,)),
    }
)

UNDONE = re.compile("退订[^药]{0,14}?(?:恢复|重新)")
"""Told of a stop that is to be undone: 之前点错退订了，能恢复不."""
