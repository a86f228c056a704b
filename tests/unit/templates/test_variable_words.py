"""Variables in the words of staff."""

from pathlib import Path

from config.settings import Settings
from wxbot.installation import read_installation
from wxbot.templates.models import Variable
from wxbot.templates.variable_words import as_read, label_of

NAME = Variable(name="name", meaning="就诊人姓名", example="张三", shortest="王一", longest="阿依古丽")
CLINIC = Variable(name="clinic_name", meaning="诊所名称，随处可用", example="晨光", shortest="晨光", longest="晨光")
KNOWN = {"name": NAME, "clinic_name": CLINIC}


def test_a_wording_reads_in_chinese_and_what_nothing_fills_stays() -> None:
    text = '{name}您好，{clinic_name}等您来。<a href="{page_url}">看看</a> {{1}} {nobody}'
    assert as_read(text, KNOWN) == "〔就诊人姓名〕您好，〔诊所名称〕等您来。看看 {{1}} {nobody}"


def test_every_shipped_variable_has_a_short_name_in_chinese() -> None:
    variables = read_installation(Settings(config_dir=Path("config"))).variables
    assert variables
    for each in variables.values():
        assert any("\u4e00" <= sign <= "\u9fff" for sign in label_of(each)), each.name
        assert "{" not in label_of(each)
