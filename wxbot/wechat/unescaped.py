"""Reading a push whose CDATA sections are not escaped: what somebody typed stands in them as it is.

Patients paste code, and faces like `]]>`. Where the platform does not escape it, an XML parser sees an early end,
fields that nobody sent, or nothing at all. The platform's own fields still frame what was typed, and by that frame it
is read: a field that people fill ends at the last place that only whole fields follow, every other field at the first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree import ElementTree as ET
from xml.sax.saxutils import unescape

# What people write or say; everything else in a push is the platform's or ours (reference §2).
TYPED = frozenset({"Content", "Title", "Description", "Url", "Label", "Poiname", "Recognition", "ScanResult"})
AROUND_TYPED = frozenset({"ScanCodeInfo", "SendLocationInfo"})  # elements that hold such a field
SECTION = re.compile(r"\s{0,99}<!\[CDATA\[")
START = re.compile(r"\ufeff?\s*(?:<\?xml[^<>]*\?>\s*)?<xml>")
END = "</xml>"
OPENING = re.compile(r"\s*<([A-Za-z_][\w.-]{0,63})(\s{0,9}/)?>")
FIELD_END = re.compile(r"(\]\]>\s{0,99})?</([A-Za-z_][\w.-]{0,63})>|<[A-Za-z_][\w.-]{0,63}\s{0,9}/>")
# Ends of sections where they belong: before the end of an element, or in the two usual ways of writing `]]>` in CDATA.
PROPER_END = re.compile(r"\]\]>\s{0,99}</|\]\]\]\]><!\[CDATA\[>|\]\]\]><!\[CDATA\[\]>")


def is_suspect(text: str, root: ET.Element) -> bool:
    """Whether well-formed `text` may be so only because of what somebody typed into it."""
    if len({child.tag for child in root}) < len(root):
        return True
    for child in root:
        if child.tag in AROUND_TYPED and len({each.tag for each in child}) < len(child):
            return True
    sections = text.count("]]>")
    return sections != text.count("]]></") and sections != sum(1 for _ in PROPER_END.finditer(text))


def read_unescaped(text: str) -> ET.Element | None:
    """The fields of a push by their frame; None when there is none."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as an XML parser does
    start = START.match(text)
    stop = text.rfind(END)
    if start is None or stop < start.end() or text[stop + len(END) :].strip():
        return None
    root = ET.Element("xml")
    return root if _fill(root, text, start.end(), stop) else None


@dataclass(frozen=True)
class _Field:
    """One field: where its content is, and where the next field may begin."""

    name: str
    begins: int
    ends: int
    next_at: int
    section: bool = False


_Ends: TypeAlias = dict[tuple[str, bool], tuple[int, int]]
"""(name, whether of a section) → where the content ends, and where the next field may begin."""


def _fill(parent: ET.Element, text: str, start: int, stop: int, *, inside: bool = False) -> bool:
    """Append the fields between two positions; False when it is not made of whole fields alone."""
    fields = _fields(text, start, stop)
    for each in fields or ():
        element = ET.SubElement(parent, each.name)
        content = text[each.begins : each.ends]
        if each.section:
            element.text = content
        elif "<" not in content:
            element.text = unescape(content)
        elif inside or not _fill(element, text, each.begins, each.ends, inside=True):
            return False
    return fields is not None


def _fields(text: str, start: int, stop: int) -> Sequence[_Field] | None:
    """The fields between two positions, in order; None when it is made of anything else.

    Every place where a field may begin is judged once, from the last to the first: by then it is known which ends of
    fields are followed by nothing but whole fields. So it takes as long as the text is, whatever was typed.
    """
    field_at: dict[int, _Field | None] = {}  # places that only whole fields follow → the first of them
    first: _Ends = {}
    last: _Ends = {}
    blank_from = len(text[:stop].rstrip())
    for found in (*reversed(list(FIELD_END.finditer(text, start, stop))), None):
        place = start if found is None else found.end()
        field = None if place >= blank_from else _field(text, place, first, last, field_at)
        if field is None and place < blank_from:
            continue
        field_at[place] = field
        if found is not None and found[2]:
            closing = found.start() if found[1] is None else found.end(1)
            _note(first, last, (found[2], False), (closing, place))
            if found[1] is not None:
                _note(first, last, (found[2], True), (found.start(), place))
    if start not in field_at:
        return None
    fields: list[_Field] = []
    field = field_at[start]
    while field is not None:
        fields.append(field)
        field = field_at[field.next_at]
    return fields


def _note(first: _Ends, last: _Ends, key: tuple[str, bool], end: tuple[int, int]) -> None:
    """An end that only whole fields follow; ends are found from the last to the first."""
    first[key] = end
    last.setdefault(key, end)


def _field(text: str, place: int, first: _Ends, last: _Ends, field_at: dict[int, _Field | None]) -> _Field | None:
    """The field that begins at `place`, when only whole fields follow it."""
    opening = OPENING.match(text, place)
    if opening is None:
        return None
    name, begins = opening[1], opening.end()
    if opening[2]:
        return _Field(name, begins, begins, begins) if begins in field_at else None
    section = SECTION.match(text, begins)
    if section is None and name not in AROUND_TYPED:
        ends = text.find("<", begins)
        next_at = ends + len(name) + len("</>")
        closed = text.startswith(f"</{name}>", ends)
        return _Field(name, begins, ends, next_at) if closed and next_at in field_at else None
    end = (last if name in TYPED else first).get((name, section is not None))
    if end is None:
        return None
    ends, next_at = end
    if section is None:
        return _Field(name, begins, ends, next_at)
    return _Field(name, section.end(), ends, next_at, section=True)
