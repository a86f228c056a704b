"""What a patient can do with a phone. Each gesture returns how the push it caused ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from wxbot.simulator import media, menu, rights
from wxbot.simulator.core import PlatformCore
from wxbot.simulator.markup import XmlValue
from wxbot.simulator.people import Person, Seen
from wxbot.simulator.pushes import PushResult
from wxbot.simulator.showing import card_of, media_path

NOTHING_PUSHED = PushResult()
POPUP_IN_H5 = 1
SCANS = frozenset({"scancode_push", "scancode_waitmsg"})
RIGHTS_BY_TAP = SCANS | {"click"}
PICTURES = frozenset({"pic_sysphoto", "pic_photo_or_album", "pic_weixin"})
LATITUDE, LONGITUDE, PLACE = 31.2304, 121.4737, "人民广场"  # a sample location


class Gestures(PlatformCore):
    """The patient's side of the platform. Every gesture raises NobodyError for an unknown openid."""

    async def follow(self, openid: str, scene: str | None = None) -> PushResult:
        """Follow the account, optionally by a scene QR. Raises ValueError when following already."""
        person = self.person(openid)
        if person.following:
            raise ValueError("this person follows already")
        now = self.now()
        person.following, person.followed_at = True, now
        person.came_by = "ADD_SCENE_SEARCH" if scene is None else "ADD_SCENE_QR_CODE"
        person.scene = scene or ""
        person.rights.open(rights.FOLLOW, now)
        self.listeners.tell("people", openid)
        event: dict[str, XmlValue] = {"MsgType": "event", "Event": "subscribe", "EventKey": ""}
        if scene is not None:
            event |= {"EventKey": f"qrscene_{scene}", "Ticket": self._ticket(scene)}
        return await self.push(openid, event)

    async def unfollow(self, openid: str) -> PushResult:
        """Leave the account. Accepted one-time notices survive. Raises ValueError when not following."""
        person = self._follower(openid)
        person.following, person.followed_at = False, None
        person.rights.close()
        self.listeners.tell("people", openid)
        return await self.push(openid, {"MsgType": "event", "Event": "unsubscribe", "EventKey": ""})

    async def say(self, openid: str, text: str, menu_id: str | None = None) -> PushResult:
        """Write a text, or tap an entry of a menu message when `menu_id` is given."""
        extra: dict[str, XmlValue] = {} if menu_id is None else {"bizmsgmenuid": menu_id}
        budget = rights.MESSAGE if menu_id is None else rights.TAP
        seen = Seen(at=self.now(), direction="in", kind="text", text=text)
        return await self._message(openid, {"MsgType": "text", "Content": text, **extra}, seen, budget)

    async def send_image(self, openid: str, data: bytes | None = None) -> PushResult:
        """Send a picture (PNG bytes; a sample when None)."""
        medium = self._keep("image", data or media.sample_image(), "photo.png", "image/png")
        path = media_path(medium.media_id)
        seen = Seen(at=self.now(), direction="in", kind="image", media_id=medium.media_id, media=path)
        fields = {"MsgType": "image", "PicUrl": self.base_url + path, "MediaId": medium.media_id}
        return await self._message(openid, fields, seen)

    async def send_voice(self, openid: str, data: bytes | None = None) -> PushResult:
        """Send a voice message (AMR bytes; a second of silence when None)."""
        medium = self._keep("voice", data or media.sample_voice(), "voice.amr", "audio/amr")
        wide = self._keep("voice", medium.data, "voice.amr", "audio/amr")
        path = media_path(medium.media_id)
        seen = Seen(at=self.now(), direction="in", kind="voice", media_id=medium.media_id, media=path)
        fields = {"MsgType": "voice", "MediaId": medium.media_id, "Format": "amr", "MediaId16K": wide.media_id}
        return await self._message(openid, fields, seen)

    async def send_video(self, openid: str, data: bytes | None = None) -> PushResult:
        """Send a video (MP4 bytes; a tiny sample when None)."""
        medium = self._keep("video", data or media.sample_video(), "video.mp4", "video/mp4")
        thumb = self._keep("image", media.sample_image(), "thumb.png", "image/png")
        path = media_path(medium.media_id)
        seen = Seen(at=self.now(), direction="in", kind="video", media_id=medium.media_id, media=path)
        fields = {"MsgType": "video", "MediaId": medium.media_id, "ThumbMediaId": thumb.media_id}
        return await self._message(openid, fields, seen)

    async def send_location(
        self, openid: str, latitude: float = LATITUDE, longitude: float = LONGITUDE, label: str = PLACE
    ) -> PushResult:
        """Send a place."""
        place = {"latitude": latitude, "longitude": longitude, "label": label}
        seen = Seen(at=self.now(), direction="in", kind="location", text=label, location=place)
        fields: dict[str, XmlValue] = {
            "MsgType": "location",
            "Location_X": latitude,
            "Location_Y": longitude,
            "Scale": 16,
            "Label": label,
        }
        return await self._message(openid, fields, seen)

    async def send_link(
        self, openid: str, title: str = "口腔护理常识", description: str = "", url: str = "https://example.cn/a"
    ) -> PushResult:
        """Share a page."""
        card = card_of(title, url, description=description)
        seen = Seen(at=self.now(), direction="in", kind="link", card=card)
        fields = {"MsgType": "link", "Title": title, "Description": description, "Url": url}
        return await self._message(openid, fields, seen)

    async def tap_menu(self, openid: str, key_or_index: str | int, *, scanned: str = "1") -> PushResult:
        """Tap a button of the account's menu: by key, name, URL or place (see `menu.find`).

        `scanned` is what a scancode button reads. Raises ValueError when not following or no such button exists.
        """
        person = self._follower(openid)
        button = menu.find(self.menu, key_or_index)
        if button is None:
            raise ValueError(f"the menu has no button {key_or_index!r}")
        kind = str(button.get("type", ""))
        if kind in RIGHTS_BY_TAP:
            person.rights.open(rights.TAP, self.now())
        event = self._tapped(kind, button, scanned)
        if event is None:
            return NOTHING_PUSHED
        result = await self.push(openid, {"MsgType": "event", **event})
        if kind in PICTURES:
            await self.send_image(openid)
        elif kind == "location_select":
            await self.send_location(openid)
        return result

    async def scan(self, openid: str, scene: str) -> PushResult:
        """Scan a scene QR: SCAN for a follower, otherwise following by it. Raises ValueError for an expired code."""
        person = self.person(openid)
        code = self.scenes.by_scene.get(scene)
        if code is not None and not code.usable(self.now()):
            raise ValueError("this code has expired")
        if not person.following:
            return await self.follow(openid, scene)
        person.rights.open(rights.SCAN, self.now())
        event = {"MsgType": "event", "Event": "SCAN", "EventKey": scene, "Ticket": self._ticket(scene)}
        return await self.push(openid, event)

    async def answer_notice(self, openid: str, template_id: str | Sequence[str], *, accept: bool = True) -> PushResult:
        """Answer a consent popup for one or several notices; each accept allows one message more."""
        chosen = [template_id] if isinstance(template_id, str) else list(template_id)
        person = self.person(openid)
        self._check_notices(chosen)
        for each in chosen:
            if accept:
                person.grants[each] = person.grants.get(each, 0) + 1
                person.switched_off.discard(each)
        status = "accept" if accept else "reject"
        rows: list[XmlValue] = [
            {"TemplateId": i, "SubscribeStatusString": status, "PopupScene": POPUP_IN_H5} for i in chosen
        ]
        self.listeners.tell("grants", openid)
        return await self.push(openid, _listed("subscribe_msg_popup_event", "SubscribeMsgPopupEvent", rows))

    async def switch_off_notice(self, openid: str, template_id: str) -> PushResult:
        """Switch a notice off in the account's settings; what was accepted is void."""
        person = self.person(openid)
        self._check_notices([template_id])
        person.grants.pop(template_id, None)
        person.switched_off.add(template_id)
        rows: list[XmlValue] = [{"TemplateId": template_id, "SubscribeStatusString": "reject"}]
        self.listeners.tell("grants", openid)
        return await self.push(openid, _listed("subscribe_msg_change_event", "SubscribeMsgChangeEvent", rows))

    async def refuse_messages(self, openid: str, *, refuse: bool = True) -> PushResult:
        """Switch the account's messages off or on; the platform tells nobody."""
        self.person(openid).refusing = refuse
        self.listeners.tell("people", openid)
        return NOTHING_PUSHED

    async def preview_pages(self, openid: str, *, preview: bool = True) -> PushResult:
        """Web pages of this person open as snapshot pages, under a made-up openid, or as themselves again."""
        self.person(openid).previewing = preview
        self.listeners.tell("people", openid)
        return NOTHING_PUSHED

    async def push_raw(self, openid: str | None, xml_fields: Mapping[str, Any]) -> PushResult:
        """Push any fields; they override the common ones, a None leaves a common one out. No rights change."""
        fields: dict[str, Any] = {"MsgType": "event" if "Event" in xml_fields else "text"}
        if fields["MsgType"] == "text" and "MsgType" not in xml_fields:
            fields["MsgId"] = int(self.new_number())
        fields |= {"FromUserName": openid or "", **xml_fields}
        return await self.push(openid or "", fields)

    def authorize(self, openid: str, scope: str = "snsapi_base", *, snapshot: bool = False) -> str:
        """The code the browser brings back after consent; `snapshot` as from a snapshot page (virtual openid)."""
        whose = f"{self.person(openid).openid[:-4]}snap" if snapshot else self.person(openid).openid
        return self.consents.issue(whose, scope, self.now(), snapshot=snapshot)

    async def _message(
        self, openid: str, fields: Mapping[str, XmlValue], seen: Seen, budget: rights.Budget = rights.MESSAGE
    ) -> PushResult:
        person = self._follower(openid)
        self.show(person, seen)
        if person.blacklisted:
            return NOTHING_PUSHED
        person.rights.open(budget, self.now())
        return await self.push(openid, {**fields, "MsgId": int(self.new_number())})

    def _tapped(self, kind: str, button: Mapping[str, Any], scanned: str) -> dict[str, XmlValue] | None:
        key = str(button.get("key", ""))
        place: XmlValue = {
            "Location_X": LATITUDE,
            "Location_Y": LONGITUDE,
            "Scale": 16,
            "Label": PLACE,
            "Poiname": PLACE,
        }
        pictures: XmlValue = {"Count": 1, "PicList": {"item": {"PicMd5Sum": "0" * 32}}}
        scan: XmlValue = {"ScanType": "qrcode", "ScanResult": scanned}
        events: dict[str, dict[str, XmlValue]] = {
            "click": {"Event": "CLICK", "EventKey": key},
            "view": {"Event": "VIEW", "EventKey": str(button.get("url", "")), "MenuId": self.menu_id},
            "miniprogram": {
                "Event": "view_miniprogram",
                "EventKey": str(button.get("pagepath", "")),
                "MenuId": self.menu_id,
            },
            "location_select": {"Event": kind, "EventKey": key, "SendLocationInfo": place},
            **{each: {"Event": kind, "EventKey": key, "ScanCodeInfo": scan} for each in SCANS},
            **{each: {"Event": kind, "EventKey": key, "SendPicsInfo": pictures} for each in PICTURES},
        }
        return events.get(kind)

    def _follower(self, openid: str) -> Person:
        person = self.person(openid)
        if not person.following:
            raise ValueError("this person does not follow the account")
        return person

    def _check_notices(self, chosen: Sequence[str]) -> None:
        for each in chosen:
            if each not in self.notice_templates:
                raise ValueError(f"there is no notice template {each!r}")

    def _ticket(self, scene: str) -> str:
        code = self.scenes.by_scene.get(scene)
        if code is None:
            code = self.scenes.add(scene, 0, self.now(), life=None)
        return code.ticket

    def _keep(self, kind: str, data: bytes, name: str, mime: str) -> media.Medium:
        return self.media.put(kind, data, name, mime, self.now())


def _listed(event: str, element: str, rows: Sequence[XmlValue]) -> dict[str, XmlValue]:
    return {"MsgType": "event", "Event": event, element: {"List": rows}}
