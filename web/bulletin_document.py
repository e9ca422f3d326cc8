"""A 通报 as an official document in the form of GB/T 9704—2012, with the departments' table as its attachment."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from inbox.bulletin_figures import Figures
from inbox.bulletin_models import Bulletin
from web.bulletin_words import lines
from web.names import department_name
from web.official_document import OfficialDocument, write_document

TABLE = "各部门办理情况表"
HEAD = ("部门", "派遣总数", "按时办结", "超时办结", "未办结", "结案率", "按时结案率", "不满意率")


def document(bulletin: Bulletin, figures: Figures, *, issuer: str, copied_to: str, dated_on: date) -> bytes:
    """Return the 通报 as an official document (GB/T 9704—2012), always in Chinese, figures as an attachment."""
    span = f"{_chinese(bulletin.starts_on)}至{_chinese(bulletin.ends_on)}"
    text = [
        f"现将{span}群众来件办理情况通报如下。",
        "一、总体情况",
        _overview(figures),
        "二、超期五个工作日以上的办件",
        *_entry_words(figures),
        "三、有关说明",
        "各部门数据按部门名称排列，不作排名；办件较少的部门，比率易受偶然因素影响，请结合基数和趋势看待。",
    ]
    if bulletin.remark:
        text += ["四、工作要求", *bulletin.remark.splitlines()]
    return write_document(
        OfficialDocument(
            head=f"{issuer}文件",
            number=bulletin.number or "（征求意见稿）",
            title=f"关于{span}群众来件办理情况的通报",
            addressee="各有关单位",
            paragraphs=text,
            issuer=issuer,
            dated_on=dated_on,
            attachments=(TABLE,),
            copied_to=copied_to,
        ),
        lambda told: _attach_table(told, [HEAD, *lines(figures)]),
    )


def _attach_table(told: Any, rows: Sequence[Sequence[str]]) -> None:
    """Put the attachment behind the text, on a page of its own (GB/T 9704—2012 §7.3.4)."""
    mark = told.add_paragraph("附件")
    mark.paragraph_format.page_break_before = True
    name = told.add_paragraph(TABLE)
    name.alignment = WD_ALIGN_PARAGRAPH.CENTER
    table = told.add_table(rows=0, cols=len(HEAD))
    table.style = "Table Grid"
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.line_spacing = Pt(18)
            paragraph.add_run(text).font.size = Pt(10.5)


def _overview(figures: Figures) -> str:
    total = figures.total
    counts = f"按时办结{total.on_time}件，超时办结{total.late}件，未办结{total.open}件"
    shares = f"结案率{_share(total.closed_share)}，按时结案率{_share(total.on_time_share)}"
    unhappy = f"不满意率{_share(total.dissatisfied_share)}（已评价{total.rated}件）"
    return f"本期到期办件{total.assigned}件，{counts}；{shares}，{unhappy}。"


def _entry_words(figures: Figures) -> Sequence[str]:
    if not figures.entries:
        return ["本期没有超期五个工作日以上的办件。"]
    return [
        f"{number}. {department_name(entry.department_id) if entry.department_id else '尚未分派'}："
        f"办件{entry.tracking_code}，应于{_chinese(entry.due_at.date())}前办理。"
        for number, entry in enumerate(figures.entries, 1)
    ]


def _chinese(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"
