"""Errors become pages, once: forbidden says whom to ask, not found leads back, our faults carry a code to report."""

from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_hex

from aiohttp import web

from wxbot.database import PyMongoError
from wxbot.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError, PlatformError, StaleError
from wxbot.logs import get_logger
from wxbot.staff.permissions import ROLE_NAMES, who_may
from wxbot.web.console.frame import fragment, is_fragment, page
from wxbot.web.console.keys import Handler
from wxbot.web.console.rates import TooOftenError

log = get_logger(__name__)


@dataclass(frozen=True)
class _Answer:
    """What an error looks like to staff; empty words: the sentence of the error."""

    status: HTTPStatus
    title: str
    words: str = ""


# The first line whose error fits counts, so the special ones stand before the general.
_ANSWERS: tuple[tuple[type[Exception], _Answer], ...] = (
    (NotFoundError, _Answer(HTTPStatus.NOT_FOUND, "没有找到这一页")),
    (StaleError, _Answer(HTTPStatus.CONFLICT, "内容刚刚有变化")),
    (InvalidInputError, _Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "无法处理所填内容")),
    (TooOftenError, _Answer(HTTPStatus.TOO_MANY_REQUESTS, "请稍等片刻")),
    (DomainError, _Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "现在不能这样做")),
    (
        PyMongoError,
        _Answer(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "请稍后再试",
            "数据库暂时没有响应，您填写的内容没有保存。请稍等片刻再试。",
        ),
    ),
    (
        web.HTTPRequestEntityTooLarge,
        _Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "内容太大", "提交的内容太大了，请缩短文字或换一个小一些的文件。"),
    ),
    (
        web.RequestPayloadError,
        _Answer(HTTPStatus.BAD_REQUEST, "没有收完整", "提交的内容在路上损坏了，没有保存。请再提交一次。"),
    ),
    (web.HTTPNotFound, _Answer(HTTPStatus.NOT_FOUND, "没有找到这一页", "网址可能不完整，或者这一页已经搬走。")),
    (
        web.HTTPMethodNotAllowed,
        _Answer(HTTPStatus.METHOD_NOT_ALLOWED, "不能这样打开", "请从页面上的按钮进入。"),
    ),
)


@web.middleware
async def say_what_went_wrong(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error below into a page that says what to do next."""
    if not request.path.startswith("/console"):
        return await handler(request)
    try:
        return await handler(request)
    except ForbiddenError as error:
        return await forbidden(request, error.permission)
    except Exception as error:
        answer = next((answer for kind, answer in _ANSWERS if isinstance(error, kind)), None)
        if answer is not None:
            if isinstance(error, PyMongoError):
                log.warning("console_without_database", path=request.path, error=type(error).__name__)
            words = error.sentence if isinstance(error, DomainError) else answer.words
            return await _sorry(request, answer.status, answer.title, words)
        if isinstance(error, PlatformError):
            return await _sorry(request, HTTPStatus.BAD_GATEWAY, "微信平台没有完成这个操作", error.advice)
        if isinstance(error, web.HTTPException | ConnectionError):  # a ConnectionError: nobody is there to read a page
            raise
        code = token_hex(4)
        log.exception("console_failed", path=request.path, code=code)
        words = f"这是我们的问题，不是您的操作。已记录，编号 {code}，请把编号告诉管理员。"
        return await _sorry(request, HTTPStatus.INTERNAL_SERVER_ERROR, "页面出错了", words)


async def forbidden(request: web.Request, permission: str) -> web.StreamResponse:
    """The page for a missing permission: it names the roles that have it."""
    roles = "、".join(ROLE_NAMES[role] for role in who_may(permission)) or "管理员"
    words = f"这项操作需要{roles}的权限。如果工作需要，请联系他们处理，或请管理员调整您的角色。"
    return await _sorry(request, HTTPStatus.FORBIDDEN, "您没有这项权限", words)


async def _sorry(request: web.Request, status: HTTPStatus, title: str, words: str) -> web.StreamResponse:
    if is_fragment(request):  # shown by console.js as a notice: the page below stays as it is
        return await fragment(request, "problem_notice.html", status=status, title=title, words=words)
    return await page(request, "problem.html", status=status, title=title, words=words)
