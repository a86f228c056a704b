"""How the audit page calls actions and subjects, and where a subject's page is."""

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

ACTIONS: Mapping[str, str] = {
    "staff:created": "新建员工账号",
    "staff:edited": "修改员工账号",
    "staff:disabled": "停用员工账号",
    "staff:enabled": "启用员工账号",
    "staff:password-reset": "重置密码",
    "staff:password-changed": "修改自己的密码",
    "staff:totp-enabled": "开启动态码",
    "staff:totp-disabled": "关闭动态码",
    "staff:totp-reset": "重置动态码",
    "staff:signed-in": "登录",
    "staff:signed-out": "退出登录",
    "staff:session-ended": "退出一处登录",
    "staff:sessions-ended": "退出同事的全部登录",
    "staff:locked": "登录被暂停",
    "staff:wechat-bound": "绑定微信",
    "staff:wechat-unbound": "解除微信绑定",
    "patient:created": "新建患者档案",
    "patient:edited": "修改患者资料",
    "patient:tagged": "加标签",
    "patient:untagged": "移除标签",
    "patient:merged": "合并重复档案",
    "patient:unmerged": "撤销合并",
    "contact:linked": "关联微信联系人",
    "contact:unlinked": "解除微信联系人",
    "patient:declined-offers": "记录谢绝推荐",
    "patient:unrecovered": "标记未恢复",
    "patient:recovered": "标记已恢复",
    "patient:settled": "异议已解决",
    "patient:objected": "记录异议",
    "patient:released": "恢复关怀",
    "patient:held": "暂停关怀",
    "import:uploaded": "上传导入文件",
    "import:chosen": "指定导入的列",
    "import:discarded": "删除导入文件",
    "import:finished": "导入完成",
    "import:undo_started": "开始撤销导入",
    "export:fetched": "下载导出文件",
    "export:written": "导出文件已生成",
    "message:cancelled": "取消待发消息",
    "identity:revealed": "查看完整证件号",
    "phone:revealed": "查看完整手机号",
    "consent:changed": "修改授权",
}

VERBS: Mapping[str, str] = {  # for actions of other rooms: `<kind>:<verb>`
    "created": "新建",
    "edited": "修改",
    "fetched": "下载",
    "finished": "完成",
    "verified": "核对",
    "removed": "删除",
    "changed": "修改",
    "added": "新增",
    "deleted": "删除",
    "revealed": "查看完整信息",
    "exported": "导出",
    "imported": "导入",
    "merged": "合并",
    "unmerged": "撤销合并",
    "undone": "撤销",
    "linked": "关联",
    "unlinked": "取消关联",
    "tagged": "加标签",
    "untagged": "去标签",
    "approved": "批准",
    "self_approved": "自己批准",
    "self-approved": "自己批准",
    "submitted": "提交审核",
    "returned": "退回修改",
    "drafted": "起草",
    "discarded": "放弃草稿",
    "published": "发布",
    "retired": "停用",
    "restored": "恢复旧版本",
    "tested": "试发",
    "bound": "绑定",
    "unbound": "解除绑定",
    "previewed": "预览名单",
    "paused": "暂停",
    "resumed": "继续",
    "cancelled": "取消",
    "started": "开始",
    "confirmed": "确认",
    "missed": "标记未到",
    "pushed": "推送到微信",
    "push-failed": "推送到微信失败",
    "brought-back": "取回旧版本",
    "renewed": "续期",
    "closed": "完成",
    "opened": "新建",
    "seeded": "从配置文件建立",
    "clinic": "修改诊所",
}


def action_words(action: str) -> str:
    """An action in words; one that is not known is shown as it is written."""
    known = ACTIONS.get(action)
    if known is not None:
        return known
    kind, _, verb = action.partition(":")
    words, name = VERBS.get(verb), KINDS.get(kind)
    return f"{name[0]} · {words}" if words is not None and name is not None else action


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
