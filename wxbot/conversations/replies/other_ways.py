"""What is left where nothing may be written to a patient: a card that asks them to write, or a telephone call."""

from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.clinic.ports import LiveClinic
from wxbot.conversations.episodes.desk import Desk
from wxbot.conversations.models import EpisodeId
from wxbot.conversations.replies import reply_rules
from wxbot.conversations.replies.meter import Form
from wxbot.conversations.replies.ownership import condition
from wxbot.conversations.replies.reachability import INVITATION, ReachabilityReader
from wxbot.conversations.states import REPLY
from wxbot.errors import FieldErrors
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message
from wxbot.outbox.service import Outbox
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

CARDS = frozenset({"notice", "template"})
WORTH_SENDING = timedelta(hours=24)  # quiet hours apply to a card
LONGEST_REASON = 200  # characters
NO_CARD = "现在没有可用的订阅通知或模板消息，请打电话联系患者。"


class OtherWays:
    """Use cases of a talk whose window is closed (capabilities row 72)."""

    def __init__(
        self, *, desk: Desk, outbox: Outbox, reachability: ReachabilityReader, followups: FollowUps, clinics: LiveClinic
    ) -> None:
        self._desk = desk
        self._outbox = outbox
        self._reachability = reachability
        self._followups = followups
        self._clinics = clinics

    async def invite(self, episode_id: EpisodeId, *, by: Actor, now: datetime) -> Message:
        """Ask the patient to write, by a subscription notice or else a template message: at most once a local day.

        Where it does not arrive a person is asked to phone, as of every card.

        Raises:
            ForbiddenError, NotFoundError: as they say.
            NotNowError: closed, owned by a colleague, or there is no card.
        """
        by.must(REPLY)
        episode = await self._desk.get(episode_id, by=by)
        if objection := reply_rules.objection(episode, by.id):
            raise NotNowError(objection)
        meter = (await self._reachability.of(episode.contact_id, now)).meter
        day = now.astimezone(self._clinics.current.timezone).date()
        key = f"desk/invitation/{episode.contact_id}/{day.isoformat()}"
        if (sent := await self._outbox.find(key)) is not None:
            return sent
        if meter.form is not Form.CLOSED or CARDS.isdisjoint(meter.ways):
            raise NotNowError(NO_CARD)
        message = self._outbox.message(
            key=key,
            contact_id=episode.contact_id,
            purpose=Purpose.SERVICE,
            template=INVITATION,
            now=now,
            expires_at=now + WORTH_SENDING,
            precondition=condition(episode.id, AccountId(by.id)) if episode.owner == by.id else {},
        )
        await self._outbox.enqueue([message])
        return await self._outbox.find(key) or message

    async def phone(self, episode_id: EpisodeId, reason: str, *, by: Actor, now: datetime) -> FollowUp:
        """A task: call this patient. Once per episode; what is asked again joins it.

        Raises ForbiddenError, NotFoundError, and FieldErrors where the reason is empty or too long.
        """
        by.must(REPLY)
        words = reason.strip()
        if not words or len(words) > LONGEST_REASON:
            raise FieldErrors({"reason": f"请写一句为什么打电话，最多 {LONGEST_REASON} 字。"})
        episode = await self._desk.get(episode_id, by=by)
        return await self._followups.open(
            key=f"desk/phone/{episode.id}",
            kind=FollowUpKind.PHONE,
            reason=f"{words}（{by.name}）",
            contact_id=episode.contact_id,
            patient_id=None,
            due_at=now,
            now=now,
        )
