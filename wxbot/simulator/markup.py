"""The platform's XML: written with CDATA, read strictly."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.etree import ElementTree as ET

XmlValue: TypeAlias = "str | int | float | Mapping[str, XmlValue] | Sequence[XmlValue]"
Fields: TypeAlias = Mapping[str, XmlValue]

# Everything XML 1.0 forbids below U+0020: a patient cannot type these, so the platform never sends them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class MarkupError(Exception):
    """A text is not the XML it should be."""


def write(fields: Fields, *, escaped: bool = True) -> str:
    """`<xml>` with one element per field; a mapping nests, a list repeats its element.

    Not `escaped`: a `]]>` in a value stands as it is, and the whole may be no XML any more.
    """
    return f"<xml>{_children(fields, escaped)}</xml>"


def _children(fields: Fields, escaped: bool) -> str:
    return "".join(_element(name, value, escaped) for name, value in fields.items())


def _element(name: str, value: XmlValue, escaped: bool) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_children(value, escaped)}</{name}>"
    if isinstance(value, str):
        clean = _FORBIDDEN.sub("", value)
        if escaped:
            clean = clean.replace("]]>", "]]]]><![CDATA[>")
        return f"<{name}><![CDATA[{clean}]]></{name}>"
    if isinstance(value, Sequence):
        return "".join(_element(name, item, escaped) for item in value)
    return f"<{name}>{value}</{name}>"


def read(text: str | bytes) -> ET.Element:
    """The root element, which must be `<xml>`. Raises MarkupError, also for any document type declaration."""
    raw = text.encode() if isinstance(text, str) else text
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise MarkupError("a document type declaration is not allowed")
    try:
        root = ET.fromstring(raw)  # noqa: S314 - declarations were refused above, so there are no entities to expand
    except ET.ParseError as error:
        raise MarkupError(f"not well-formed XML: {error}") from error
    if root.tag != "xml":
        raise MarkupError(f"the root element is <{root.tag}> and not <xml>")
    return root


def text_of(parent: ET.Element, path: str, default: str = "") -> str:
    """The text of one child, stripped of surrounding blanks only when it is all blank."""
    found = parent.find(path)
    return default if found is None or found.text is None else found.text
