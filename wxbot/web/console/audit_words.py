"""How the audit page calls subjects, and where a subject's page is."""

from collections.abc import Mapping
from urllib.parse import quote

from wxbot.audit.models import Verification

KINDS: Mapping[str, tuple[str, str]] = {  # kind of subject → its name, its page ({} is the id; empty: it has none)
    "patient": ("患者", "/console/patients/{}"),
    "staff": ("员工", "/console/staff/{}"),
    "question": ("常见问题", "/console/settings/questions/{}"),
    "canned_reply": ("常用语", "/console/settings/canned/{}"),
    "unknown_question": ("没有答案的问题", "/console/settings/questions/unknown"),
    "template": ("模板", "/console/templates/{}"),
    "care_plan": ("关怀计划", "/console/care/plans/{}"),
    "message": ("消息", ""),
    "consent": ("授权", ""),
    "template_binding": ("微信模板绑定", "/console/templates/bindings"),
    "broadcast": ("关怀推送", "/console/broadcasts/{}"),
    "import": ("导入", "/console/patients/imports/{}"),
    "merge": ("合并", ""),
    "export": ("导出", ""),
    "search": ("搜索", ""),
    "contact": ("微信联系人", ""),
    "database": ("数据库", ""),
    "appointment": ("预约", ""),
    "checklist": ("前台清单", "/console/today/checklist?day={}"),
    "sample": ("分类抽查", "/console/today/figures?span=month&day={}"),
    "waitlist": ("候补", "/console/today/waitlist/{}"),
    "risk": ("未到诊风险", "/console/settings/risk"),
    "followup": ("回访", ""),
    "episode": ("会话", ""),
    "survey-sheet": ("满意度表", "/console/quality/surveys"),
    "report": ("总结报告", "/console/quality/reports"),
    "menu": ("菜单", "/console/settings/menu"),
    "scene": ("二维码", "/console/settings/scenes/{}"),
    "settings": ("设置", "/console/settings"),
    "clinic": ("诊所", "/console/settings"),
    "practitioner": ("医生", "/console/settings/practitioners/{}"),
    "room": ("诊室", "/console/settings/rooms/{}"),
    "device": ("设备", "/console/settings/devices/{}"),
    "visit_type": ("项目", "/console/settings/visit-types/{}"),
    "closure": ("休诊", "/console/settings/closures/{}"),
    "holidays": ("节假日", "/console/settings/holidays?year={}"),
    "word_list": ("词单", "/console/settings/words/{}"),
    "audit": ("审计", ""),
}


def evidence(proof: Verification) -> tuple[str, ...]:
    """Against what a chain that holds was checked, and what is wanting, in sentences."""
    checked = proof.checked
    found = []
    if proof.anchored:
        days = f"（{checked.first_day} 至 {checked.last_day}，到第 {checked.last_seq} 条）"
        found.append(f"已按 {checked.days} 天的外部记录核对{days}。")
        if proof.last_seq > checked.last_seq:
            found.append(f"第 {checked.last_seq} 条以后的记录还没有外部记录，只核对了库内的链。")
    else:
        found.append("只核对了库内的链，没有外部记录：库里的记录如果被连同密钥一起重写，或者结尾被截掉，这里看不出来。")
    if proof.unkeyed:
        found.append(f"其中 {proof.unkeyed} 条写于启用密钥之前，指纹没有密钥保护。")
    if checked.damaged:
        found.append(f"外部记录里有 {checked.damaged} 行不能采信（残缺、被改过，或者密钥不在这台机器上）。")
    if checked.lost:
        found.append(f"数据库记得还有 {checked.lost} 行外部记录，这台机器的文件里没有：在另一台机器上，或者被删了。")
    return tuple(found)


def subject_words(subject: str) -> str:
    """A subject in words: its kind, and the end of its id."""
    kind, _, name = subject.partition(":")
    known = KINDS.get(kind)
    return f"{known[0]} {name[-8:]}".strip() if known is not None else subject


def subject_link(subject: str) -> str:
    """Where a subject's page is; empty when it has none."""
    kind, _, name = subject.partition(":")
    known = KINDS.get(kind)
    return known[1].format(quote(name, safe="")) if known is not None else ""
