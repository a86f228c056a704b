"""Variables and blanks of canned replies. Pure.

`{doctor}` is filled from what is known of the patient; `{?时间}` is a blank that asks for 时间. A blank, and a variable
that nothing is known of, stands in the text as 〔时间〕 until somebody writes over it; the check of what is sent
(quality/slips.py) lets no text with one leave.
"""

import re
from collections.abc import Mapping

from wxbot.canned_replies.models import Filled

VARIABLES: Mapping[str, str] = {  # name → meaning, which also asks for it where nothing is known
    "patient_name": "患者姓名",
    "salutation": "称呼",
    "doctor": "医生",
    "doctor_card": "医生名片",
    "visit_type": "项目",
    "visit_day": "就诊日期",
    "visit_time": "就诊时间",
    "agent_name": "客服姓名",
    "clinic_name": "诊所名称",
    "clinic_phone": "诊所电话",
    "clinic_address": "诊所地址",
}
BYTES_OF_UNIT = 2  # of UTF-16
LONGEST_PROMPT = 20  # characters of a blank's words

_PART = re.compile(r"\{(\?)?([^{}]*)\}|[{}]")


def problem_of(text: str) -> str:
    """What is wrong with the variables and blanks of a text, in words for staff; empty when nothing is."""
    for found in _PART.finditer(text):
        if found[2] is None:
            return f"有单独的 {found[0]}。变量写成 {{doctor}}，要填的空写成 {{?时间}}。"
        if found[1]:
            if not found[2].strip():
                return "空里写上要填什么，例如 {?时间}。"
            if len(found[2]) > LONGEST_PROMPT:
                return f"{{?{found[2][:8]}…}} 太长，最多 {LONGEST_PROMPT} 个字。"
        elif found[2] not in VARIABLES:
            return f"没有 {{{found[2]}}} 这个变量，可用的变量列在下面；要填的空写成 {{?{found[2]}}}。"
    return ""


def filled(text: str, values: Mapping[str, str]) -> Filled:
    """The text for one patient."""
    parts: list[str] = []
    blanks: list[tuple[int, int]] = []
    done, length = 0, 0

    def write(words: str) -> None:
        nonlocal length
        parts.append(words)
        length += len(words.encode("utf-16-le", "surrogatepass")) // BYTES_OF_UNIT

    for found in _PART.finditer(text):
        write(text[done : found.start()])
        done = found.end()
        name = found[2] or ""
        known = "" if found[1] else values.get(name, "")
        if known:
            write(known)
            continue
        start = length
        write(f"〔{name if found[1] else VARIABLES.get(name, name)}〕")
        blanks.append((start, length))
    write(text[done:])
    return Filled(text="".join(parts), blanks=tuple(blanks))
