"""The shipped lexicon, ready to be asked."""

import pytest
from cattrs import Converter

from config.content import Content, load_content
from wxbot.quality.models import Entry
from wxbot.quality.service import Quality


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content()


@pytest.fixture(scope="session")
def lexicon(content: Content) -> tuple[Entry, ...]:
    entries = [entry for category, file in content.lexicon.items() for entry in file.whole_entries(category)]
    return Converter(forbid_extra_keys=True).structure(entries, tuple[Entry, ...])


@pytest.fixture(scope="session")
def quality(lexicon: tuple[Entry, ...]) -> Quality:
    return Quality(lexicon)
