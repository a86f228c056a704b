"""Pictures of a QR code: bare as SVG or PNG, and as a poster in SVG with the clinic's name and a label."""

import io
from html import escape

import segno

SCALE = 20  # pixels per module of the PNG: some 700 in all, sharp when printed 6 cm wide
BORDER = 4  # modules of white around it, as readers expect
WIDE, HIGH = 600, 780  # units of the poster, in the proportions of a card
ERROR_CORRECTION = "m"  # 15 %: bears a scratch, stays coarse enough for a phone at arm's length


def svg(url: str) -> bytes:
    """The bare code."""
    picture = io.BytesIO()
    _code(url).save(picture, kind="svg", scale=8, border=BORDER, xmldecl=True, svgclass=None, lineclass=None)
    return picture.getvalue()


def png(url: str) -> bytes:
    """The bare code."""
    picture = io.BytesIO()
    _code(url).save(picture, kind="png", scale=SCALE, border=BORDER)
    return picture.getvalue()


def data_uri(url: str) -> str:
    """The bare code inside a page, with nothing to fetch."""
    return str(_code(url).svg_data_uri(scale=6, border=BORDER))


def poster(url: str, clinic: str, label: str, hint: str) -> bytes:
    """The code with the clinic's name above and the label below; any text is shown, none is run."""
    code = _code(url)
    modules = code.symbol_size(border=BORDER)[0]
    size = 440
    rows = (_text(clinic, 90, 40), _text(label, 640, 36), _text(hint, 710, 26))
    inner = code.svg_inline(border=BORDER, omitsize=True)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}">'
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>'
        f'<svg x="{(WIDE - size) // 2}" y="140" width="{size}" height="{size}" viewBox="0 0 {modules} {modules}">'
        f"{inner}</svg>"
        f"{''.join(rows)}</svg>\n"
    ).encode()


def _code(url: str) -> segno.QRCode:
    return segno.make(url, error=ERROR_CORRECTION, micro=False)


def _text(words: str, y: int, size: int) -> str:
    fitting = min(size, int((WIDE - 40) / max(len(words), 1)))  # a Chinese character is as wide as it is high
    return (
        f'<text x="{WIDE // 2}" y="{y}" font-size="{fitting}" text-anchor="middle" fill="#111" '
        f'font-family="sans-serif">{escape(words)}</text>'
    )
