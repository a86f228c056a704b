"""How the rooms are wired together: every store over one database, every service on what it needs, lowest first."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from config.settings import Settings
from handlers import entrances
from wxbot.account.models import menu_of
from wxbot.account.service import Account, AccountDependencies
from wxbot.audit.anchor_file import FILE_NAME as ANCHOR_FILE
from wxbot.audit.anchor_file import AnchorFile
from wxbot.audit.service import AuditTrail
from wxbot.board.service import Board
from wxbot.booking.service import Booking
from wxbot.booking.visit_stages import VisitStages
from wxbot.booking.visits import Visits
from wxbot.broadcasts.circumstances import Treatments
from wxbot.broadcasts.messages import KIND as BROADCAST_KIND
from wxbot.broadcasts.service import Broadcasts
from wxbot.canned_replies.live import LiveCannedReplies
from wxbot.canned_replies.service import CannedReplies
from wxbot.care.invited_patients import InvitedPatients
from wxbot.care.plans.usage import TemplateUses
from wxbot.care.service import Care
from wxbot.clinic.service import Clinics
from wxbot.clock import Clock
from wxbot.conversations.models import EpisodeState
from wxbot.conversations.reading.message_index import MessageIndex
from wxbot.conversations.replies.typing_sign import TypingSign
from wxbot.dangers.alerts import StaffAlerts
from wxbot.dangers.service import DangerSigns
from wxbot.encryption.data_keys import DataKeys
from wxbot.followups.service import FollowUps
from wxbot.history.service import History
from wxbot.installation import CommonVariables, Installation
from wxbot.media.ports import MediaSource
from wxbot.media.service import MediaLibrary
from wxbot.media.voices import VoiceProcess
from wxbot.outbox.ports import PreconditionChecker, Sender
from wxbot.outbox.preconditions import PreconditionsByKind
from wxbot.outbox.service import Outbox
from wxbot.outbox.test_sends import TestSends
from wxbot.patients.health_consents import SENTENCE, HealthConsents
from wxbot.patients.holding import PatientHolds
from wxbot.patients.records import PatientRecords
from wxbot.patients.service import Patients
from wxbot.quality.service import Quality
from wxbot.quality.spoken import SpokenCheck
from wxbot.questions.live import LiveQuestions
from wxbot.questions.service import Questions
from wxbot.service_status import cards_of
from wxbot.services import Services
from wxbot.setting_files import SettingFiles
from wxbot.staff.passwords import Passwords
from wxbot.staff.permissions import Role
from wxbot.staff.service import Staff
from wxbot.stores import Stores
from wxbot.surveys.asking import KIND as SURVEY_KIND
from wxbot.templates.bindings import Bindings
from wxbot.templates.editor import TemplateEditor
from wxbot.templates.ports import AccountTemplates
from wxbot.templates.service import Templates
from wxbot.understanding.message import normalise
from wxbot.understanding.reader import Reader
from wxbot.visits.questionnaire import Questionnaire
from wxbot.waitlist.messages import KIND as WAITLIST_KIND
from wxbot.wiring.care_plans import wire_care_plans
from wxbot.wiring.chat_desk import preconditions_of, wire_blocks, wire_chat_desk, wire_review
from wxbot.wiring.clinic import wire_clinic
from wxbot.wiring.followups import wire_followups, wire_owners
from wxbot.wiring.patients import wire_patients
from wxbot.wiring.reception import wire_reception
from wxbot.wiring.rooms_below import RoomsBelow
from wxbot.wiring.surveys import wire_surveys
from wxbot.wiring.visits import (
    wire_appointments,
    wire_calendar_feeds,
    wire_risk,
    wire_visit_day,
    wire_visit_news,
    wire_visit_room,
)
from wxbot.wiring.waitlist import wire_waitlist
from wxbot.word_lists.service import ClinicWords


def build_services(  # noqa: PLR0913, PLR0917 - everything that was opened before
    stores: Stores,
    installation: Installation,
    settings: Settings,
    clock: Clock,
    sender: Sender,
    dependencies: AccountDependencies,
    account_templates: AccountTemplates,
    keys: DataKeys,
    media_source: MediaSource,
    typing: TypingSign,
) -> Services:
    """Wire the rooms together, lowest first."""
    anchors = AnchorFile(settings.data_dir / ANCHOR_FILE, keys.audit_key)
    audit = AuditTrail(stores.audit, timezone=settings.timezone, keys=keys, anchors=anchors)
    clinics = Clinics(stores.clinic, installation.clinic, audit, clock, installation.photos)
    secret = settings.secret_key.get_secret_value().encode()
    staff = Staff(
        stores.staff,
        audit=audit,
        clinic_name=lambda: clinics.current.name,
        secret=secret,
        passwords=Passwords(words=installation.password_words),
        second_factor=frozenset(Role(each) for each in settings.require_second_factor.split(",") if each),
    )
    message_index = MessageIndex(stores.message_index)
    history = History(stores.history, message_index)
    patients = Patients(stores.patients, history)
    records = PatientRecords(stores.patients, history=history, audit=audit, clinics=clinics)
    templates = Templates(
        installation.templates,
        common=CommonVariables(clinics, settings.public_url),
        bindings=installation.bindings,
        store=stores.templates,
    )
    quality = Quality(installation.lexicon)
    spoken = SpokenCheck(installation.lexicon, installation.spoken)
    words = ClinicWords(stores.word_lists, installation.word_lists, audit, clock)
    live_questions = LiveQuestions(stores.questions, installation.questions, audit=audit, clinics=clinics, clock=clock)
    live_canned = LiveCannedReplies(stores.canned_replies, installation.canned_replies, audit=audit, clock=clock)
    reader = Reader(
        clinic=lambda: clinics.current,
        words=lambda: words.current,
        questions=lambda: live_questions.matched,
        rules=installation.rules,
    )
    questions = Questions(
        live_questions,
        audit=audit,
        clinics=clinics,
        lexicon=quality,
        clock=clock,
        find=lambda text: reader.vocabulary.question_index.find(normalise(text)),
    )
    owners = wire_owners(stores, installation, patients, staff, clinics, audit)
    followups = FollowUps(stores.followups, history=history, audit=audit, owners=owners, rules=installation.followups)
    patient_holds = PatientHolds(stores.patients, history=history, audit=audit, clinics=clinics, tasks=followups)
    booking = Booking(stores.booking, clinics, history=history, audit=audit)
    visit_stages = VisitStages(stores.visit_stages, stores.booking, clinics, booking.recorder)
    outbox = Outbox(
        stores.outbox,
        templates=templates,
        patients=patients,
        history=history,
        audit=audit,
        tasks=followups,
        sender=sender,
        clock=clock,
        clinics=clinics,
        calls_in_flight=settings.send_concurrency,
        per_second=settings.send_rate or None,
    )
    plans = wire_care_plans(
        stores,
        installation,
        audit=audit,
        booking=booking,
        clinics=clinics,
        followups=followups,
        patients=patients,
        templates=templates,
        self_approval=settings.self_approval,
    )
    care = Care(
        plans.live,
        stores.care,
        clinics=clinics,
        patients=patients,
        booking=booking,
        history=history,
        followups=followups,
        audit=audit,
        outbox=outbox,
        templates=templates,
        date_kinds=installation.date_kinds,
        public_url=settings.public_url,
    )
    past_visits = Visits(stores.past_visits)
    tasks_page = f"{settings.public_url}/console/followups" if settings.public_url else ""
    alerts = StaffAlerts(
        staff=staff,
        patients=patients,
        outbox=outbox,
        clinics=clinics,
        console_url=tasks_page,
        desk_url=f"{settings.public_url}/console/desk" if settings.public_url else "",
        incidents_url=f"{settings.public_url}/console/quality/incidents" if settings.public_url else "",
    )
    danger_signs = DangerSigns(
        installation.rules.dangers,
        patients=patients,
        holds=patient_holds,
        visits=past_visits,
        followups=followups,
        alerts=alerts,
        clinics=clinics,
    )
    broadcasts = Broadcasts(
        stores.broadcasts,
        patients=patients,
        visits=past_visits,
        outbox=outbox,
        templates=templates,
        followups=followups,
        clinics=clinics,
        audit=audit,
        clock=clock,
        variables=installation.variables,
        self_approval=settings.self_approval,
        lexicon=quality,
    )
    template_editor = TemplateEditor(
        stores.templates,
        templates=templates,
        audit=audit,
        variables=installation.variables,
        uses=TemplateUses(installation.uses, plans.live, templates.common),
        lexicon=quality,
        self_approval=settings.self_approval,
        used_by=lambda key: _users(key, broadcasts.using, plans.editor.using),
    )
    media = MediaLibrary(stores.media, source=media_source, voices=VoiceProcess(), clock=clock)
    rooms = RoomsBelow(
        audit=audit,
        booking=booking,
        clinics=clinics,
        clock=clock,
        followups=followups,
        health_consents=HealthConsents(patients, audit=audit, version=lambda: templates.get(SENTENCE).version),
        history=history,
        media=media,
        message_index=message_index,
        outbox=outbox,
        patients=patients,
        quality=quality,
        reach=alerts,
        records=records,
        spoken=spoken,
        staff=staff,
        templates=templates,
        typing=typing,
    )
    surveys = wire_surveys(
        stores,
        installation,
        outbox=outbox,
        patients=patients,
        followups=followups,
        booking=booking,
        history=history,
        staff=staff,
        clinics=clinics,
        audit=audit,
        clock=clock,
        public_url=settings.public_url,
    )
    care.facts.surveys = surveys.asking
    chat = wire_chat_desk(stores, installation, rooms, surveys)
    waitlist = wire_waitlist(stores, rooms, settings.public_url)
    visit_news = wire_visit_news(stores, installation, rooms, surveys)
    conditions: dict[str, PreconditionChecker] = {
        BROADCAST_KIND: broadcasts,
        WAITLIST_KIND: waitlist.messages,
        SURVEY_KIND: surveys.asking,
        **preconditions_of(chat),
        **visit_news.preconditions,
    }
    outbox.bind(
        PreconditionsByKind(conditions, otherwise=care),
        Treatments(past_visits, patients, clinics),
        authored=chat.answers,
        photos=media,
        surveys=surveys.planned,
    )
    account = Account(
        stores.account,
        dependencies,
        audit,
        from_file=menu_of(installation.menu),
        meanings=entrances.MEANINGS,
        cards=lambda: cards_of(templates),
        alerted=alerts.count,
        put_back=chat.visibility.put_back_lately,
        lexicon=quality,
    )
    visit_day, visit_days, visit_tasks = wire_visit_day(
        stores, installation, rooms, surveys, stages=visit_stages, scenes=account.scenes
    )
    clinic = wire_clinic(stores, rooms, plans.live)
    review = wire_review(stores, installation, rooms, chat, surveys)
    reception = wire_reception(stores, installation, rooms, visit_day)
    care.facts.classes = reception.classes
    recalls = wire_followups(stores, installation, rooms, owners)
    visit_day.undecided = recalls.undecided
    return Services(
        clock=clock,
        clinics=clinics,
        **clinic,
        setting_files=SettingFiles(
            settings.config_dir,
            clinics=clinics,
            settings=clinic["clinic_settings"],
            templates=templates,
            account=account,
            words=words,
            audit=audit,
            questions=live_questions,
            canned=live_canned,
            rules=installation.rules,
            plans=plans.live,
        ),
        audit=audit,
        staff=staff,
        account=account,
        history=history,
        patients=patients,
        records=records,
        **wire_patients(stores, rooms, settings.timezone),
        templates=templates,
        template_editor=template_editor,
        template_bindings=Bindings(stores.templates, templates=templates, account=account_templates, audit=audit),
        test_sends=TestSends(outbox=outbox, patients=patients, editor=template_editor, audit=audit),
        quality=quality,
        spoken=spoken,
        canned=CannedReplies(live_canned, audit=audit, lexicon=quality),
        reader=reader,
        word_lists=words,
        questions=questions,
        outbox=outbox,
        followups=followups,
        patient_holds=patient_holds,
        recalls=recalls,
        danger_signs=danger_signs,
        media=media,
        booking=booking,
        visit_stages=visit_stages,
        **wire_appointments(stores, rooms),
        visit_day=visit_day,
        visit_days=visit_days,
        visit_tasks=visit_tasks,
        no_show_risk=wire_risk(stores, installation, rooms),
        calendar_feeds=wire_calendar_feeds(stores, rooms),
        reception=reception,
        waitlist=waitlist,
        visit_room=wire_visit_room(stores, installation, rooms, visit_news, stages=visit_stages),
        health_consents=rooms.health_consents,
        questionnaire=Questionnaire(stores.visit_answers, installation.questionnaire),
        board=Board(
            clinics=clinics,
            booking=booking,
            followups=followups,
            failed_messages=stores.failed_messages,
            waiting_chats=partial(stores.episodes.count, EpisodeState.WAITING),
            approvals=(template_editor.count_waiting, broadcasts.waiting_for_approval, plans.editor.count_waiting),
        ),
        care=care,
        invited_patients=InvitedPatients(stores.leads, care.facts, patients=patients, clinics=clinics),
        plans=plans,
        broadcasts=broadcasts,
        surveys=surveys,
        chat=chat,
        review=review,
        blocks=wire_blocks(installation, rooms, chat, review),
    )


async def _users(key: str, *rooms: Callable[[str], Awaitable[Sequence[str]]]) -> list[str]:
    """What still uses a template, asked of every room that may."""
    return [user for using in rooms for user in await using(key)]
