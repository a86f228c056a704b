"""Events (reference §2.2): Event, compared without case → our own `Update`."""

import re
from collections.abc import Mapping

from wxbot.dispatch.updates import (
    AccountNotice,
    AuthorizationCancelled,
    AuthorizationRevoked,
    CodeScanned,
    DeskSessionChanged,
    Followed,
    MassSettled,
    MenuClicked,
    MenuViewed,
    NoticeAnswer,
    NoticeReceipt,
    NoticesAnswered,
    NoticesChanged,
    NoticesSettled,
    PicturesChosen,
    PlaceChosen,
    PositionReported,
    ProfileRiskCleared,
    PublishSettled,
    Scanned,
    TemplateSettled,
    Unfollowed,
    UnknownEvent,
    Update,
)
from wxbot.logs import get_logger
from wxbot.wechat.message_kinds import Common, Reader
from wxbot.wechat.push import Push, count, decimal
from wxbot.wechat.refusals import MalformedError

log = get_logger(__name__)

SCENE_PREFIX = "qrscene_"
REVOKED = {  # RevokeInfo, reference §2.2
    "201": "address",
    "202": "invoice",
    "203": "card",
    "204": "microphone",
    "205": "profile",
    "206": "location",
    "207": "photos",
}


def event(push: Push, common: Common) -> Update:
    """The event; one this version does not know, or that has a gap, becomes an UnknownEvent with everything it said."""
    name = push.get("Event")
    common["name"] = name
    known = READERS.get(name.lower())
    distinct = [common["openid"], push.get("CreateTime"), name, push.get("EventKey")]
    if known is None:
        common["key"] = "e:" + push.digest(*distinct, push.digest_of_everything())
        return UnknownEvent(details=push.details(), **common)
    reader, extras = known
    for extra in extras:  # what else tells two such events in one second apart
        listed = push.listed(extra)
        if listed:
            distinct.extend(value for entry in listed for _, value in sorted(entry.items()))
        else:
            distinct.append(push.in_any_case(extra))
            distinct.extend(value for _, value in sorted(push.inside(extra).items()))
    common["key"] = "e:" + push.digest(*distinct)
    try:
        return reader(push, common)
    except MalformedError as gap:
        log.warning("push_with_a_gap", kind=name, reason=str(gap))
        return UnknownEvent(details=push.details(), **common)


def _followed(push: Push, common: Common) -> Update:
    key = push.get("EventKey")  # also "last_trade_no_…" after a payment, which is no scene
    scene = key.removeprefix(SCENE_PREFIX) if key.startswith(SCENE_PREFIX) else None
    return Followed(scene=scene or None, ticket=push.get("Ticket") or None, **common)


def _unfollowed(_push: Push, common: Common) -> Update:
    return Unfollowed(**common)


def _scanned(push: Push, common: Common) -> Update:
    return Scanned(scene=push.need("EventKey"), ticket=push.get("Ticket") or None, **common)


def _position(_push: Push, common: Common) -> Update:
    return PositionReported(**common)


def _clicked(push: Push, common: Common) -> Update:
    return MenuClicked(menu_key=push.need("EventKey"), **common)


def _viewed(push: Push, common: Common) -> Update:
    return MenuViewed(url=push.get("EventKey"), menu_id=push.get("MenuId") or None, **common)


def _code_scanned(push: Push, common: Common) -> Update:
    found = push.inside("ScanCodeInfo")
    return CodeScanned(
        menu_key=push.need("EventKey"),
        scan_type=found.get("ScanType", ""),
        result=found.get("ScanResult", ""),
        waits_for_reply=common["name"].lower() == "scancode_waitmsg",
        **common,
    )


def _pictures(push: Push, common: Common) -> Update:
    number = count(push.inside("SendPicsInfo").get("Count", ""))
    return PicturesChosen(menu_key=push.need("EventKey"), count=number, **common)


def _place(push: Push, common: Common) -> Update:
    found = push.inside("SendLocationInfo")
    return PlaceChosen(
        menu_key=push.need("EventKey"),
        latitude=decimal(found.get("Location_X", ""), "Location_X"),
        longitude=decimal(found.get("Location_Y", ""), "Location_Y"),
        label=found.get("Label", ""),
        place_name=found.get("Poiname", ""),
        **common,
    )


def _template_settled(push: Push, common: Common) -> Update:
    status = re.sub(" ?: ?", ":", " ".join(push.need("Status").lower().split()))
    return TemplateSettled(message_id=push.need("MsgID"), status=status, **common)


def _mass_settled(push: Push, common: Common) -> Update:
    return MassSettled(
        message_id=push.need("MsgID"),
        status=" ".join(push.get("Status").split()),
        total=count(push.get("TotalCount")),
        sent=count(push.get("SentCount")),
        failed=count(push.get("ErrorCount")),
        **common,
    )


def _publish_settled(push: Push, common: Common) -> Update:
    info = push.inside("PublishEventInfo")
    return PublishSettled(publish_id=info.get("publish_id", ""), status=count(info.get("publish_status", "")), **common)


def _answers(push: Push, element: str) -> tuple[NoticeAnswer, ...]:
    return tuple(
        NoticeAnswer(
            template_id=entry["TemplateId"], accepted=entry.get("SubscribeStatusString", "").lower() == "accept"
        )
        for entry in push.listed(element)
        if entry.get("TemplateId")
    )


def _notices_answered(push: Push, common: Common) -> Update:
    return NoticesAnswered(answers=_answers(push, "SubscribeMsgPopupEvent"), **common)


def _notices_changed(push: Push, common: Common) -> Update:
    return NoticesChanged(answers=_answers(push, "SubscribeMsgChangeEvent"), **common)


def _notices_settled(push: Push, common: Common) -> Update:
    receipts = tuple(
        NoticeReceipt(
            template_id=entry["TemplateId"],
            message_id=entry.get("MsgID", ""),
            code=count(entry.get("ErrorCode", "")),
            status=entry.get("ErrorStatus", ""),
        )
        for entry in push.listed("SubscribeMsgSentEvent")
        if entry.get("TemplateId")
    )
    return NoticesSettled(receipts=receipts, **common)


def _desk(push: Push, common: Common) -> Update:
    return DeskSessionChanged(agent=push.get("KfAccount"), **common)


def _desk_switched(push: Push, common: Common) -> Update:
    return DeskSessionChanged(agent=push.get("ToKfAccount"), previous_agent=push.get("FromKfAccount") or None, **common)


def _about_patient(push: Push, common: Common) -> Common:
    """These come from a system account; OpenID says whom they are about. Without one they are about nobody."""
    return {**common, "openid": push.in_any_case("OpenID")}


def _profile_cleared(push: Push, common: Common) -> Update:
    return ProfileRiskCleared(**_about_patient(push, common))


def _revoked(push: Push, common: Common) -> Update:
    codes = re.findall(r"\d+", push.get("RevokeInfo"))
    kinds = tuple(REVOKED.get(code, code) for code in codes)
    return AuthorizationRevoked(data_kinds=kinds, **_about_patient(push, common))


def _cancelled(push: Push, common: Common) -> Update:
    return AuthorizationCancelled(**_about_patient(push, common))


def _account(push: Push, common: Common) -> Update:
    details = {name: str(value) for name, value in push.details().items()}
    return AccountNotice(details=details, **common)


READERS: Mapping[str, tuple[Reader, tuple[str, ...]]] = {
    "subscribe": (_followed, ()),
    "unsubscribe": (_unfollowed, ()),
    "scan": (_scanned, ()),
    "location": (_position, ()),
    "click": (_clicked, ()),
    "view": (_viewed, ("MenuId",)),
    "view_miniprogram": (_viewed, ("MenuId",)),
    "scancode_push": (_code_scanned, ("ScanCodeInfo",)),
    "scancode_waitmsg": (_code_scanned, ("ScanCodeInfo",)),
    "pic_sysphoto": (_pictures, ()),
    "pic_photo_or_album": (_pictures, ()),
    "pic_weixin": (_pictures, ()),
    "location_select": (_place, ("SendLocationInfo",)),
    "templatesendjobfinish": (_template_settled, ("MsgID",)),
    "masssendjobfinish": (_mass_settled, ("MsgID",)),
    "publishjobfinish": (_publish_settled, ("PublishEventInfo",)),
    "subscribe_msg_popup_event": (_notices_answered, ("SubscribeMsgPopupEvent",)),
    "subscribe_msg_change_event": (_notices_changed, ("SubscribeMsgChangeEvent",)),
    "subscribe_msg_sent_event": (_notices_settled, ("SubscribeMsgSentEvent",)),
    "kf_create_session": (_desk, ("KfAccount",)),
    "kf_close_session": (_desk, ("KfAccount",)),
    "kf_switch_session": (_desk_switched, ("FromKfAccount", "ToKfAccount")),
    "user_info_modified": (_profile_cleared, ("OpenID",)),
    "user_authorization_revoke": (_revoked, ("OpenID", "RevokeInfo")),
    "user_authorization_cancellation": (_cancelled, ("OpenID",)),
    "qualification_verify_success": (_account, ()),
    "qualification_verify_fail": (_account, ()),
    "naming_verify_success": (_account, ()),
    "naming_verify_fail": (_account, ()),
    "annual_renew": (_account, ()),
    "verify_expired": (_account, ()),
}
