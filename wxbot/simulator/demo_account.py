"""What the demo clinic's admin has set up at the platform: its templates, notices and scene codes."""

from wxbot.simulator.platform import Platform

TEMPLATES = {
    "TPL_APPOINTMENT": (
        "就诊提醒",
        "事项:{{thing1.DATA}}\n时间:{{time2.DATA}}\n医生:{{thing3.DATA}}\n地点:{{thing4.DATA}}",
    ),
    "TPL_CARE": (
        "诊后关怀提示",
        "就诊人:{{thing1.DATA}}\n提示:{{thing2.DATA}}\n就诊时间:{{time3.DATA}}",
    ),
    "TPL_REPLY": (
        "咨询回复提醒",
        "事项:{{thing1.DATA}}\n提示:{{thing2.DATA}}",
    ),
    "TPL_STAFF": (
        "待办提醒",
        "事项:{{thing1.DATA}}\n提示:{{thing2.DATA}}\n时间:{{time3.DATA}}",
    ),
}
NOTICES = {
    "NTC_VISIT": ("就诊通知", "事项:{{thing1.DATA}}\n时间:{{date2.DATA}}\n地点:{{thing3.DATA}}"),
    "NTC_CARE": ("关怀通知", "事项:{{thing1.DATA}}\n提示:{{thing2.DATA}}"),
}
SCENES = ("前台海报", "微信文章")  # what printed codes say; shown under their pictures


def furnish(platform: Platform) -> None:
    """Give the account its templates, notices and permanent scene codes; what is there already stays."""
    for template_id, (title, content) in TEMPLATES.items():
        if template_id not in platform.templates:
            platform.add_template(template_id, title, content)
    for template_id, (title, content) in NOTICES.items():
        if template_id not in platform.notice_templates:
            platform.add_notice_template(template_id, title, content)
    for scene in SCENES:
        platform.scenes.create(
            {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}, platform.now()
        )
