"""Every action that the audit notes: the value that is stored, and how staff read it."""

from wxbot.labels import LabelledEnum


class AuditAction(LabelledEnum):
    """What somebody did, as `<kind>:<verb>`."""

    PATIENT_CREATED = ("patient:created", "新建患者档案")
    PATIENT_EDITED = ("patient:edited", "修改患者资料")
    PATIENT_TAGGED = ("patient:tagged", "加标签")
    PATIENT_UNTAGGED = ("patient:untagged", "移除标签")
    PATIENT_HELD = ("patient:held", "暂停关怀")
    PATIENT_RELEASED = ("patient:released", "恢复关怀")
    PATIENT_OBJECTED = ("patient:objected", "记录异议")
    PATIENT_SETTLED = ("patient:settled", "异议已解决")
    PATIENT_RECOVERED = ("patient:recovered", "标记已恢复")
    PATIENT_UNRECOVERED = ("patient:unrecovered", "标记未恢复")
    PATIENT_DECLINED_OFFERS = ("patient:declined_offers", "记录谢绝推荐")
    PATIENT_MERGED = ("patient:merged", "合并重复档案")
    PATIENT_UNMERGED = ("patient:unmerged", "撤销合并")
    PATIENT_SEARCHED = ("patient:searched", "按数字搜索患者")
    PHONE_REVEALED = ("phone:revealed", "查看完整手机号")
    IDENTITY_REVEALED = ("identity:revealed", "查看完整证件号")
    CONTACT_LINKED = ("contact:linked", "关联微信联系人")
    CONTACT_UNLINKED = ("contact:unlinked", "解除微信联系人")
    CONSENT_CHANGED = ("consent:changed", "修改授权")

    IMPORT_UPLOADED = ("import:uploaded", "上传导入文件")
    IMPORT_CHOSEN = ("import:chosen", "指定导入的列")
    IMPORT_STARTED = ("import:started", "导入 · 开始")
    IMPORT_FINISHED = ("import:finished", "导入完成")
    IMPORT_FETCHED = ("import:fetched", "导入 · 下载")
    IMPORT_DISCARDED = ("import:discarded", "删除导入文件")
    IMPORT_UNDO_STARTED = ("import:undo_started", "开始撤销导入")
    IMPORT_UNDONE = ("import:undone", "导入 · 撤销")
    EXPORT_WRITTEN = ("export:written", "导出文件已生成")
    EXPORT_FETCHED = ("export:fetched", "下载导出文件")
    EXPORT_EXPORTED = ("export:exported", "导出全部设置")

    APPOINTMENT_BOOKED = ("appointment:booked", "预约 · 新建")
    APPOINTMENT_MOVED = ("appointment:moved", "预约 · 改约")
    APPOINTMENT_CONFIRMED = ("appointment:confirmed", "预约 · 确认")
    APPOINTMENT_CANCELLED = ("appointment:cancelled", "预约 · 取消")
    APPOINTMENT_MISSED = ("appointment:missed", "预约 · 标记未到")
    FOLLOWUP_CLOSED = ("followup:closed", "回访 · 完成")
    MESSAGE_CANCELLED = ("message:cancelled", "取消待发消息")

    TEMPLATE_CREATED = ("template:created", "模板 · 新建")
    TEMPLATE_DRAFTED = ("template:drafted", "模板 · 起草")
    TEMPLATE_DISCARDED = ("template:discarded", "模板 · 放弃草稿")
    TEMPLATE_SUBMITTED = ("template:submitted", "模板 · 提交审核")
    TEMPLATE_RETURNED = ("template:returned", "模板 · 退回修改")
    TEMPLATE_APPROVED = ("template:approved", "模板 · 批准")
    TEMPLATE_SELF_APPROVED = ("template:self_approved", "模板 · 自己批准")
    TEMPLATE_PUBLISHED = ("template:published", "模板 · 发布")
    TEMPLATE_VERSION_RESTORED = ("template:version_restored", "模板 · 恢复旧版本")
    TEMPLATE_RETIRED = ("template:retired", "模板 · 停用")
    TEMPLATE_RESTORED = ("template:restored", "模板 · 重新启用")
    TEMPLATE_TESTED = ("template:tested", "模板 · 试发")

    TEMPLATE_BINDING_ADDED = ("template_binding:added", "微信模板绑定 · 新增")
    TEMPLATE_BINDING_CHANGED = ("template_binding:changed", "微信模板绑定 · 修改")
    TEMPLATE_BINDING_VERIFIED = ("template_binding:verified", "微信模板绑定 · 核对")

    BROADCAST_CREATED = ("broadcast:created", "关怀推送 · 新建")
    BROADCAST_EDITED = ("broadcast:edited", "关怀推送 · 修改")
    BROADCAST_PREVIEWED = ("broadcast:previewed", "关怀推送 · 预览名单")
    BROADCAST_SUBMITTED = ("broadcast:submitted", "关怀推送 · 提交审核")
    BROADCAST_RETURNED = ("broadcast:returned", "关怀推送 · 退回修改")
    BROADCAST_APPROVED = ("broadcast:approved", "关怀推送 · 批准")
    BROADCAST_SELF_APPROVED = ("broadcast:self_approved", "关怀推送 · 自己批准")
    BROADCAST_STARTED = ("broadcast:started", "关怀推送 · 开始")
    BROADCAST_PAUSED = ("broadcast:paused", "关怀推送 · 暂停")
    BROADCAST_RESUMED = ("broadcast:resumed", "关怀推送 · 继续")
    BROADCAST_FINISHED = ("broadcast:finished", "关怀推送 · 完成")
    BROADCAST_CANCELLED = ("broadcast:cancelled", "关怀推送 · 取消")

    SETTINGS_SEEDED = ("settings:seeded", "设置 · 从配置文件建立")
    SETTINGS_CREATED = ("settings:created", "设置 · 新建")
    SETTINGS_EDITED = ("settings:edited", "设置 · 修改")
    SETTINGS_DELETED = ("settings:deleted", "设置 · 删除")
    QUESTION_REVIEWED = ("question:reviewed", "设置 · 审核")
    QUESTION_DISMISSED = ("question:dismissed", "设置 · 移除待补充问题")
    MENU_EDITED = ("menu:edited", "菜单 · 修改")
    MENU_PUSHED = ("menu:pushed", "菜单 · 推送到微信")
    MENU_PUSH_FAILED = ("menu:push_failed", "菜单 · 推送到微信失败")
    MENU_VERSION_RESTORED = ("menu:version_restored", "菜单 · 取回旧版本")
    SCENE_CREATED = ("scene:created", "二维码 · 新建")
    SCENE_EDITED = ("scene:edited", "二维码 · 修改")
    SCENE_RENEWED = ("scene:renewed", "二维码 · 续期")

    BACKUP_WRITTEN = ("backup:written", "备份 · 写出")
    BACKUP_RESTORED = ("backup:restored", "备份 · 恢复")

    STAFF_CREATED = ("staff:created", "新建员工账号")
    STAFF_EDITED = ("staff:edited", "修改员工账号")
    STAFF_DISABLED = ("staff:disabled", "停用员工账号")
    STAFF_ENABLED = ("staff:enabled", "启用员工账号")
    STAFF_PASSWORD_RESET = ("staff:password_reset", "重置密码")
    STAFF_PASSWORD_CHANGED = ("staff:password_changed", "修改自己的密码")
    STAFF_TOTP_ENABLED = ("staff:totp_enabled", "开启动态码")
    STAFF_TOTP_DISABLED = ("staff:totp_disabled", "关闭动态码")
    STAFF_TOTP_RESET = ("staff:totp_reset", "重置动态码")
    STAFF_SIGNED_IN = ("staff:signed_in", "登录")
    STAFF_SIGNED_OUT = ("staff:signed_out", "退出登录")
    STAFF_SESSION_ENDED = ("staff:session_ended", "退出一处登录")
    STAFF_SESSIONS_ENDED = ("staff:sessions_ended", "退出同事的全部登录")
    STAFF_LOCKED = ("staff:locked", "登录被暂停")
    STAFF_WECHAT_BOUND = ("staff:wechat_bound", "绑定微信")
    STAFF_WECHAT_REJECTED = ("staff:wechat_rejected", "拒绝微信绑定")
    STAFF_WECHAT_UNBOUND = ("staff:wechat_unbound", "解除微信绑定")


_BY_VALUE = {action.value: action for action in AuditAction}


def action_label(action: str) -> str:
    """A stored action as staff read it; one that is listed no more is shown as it was written."""
    known = _BY_VALUE.get(action)
    return known.label if known is not None else action
