"""Passive replies as XML (reference §1.6).

wechatpy renders them; it does not guard CDATA, so every value is cleaned first.
Texts are nearly all replies, so they are written directly; a test holds both ways against each other.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from wechatpy import replies as rendering

from wxbot.dispatch.replies import (
    ImageReply,
    MusicReply,
    NewsReply,
    TextReply,
    TransferReply,
    VideoReply,
    VoiceReply,
    WireReply,
)
from wxbot.dispatch.updates import PatientMessage, Update, takes_reply
from wxbot.wechat.text import cdata, with_options

ARTICLES_TO_MESSAGE = 1  # the platform drops the rest
ARTICLES_TO_EVENT = 8

TEXT = (
    "<xml><ToUserName><![CDATA[{openid}]]></ToUserName><FromUserName><![CDATA[{account}]]></FromUserName>"
    "<CreateTime>{time}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content></xml>"
)


def render(update: Update, reply: WireReply, *, now: datetime) -> bytes | None:
    """The reply's XML, or None where the platform takes no such reply to such a push."""
    if not takes_reply(update):
        return None
    if isinstance(reply, TextReply):
        return _text(update, reply, now)
    made = MAKERS[type(reply)](update, reply)
    if made is None:
        return None
    made.target, made.source, made.time = cdata(update.openid), cdata(update.account), int(now.timestamp())
    xml: str = made.render()
    if isinstance(reply, TransferReply) and reply.agent:
        agent = f"<TransInfo><KfAccount><![CDATA[{cdata(reply.agent)}]]></KfAccount></TransInfo>"
        xml = xml.replace("\n</xml>", f"\n{agent}\n</xml>")
    return xml.encode()


def _text(update: Update, reply: TextReply, now: datetime) -> bytes | None:
    text = with_options(reply.text, reply.options)
    if not text.strip():
        return None
    return TEXT.format(
        openid=cdata(update.openid), account=cdata(update.account), time=int(now.timestamp()), text=cdata(text)
    ).encode()


def _image(_update: Update, reply: ImageReply) -> Any:
    return rendering.ImageReply(image=cdata(reply.media_id))


def _voice(_update: Update, reply: VoiceReply) -> Any:
    return rendering.VoiceReply(voice=cdata(reply.media_id))


def _video(_update: Update, reply: VideoReply) -> Any:
    return rendering.VideoReply(
        video=_filled(media_id=reply.media_id, title=reply.title, description=reply.description)
    )


def _music(_update: Update, reply: MusicReply) -> Any:
    return rendering.MusicReply(
        music=_filled(
            thumb_media_id=reply.thumb_media_id,
            title=reply.title,
            description=reply.description,
            music_url=reply.url,
            hq_music_url=reply.high_quality_url,
        )
    )


def _news(update: Update, reply: NewsReply) -> Any:
    most = ARTICLES_TO_MESSAGE if isinstance(update, PatientMessage) else ARTICLES_TO_EVENT
    articles = [
        {
            "title": cdata(article.title),
            "description": cdata(article.description),
            "image": cdata(article.picture_url),
            "url": cdata(article.url),
        }
        for article in reply.articles[:most]
    ]
    return rendering.ArticlesReply(articles=articles) if articles else None


def _transfer(update: Update, _reply: TransferReply) -> Any:
    """Only a patient's message may be handed over, never an event."""
    return rendering.TransferCustomerServiceReply() if isinstance(update, PatientMessage) else None


def _filled(**values: str) -> dict[str, str]:
    return {name: cdata(value) for name, value in values.items() if value}


MAKERS: Mapping[type, Callable[[Update, Any], Any]] = {
    ImageReply: _image,
    VoiceReply: _voice,
    VideoReply: _video,
    MusicReply: _music,
    NewsReply: _news,
    TransferReply: _transfer,
}
