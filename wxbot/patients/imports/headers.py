"""Find the header among the first rows, and guess what each column holds. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from wxbot.patients.imports.models import Field

LOOKED_AT = 20  # rows from the top: titles and notes above a header are fewer
_ENOUGH = 2  # known names that make a row a header; a single one may be a title such as "客户"

_SYNONYMS: Mapping[Field, Sequence[str]] = {  # the more exact first
    Field.NAME: (
        *("姓名", "患者姓名", "客户姓名", "会员姓名", "顾客姓名", "就诊人", "患者", "客户", "顾客", "会员", "name"),
        *("名字", "客户名称", "顾客名称", "会员名称", "病人姓名", "fullname"),
    ),
    Field.PHONE: (
        *("手机", "手机号", "手机号码", "联系手机", "移动电话", "电话", "电话号码", "联系电话", "联系方式", "号码"),
        *("mobile", "phone", "tel", "telephone"),
    ),
    Field.SECOND_PHONE: (
        *(
            "第二个电话",
            "第二电话",
            "备用电话",
            "备用手机",
            "备用号码",
            "其他电话",
            "其它电话",
            "另一个电话",
            "电话2",
            "手机2",
        ),
        *("手机号2", "联系电话2", "家庭电话", "家人电话", "固定电话", "座机", "secondphone", "phone2", "otherphone"),
    ),
    Field.GENDER: ("性别", "gender", "sex"),
    Field.BIRTHDAY: ("生日", "出生日期", "出生年月日", "出生年月", "出生", "birthday", "birthdate", "dob"),
    Field.RECORD_NUMBER: (
        *("病历号", "病历编号", "病案号", "档案号", "档案编号", "客户编号", "患者编号", "会员号", "会员卡号", "卡号"),
        *("门诊号", "就诊卡号", "recordnumber", "patientid"),
    ),
    Field.IDENTITY: ("身份证", "身份证号", "身份证号码", "证件号", "证件号码", "证件", "idcard", "identity"),
    Field.TAGS: ("标签", "分类", "客户标签", "患者标签", "客户分类", "类别", "tags", "tag"),
    Field.NOTE: ("备注", "说明", "备注信息", "附注", "note", "notes", "remark", "remarks", "comment"),
    Field.ORIGIN: ("来源", "客户来源", "患者来源", "来源渠道", "渠道", "获客渠道", "source"),
    Field.LAST_VISIT: (
        *("上次到诊", "最近到诊", "末次到诊", "最后到诊", "上次就诊", "最近就诊", "末次就诊", "最后就诊", "最近到店"),
        *(
            "上次到店",
            "最后到店",
            "最近消费",
            "最后消费",
            "最近到诊日期",
            "上次到诊日期",
            "末次就诊日期",
            "最近就诊日期",
        ),
        *("最后到店日期", "最近到店日期", "最近到诊时间", "最近就诊时间", "末次就诊时间", "最后到店时间", "lastvisit"),
    ),
}
_EXACT = {name: field for field, names in _SYNONYMS.items() for name in names}
_WHOSE = re.compile(r"^(?:客户|患者|会员|顾客|就诊人|病人)")  # before what a column holds: 客户电话, 客户等级
_PARTS = sorted(
    ((name, field) for name, field in _EXACT.items() if len(name) > 1 and not _WHOSE.match(name)),
    key=lambda it: -len(it[0]),
)
_ASIDE = re.compile(r"[(（【\[][^()（）【】\[\]]{0,40}[)）】\]]|微信同号")  # 手机（微信同号）
_NEVER = re.compile(
    r"医生|医师|护士|顾问|咨询师|推荐|介绍|紧急|家属|监护|创建|建档人|操作|日期$|时间$|来源|地址|微信|年龄|金额|类型"
)
_DECORATION = re.compile(r"[\s*＊:：_\-/\\（）()【】\[\]「」“”\"'.·]|必填|选填|可选")


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """The position of the header among a sheet's first rows: the one with most known names, else the first."""
    scores = [len(set(guess_columns(row).values())) for row in rows[:LOOKED_AT]]
    best = max(scores, default=0)
    if best >= _ENOUGH or (best == 1 and max((len(row) for row in rows[:LOOKED_AT]), default=0) == 1):
        return scores.index(best)
    return 0


def guess_columns(header: Sequence[str]) -> dict[str, Field]:
    """What each column seems to hold, by its name: column from "0" → field, each field once."""
    names = [normalised(_ASIDE.sub("", name)) or normalised(name) for name in header]
    guessed: dict[str, Field] = {}
    for column, name in enumerate(names):
        field = _EXACT.get(name)
        if field is not None and field not in guessed.values():
            guessed[str(column)] = field
    for column, name in enumerate(names):
        if str(column) in guessed or not name or len(name) > 12 or _NEVER.search(name):  # noqa: PLR2004 - a sentence
            continue
        held = _WHOSE.sub("", name)
        field = next((field for part, field in _PARTS if part in held), None)
        if field is not None and field not in guessed.values():
            guessed[str(column)] = field
    return guessed


def signature(header: Sequence[str]) -> str:
    """The same for every file with these column names in this order."""
    names = "\x1f".join(normalised(name) for name in header)
    return blake2b(names.encode(), digest_size=12).hexdigest()


def normalised(name: str) -> str:
    """A column's name without what varies from file to file."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", name).lower())
