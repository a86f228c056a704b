"""The console's own files, the sign-in and one's own account."""

from wxbot.web.console import files, me, me_wechat, sign_in
from wxbot.web.console.routing import ANYBODY, SIGNED_IN, Route

ROUTES: tuple[Route, ...] = (
    # the console's own files
    Route("GET", "/console/static/{name:.+}", files.serve, ANYBODY),
    # 登录
    Route("GET", "/console/sign-in", sign_in.show, ANYBODY),
    Route("POST", "/console/sign-in", sign_in.enter, ANYBODY),
    Route("GET", "/console/sign-in/code", sign_in.show, ANYBODY),
    Route("POST", "/console/sign-in/code", sign_in.enter_code, ANYBODY),
    Route("POST", "/console/sign-out", sign_in.sign_out, SIGNED_IN),
    # 我的账号
    Route("GET", "/console/me", me.index, "me:account:edit"),
    Route("GET", "/console/me/password", me.password, "me:account:edit"),
    Route("POST", "/console/me/password", me.change_password, "me:account:edit"),
    Route("GET", "/console/me/codes", me.codes, "me:account:edit"),
    Route("GET", "/console/me/codes.svg", me.codes_image, "me:account:edit"),
    Route("POST", "/console/me/codes", me.confirm_codes, "me:account:edit"),
    Route("GET", "/console/me/codes/off", me.ask_end_codes, "me:account:edit"),
    Route("POST", "/console/me/codes/off", me.end_codes, "me:account:edit"),
    Route("POST", "/console/me/sessions/end", me.end_session, "me:account:edit"),
    Route("POST", "/console/me/sign-out-everywhere", me.sign_out_everywhere, "me:account:edit"),
    Route("GET", "/console/me/wechat", me_wechat.panel, "me:account:edit"),
    Route("GET", "/console/me/wechat/state", me_wechat.state, "me:account:edit", by_itself=True),
    Route("POST", "/console/me/wechat/code", me_wechat.begin, "me:account:edit"),
    Route("POST", "/console/me/wechat/confirm", me_wechat.confirm, "me:account:edit"),
    Route("POST", "/console/me/wechat/reject", me_wechat.reject, "me:account:edit"),
    Route("POST", "/console/me/wechat/unbind", me_wechat.unbind, "me:account:edit"),
)
