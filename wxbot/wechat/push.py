"""One push as XML: safe reading, and access to its fields. Knows nothing of what the fields mean."""

import re
from datetime import UTC, datetime
from hashlib import sha256
from math import isfinite
from typing import Any
from xml.etree import ElementTree as ET

from wxbot.wechat.refusals import MalformedError
from wxbot.wechat.unescaped import is_suspect, read_unescaped

DEPTH = 8  # levels; the deepest real push has five
OPENID_LENGTH = 128  # characters; real ones have 28
LATEST = 4_102_444_800  # 2100-01-01 in seconds: a CreateTime beyond it is nonsense
COMMON = frozenset({"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "MsgId", "MsgDataId", "Idx"})
DIGEST = 24  # hex digits of an event's key: 96 bits keep all events of a lifetime apart
# A document type could only stand before the root element: nothing but an XML declaration may.
PROLOGUE = re.compile(r"\ufeff?\s*(?:<\?xml[^<>]*\?>\s*)?<xml[\s>/]")
# A push as nearly all are: fields one after another, none with another inside. What could be read in more than one way
# is left to the parser: references, `]` in a section, carriage returns, what XML cannot carry.
FLAT_FIELD = re.compile(
    r"<([A-Za-z]{1,64})>(?:<!\[CDATA\[([^\]\x00-\x08\x0b-\x1f\ufffe\uffff]*)\]\]>"
    r"|([^<>&\]\x00-\x08\x0b-\x1f\ufffe\uffff]*))</\1>[ \t\n]*"
)
FLAT_START, FLAT_END = re.compile(r"<xml>[ \t\n]*"), "</xml>"
# Patients paste what XML cannot carry; the platform passes it on. Without it the message is readable.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Push:
    """The fields of one push. Every accessor raises MalformedError for what is missing or impossible."""

    __slots__ = ("_root", "fields")

    def __init__(self, fields: dict[str, str], root: ET.Element | None = None) -> None:
        """`root` is not needed where all there is are those fields."""
        self.fields = fields
        self._root = root

    @property
    def root(self) -> ET.Element:
        """All of it as a tree."""
        if self._root is None:
            self._root = ET.Element("xml")
            for name, text in self.fields.items():
                ET.SubElement(self._root, name).text = text
        return self._root

    def need(self, name: str) -> str:
        """A field that must be there and not empty, without surrounding spaces."""
        value = self.in_any_case(name)
        if not value:
            raise MalformedError(f"{name} is missing")
        return value

    def get(self, name: str) -> str:
        """A field, or nothing, without surrounding spaces."""
        return self.fields.get(name, "").strip()

    def in_any_case(self, name: str) -> str:
        """The same for one that is not always written alike: MsgId and MsgID, OpenID and openid."""
        value = self.fields.get(name)
        if value is None:
            sought = name.lower()
            value = next((text for tag, text in self.fields.items() if tag.lower() == sought), "")
        return value.strip()

    def number(self, name: str) -> float:
        """A decimal field that must be there and finite."""
        return decimal(self.need(name), name)

    def created_at(self, otherwise: datetime) -> datetime:
        """CreateTime as UTC; `otherwise` where it is missing or impossible."""
        try:
            return datetime.fromtimestamp(whole(self.need("CreateTime"), "CreateTime", most=LATEST), UTC)
        except MalformedError:
            return otherwise

    def inside(self, name: str) -> dict[str, str]:
        """The text fields directly inside element `name`; empty when it is missing."""
        element = self.root.find(name)
        return {} if element is None else _texts(element)

    def listed(self, name: str) -> list[dict[str, str]]:
        """The `List` entries inside element `name`: one, several or none."""
        element = self.root.find(name)
        return [] if element is None else [_texts(entry) for entry in element.findall("List")]

    def digest(self, *parts: str) -> str:
        """A short digest of `parts`. The separator cannot occur in XML, so different parts never run together."""
        return sha256("\x1f".join(parts).encode()).hexdigest()[:DIGEST]

    def digest_of_everything(self) -> str:
        """A short digest of every element and text."""
        return self.digest(*(f"{element.tag}={(element.text or '').strip()}" for element in self.root.iter()))

    def details(self) -> dict[str, Any]:
        """The fields beyond the common ones, nested as they came; repeated elements become lists."""
        everything = _nested(self.root)
        return {name: value for name, value in everything.items() if name not in COMMON}


def read(xml: bytes) -> Push:
    """Read UTF-8 `xml`, whatever somebody typed into its fields (unescaped.py); bytes that are no UTF-8 become U+FFFD.

    Raises MalformedError for anything that is not a plain, shallow `<xml>` document.
    """
    text = xml.decode("utf-8", "replace")
    fields = read_flat(text)
    if fields is not None:
        return Push(fields)
    if not PROLOGUE.match(text):
        raise MalformedError("not an <xml> document, or one with a document type")
    root = _tree(text)
    _check_depth(root)
    return Push({child.tag: child.text or "" for child in root}, root)


def read_flat(text: str) -> dict[str, str] | None:
    """The fields of a plain push, in order, as the parser would read them; None for any other text.

    One strict pass: a field that comes twice, or anything that is not a whole field, is not for it.
    """
    start = FLAT_START.match(text)
    if start is None:
        return None
    fields: dict[str, str] = {}
    position, count = start.end(), 0
    while (field := FLAT_FIELD.match(text, position)) is not None:
        name, section, plain = field.groups()
        fields[name] = plain if section is None else section
        position, count = field.end(), count + 1
    return fields if fields and len(fields) == count and text[position:].rstrip(" \t\n") == FLAT_END else None


def whole(text: str, name: str, *, most: int) -> int:
    """A number of plain digits up to `most`."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise MalformedError(f"{name} is not a number in range")
    return int(text)


def decimal(text: str, name: str) -> float:
    """A finite decimal number."""
    try:
        value = float(text)
    except ValueError:
        raise MalformedError(f"{name} is not a number") from None
    if not isfinite(value):
        raise MalformedError(f"{name} is not a number")
    return value


def count(text: str) -> int:
    """A count that only informs: digits, else 0."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0  # noqa: PLR2004 - within 64 bits


def _tree(text: str) -> ET.Element:
    root = _parsed(text)
    if root is None:
        text = NOT_XML.sub("", text)
        root = _parsed(text)
    if root is None or is_suspect(text, root):
        framed = read_unescaped(text)
        root = root if framed is None else framed
    if root is None:
        raise MalformedError("not well-formed XML")
    return root


def _parsed(text: str) -> ET.Element | None:
    try:
        return _parse(text)
    except ET.ParseError:
        return None


def _parse(text: str) -> ET.Element:
    parser = ET.XMLParser()  # noqa: S314 - no document type gets here, so no entity does; depth and length are capped
    parser.feed(text)
    root: ET.Element = parser.close()
    return root


def _check_depth(root: ET.Element) -> None:
    level = [child for child in root if len(child)]
    depth = 2
    while level:
        depth += 1
        if depth > DEPTH:
            raise MalformedError("nested too deeply")
        level = [grandchild for child in level for grandchild in child if len(grandchild)]


def _texts(element: ET.Element) -> dict[str, str]:
    return {child.tag: (child.text or "").strip() for child in element}


def _nested(element: ET.Element) -> dict[str, Any]:
    """Elements as dictionaries. Depth is already capped."""
    found: dict[str, Any] = {}
    for child in element:
        value: Any = _nested(child) if len(child) else (child.text or "").strip()
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], list):
            found[child.tag].append(value)
        else:
            found[child.tag] = [found[child.tag], value]
    return found
