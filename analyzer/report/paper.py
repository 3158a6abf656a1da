"""Fonts and styles of the memo on paper: every script the field's names come in can be printed.

Latin, Greek, Cyrillic and marks are set in DejaVu Sans, which comes with matplotlib; Chinese,
Japanese and Korean in the fonts every reader of PDF provides, which need no file.
"""

from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

FONT, FONT_BOLD = "Memo", "Memo-Bold"
_CHINESE, _KOREAN = "STSong-Light", "HYSMyeongJo-Medium"
_UNPRINTABLE = "\ufffd"


def register_fonts() -> None:
    """Make the fonts known to reportlab; again is harmless."""
    if FONT in pdfmetrics.getRegisteredFontNames():
        return
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont(FONT, str(folder / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont(FONT_BOLD, str(folder / "DejaVuSans-Bold.ttf")))
    pdfmetrics.registerFontFamily(
        FONT, normal=FONT, bold=FONT_BOLD, italic=FONT, boldItalic=FONT_BOLD
    )
    for name in (_CHINESE, _KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


@cache
def styles() -> dict[str, ParagraphStyle]:
    """Return the paragraph styles by name."""
    body = ParagraphStyle("body", fontName=FONT, fontSize=8, leading=10.5, spaceAfter=3)
    # Splits words that no space breaks: an identifier may be longer than its column.
    cell = ParagraphStyle("cell", body, fontSize=6.6, leading=8.2, spaceAfter=0, splitLongWords=1)
    return {
        "body": body,
        "cell": cell,
        "figure": ParagraphStyle("figure", cell, alignment=TA_RIGHT),
        "caption": ParagraphStyle("caption", body, keepWithNext=1),
        "small": ParagraphStyle("small", body, fontSize=6.4, leading=8, spaceAfter=1),
        "lead": ParagraphStyle("lead", body, fontSize=10, leading=13, spaceAfter=4),
        "heading": ParagraphStyle(
            "heading", body, fontName=FONT_BOLD, fontSize=10.5, leading=14, spaceBefore=7
        ),
        "title": ParagraphStyle(
            "title", body, fontName=FONT_BOLD, fontSize=14, leading=18, spaceAfter=4
        ),
        "alarm": ParagraphStyle(
            "alarm", body, backColor="#E69F00", borderPadding=3, spaceBefore=3, spaceAfter=7
        ),
    }


def markup(text: str, longest: int = 2000) -> str:
    """Return text as paragraph markup: escaped, each script in a font that has it.

    Parameters
    ----------
    longest
        Characters shown; a cut says how long the whole is and where it stands.
    """
    if len(text) > longest:
        text = f"{text[:longest]}… [{len(text):,} characters; whole in the workbook or JSON]"
    runs: list[tuple[str, list[str]]] = []
    for character in text:
        font, glyph = _set(character)
        if runs and runs[-1][0] == font:
            runs[-1][1].append(glyph)
        else:
            runs.append((font, [glyph]))
    return "".join(
        escape("".join(part))
        if font == FONT
        else f'<font name="{font}">{escape("".join(part))}</font>'
        for font, part in runs
    )


@cache
def _latin() -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(FONT).face.charToGlyph)


@cache
def _set(character: str) -> tuple[str, str]:
    """Return the font that prints a character, and what to print."""
    code = ord(character)
    if character.isspace() or code < 0x20:
        return FONT, " "
    if code in _latin():
        return FONT, character
    if 0xAC00 <= code <= 0xD7A3 or 0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F:
        return _KOREAN, character
    if 0x2E80 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0xFF00 <= code <= 0xFFEF:
        return _CHINESE, character
    return FONT, _UNPRINTABLE
