"""设置: the sections, each with what stands there now and what somebody should see to."""

from dataclasses import dataclass

from aiohttp import web

from wxbot.web.console.frame import actor_of, now_of, page, services_of
from wxbot.web.console.routing import ROUTE_OF


@dataclass(frozen=True)
class Entry:
    """A section of the settings."""

    name: str
    path: str
    permission: str
    words: str


ENTRIES = (
    Entry("诊所资料", "/console/settings/clinic", "settings:clinic:read", "名称、地址、电话和隐私联系方式"),
    Entry("医生", "/console/settings/practitioners", "settings:clinic:read", "照片、专业、简介和开展的项目"),
    Entry("出诊时间", "/console/settings/hours", "settings:clinic:read", "每位医生一周的出诊时段"),
    Entry("值班", "/console/settings/shifts", "desk:shift:edit", "会话台谁在什么时候接待"),
    Entry("诊室", "/console/settings/rooms", "settings:clinic:read", "名称、用途与备注"),
    Entry("设备", "/console/settings/devices", "settings:clinic:read", "激光仪等，项目要用到的设备"),
    Entry("项目", "/console/settings/visit-types", "settings:clinic:read", "时长、价格、要用的诊室与设备、何时可约"),
    Entry("预约规则", "/console/settings/booking", "settings:clinic:read", "可提前多久预约、号源间隔"),
    Entry("休诊", "/console/settings/closures", "settings:clinic:read", "全院或某位医生不出诊的日子"),
    Entry("受影响的预约", "/console/conflicts", "booking:appointment:edit", "休诊、放假、改时间撞上的预约，逐一处理"),
    Entry("节假日", "/console/settings/holidays", "settings:clinic:read", "法定节假日与调休上班日"),
    Entry("免打扰与发送上限", "/console/settings/sending", "settings:clinic:read", "什么时候发、最多发多少"),
    Entry("就诊前的问题", "/console/settings/questionnaire", "settings:clinic:read", "患者约好以后在网页上填的问题"),
    Entry("未到诊风险", "/console/settings/risk", "settings:clinic:read", "谁可能不来、按什么算，每月核算一次"),
    Entry("用语识别", "/console/settings/words", "settings:clinic:read", "患者怎么说算什么意思，可以试一句话"),
    Entry("常见问题", "/console/settings/questions", "settings:question:read", "患者常问的问题、回答和审核"),
    Entry("常用语", "/console/settings/canned", "desk:reply:edit", "会话里一键插入的句子，共用的和自己的"),
    Entry("公众号菜单", "/console/settings/menu", "settings:menu:edit", "菜单编辑、预览和推送"),
    Entry("场景二维码", "/console/settings/scenes", "settings:scene:edit", "可打印的带参数二维码"),
    Entry("公众号状态", "/console/settings/account", "settings:account:read", "凭据、额度、回调和模板"),
    Entry("导出设置", "/console/settings/export", "settings:export:run", "把这里的设置导出为配置文件"),
)


async def index(request: web.Request) -> web.StreamResponse:
    """The sections that exist and that this member of staff may open."""
    actor = actor_of(request)
    there = {route.path for route in request.app[ROUTE_OF].values()}
    entries = [entry for entry in ENTRIES if entry.path in there and actor.may(entry.permission)]
    warnings = services_of(request).clinics.warnings(now_of(request))
    return await page(request, "settings/index.html", entries=entries, warnings=warnings)
