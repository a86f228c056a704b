"""Why a push is refused. The webhook answers each with its HTTP status and nothing else."""

from http import HTTPStatus

from wxbot.errors import PushRefusedError


class ForbiddenError(PushRefusedError):
    """Not from the platform, or not for us: forged or stale signature, wrong AppID, plain body in safe mode."""

    status = HTTPStatus.FORBIDDEN


class UnopenedError(ForbiddenError):
    """Signed by the platform, and no key of ours opens it, or it is for another AppID."""

    from_platform = True


class TooLargeError(PushRefusedError):
    """Longer than any real push."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class MalformedError(PushRefusedError):
    """Signed by the platform, yet not understandable. Sending it again would not help."""

    status = HTTPStatus.BAD_REQUEST
    from_platform = True
