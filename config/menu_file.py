"""menu.toml: the Official Account's menu, within the platform's limits (reference §7.6)."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from config.problems import UnfitValueError
from config.schemas import Entry, Text

TOP_NAME_BYTES = 16  # WeChat shows four Chinese characters
SUB_NAME_BYTES = 60  # WeChat shows eight
KEY_BYTES = 128
URL_BYTES = 1024

KEYED = (
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
)
NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KEYED, ("key",)),
    "view": ("url",),
    "miniprogram": ("url", "appid", "pagepath"),
}
DETAILS = ("key", "url", "appid", "pagepath")

ButtonType = Literal[
    "click",
    "view",
    "miniprogram",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
]
MenuKey = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
PagePath = Annotated[str, StringConstraints(pattern=r"^/w/[a-z/]*$")]  # one of our pages inside WeChat


class MenuEntry(Entry):
    """An entry that does something when tapped: `click` with a key, `view` with a url.

    A `click` may name a `page` of ours: where the service has a public address the entry opens that page, elsewhere it
    is answered in the chat.
    """

    name: Text = Field(examples=["预约挂号"])
    type: ButtonType = Field(examples=["click"])
    key: MenuKey | None = Field(default=None, examples=["BOOK"])
    url: str | None = Field(default=None, pattern=r"^https?://\S+$", examples=["https://clinic.example.cn/"])
    appid: str | None = Field(default=None, pattern=r"^wx[0-9a-f]{16}$", examples=["wx0123456789abcdef"])
    pagepath: str | None = Field(default=None, examples=["pages/index"])
    page: PagePath | None = Field(default=None, examples=["/w/book"])

    @model_validator(mode="after")
    def details_fit_the_type(self) -> "MenuEntry":
        """Exactly the details its type takes, each within its bytes."""
        needed = NEEDS[self.type]
        for detail in DETAILS:
            given = getattr(self, detail) is not None
            if given and detail not in needed:
                raise UnfitValueError(f"a {self.type} entry takes no {detail}", f"Remove {detail}", (detail,))
            if not given and detail in needed:
                example = type(self).model_fields[detail].examples or [""]
                raise UnfitValueError(
                    f"a {self.type} entry needs {detail}", f'Add for instance {detail} = "{example[0]}"'
                )
        if self.page is not None and self.type != "click":
            raise UnfitValueError(f"a {self.type} entry takes no page", "Remove page", ("page",))
        _at_most(self.key, KEY_BYTES, "key")
        _at_most(self.url, URL_BYTES, "url")
        _at_most(self.name, SUB_NAME_BYTES, "name")
        return self

    def wire(self, public_url: str = "") -> dict[str, str]:
        """The platform's form of this entry; with our public address, its page is opened instead."""
        if self.page is not None and public_url:
            return {"type": "view", "name": self.name, "url": f"{public_url}{self.page}"}
        details = {detail: getattr(self, detail) for detail in NEEDS[self.type]}
        return {"type": self.type, "name": self.name, **details}


class MenuButton(Entry):
    """A button at the bottom: either an action, or up to five `[[buttons.entries]]`."""

    name: Text = Field(examples=["服务"])
    type: ButtonType | None = Field(default=None, examples=["click"])
    key: MenuKey | None = Field(default=None, examples=["BOOK"])
    url: str | None = Field(default=None, examples=["https://clinic.example.cn/"])
    appid: str | None = Field(default=None, examples=["wx0123456789abcdef"])
    pagepath: str | None = Field(default=None, examples=["pages/index"])
    page: PagePath | None = Field(default=None, examples=["/w/book"])
    entries: tuple[MenuEntry, ...] = Field(default=(), max_length=5)

    @model_validator(mode="after")
    def action_or_entries(self) -> "MenuButton":
        """One of the two, never both; the name fits the narrow place at the bottom."""
        _at_most(self.name, TOP_NAME_BYTES, "name")
        if self.entries:
            extra = [detail for detail in ("type", *DETAILS, "page") if getattr(self, detail) is not None]
            if extra:
                raise UnfitValueError(
                    "a button with entries cannot do something itself", f"Remove {', '.join(extra)}", (extra[0],)
                )
        elif self.type is None:
            raise UnfitValueError("the button does nothing", 'Add type = "click" and key = "…", or [[buttons.entries]]')
        else:
            self.action()
        return self

    def action(self) -> MenuEntry:
        """The button as an action; for buttons without entries."""
        return MenuEntry.model_validate(self.model_dump(exclude={"entries"}))

    def wire(self, public_url: str = "") -> dict[str, Any]:
        """The platform's form of this button."""
        if self.entries:
            return {"name": self.name, "sub_button": [entry.wire(public_url) for entry in self.entries]}
        return self.action().wire(public_url)


class MenuFile(Entry):
    """The whole menu: at most three buttons."""

    buttons: tuple[MenuButton, ...] = Field(min_length=1, max_length=3)

    def wire(self, public_url: str = "") -> dict[str, Any]:
        """The body of `/cgi-bin/menu/create`. `public_url` is our address as phones see it; empty: none."""
        return {"button": [button.wire(public_url) for button in self.buttons]}

    def keys(self) -> frozenset[str]:
        """Every key a tap can send us; the handlers must answer all of them."""
        actions = [action for button in self.buttons for action in (button.entries or (button,))]
        return frozenset(action.key for action in actions if action.key is not None)


def _at_most(value: str | None, limit: int, detail: str) -> None:
    size = len((value or "").encode())
    if size > limit:
        raise UnfitValueError(
            f"{detail} has {size} bytes, WeChat allows {limit} (a Chinese character has 3)",
            f"Shorten {detail}",
            (detail,),
        )
