"""Templates written back as files are read again as they were."""

import tomllib
from pathlib import Path
from shutil import copytree

from cattrs import Converter
from hypothesis import given
from hypothesis import strategies as st

from config.content import SHIPPED, load_content
from wxbot.messaging import Purpose
from wxbot.templates.models import Card, Template
from wxbot.templates.toml_text import toml_of

words = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


def read(text: str) -> list[Template]:
    entries = tomllib.loads(text)["templates"]
    return [Converter().structure(entry, Template) for entry in entries]


def test_the_shipped_templates_come_back_through_the_files(tmp_path: Path) -> None:
    entries = load_content().templates
    templates = [Converter().structure(entry.model_dump(), Template) for entry in entries]
    folder = tmp_path / "config"
    copytree(SHIPPED, folder, ignore=lambda _, names: [name for name in names if name == "__pycache__"])
    for path in (folder / "templates").glob("*.toml"):
        path.unlink()
    for name, text in toml_of(templates).items():
        (folder / "templates" / name).write_text(text, encoding="utf-8")
    again = [Converter().structure(entry.model_dump(), Template) for entry in load_content(folder).templates]
    assert sorted(again, key=lambda each: each.key) == sorted(templates, key=lambda each: each.key)


@given(text=words, fallback=words, field=words, title=words)
def test_any_words_come_back(text: str, fallback: str, field: str, title: str) -> None:
    template = Template(
        key="care.x",
        purpose=Purpose.CARE,
        text=text,
        fallbacks={"name": fallback},
        template_card=Card(template_id="TPL", title=title, fields={"thing1": field}),
        version=7,
        name="名称",
        event="场合",
    )
    assert read(toml_of([template])["care.toml"]) == [template]
