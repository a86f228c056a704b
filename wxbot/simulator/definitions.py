"""Template and notice definitions, and the public libraries they are chosen from (reference §5.3, §6.4)."""

from dataclasses import dataclass
from typing import Any

ONE_TIME = 2  # each accept allows one message
LONG_TERM = 3  # one accept allows many


@dataclass(frozen=True)
class LibraryTitle:
    """One entry of a public library: keywords are (id, name, field type, example)."""

    number: str
    title: str
    category: int
    keywords: tuple[tuple[int, str, str, str], ...]
    kind: int = ONE_TIME

    def field_name(self, keyword: int) -> str:
        """The field of a keyword in a chosen template: its type and its id."""
        return next(f"{kind}{number}" for number, _, kind, _ in self.keywords if number == keyword)

    def content(self, chosen: tuple[int, ...]) -> str:
        """The content of a template with these keywords, in this order."""
        names = {number: name for number, name, _, _ in self.keywords}
        return "".join(f"{names[keyword]}:{{{{{self.field_name(keyword)}.DATA}}}}\n" for keyword in chosen)

    def example(self, chosen: tuple[int, ...]) -> str:
        """The same with sample values."""
        samples = {number: (name, sample) for number, name, _, sample in self.keywords}
        return "".join(f"{samples[keyword][0]}:{samples[keyword][1]}\n" for keyword in chosen)


CATEGORIES: dict[int, str] = {616: "公立医疗机构", 612: "私立医疗机构", 670: "就医服务"}

LIBRARY: dict[str, LibraryTitle] = {
    entry.number: entry
    for entry in (
        LibraryTitle(
            "47123",
            "就诊提醒",
            670,
            (
                (3, "就诊人", "thing", "林女士"),
                (5, "就诊时间", "time", "2026年11月20日 14:30"),
                (8, "就诊地点", "thing", "二楼前台"),
                (9, "医生姓名", "name", "周医生"),
                (12, "温馨提示", "thing", "请提前10分钟到达"),
            ),
        ),
        LibraryTitle(
            "47124",
            "预约成功通知",
            670,
            (
                (1, "预约项目", "thing", "口腔检查"),
                (2, "预约时间", "time", "2026年11月20日 14:30"),
                (4, "预约单号", "character_string", "A20261120"),
                (6, "门店名称", "thing", "晨光口腔与皮肤诊所"),
            ),
        ),
        LibraryTitle(
            "47125",
            "复诊提醒",
            670,
            (
                (1, "复诊事项", "thing", "复诊提醒"),
                (2, "复诊日期", "date", "2026年11月20日"),
                (3, "备注", "thing", "如已安排请忽略"),
            ),
            LONG_TERM,
        ),
        LibraryTitle(
            "47126",
            "预约取消通知",
            670,
            (
                (1, "预约项目", "thing", "口腔检查"),
                (2, "原定时间", "time", "2026年11月20日 14:30"),
                (7, "状态", "phrase", "已取消"),
            ),
        ),
    )
}


def template(template_id: str, title: str, content: str, **more: Any) -> dict[str, Any]:
    """A template definition as `get_all_private_template` lists it."""
    return {
        "template_id": template_id,
        "title": title,
        "primary_industry": "",
        "deputy_industry": "",
        "content": content,
        "example": "",
        **more,
    }


def notice(template_id: str, title: str, content: str, **more: Any) -> dict[str, Any]:
    """A notice definition as `newtmpl/gettemplate` lists it; `type` is ONE_TIME or LONG_TERM."""
    return {"priTmplId": template_id, "title": title, "content": content, "example": "", "type": ONE_TIME, **more}
