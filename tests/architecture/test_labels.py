"""Staff read one name for each channel and each purpose: it stands beside the value, in `wxbot/messaging.py`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from wxbot.history.kinds import CHANNEL_NAMES
from wxbot.messaging import Channel, Purpose
from wxbot.patients.models import TOPIC_NAMES, ConsentTopic

ROOT = Path(__file__).resolve().parents[2] / "wxbot"
LABELS = {each.label for each in (*Channel, *Purpose)} - {Channel.PHONE.label}  # 电话 is also a field of a record
STALE = re.compile("优惠类|优惠消息|活动消息")  # what marketing was called besides


def labels_in(path: Path) -> Iterator[str]:
    """The labels that a module or a page writes out as a text of its own."""
    text = path.read_text()
    if path.suffix == ".html":
        yield from (found for found in re.findall(r"[\">]\s*([^\"<>]+?)\s*[\"<]", text) if found in LABELS)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and node.value in LABELS:
            yield str(node.value)


def sources() -> list[Path]:
    ours = [path for path in ROOT.rglob("*") if path.suffix in {".py", ".html"}]
    return [path for path in ours if path != ROOT / "messaging.py" and "simulator" not in path.parts]


def test_a_label_is_written_once() -> None:
    assert set(labels_in(ROOT / "messaging.py")) == LABELS
    assert {str(path.relative_to(ROOT)): set(labels_in(path)) for path in sources() if set(labels_in(path))} == {}


def test_marketing_has_one_name_for_staff() -> None:
    assert [str(path.relative_to(ROOT)) for path in sources() if STALE.search(path.read_text())] == []


def test_what_derives_from_a_label_follows_it() -> None:
    assert {channel: CHANNEL_NAMES[channel] for channel in Channel} == {each: each.label for each in Channel}
    derived = {ConsentTopic.CARE: "关怀消息", ConsentTopic.MARKETING: "营销消息"}
    assert {topic: TOPIC_NAMES[topic] for topic in derived} == derived


def test_labels_differ() -> None:
    for labelled in (Channel, Purpose):
        assert len({each.label for each in labelled}) == len(labelled)
        assert all(each.label for each in labelled)
