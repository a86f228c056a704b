"""The outbox's carrier: one envelope, one attempt, one honest outcome."""

import asyncio

from wxbot.errors import InvalidInputError, PlatformError, Reaction
from wxbot.messaging import Channel
from wxbot.outbox.models import Call, Envelope, Outcome
from wxbot.wechat.api.contents import Content, Image, Menu, Text
from wxbot.wechat.client import Client
from wxbot.wechat.media import MediaFile, MediaKind

UPLOAD_SECONDS = 6.0  # of the ten that the outbox waits in all: the message itself is sent after it
SLOW_UPLOAD = "图片上传太慢，还没有发给患者。"
NOT_OURS = "这条消息没有可用的微信渠道，请电话联系患者。"
NO_CARD = "这条消息没有绑定微信模板，没有发出；请管理员检查模板绑定。"
NO_WORDS = "这条消息没有内容，没有发出。这是系统的问题，请把这条记录转给开发人员。"


class WeChatSender:
    """Implements outbox.ports.Sender.

    Without an answer from the platform a message is UNKNOWN: it may have arrived, and a second one by whatever
    channel would reach the patient twice. Only a template message may be repeated, the same way and within 10 minutes:
    its client_msg_id makes that harmless (reference §5.1). Whether to is the outbox's decision.
    When nothing left the machine at all it is REFUSED with RETRY for every channel.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, envelope: Envelope) -> Outcome:
        """Make one attempt (a stale token is changed once) and report; the platform's refusals are outcomes."""
        problem = _problem(envelope)
        if problem:
            return Outcome(call=Call.REFUSED, reaction=Reaction.DROP, advice=problem)
        media_id = ""
        if envelope.photo:
            uploaded = await self._uploaded(envelope.photo)
            if isinstance(uploaded, Outcome):
                return uploaded
            media_id = uploaded
        try:
            platform_id = await self._carry(envelope, media_id)
        except PlatformError as error:
            return Outcome(
                call=Call.UNKNOWN if error.ambiguous else Call.REFUSED,
                code=error.code,
                reaction=None if error.ambiguous else error.reaction,
                advice=error.advice,
                retry_after_seconds=error.retry_after_seconds,
                alarm=error.alarm,
            )
        return Outcome(call=Call.ACCEPTED, platform_id=platform_id)

    async def _uploaded(self, photo: bytes) -> str | Outcome:
        """The platform's id of an uploaded picture. Where that fails nothing has reached the patient."""
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                uploaded = await self._client.media.upload(MediaKind.IMAGE, MediaFile(name="photo", content=photo))
        except InvalidInputError as error:
            return Outcome(call=Call.REFUSED, reaction=Reaction.DROP, advice=error.sentence)
        except TimeoutError:
            return Outcome(call=Call.REFUSED, reaction=Reaction.RETRY, advice=SLOW_UPLOAD)
        except PlatformError as error:
            return Outcome(
                call=Call.REFUSED,
                code=error.code,
                reaction=Reaction.RETRY if error.ambiguous else error.reaction,
                advice=error.advice,
                retry_after_seconds=error.retry_after_seconds,
                alarm=error.alarm,
            )
        return uploaded.media_id

    async def _carry(self, envelope: Envelope, media_id: str) -> str | None:
        if envelope.channel is Channel.CUSTOMER:
            content: Content = Image(media_id=media_id) if media_id else Text(content=envelope.text)
            if envelope.options:
                content = Menu(head=envelope.text, options=envelope.options)
            await self._client.messages.send(envelope.openid, content)
            return None
        card = envelope.card
        assert card is not None  # noqa: S101 - _problem saw to it
        if envelope.channel is Channel.NOTICE:
            await self._client.notices.send(envelope.openid, card.template_id, card.fields, page=envelope.url)
            return None
        msgid = await self._client.templates.send(
            envelope.openid, card.template_id, card.fields, client_msg_id=envelope.client_id, url=envelope.url
        )
        return msgid or None


def _problem(envelope: Envelope) -> str:
    """Why this envelope cannot be carried at all; empty when it can."""
    if envelope.channel is Channel.PHONE:
        return NOT_OURS
    if envelope.channel is Channel.CUSTOMER:
        return "" if envelope.text.strip() else NO_WORDS
    return "" if envelope.card is not None and envelope.card.template_id else NO_CARD
