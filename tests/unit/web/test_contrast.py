"""Colours of pages: text stands out from its ground by 4.5 to 1 (WCAG 2.1, 1.4.3), placeholders among it."""

import re
from pathlib import Path

import pytest

import wxbot.web

WEB = Path(wxbot.web.__file__).parent
CONSOLE = (WEB / "console/static/console.css").read_text(encoding="utf-8")
PATIENT = (WEB / "patient/static/patient.css").read_text(encoding="utf-8")
LEAST = 4.5
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
WHITE = "#ffffff"


def colour(css: str, written: str) -> str:
    """A colour as #rrggbb; a variable is what `:root` says."""
    name = re.fullmatch(r"var\((--[\w-]+)\)", written.strip())
    if name is not None:
        found = re.search(rf"{name[1]}:\s*(#[0-9a-fA-F]+)", css)
        assert found is not None, name[1]
        written = found[1]
    bare = written.strip().lstrip("#")
    return f"#{bare if len(bare) == 6 else ''.join(sign * 2 for sign in bare)}"


def luminance(shade: str) -> float:
    parts = [int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def said(css: str, selector: str, what: str) -> str:
    """What the rule of that selector says, variables resolved."""
    for selectors, body in RULE.findall(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        if selector in [each.strip() for each in selectors.split(",")]:
            found = re.search(rf"(?<![\w-]){what}:\s*([^;]+)", body)
            if found is not None:
                return colour(css, found[1])
    raise AssertionError(f"no {what} of {selector}")


def test_the_measure_is_the_one_of_the_rules() -> None:
    assert round(contrast("#000000", WHITE), 1) == 21.0
    assert round(contrast("#a0a0a0", WHITE), 1) == 2.6  # what placeholders had


@pytest.mark.parametrize(
    ("css", "selector"),
    [(CONSOLE, ".form-control::placeholder"), (CONSOLE, ".soft"), (PATIENT, "input::placeholder"), (PATIENT, "a")],
)
def test_quiet_words_can_be_read_on_paper(css: str, selector: str) -> None:
    assert contrast(said(css, selector, "color"), WHITE) >= LEAST


def test_quiet_words_can_be_read_on_the_ground_too() -> None:
    for css, ground in ((CONSOLE, "--ground"), (PATIENT, "--back")):
        assert contrast(colour(css, "var(--soft)"), colour(css, f"var({ground})")) >= LEAST


@pytest.mark.parametrize("badge", [".mark-good", ".mark-warn", ".mark-bad", ".mark-calm"])
def test_badges_can_be_read(badge: str) -> None:
    assert contrast(said(CONSOLE, badge, "color"), said(CONSOLE, badge, "background")) >= LEAST


def test_no_page_paints_a_placeholder_paler() -> None:
    for sheet in WEB.rglob("static/*.css"):
        css = sheet.read_text(encoding="utf-8")
        for selectors, body in RULE.findall(css):
            if "::placeholder" in selectors:
                assert re.search(r"color:\s*var\(--(?:soft|ink)\)", body), sheet.name
                assert "opacity: 1" in body


def test_links_within_text_are_underlined() -> None:
    for css, selector in ((CONSOLE, ".main a:not([class])"), (CONSOLE, ".crumbs a"), (PATIENT, "p a:not(.button)")):
        rule = next(body for selectors, body in RULE.findall(css) if selector in selectors)
        assert "text-decoration: underline" in rule
