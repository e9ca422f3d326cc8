"""Official documents as DOCX in the form of GB/T 9704—2012: red head, title, text, date, imprint, page number.

Sizes are the standard's (§5–7): A4, margins 37, 35, 28 and 26 mm, so that the text area is 156 × 225 mm and takes 22
lines of 28 characters in 三号 (16 pt). Each font names others to fall back on, for computers without 方正 fonts.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TITLE_FONT = "方正小标宋简体"
TEXT_FONT = "仿宋_GB2312"
HEADING_FONT = "黑体"
PAGE_FONT = "宋体"
FALLBACKS = {
    TITLE_FONT: "小标宋,华文中宋,STZhongsong,Noto Serif CJK SC,SimSun",
    TEXT_FONT: "仿宋,FangSong,STFangsong,Noto Serif CJK SC,SimSun",
}
"""What stands in for a font that a computer lacks (w:altName of the font table)."""

RED = RGBColor(0xFF, 0, 0)
THREE, TWO, FOUR = Pt(16), Pt(22), Pt(14)  # 三号、二号、四号
HEAD, SMALLEST_HEAD, TEXT_WIDTH = 36, 22, 442
"""The red head in points: it stays on one line of the text's 156 mm for as long as it is larger than the title."""

LINE = Pt(28.95)
"""225 mm of text area for 22 lines: 28.99 pt, rounded down so that 22 lines fit."""

THICK, THIN = 8, 6
"""The lines of the imprint, 0.35 and 0.25 mm, in eighths of a point."""

LINE_TWIPS = 579
CHARACTER_SPACE = -843
"""156 mm for 28 characters is 15.794 pt each, 0.206 pt less than 三号, in 4096ths of a point."""


@dataclass(frozen=True, slots=True)
class OfficialDocument:
    """The elements of a document (§7): `head` is printed red, `paragraphs` beginning with 一、 are headings."""

    head: str
    number: str
    title: str
    addressee: str
    paragraphs: Sequence[str]
    issuer: str
    dated_on: date
    attachments: Sequence[str] = ()
    note: str = ""
    copied_to: str = ""

    @property
    def imprint(self) -> tuple[tuple[str, str], ...]:
        """Return the lines of the 版记 (§7.4), each with what stands on its left and on its right."""
        copies = ((f"抄送：{self.copied_to}。", ""),) if self.copied_to else ()
        return (*copies, (self.issuer, f"{date_words(self.dated_on)}印发"))


def write_document(told: OfficialDocument, attach: Callable[[Any], None] | None = None) -> bytes:
    """Return the document as a DOCX file; `attach` adds what is attached, before the imprint."""
    document = Document()
    _page(document)
    _styles(document)
    _head(document, told)
    _line(document, told.title, font=TITLE_FONT, size=TWO, centred=True, before=LINE, after=LINE)
    _line(document, f"{told.addressee}：")
    for text in told.paragraphs:
        is_heading = re.match(r"[一二三四五六七八九十]+、", text) is not None
        _line(document, text, font=HEADING_FONT if is_heading else TEXT_FONT, indent=2)
    for number, name in enumerate(told.attachments, 1):
        _line(document, f"附件：{number}. {name}", indent=2, before=LINE if number == 1 else None)
    _line(document, told.issuer, right=2, before=LINE * 2)
    _line(document, date_words(told.dated_on), right=4)
    if told.note:
        _line(document, f"（{told.note}）", indent=2)
    if attach is not None:
        attach(document)
    _imprint(document, told.imprint)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def date_words(on: date) -> str:
    """Write a date as §7.3.5 asks: Arabic numerals, no leading zeros."""
    return f"{on.year}年{on.month}月{on.day}日"


def _page(document: Any) -> None:
    """Set paper, margins, the grid of 22 × 28 and the page number (§5, §7.5)."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(35 - 7 - 5)
    properties = section._sectPr  # noqa: SLF001
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(LINE_TWIPS))
    grid.set(qn("w:charSpace"), str(CHARACTER_SPACE))
    properties.append(grid)
    _page_number(section)


def _page_number(section: Any) -> None:
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in ("— ", None, " —"):
        run = paragraph.add_run(text or "")
        _dress(run, PAGE_FONT, FOUR)
        if text is None:
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), "PAGE")
            run._r.addnext(field)  # noqa: SLF001


def _styles(document: Any) -> None:
    normal = document.styles["Normal"]
    normal.font.size, normal.font.name = THREE, TEXT_FONT
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TEXT_FONT)
    form = normal.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    form.widow_control = False
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = _with_fallbacks(part.blob)  # noqa: SLF001


def _with_fallbacks(table: bytes) -> bytes:
    """Add our fonts with their stand-ins to the font table."""
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/></w:font>'
        for name, others in FALLBACKS.items()
    )
    return table.replace(b"</w:fonts>", entries.encode() + b"</w:fonts>")


def _head(document: Any, told: OfficialDocument) -> None:
    """Write the red head, the number two lines below it and the red line (§7.2)."""
    size = max(SMALLEST_HEAD, min(HEAD, TEXT_WIDTH // len(told.head)))
    head = _line(document, told.head, font=TITLE_FONT, size=Pt(size), centred=True, before=Pt(40))
    head.runs[0].font.color.rgb = RED
    head.paragraph_format.line_spacing = Pt(48)
    number = _line(document, told.number, centred=True, before=LINE)
    number.paragraph_format.space_after = Pt(0)
    borders = OxmlElement("w:pBdr")
    borders.append(_element("bottom", val="single", sz="18", space="11", color="FF0000"))
    number._p.get_or_add_pPr().append(borders)  # noqa: SLF001


def _imprint(document: Any, lines: Sequence[tuple[str, str]]) -> None:
    """Put the 版记 at the foot of the last page (§7.4): 四号, an empty character on either side, thick lines around."""
    table = document.add_table(rows=0, cols=1)
    table.autofit = False
    for left, right in lines:
        cell = table.add_row().cells[0]
        cell.width = Mm(156)
        paragraph = cell.paragraphs[0]
        form = paragraph.paragraph_format
        form.left_indent = form.right_indent = FOUR
        if right:
            form.tab_stops.add_tab_stop(Mm(156) - FOUR, WD_TAB_ALIGNMENT.RIGHT)
        else:
            form.left_indent, form.first_line_indent = FOUR * 4, -FOUR * 3
        _dress(paragraph.add_run(f"{left}\t{right}" if right else left), TEXT_FONT, FOUR)
    properties = table._tbl.tblPr  # noqa: SLF001
    properties.append(
        _element("tblpPr", vertAnchor="margin", horzAnchor="margin", tblpXSpec="center", tblpYSpec="bottom")
    )
    borders = _element("tblBorders")
    for edge, eighths in (("top", THICK), ("bottom", THICK), ("insideH", THIN)):
        borders.append(_element(edge, val="single", sz=str(eighths), space="0", color="000000"))
    properties.append(borders)
    _dress(document.add_paragraph().add_run(""), TEXT_FONT, FOUR)


def _element(name: str, **attributes: str) -> Any:
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _line(
    document: Any,
    text: str,
    *,
    font: str = TEXT_FONT,
    size: Pt = THREE,
    centred: bool = False,
    indent: int = 0,
    right: int = 0,
    before: Any = None,
    after: Any = None,
) -> Any:
    """Add a paragraph; `indent` and `right` are in characters, as the standard counts."""
    paragraph = document.add_paragraph()
    _dress(paragraph.add_run(text), font, size)
    form = paragraph.paragraph_format
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indent:
        form.first_line_indent = THREE * indent
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        form.right_indent = THREE * right
    if before is not None:
        form.space_before = before
    if after is not None:
        form.space_after = after
    return paragraph


def _dress(run: Any, font: str, size: Pt) -> None:
    run.font.name, run.font.size = font, size
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001
