"""The permission table: `area:resource:action` → the roles that hold it. Read top to bottom; nothing else grants."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody works as; it decides what they may see and do."""

    ADMIN = "admin"  # 管理员: sets up the clinic, the accounts and the Official Account
    MANAGER = "manager"  # 主管: approves, exports, merges, sends marketing
    CONSULTANT = "consultant"  # 咨询师, on site or online
    RECEPTION = "reception"  # 前台客服
    CLINICIAN = "clinician"  # 医护


ROLE_NAMES: Mapping[Role, str] = {
    Role.ADMIN: "管理员",
    Role.MANAGER: "主管",
    Role.CONSULTANT: "咨询师",
    Role.RECEPTION: "前台客服",
    Role.CLINICIAN: "医护",
}

_A, _M, _C, _R, _D = Role.ADMIN, Role.MANAGER, Role.CONSULTANT, Role.RECEPTION, Role.CLINICIAN
_ALL = frozenset(Role)
_DESK = frozenset({_A, _M, _C, _R})  # who speaks with patients
_LEAD = frozenset({_A, _M})
_OWNER = frozenset({_A})

PERMISSIONS: Mapping[str, frozenset[Role]] = {
    # 今日 and what hangs on it
    "today:board:read": _ALL,
    "booking:appointment:read": _ALL,
    "booking:appointment:edit": _DESK,
    "booking:deposit:edit": _DESK,  # take and give back, at the desk
    "booking:cancellation:decide": _LEAD,  # what is done about a visit that was cancelled (A4-17)
    "booking:social_status:read": frozenset({_A, _D}),  # 身份, on the arrival card: who treats (A4-36)
    "outbox:message:read": _DESK,
    "outbox:message:cancel": _DESK,
    "followups:task:read": _ALL,
    "followups:task:close": _ALL,
    "followups:owner:edit": _LEAD,  # whose a patient is, and who alone calls them in a dispute (A1-40)
    "followups:figures:read": _LEAD,  # everybody's; one's own needs only the list
    "followups:undecided:edit": _DESK,  # what an undecided patient considers (A1-09, A1-12)
    "followups:alert:receive": frozenset({_A, _M, _R, _D}),  # on their own WeChat, what cannot wait
    # 前台
    "reception:figures:read": _LEAD,
    "reception:sample:draw": _LEAD,  # who is labelled again, blind (A4-10)
    "reception:sample:label": _ALL,
    "reception:class:confirm": frozenset({_A, _D}),  # who treats (A4-04)
    "reception:checklist:tick": _DESK,
    "reception:contact:note": _DESK,  # how somebody first reached the clinic (A4-53)
    # 会话
    "desk:conversation:read": _DESK,
    "desk:conversation:reply": _DESK,
    "desk:conversation:jump": _DESK,  # out of turn, with a reason
    "desk:conversation:supervise": _LEAD,  # read along, whisper, take over, approve an ending, free what is stuck
    "desk:contact:block": _LEAD,  # block who goes on insulting after two warnings, and lift it
    "desk:note:write": _DESK,
    "desk:reply:edit": _DESK,  # canned replies of one's own
    "desk:shared_reply:edit": _LEAD,
    "desk:shift:edit": _LEAD,
    "desk:quality:read": _DESK,  # one's own figures; everybody's with quality:rate
    "desk:quality:rate": _LEAD,
    "desk:practice:run": _DESK,
    # 患者
    "patients:patient:read": _ALL,
    "patients:patient:create": _DESK,
    "patients:patient:edit": _DESK,
    "patients:phone:reveal": _DESK,
    "patients:identity:reveal": frozenset({_A, _M, _R}),
    "patients:consent:edit": _DESK,
    "patients:tag:edit": _ALL,
    "patients:hold:edit": frozenset({_A, _M, _D}),
    "patients:hold:lift": _LEAD,  # a dispute, a death; who set it may as well
    "patients:contact:link": frozenset({_A, _M, _R}),
    "patients:patient:merge": _LEAD,
    "patients:import:run": _LEAD,
    "patients:export:run": _LEAD,
    "care:plan:change": _ALL,  # of one patient: another time for a step, an end, a date that plans count from
    "care:dry_run:read": _LEAD,
    "care:gap:decide": _LEAD,  # what is sent that fell due while the service was down
    # 模板
    "templates:template:read": _ALL,
    "templates:template:edit": _LEAD,
    "templates:template:test": frozenset({_A, _M, _C}),
    "templates:template:approve": _LEAD,
    "templates:template:publish": _LEAD,
    "templates:binding:edit": _OWNER,
    # 关怀计划
    "care:plan:read": _ALL,
    "care:plan:edit": _LEAD,
    "care:plan:approve": _LEAD,
    "care:plan:publish": _LEAD,
    # 关怀推送
    "broadcasts:broadcast:read": _DESK,
    "broadcasts:broadcast:write": _DESK,
    "broadcasts:marketing:write": _LEAD,
    "broadcasts:broadcast:approve": _LEAD,
    # 设置
    "settings:clinic:read": _LEAD,
    "settings:clinic:edit": _OWNER,
    "settings:closure:edit": _LEAD,
    "settings:question:read": _LEAD,
    "settings:question:edit": _LEAD,
    "settings:question:review": _LEAD,
    "settings:menu:edit": _OWNER,
    "settings:scene:edit": _LEAD,
    "settings:account:read": _LEAD,
    "settings:export:run": _OWNER,
    # 员工 and 审计
    "staff:account:read": _LEAD,
    "staff:account:edit": _OWNER,
    "audit:entry:read": _LEAD,
    # everybody's own account
    "me:account:edit": _ALL,
}


def permissions_of(role: Role) -> frozenset[str]:
    """Everything that role may do."""
    return frozenset(permission for permission, roles in PERMISSIONS.items() if role in roles)


def who_may(permission: str) -> tuple[Role, ...]:
    """The roles that hold a permission, to name whom to ask; empty for an unknown one."""
    held = PERMISSIONS.get(permission, frozenset())
    return tuple(role for role in Role if role in held)
