"""The platform's error codes as data (reference §8): code → reaction and what staff should know or do.

One row per meaning; ranges are written `first-last`. `BUG` rows are our own mistakes: the message is dropped, the
advice asks for the developer. Where a code only matters while staff are doing something, the advice speaks to them.
"""

from dataclasses import dataclass

from wxbot.errors import Reaction

RETRY, REFRESH, DROP = Reaction.RETRY, Reaction.REFRESH, Reaction.DROP
DEFER, UNFOLLOW, ALARM = Reaction.DEFER, Reaction.UNFOLLOW, Reaction.ALARM

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR


@dataclass(frozen=True, kw_only=True)
class Row:
    """One or more codes that mean the same to us."""

    codes: str  # "40003" or "40015-40028 40033"
    reaction: Reaction
    advice: str
    wait: float | None = None  # seconds until another try makes sense, where the platform says so
    until_midnight: bool = False  # another try makes sense after 00:00 Beijing time
    alarm: bool = False  # an operator should know, with any reaction
    bug: bool = False  # our own mistake


def _row(  # noqa: PLR0913 - one fact each, all keyword-only but the first three
    codes: str,
    reaction: Reaction,
    advice: str,
    *,
    wait: float | None = None,
    until_midnight: bool = False,
    alarm: bool = False,
) -> Row:
    return Row(codes=codes, reaction=reaction, advice=advice, wait=wait, until_midnight=until_midnight, alarm=alarm)


def _bug(codes: str, advice: str) -> Row:
    return Row(codes=codes, reaction=DROP, advice=f"{advice}这是系统的问题，请把这条记录转给开发人员。", bug=True)


ROWS: tuple[Row, ...] = (
    # The platform itself
    _row("-1", RETRY, "微信系统繁忙，系统会自动稍后再试。"),
    _row("0", DROP, "成功，无需处理。"),
    _row("-1000", RETRY, "微信系统出错，系统会自动稍后再试。"),
    _row("268487001 268487002", RETRY, "微信平台繁忙，系统会自动稍后再试。"),
    _row("9001002", RETRY, "微信的后台服务暂时不可用，系统会自动稍后再试。"),
    # Credentials and the account
    _row("40001 40014 42001", REFRESH, "访问凭证失效，系统会自动更换一次；若反复出现，请核对 AppSecret 和 AppID。"),
    _row("40013", ALARM, "AppID 不正确，请管理员核对公众号的 AppID 设置。"),
    _row("40125", ALARM, "AppSecret 不正确，请管理员在公众平台核对或重置后更新设置。"),
    _row(
        "40164 61004",
        ALARM,
        "服务器的 IP 不在微信开发者平台的 API IP 白名单里，所有接口都不能用；请管理员添加，几分钟后生效。",
    ),
    _row("40200", ALARM, "公众号的类型不能使用这个功能，请管理员确认账号已认证为服务号。"),
    _row("40243", ALARM, "AppSecret 已被冻结，请管理员到公众平台解冻。"),
    _row("48001", ALARM, "公众号没有这个接口的权限，请管理员检查认证是否有效。"),
    _row("48004", ALARM, "微信封禁了这个接口，请管理员到公众平台查看通知。"),
    _row("48006", ALARM, "本月清零调用次数的机会已用完，请等到下月或联系微信。"),
    _row("48008", ALARM, "公众号没有发送这种消息的权限，请管理员检查账号权限。"),
    _row("50004", ALARM, "微信禁止了获取访问凭证，请管理员到公众平台查看通知。"),
    _row("50007", ALARM, "公众号已被冻结，请管理员到公众平台查看通知。"),
    _row("89501 89503", ALARM, "服务器的 IP 需要公众号管理员在微信里确认，请管理员查看手机上的确认消息。"),
    _row("89506", ALARM, "管理员拒绝了服务器的 IP，24 小时内不能再试。", wait=DAY),
    _row("89507", ALARM, "管理员拒绝了服务器的 IP，1 小时内不能再试。", wait=HOUR),
    # The patient
    _row("40003", UNFOLLOW, "这位患者的微信标识无效或已取消关注，请改用电话联系。"),
    _row("43004", UNFOLLOW, "患者没有关注公众号，请改用电话联系。"),
    _row("50005", UNFOLLOW, "患者没有关注公众号，请改用电话联系。"),
    _row("48002", UNFOLLOW, "患者关闭了接收消息，请改用电话联系。"),
    _row("43005", DROP, "对方需要先成为好友，这条消息没有发出。"),
    _row("43019", DROP, "患者在我们的黑名单里，消息没有发出；如需联系请先移出黑名单。"),
    _row("43101", DROP, "患者没有订阅、订阅已用完或拒绝接收，请改用其他方式联系。"),
    _row("45015", DEFER, "超过了可以回复的时间或患者已取消关注；患者再次来信后可以继续回复，紧急请电话联系。"),
    _row("45047", DEFER, "这次来信能回复的条数已用完；患者再次来信后可以继续回复，紧急请电话联系。"),
    _row("49003", DROP, "这个微信标识不属于本公众号，请核对患者资料。", alarm=True),
    _row("50001", DROP, "患者没有授权这项功能。"),
    _row("50002", DROP, "患者的微信账号被限制或冻结，请改用电话联系。"),
    _row("70000", DROP, "微信为保护未成年人拦截了这条消息，请电话联系监护人。"),
    # Volume
    _row(
        "45009",
        DEFER,
        "今天这个接口的调用次数已用完，零点后自动继续；如属紧急，管理员可在公众平台清零。",
        until_midnight=True,
        alarm=True,
    ),
    _row("45011", RETRY, "发送太频繁，系统会放慢并在一分钟后再试。", wait=MINUTE),
    _row("43108", RETRY, "正在给同一位患者发送另一条消息，系统会排队再试。"),
    # Templates and notices
    _row("40036 40037", ALARM, "模板编号不存在或已被删除，请管理员在公众平台核对模板并更新绑定；在此之前停用该模板。"),
    _row("40249", ALARM, "内容被微信判定为营销，消息没有发出；请停用该模板并修改内容。"),
    _row("43116", ALARM, "模板因滥用被微信封禁，请停用该模板并到公众平台查看通知。"),
    _row("40251", DEFER, "账号因违规被限制，明天再试；请管理员到公众平台查看通知。", until_midnight=True, alarm=True),
    _row("40252", DEFER, "内容正在接受微信审核，一小时后再试。", wait=HOUR),
    _row("43107", ALARM, "公众号的订阅通知能力被封禁，请管理员到公众平台查看通知。"),
    _row("45168", DROP, "内容含有微信不允许的词语，消息没有发出；请修改措辞。"),
    _row("45166", DROP, "内容不符合微信的要求（例如链接写得不完整），消息没有发出；请修改内容。"),
    _row("87014", DROP, "内容被微信判定为违规，没有发出；请修改内容，不要原样重发。"),
    _row("45026", DROP, "公众号的模板已满 25 个，请管理员先删除不用的模板。"),
    _bug("40246", "模板的关键词不正确。"),
    _bug("40247", "微信要求改用类目模板。"),
    _bug("40250", "模板里有空白或不规范的内容，消息没有发出。"),
    _bug("47003", "模板中有一项内容不符合微信的格式，消息没有发出。"),
    _bug("200011", "订阅通知：账号已被封禁。"),
    _bug("200012", "订阅通知：模板数量已到上限。"),
    _bug("200013", "订阅通知：模板已被封禁。"),
    _bug("200014", "订阅通知：模板标题编号不正确。"),
    _bug("200015-200022", "订阅通知：模板库的请求参数不正确。"),
    _bug("200100", "订阅通知：账号类型不支持。"),
    # Words and media
    _row("40007", DROP, "素材已过期或不存在，请重新上传后再发。"),
    _row("40009-40012", DROP, "图片、语音、视频或缩略图超过大小限制，请换小一些的文件。"),
    _row("40137", DROP, "微信不支持这种图片格式，请换成 JPG 或 PNG 再传。"),
    _row("40092", DROP, "备注名不合规或太长，请改短。"),
    _row("40132", DROP, "微信号不正确，请核对。"),
    _row("46001 46002 46004", DROP, "要处理的素材、菜单版本或用户不存在。"),
    _row("46003", DROP, "公众号还没有自定义菜单。"),
    _row("48005", DROP, "素材正在被使用，不能删除。"),
    _bug("40004", "媒体类型不正确。"),
    _bug("40005", "文件类型不正确。"),
    _bug("40006", "文件大小不正确。"),
    _bug("40008", "消息类型不正确。"),
    _bug("40062", "标题长度不正确。"),
    _bug("44001", "上传的媒体文件是空的。"),
    _bug("44002", "请求内容是空的。"),
    _bug("44003", "图文消息是空的。"),
    _bug("44004", "文字内容是空的。"),
    _bug("45001", "媒体文件太大。"),
    _bug("45002", "文字太长。"),
    _bug("45003", "标题太长。"),
    _bug("45004", "描述太长。"),
    _bug("45005", "链接太长。"),
    _bug("45006", "图片链接太长。"),
    _bug("45007", "语音太长。"),
    _bug("45008", "图文消息条数太多。"),
    # Tags and remarks
    _row("45056", DROP, "公众号的标签已满 100 个，请先删除不用的标签。"),
    _row("45057", DROP, "这个标签下的人太多（超过 10 万），不能直接删除；请先把人移出标签。"),
    _row("45058", DROP, "系统自带的标签不能修改。"),
    _row("45059", DROP, "这位患者的标签已满 20 个，请先移除一些。"),
    _row("45169", RETRY, "同一位患者的标签正在修改，系统会排队再试。"),
    _row("45171", RETRY, "部分患者的标签没有改成，系统会只重试失败的部分。"),
    _bug("40050", "分组编号不正确。"),
    _bug("40051", "分组名称不正确。"),
    _bug("45016-45018", "分组不符合规则。"),
    _bug("45157", "标签名称不正确或已存在。"),
    _bug("45158", "标签名称太长。"),
    _bug("45159", "标签编号不正确。"),
    # Menus
    _bug("40015-40028", "自定义菜单的结构不正确（数量、类型、名称、键值或链接长度）。"),
    _bug("40119 40120", "自定义菜单的按钮类型不正确。"),
    _row("45064", DROP, "菜单里的小程序没有和公众号关联，请管理员先在公众平台关联小程序。"),
    _bug("40054 40055", "自定义菜单的链接域名不正确。"),
    _bug("45010", "自定义菜单的数量太多。"),
    _bug("65301-65302 65304-65315 65317", "个性化菜单的设置不正确。"),
    _bug("65303", "还没有默认菜单，不能创建个性化菜单。"),
    _bug("65316", "个性化菜单中的链接超过三个域名。"),
    _bug("65320", "个性化菜单使用了涉及隐私的匹配条件。"),
    # Mass sending and publishing
    _row("42010", DEFER, "相同的素材群发太快，十分钟后再试。", wait=10 * MINUTE),
    _row("45028", DROP, "本月可以群发的次数已用完，下月恢复；这次没有发出。"),
    _row("45065", DROP, "这次群发之前已经提交过，视为已发送。"),
    _row("45066", DEFER, "群发请求太快，一分钟后再试。", wait=MINUTE),
    _row("89504 89505", DEFER, "群发需要公众号管理员在微信里确认，请等待确认。"),
    _row("53500", ALARM, "公众号的发布功能被封禁，请管理员到公众平台查看通知。"),
    _row("53501", DEFER, "发布太频繁，请稍后再试。"),
    _bug("40130", "群发的人数少于两人。"),
    _bug("45067", "群发的消息编号太长。"),
    _bug("45083 45084", "群发速度的设置不正确。"),
    _bug("53502 53600", "草稿或文章的编号不正确。"),
    # Typing: never worth a thought
    _row("45072 45080 45081", DROP, "“正在输入”没有显示，不影响消息，无需处理。"),
    # WeChat's own customer-service desk
    _row("61450-61457", DROP, "微信客服账号的操作没有成功，请核对客服账号。"),
    _row("65400", ALARM, "公众号没有开通新版客服功能，请管理员到公众平台开通。"),
    _row("65401", DROP, "客服账号无效，请核对。"),
    _row("65402", DROP, "客服账号还没有绑定微信号，请先绑定。"),
    _row("65403", DROP, "客服昵称不合规，请修改。"),
    _row("65404", DROP, "客服账号重复，请更换。"),
    _row("65405", DROP, "客服账号已满 100 个，请先删除不用的账号。"),
    _row("65406", DROP, "客服账号已存在。"),
    _row("65407-65412", DROP, "客服绑定邀请的状态不对，请在公众平台查看邀请。"),
    _row("65413", DROP, "没有正在进行的会话，已转由本系统接待。"),
    _row("65414", DROP, "患者正由其他客服接待，已转由本系统接待。"),
    _row("65415", DROP, "客服不在线，已转由本系统接待。"),
    _bug("65416", "客服记录的查询条件不正确。"),
    _bug("65417", "客服记录的查询时间超过 24 小时。"),
    # Login inside WeChat
    _row("40029 40163 42003", DROP, "微信登录的凭据无效、已用过或已过期，请患者重新打开页面。"),
    _row("40030 42002", DROP, "微信登录已过期，请患者重新打开页面。"),
    _row("42007", DROP, "患者修改了微信密码，请患者重新打开页面。"),
    # Looking into a request; callback check
    _row("76001-76004", DROP, "要查询的请求编号不存在、不属于本账号或已超过 7 天，无需处理。"),
    _bug("76021", "查询额度的接口路径不正确。"),
    _bug("76022", "这个接口的额度不能查询。"),
    _bug("40201-40203", "回调地址的检测参数不正确，或还没有设置回调地址。"),
    # Requests that were put together wrongly
    _bug("40002", "获取凭证的类型不正确。"),
    _bug("40031 40032", "患者名单的格式或人数不正确。"),
    _bug("40033", "请求里含有不允许的字符编码。"),
    _bug("40035", "请求的参数不正确。"),
    _bug("40038", "请求的格式不正确。"),
    _bug("40039", "链接太长。"),
    _bug("40052 40053", "二维码的请求不正确。"),
    _bug("40097", "请求的参数不正确。"),
    _bug("40165", "小程序的页面路径不正确。"),
    _bug("41001", "请求缺少访问凭证。"),
    _bug("41002 41004", "请求缺少 AppID 或 AppSecret。"),
    _bug("41003 41008 41009", "请求缺少登录凭据或患者标识。"),
    _bug("41005 41006", "请求缺少媒体文件或素材编号。"),
    _bug("41030", "页面路径不正确。"),
    _bug("43001 43002 43003", "请求的方式不正确（GET、POST 或 HTTPS）。"),
    _bug("45109", "这个接口已停用。"),
    _bug("47001", "请求内容无法解析。"),
    _bug("61007 61016", "第三方平台的调用权限不正确。"),
)
