"""Templates of pushes, shipped or made in the console, may name the same; the shipped ones pass every check."""

import pytest

from config.settings import Settings
from wxbot.installation import common_variables, read_installation
from wxbot.messaging import Purpose
from wxbot.quality.service import Quality
from wxbot.templates.broadcast_usage import BROADCAST_EVENT, usage_in_broadcasts
from wxbot.templates.checks import CheckContext, findings
from wxbot.templates.models import Template

INSTALLATION = read_installation(Settings())
COMMON = common_variables(INSTALLATION.clinic)
SHIPPED = [each for each in INSTALLATION.templates if each.event == BROADCAST_EVENT]
USE = usage_in_broadcasts(INSTALLATION.variables, COMMON)
CONTEXT = CheckContext(
    variables=INSTALLATION.variables, usage=USE, lexicon=Quality(INSTALLATION.lexicon), common=COMMON
)


def told(text: str, purpose: Purpose = Purpose.CARE) -> list[str]:
    template = Template(key="own.x", purpose=purpose, text=text, fallbacks={"name": ""})
    return [each.reason for each in findings(template, CONTEXT)]


def test_there_is_one_to_care_and_one_to_offer() -> None:
    assert {each.purpose for each in SHIPPED} == {Purpose.CARE, Purpose.MARKETING}


@pytest.mark.parametrize("template", SHIPPED, ids=lambda each: each.key)
def test_a_shipped_one_passes_every_check_but_the_binding_of_its_card(template: Template) -> None:
    assert {each.reason for each in findings(template, CONTEXT) if "绑定" not in each.reason} == set()
    assert INSTALLATION.uses[template.key] == USE


def test_what_is_filled_by_hand_and_for_each_patient_may_be_named() -> None:
    assert told("{name}您好，{date}{time}，{topic}，{clinic_name}") == []


@pytest.mark.parametrize("name", ["room", "hours", "staff"])
def test_what_nobody_fills_in_a_push_may_not(name: str) -> None:
    assert any("没有内容可填" in each for each in told("{name}您好，{" + name + "}"))


def test_what_does_not_exist_may_not() -> None:
    assert told("{name}您好，{topik}") == ["没有 {topik} 这个变量"]
