"""How the audit page calls subjects, and where a subject's page is."""

from collections.abc import Mapping
from urllib.parse import quote

KINDS: Mapping[str, tuple[str, str]] = {  # kind of subject → its name, its page ({} is the id; empty: it has none)
    "patient": ("患者", "/console/patients/{}"),
    "staff": ("员工", "/console/staff/{}"),
    "template": ("模板", "/console/templates/{}"),
    "message": ("消息", ""),
    "consent": ("授权", ""),
    "template_binding": ("微信模板绑定", "/console/templates/bindings"),
    "broadcast": ("关怀推送", "/console/broadcasts/{}"),
    "import": ("导入", "/console/patients/imports/{}"),
    "merge": ("合并", ""),
    "export": ("导出", ""),
    "contact": ("微信联系人", ""),
    "appointment": ("预约", ""),
    "followup": ("回访", ""),
    "menu": ("菜单", "/console/settings/menu"),
    "scene": ("二维码", "/console/settings/scenes/{}"),
    "settings": ("设置", "/console/settings"),
    "clinic": ("诊所", "/console/settings"),
    "practitioner": ("医生", "/console/settings/practitioners/{}"),
    "room": ("诊室", "/console/settings/rooms/{}"),
    "visit_type": ("项目", "/console/settings/visit-types/{}"),
    "closure": ("休诊", "/console/settings/closures/{}"),
    "holidays": ("节假日", "/console/settings/holidays?year={}"),
    "audit": ("审计", ""),
}


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
