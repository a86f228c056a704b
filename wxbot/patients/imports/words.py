"""What imports are called in front of staff."""

from collections.abc import Mapping

from wxbot.patients.imports.models import Duplicates, ImportState, Undone, Verdict

VERDICT_WORDS: Mapping[Verdict, str] = {
    Verdict.CREATE: "新增",
    Verdict.FILL: "补充",
    Verdict.SKIP: "跳过",
    Verdict.WRONG: "有误",
}
UNDONE_WORDS: Mapping[Undone, str] = {Undone.REMOVED: "移除", Undone.RESTORED: "恢复", Undone.KEPT: "保留"}
STATE_WORDS: Mapping[ImportState, str] = {
    ImportState.UPLOADED: "等待对应列",
    ImportState.CHECKING: "正在试算",
    ImportState.CHECKED: "试算完成，还没有写入",
    ImportState.RUNNING: "正在导入",
    ImportState.DONE: "已导入",
    ImportState.UNDOING: "正在撤销",
    ImportState.UNDONE: "已撤销",
}
DUPLICATE_WORDS: Mapping[Duplicates, str] = {
    Duplicates.SKIP: "跳过这一行，已有的患者不动",
    Duplicates.FILL: "只补充已有患者空着的项，不覆盖",
    Duplicates.CREATE: "仍然新建一位患者",
}


def in_words(counts: Mapping[str, int]) -> str:
    """Counts by verdict in one line."""
    return "，".join(f"{words} {counts.get(verdict, 0)}" for verdict, words in VERDICT_WORDS.items())


def undone_in_words(counts: Mapping[str, int]) -> str:
    """Counts of what undoing did, in one line."""
    return "，".join(f"{words} {counts.get(undone, 0)} 位" for undone, words in UNDONE_WORDS.items())
