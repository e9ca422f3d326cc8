"""What is known of a case for the gaps of an answer: {称呼}, {单位}, {追踪码} and the others."""

from datetime import date

from inbox.models import Case
from routing.models import Department
from sla.calendar import SHANGHAI


def placeholder_values(case: Case, department: Department | None, *, today: date) -> dict[str, str]:
    """Return what is known for the placeholders of an answer."""
    values = {
        "称呼": case.author_name or "网友",
        "姓名": case.author_name or "网友",
        "追踪码": case.tracking_code,
        "留言日期": _in_words(case.received_at.astimezone(SHANGHAI).date()),
        "日期": _in_words(today),
    }
    if department is not None:
        values["单位"] = department.name
        if department.phone:
            values["电话"] = department.phone
    return values


def _in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
