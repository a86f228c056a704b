"""The shipped wording can be filled and sent as it is."""

from cattrs import Converter

from config.content import load_content
from tests.every import every
from wxbot.templates.models import Template
from wxbot.templates.service import Templates

CONTENT = load_content()
EXAMPLES = CONTENT.examples()
SHIPPED = [Converter().structure(entry.model_dump(), Template) for entry in CONTENT.templates]


def test_the_check_finds_nothing_in_the_shipped_templates() -> None:
    assert Templates(SHIPPED).check(EXAMPLES) == []


@every("template", SHIPPED, named=lambda template: template.key)
def test_every_shipped_template_and_its_cards_can_be_filled(template: Template) -> None:
    rendered = Templates([template]).render(template.key, EXAMPLES)
    assert len(rendered.text.encode()) < 2048
    for card, filled in (
        (template.template_card, rendered.template_card),
        (template.notice_card, rendered.notice_card),
    ):
        assert (filled is not None) == (card is not None and bool(card.template_id))


def test_every_variable_that_is_offered_is_used_somewhere() -> None:
    wording = "".join(
        text
        for template in SHIPPED
        for text in (
            template.text,
            *(
                value
                for card in (template.template_card, template.notice_card)
                if card
                for value in card.fields.values()
            ),
        )
    )
    spare = {"date_field"}  # for clinics whose cards have a `date` without the hour
    assert {name for name in EXAMPLES if f"{{{name}}}" not in wording} <= spare
