"""A row of a unified question-and-answer base (统一咨询答问库) and an article's content, turned into each other."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from knowledge_base.content import ArticleContent, Basis
from knowledge_base.errors import InvalidArticle, RowRefused
from knowledge_base.models import Authority

FIELDS: Mapping[str, tuple[str, ...]] = {
    "key": ("编号", "key", "id", "code", "知识编号", "问题编号", "知识点编号", "序号"),
    "question": ("问题", "question", "标准问题", "标准问", "咨询问题", "标题", "title", "知识标题"),
    "phrasings": ("相似问法", "phrasings", "相似问", "扩展问", "相似问题", "similar"),
    "answer": ("答复", "answer", "答案", "标准答案", "标准答复", "答复内容", "回复内容", "内容"),
    "topic": ("主题", "topic", "分类", "类别", "知识分类", "事项分类", "category"),
    "topic_parent": ("上级主题", "parent_topic", "上级分类", "一级分类"),
    "tags": ("标签", "tags", "关键词", "关键字", "keywords"),
    "owner": ("责任单位", "owner", "牵头部门", "责任部门", "答复单位", "主管部门", "department"),
    "authority": ("效力层级", "authority", "层级", "政策层级"),
    "region": ("适用区域", "region", "适用地区", "区域"),
    "basis": ("政策依据", "basis", "依据", "文件依据", "法律依据"),
    "interpretation_title": ("政策解读", "interpretation_title", "解读标题"),
    "interpretation_url": ("政策解读链接", "interpretation_url", "解读链接"),
    "service_url": ("办事链接", "service_url", "办理链接", "浙里办链接", "网办地址"),
    "valid_from": ("生效日期", "valid_from", "有效期起", "启用日期"),
    "valid_until": ("失效日期", "valid_until", "有效期至", "有效期止", "截止日期"),
    "review_by": ("复核日期", "review_by", "下次复核", "复核期限"),
    "source": ("来源", "source"),
    "version": ("版本", "version"),
    "licence": ("许可", "licence", "license"),
}
"""What a column can hold, with the names by which it is known; the first is Chinese, the second English."""

AUTHORITIES: Mapping[Authority, tuple[str, ...]] = {
    Authority.NATIONAL: ("国家", "national", "国家级", "中央"),
    Authority.PROVINCE: ("省", "province", "省级"),
    Authority.CITY: ("市", "city", "市级"),
    Authority.COUNTY: ("县", "county", "县级", "区县", "区", "县（市、区）"),
    Authority.DEPARTMENT: ("部门", "department", "部门级"),
}

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00(?::00)?)?")
_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What names and codes of departments and towns stand for, as the caller knows them."""

    owners: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One row of a file: the fields that it has, already read, and the topic by its name or code."""

    line: int
    key: str
    fields: Mapping[str, Any]
    topic: str
    topic_parent: str
    source: Mapping[str, str]
    values: Mapping[str, str]

    def content(self, known: ArticleContent | None, topic_code: str | None) -> ArticleContent:
        """Return the article's content: what the file says, over what is known. Raises InvalidArticle."""
        fields = dict(self.fields)
        if self.topic:
            fields["topic_code"] = topic_code
        if known is None:
            return ArticleContent(**{"question": "", "answer": "", **fields}).checked()
        return replace(known, **fields).checked()


def recognise(columns: Sequence[str]) -> dict[str, str]:
    """Return column → field for the names that are known; each field at most once."""
    by_name = {_plain(name): known for known, names in FIELDS.items() for name in names}
    found: dict[str, str] = {}
    for column in columns:
        known = by_name.get(_plain(column))
        if known and known not in found.values():
            found[column] = known
    return found


def read_row(line: int, values: Mapping[str, str], columns: Mapping[str, str], words: Vocabulary) -> GivenRow:
    """Read one row. Raises RowRefused when a value cannot be understood."""
    given = {name: values.get(column, "").strip() for column, name in columns.items()}
    fields: dict[str, Any] = {name: given[name] for name in _TEXTS if name in given}
    fields |= {name: given[name] or None for name in _LINKS if name in given}
    fields |= {name: _date(name, given[name]) for name in _DATES if name in given}
    if "phrasings" in given:
        fields["phrasings"] = tuple(given["phrasings"].splitlines())
    if "tags" in given:
        fields["tags"] = tuple(re.split(r"[,，、;；\n]+", given["tags"]))
    if "basis" in given:
        fields["basis"] = tuple(_basis(text) for text in given["basis"].splitlines() if text.strip())
    if given.get("authority"):
        fields["authority"] = _authority(given["authority"])
    if "owner" in given:
        fields["owner_code"] = _known("unknown_owner", given["owner"], words.owners)
    if "region" in given:
        fields["region"] = _known("unknown_region", given["region"], words.regions)
    if len(given.get("key", "")) > 100:
        raise RowRefused("key_too_long")
    source = {name: given[name][:64] for name in ("source", "version", "licence") if given.get(name)}
    return GivenRow(
        line,
        given.get("key", ""),
        fields,
        given.get("topic", ""),
        given.get("topic_parent", ""),
        source,
        values,
    )


def written(content: ArticleContent, *, key: str, topic: str, owner: str, region: str) -> dict[str, str]:
    """Return an article as the cells of a row, by field; names of topic, owner and region are the caller's."""
    return {
        "key": key,
        "question": content.question,
        "phrasings": "\n".join(content.phrasings),
        "answer": content.answer,
        "topic": topic,
        "tags": "，".join(content.tags),
        "owner": owner,
        "authority": AUTHORITIES[content.authority][0],
        "region": region,
        "basis": "\n".join(_basis_line(basis) for basis in content.basis),
        "interpretation_title": content.interpretation_title or "",
        "interpretation_url": content.interpretation_url or "",
        "service_url": content.service_url or "",
        **{name: day.isoformat() if (day := getattr(content, name)) else "" for name in _DATES},
    }


_TEXTS = ("question", "answer")
_LINKS = ("service_url", "interpretation_url", "interpretation_title")
_DATES = ("valid_from", "valid_until", "review_by")


def _plain(name: str) -> str:
    """Return a heading without what people add to it: spaces, a star, a remark in brackets."""
    return re.sub(r"[（(].*$|[\s*]+", "", name.lstrip("\ufeff").lower()) or name


def _date(name: str, text: str) -> date | None:
    if not text:
        return None
    match = _DATE.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups())) if match else date.fromisoformat(text)
    except ValueError as error:
        raise RowRefused("bad_day", field=name, value=text[:40]) from error


def _authority(text: str) -> Authority:
    for authority, names in AUTHORITIES.items():
        if text.lower() in names:
            return authority
    raise RowRefused("unknown_authority", value=text[:40])


def _known(reason: str, text: str, names: Mapping[str, str]) -> str | None:
    if not text:
        return None
    if text not in names:
        raise RowRefused(reason, value=text[:60])
    return names[text]


def _basis(line: str) -> Basis:
    parts = [part.strip() or None for part in line.replace("｜", "|").split("|")]
    title, number, url, ends = (*parts, None, None, None)[:4]
    return Basis(title or "", number, url, _date("basis", ends or ""))


def _basis_line(basis: Basis) -> str:
    ends = basis.expires_on.isoformat() if basis.expires_on else ""
    parts = [basis.title, basis.number or "", basis.url or "", ends]
    while parts and not parts[-1]:
        parts.pop()
    return _SEPARATOR.join(parts)


def refused_by(error: InvalidArticle) -> RowRefused:
    """Return a content that cannot be accepted as the refusal of its row."""
    return RowRefused("field", field=error.field, problem=error.problem)
