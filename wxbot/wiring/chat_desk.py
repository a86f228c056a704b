"""How the chat desk and its review are wired: on which stores and services, and what the outbox asks of them."""

from collections.abc import Mapping

from wxbot.conversations.episodes.blocks import Blocks
from wxbot.conversations.episodes.bot_messages import KIND as BOT_KIND
from wxbot.conversations.episodes.bot_messages import BotMessages
from wxbot.conversations.escalation.silent_patients import KIND as SILENCE_KIND
from wxbot.conversations.evaluation.review import Review, open_review
from wxbot.conversations.replies.ownership import KIND as CONVERSATION_KIND
from wxbot.conversations.room import ChatDesk, ChatDeskDependencies, open_chat_desk
from wxbot.installation import Installation
from wxbot.outbox.ports import PreconditionChecker
from wxbot.quality.models import Circumstance
from wxbot.stores import Stores
from wxbot.surveys.room import SurveyRoom
from wxbot.wiring.rooms_below import RoomsBelow


def wire_chat_desk(stores: Stores, installation: Installation, rooms: RoomsBelow, surveys: SurveyRoom) -> ChatDesk:
    """The desk where colleagues answer patients."""
    return open_chat_desk(
        ChatDeskDependencies(
            episodes=stores.episodes,
            agents=stores.agents,
            silent=stores.silent_episodes,
            surveys=surveys.asking,
            shifts=stores.shifts,
            promises=stores.promises,
            drafts=stores.drafts,
            notes=stores.notes,
            lists=stores.desk_lists,
            changes=stores.desk_changes,
            messages=stores.message_index,
            message_index=rooms.message_index,
            history=rooms.history,
            media=rooms.media,
            outbox=rooms.outbox,
            patients=rooms.patients,
            records=rooms.records,
            templates=rooms.templates,
            followups=rooms.followups,
            staff=rooms.staff,
            audit=rooms.audit,
            clinics=rooms.clinics,
            clock=rooms.clock,
            spoken=rooms.spoken,
            typing=rooms.typing,
            reach=rooms.reach,
            rules=installation.desk,
        )
    )


def wire_review(
    stores: Stores, installation: Installation, rooms: RoomsBelow, chat: ChatDesk, surveys: SurveyRoom
) -> Review:
    """Endings, intake, figures, ratings and practice."""
    return open_review(
        lists=installation.endings,
        fields=installation.intake,
        rules=installation.desk,
        intakes=stores.intakes,
        figures=stores.figures,
        ratings=stores.ratings,
        incidents=stores.incidents,
        practices=stores.practices,
        reports=stores.reports,
        calibrations=stores.calibrations,
        self_scores=stores.self_scores,
        practice=installation.practice,
        training=chat.presence,
        alerts=rooms.reach,
        rosters=chat.shifts,
        tasks=rooms.followups,
        surveys=surveys.asking,
        history=rooms.history,
        patients=rooms.patients,
        contacts=rooms.patients,
        consents=rooms.health_consents,
        booking=rooms.booking,
        clinics=rooms.clinics,
        audit=rooms.audit,
        find=lambda text: rooms.quality.findings(text, purpose="service", circumstances=(Circumstance.CHAT.value,)),
    )


def wire_blocks(installation: Installation, rooms: RoomsBelow, chat: ChatDesk, review: Review) -> Blocks:
    """Who may not talk with people for a while."""
    return Blocks(
        patients=rooms.patients,
        talks=review.figures,
        desk=chat.desk,
        closings=review.closings,
        history=rooms.history,
        audit=rooms.audit,
        clinics=rooms.clinics,
        rules=installation.desk,
    )


def preconditions_of(chat: ChatDesk) -> Mapping[str, PreconditionChecker]:
    """Who knows whether a message that concerns a talk may still be sent, by the kind of its precondition."""
    return {
        CONVERSATION_KIND: chat.sending,
        SILENCE_KIND: chat.silent,
        BOT_KIND: BotMessages(chat.desk),
    }
