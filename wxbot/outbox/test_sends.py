"""Sending a template to one's own WeChat, to see it as patients will. Sent through the outbox like every message."""

from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import can_send_customer
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.templates.checks import blocks
from wxbot.templates.editor import TemplateEditor
from wxbot.templates.preview import view
from wxbot.templates.records import template_of
from wxbot.templates.refusals import TemplateError, UnsendableError

TEST = "templates:template:test"
WRAPPER = "trial.message"  # the template that carries the words
WORTH_SENDING = timedelta(minutes=10)  # later nobody is looking at the phone any more

NOT_BOUND = "您还没有绑定自己的微信。请到「我的账号」用微信扫码绑定，再回来试发"
NOT_FOLLOWING = "您绑定的微信没有关注公众号。请先关注，再回来试发"
WINDOW_CLOSED = (
    "微信规定：48 小时内给公众号发过消息的人才能收到客服消息。请用自己的微信给公众号随便发一句话，再点一次试发"
)


class TestSends:
    """Test messages of staff to themselves."""

    def __init__(self, *, outbox: Outbox, patients: Patients, editor: TemplateEditor, audit: AuditTrail) -> None:
        self._outbox = outbox
        self._patients = patients
        self._editor = editor
        self._audit = audit

    async def send(self, key: str, openid: str | None, *, by: Actor, now: datetime) -> None:
        """Send what the editor shows now, filled for an example patient, to the colleague's own WeChat.

        A second tap within the same minute sends nothing more.

        Raises:
            NotFoundError: there is no such template.
            UnsendableError: something keeps it from being sent.
            TemplateError: their WeChat cannot be reached just now; `words` say what to do.
        """
        by.must(TEST)
        kept = await self._editor.get(key, by=by)
        content = self._editor.content_now(kept)
        if found := blocks(self._editor.check(kept, content)):
            raise UnsendableError(found)
        if openid is None:
            raise TemplateError(NOT_BOUND)
        contact = await self._patients.contact_by_openid(openid)
        if contact is None or not contact.following:
            raise TemplateError(NOT_FOLLOWING)
        if not can_send_customer(await self._outbox.rights.of(contact.id), now):
            raise TemplateError(WINDOW_CLOSED)
        ground = self._editor.check_context(key)
        sample = {each.name: each.example for each in ground.variables.values()} | dict(ground.common)
        words = view(template_of(key, kept.purpose, kept.event, content), sample, {}).text
        message = self._outbox.message(
            key=f"trial/{key}/{kept.revision}/{by.id}/{now:%Y%m%d%H%M}",
            contact_id=contact.id,
            purpose=Purpose.SERVICE,
            template=WRAPPER,
            variables={"words": words},
            now=now,
            expires_at=now + WORTH_SENDING,
            answer=True,
        )
        await self._outbox.enqueue([message])
        await self._audit.record(
            AuditAction.TEMPLATE_TESTED,
            f"template:{key}",
            by=by,
            now=now,
            summary=f"把模板「{kept.name}」试发到自己的微信",
        )
