"""One finding of the health page, and the pure judgements behind it: in words, with what to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from wxbot.account.ports import AccountTemplate, CallbackCheck, CardUse, JobRun, Quota
from wxbot.diagnostics.models import Finding, Severity, of
from wxbot.messaging import Channel
from wxbot.unanswered import WORTH_A_WARNING

NEARLY_USED_UP = 0.8  # of a day's allowance: time to look
SKEW_NOTICED = timedelta(seconds=30)
SKEW_WRONG = timedelta(minutes=5)  # pushes are refused beyond ten, and signatures of pages begin to fail
QUIET_FOR = timedelta(days=2)  # no push for so long is strange for a clinic with patients
MINUTE, HOUR, DAY = 60, 3600, 86_400  # seconds
NAMES_SHOWN = 3  # of templates in one sentence
JOB_LATE = timedelta(minutes=3)  # beyond its rhythm
JOB_NAMES = {
    "deliver_outbox": "发送消息",
    "run_desk": "会话派单和提醒",
    "index_messages": "整理消息搜索",
    "check_message_index": "补齐消息搜索",
    "check_visibility": "检查会话有没有人看",
    "measure_episodes": "统计会话",
    "recover_outbox": "找回未确定的消息",
    "sweep_inbox": "补办来信",
    "fetch_media": "取回照片和语音",
    "enqueue_care": "到期关怀",
    "measure_queues": "队列统计",
    "complete_visits": "结束就诊",
    "watch_visits": "到诊提醒",
    "tell_visitors": "等候和离开的消息",
    "offer_freed_hours": "候补放号",
    "call_risky": "未到诊风险的电话",
    "watch_followups": "回访时限",
    "calibrate_risk": "核算未到诊风险",
    "erase_unfollowed": "删除取关者信息",
    "anchor_audit": "把审计进度写到数据库以外",
    "forget_merges": "删除过期的合并原件",
    "refresh_settings": "更新设置",
    "run_broadcasts": "执行推送",
    "preview_broadcasts": "推送名单核对",
    "run_imports": "执行导入",
    "write_exports": "生成导出文件",
    "save_refusals": "记录平台错误",
}


class Level(StrEnum):
    """How a part is."""

    FINE = "fine"
    NOTICE = "notice"  # worth a look
    WRONG = "wrong"  # somebody must act
    UNKNOWN = "unknown"  # could not be found out


@dataclass(frozen=True, kw_only=True)
class Check:
    """One part of the account: how it is, the facts, and what to do when it is not fine."""

    key: str
    title: str
    level: Level
    says: str
    todo: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def token(ends_at: datetime, now: datetime) -> Check:
    """The access token: how long it lives on."""
    minutes = int((ends_at - now).total_seconds() // 60)
    return Check(key="token", title="访问凭证", level=Level.FINE, says=f"还有 {minutes} 分钟到期，会自动更换。")


def alerted(colleagues: int) -> Check:
    """How many colleagues are told on their own WeChat when a patient writes of a danger sign (A2-92)."""
    title = "危险征兆提醒"
    if colleagues:
        return Check(key="alerted", title=title, level=Level.FINE, says=f"有 {colleagues} 位同事会在微信里收到提醒。")
    todo = (
        "没有同事绑定微信，患者写到的危险征兆只会出现在待办里：请主管、前台或医护在「我的账号」用自己的微信扫码绑定，"
        "并保持关注公众号。"
    )
    return Check(key="alerted", title=title, level=Level.NOTICE, says="没有同事会在微信里收到提醒。", todo=(todo,))


def conversations(put_back: Sequence[str]) -> Check:
    """Open conversations that were in nobody's list within a day: why each went back to the queue."""
    title = "会话有没有人看"
    if not put_back:
        says = "每个没有结束的会话都有人能看到。"
        return Check(key="conversations", title=title, level=Level.FINE, says=says)
    reasons = "、".join(f"{why} {number} 个" for why, number in Counter(put_back).most_common())
    todo = (
        f"最近 24 小时有 {len(put_back)} 个会话不在任何人的列表里，已自动放回待回复：请主管看看患者是否都得到了答复；"
        "不是因为停用账号而反复出现的，请把日志转给开发人员。"
    )
    return Check(key="conversations", title=title, level=Level.NOTICE, says=f"{reasons}，已放回待回复。", todo=(todo,))


def callback(found: CallbackCheck) -> Check:
    """Whether the platform reaches our callback address."""
    where = f"（{'、'.join(found.addresses)}）" if found.addresses else ""
    if found.reached:
        return Check(key="callback", title="消息推送地址", level=Level.FINE, says=f"微信可以访问{where}。")
    todo = (
        "微信访问不到消息推送地址：请检查服务器是否在运行、域名解析和防火墙（只能用 80 或 443 端口），"
        "并核对公众平台“设置与开发 > 基本配置”里的 URL。"
    )
    return Check(
        key="callback",
        title="消息推送地址",
        level=Level.WRONG,
        says=f"微信访问不到{where}，丢包 {found.loss}。",
        todo=(todo,),
    )


def last_push(at: datetime | None, now: datetime, unanswered: int = 0) -> Check:
    """When WeChat last pushed something to us, and whether pushes of late had a proper answer."""
    if unanswered >= WORTH_A_WARNING:
        says = f"最近五分钟有 {unanswered} 次推送没有正常回应。"
        act = (
            f"{says}再多下去微信会暂停推送一分钟，这时患者发消息得不到回复：请管理员检查数据库和服务器是否太忙，"
            "并核对公众平台的 Token 和 EncodingAESKey。"
        )
        return Check(key="last_push", title="最近一次推送", level=Level.WRONG, says=says, todo=(act,))
    if at is None:
        says = "最近三天没有收到微信的推送。"
        todo = ("如果诊所已经开放公众号，请用手机给公众号发一条消息试试；收不到回复时核对消息推送地址和 Token。",)
        return Check(key="last_push", title="最近一次推送", level=Level.NOTICE, says=says, todo=todo)
    level = Level.NOTICE if now - at > QUIET_FOR else Level.FINE
    return Check(key="last_push", title="最近一次推送", level=level, says=f"{ago(now - at)}。")


def quotas(found: Sequence[tuple[str, Quota]]) -> Check:
    """Today's use of the main calls: name and allowance."""
    rows, todo = [], []
    for name, quota in found:
        rows.append((name, f"{quota.used:,}", f"{quota.daily_limit:,}", f"{quota.remain:,}"))
        if quota.daily_limit and quota.used >= quota.daily_limit:
            todo.append(f"“{name}”今天的次数已用完，零点后自动恢复；如属紧急，管理员可在公众平台清零。")
        elif quota.daily_limit and quota.used >= quota.daily_limit * NEARLY_USED_UP:
            todo.append(f"“{name}”今天的次数快用完了，请留意。")
    says = "今天的次数充足。" if not todo else "有接口的次数紧张。"
    return Check(
        key="quotas",
        title="今日调用次数",
        level=Level.NOTICE if todo else Level.FINE,
        says=says,
        todo=tuple(todo),
        columns=("接口", "已用", "每日上限", "剩余"),
        rows=tuple(rows),
    )


def templates(account: Sequence[AccountTemplate], cards: Sequence[CardUse]) -> Check:
    """The account's templates and notices against the cards our templates fill."""
    known = {each.template_id: each for each in account}
    users: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}  # what is wrong → the templates it concerns
    for card in cards:
        found = known.get(card.template_id)
        if found is not None:
            users.setdefault(found.template_id, []).append(card.template)
        if problem := _mismatch(card, found):
            wrong.setdefault(problem, []).append(card.template)
    todo = [f"{_some(names)}：{problem}" for problem, names in wrong.items()]
    rows = []
    for each in account:
        used = users.get(each.template_id, [])
        rows.append((each.title, _kind(notice=each.notice), _some(used) if used else "没有使用"))
    level = Level.NOTICE if todo else Level.FINE
    says = f"公众平台上有 {len(rows)} 个模板" + ("，有需要核对的地方。" if todo else "，绑定一致。")
    return Check(
        key="templates",
        title="模板与订阅通知",
        level=level,
        says=says,
        todo=tuple(todo),
        columns=("标题", "种类", "用于"),
        rows=tuple(rows),
    )


def _mismatch(card: CardUse, found: AccountTemplate | None) -> str:
    """What is wrong between a card and the account's template it is bound to; empty when they fit."""
    kind = _kind(notice=card.notice)
    if not card.template_id:
        return f"{kind}还没有绑定，会改用其他方式或转为电话；请到“模板 > 绑定”选择。"
    if found is None:
        return f"绑定的{kind}在公众平台上找不到，请到“模板 > 绑定”重新选择。"
    if found.notice != card.notice:
        return f"绑定的不是{kind}，请到“模板 > 绑定”重新选择。"
    ours, theirs = set(card.fields), set(found.fields)
    if extra := sorted(ours - theirs):
        return f"公众平台的“{found.title}”没有字段 {'、'.join(extra)}，请到“模板 > 绑定”核对。"
    if missing := sorted(theirs - ours):
        return f"公众平台的“{found.title}”还需要字段 {'、'.join(missing)}，请到“模板 > 绑定”核对。"
    return ""


def _kind(*, notice: bool) -> str:
    return (Channel.NOTICE if notice else Channel.TEMPLATE).label


def _some(names: Sequence[str]) -> str:
    """A few names; how many more there are."""
    different = tuple(dict.fromkeys(names))
    more = f"等 {len(different)} 个模板" if len(different) > NAMES_SHOWN else ""
    return "、".join(f"“{name}”" for name in different[:NAMES_SHOWN]) + more


def skew(there: datetime, here: datetime) -> Check:
    """Our clock against the platform's."""
    apart = abs(there - here)
    seconds = int(apart.total_seconds())
    if apart <= SKEW_NOTICED:
        return Check(key="clock", title="服务器时间", level=Level.FINE, says=f"与微信相差 {seconds} 秒以内。")
    todo = ("服务器的时间不准，请管理员打开自动对时（NTP）：时间差太大时，微信的推送会被当作过期拒收。",)
    level = Level.WRONG if apart > SKEW_WRONG else Level.NOTICE
    return Check(key="clock", title="服务器时间", level=level, says=f"与微信相差 {seconds} 秒。", todo=todo)


def jobs(runs: Sequence[JobRun], now: datetime) -> Check:
    """When each job last ran."""
    rows, todo = [], []
    for run in runs:
        name = JOB_NAMES.get(run.name, run.name)
        at = "还没有运行过" if run.at is None else ago(now - run.at)
        waited = now - run.waited_since
        late = waited > run.every + JOB_LATE
        rows.append((name, at, _result(run, late=late)))
        if late:
            minutes = int(waited.total_seconds() // 60)
            todo.append(f"“{name}”已经 {minutes} 分钟没有运行，请重启服务。")
        elif not run.ok:
            todo.append(f"“{name}”上次运行出错，会自动再试；若反复出现，请把日志转给开发人员。")
    return Check(
        key="jobs",
        title="定时任务",
        level=Level.WRONG if todo else Level.FINE,
        says="都在按时运行。" if not todo else "有任务没有正常运行。",
        todo=tuple(todo),
        columns=("任务", "上次运行", "结果"),
        rows=tuple(rows),
    )


def ago(past: timedelta) -> str:
    """How long ago, in words: the machine's clock and the clinic's may differ, a distance is true for both."""
    seconds = max(0, int(past.total_seconds()))
    for unit, name in ((DAY, "天"), (HOUR, "小时"), (MINUTE, "分钟")):
        if seconds >= unit:
            return f"{seconds // unit} {name}前"
    return "刚刚"


def _result(run: JobRun, *, late: bool) -> str:
    if late:
        return "超时未运行"
    if not run.ok:
        return "出错"
    return "等待中" if run.at is None else "正常"


def diagnosed(key: str, title: str, findings: Sequence[Finding]) -> Check:
    """What the diagnostics found; whatever is not fine is to be done, the worst first."""
    problems = [each.sentence for each in of(findings, Severity.PROBLEM)]
    warnings = [each.sentence for each in of(findings, Severity.WARNING)]
    level = Level.WRONG if problems else Level.NOTICE if warnings else Level.FINE
    says = "".join(dict.fromkeys(each.sentence for each in findings)) or "没有查到。"
    return Check(key=key, title=title, level=level, says=says, todo=(*problems, *warnings))


def settings(problems: Sequence[str]) -> Check:
    """Settings that are missing or do not fit together."""
    return Check(
        key="settings",
        title="服务设置",
        level=Level.WRONG if problems else Level.FINE,
        says=f"有 {len(problems)} 处设置需要处理。" if problems else "齐全。",
        todo=tuple(problems),
    )
