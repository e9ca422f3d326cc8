"""Finds personal information in a text, so that it can be masked before anyone sees it in public."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

MASK = "*"


class PersonalKind(StrEnum):
    """What a span of personal information is."""

    IDENTITY_NUMBER = "identity_number"
    MOBILE = "mobile"
    LANDLINE = "landline"
    PLATE = "plate"
    BANK_CARD = "bank_card"
    EMAIL = "email"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Span:
    """Where personal information stands in the text, end exclusive."""

    start: int
    end: int
    kind: PersonalKind


# One place for what people put between digits: spaces, hyphens, dots and their full-width twins.
_GAP = r"[\s\-－—–_.·•]?"
_DIGIT = "[0-9０-９]"
# Not \b: a Chinese character counts as a word character, and 电话19900001234 has no boundary before the 1.
_NOT_AFTER_DIGIT = "(?<![0-9０-９])"
_NOT_BEFORE_DIGIT = "(?![0-9０-９])"

_IDENTITY = re.compile(
    rf"{_NOT_AFTER_DIGIT}{_DIGIT}(?:{_GAP}{_DIGIT}){{16}}{_GAP}[0-9０-９XxＸｘ]{_NOT_BEFORE_DIGIT}"
)
_OLD_IDENTITY = re.compile(rf"{_NOT_AFTER_DIGIT}[1-9]\d{{5}}\d\d[01]\d[0-3]\d{{4}}{_NOT_BEFORE_DIGIT}")
_CARD = re.compile(rf"{_NOT_AFTER_DIGIT}[2-6２-６](?:{_GAP}{_DIGIT}){{12,18}}{_NOT_BEFORE_DIGIT}")
_MOBILE = re.compile(
    rf"(?:(?<!\d)[+＋]?86[\s\-]?)?{_NOT_AFTER_DIGIT}[1１][3-9３-９](?:{_GAP}{_DIGIT}){{9}}{_NOT_BEFORE_DIGIT}"
)
_LANDLINE = re.compile(
    rf"{_NOT_AFTER_DIGIT}(?:[(（]0\d{{2,3}}[)）]\s?|0\d{{2,3}}[\s\-－—]?)"
    rf"[1-9]\d{{2,3}}[\s\-]?\d{{4}}{_NOT_BEFORE_DIGIT}"
)
_LOCAL_PHONE = re.compile(
    r"(?:电话|座机|热线|致电|来电|打给|tel)[^\d\n]{0,6}([2-8]\d{6,7})(?!\d)", re.IGNORECASE
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]\s?[A-HJ-NP-Za-hj-np-z]"
    r"[·•\-.\s]?[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![A-Za-z0-9])"
)
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}[@＠][A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){0,3}\.[A-Za-z]{2,12}"
)
_NUMBER = r"[0-9０-９一二三四五六七八九十百零]{1,5}"
# A house needs a building and a door (3栋2单元501, 5栋1201室); 5栋 alone names a building and 3栋90户 counts.
_HOUSE = re.compile(
    rf"{_NUMBER}\s?(?:栋|幢|座|号楼|单元|弄|组|期|#|＃)[,，\s\-]?"
    rf"(?:{_NUMBER}\s?(?:栋|幢|单元|门|层|楼|梯|号楼)[,，\s\-]?){{0,3}}"
    r"(?:[0-9０-９]{1,2}0[1-9]户|[0-9０-９]{3,4}\s?(?:室|号房|房|号)?|[0-9０-９]{1,2}\s?(?:室|号房|房|号(?!楼|线|户型)))"
    r"(?![0-9０-９.．栋幢单年月日点时元万人个米户家车吨平多余])"
)
_HOUSE_DASHED = re.compile(r"(?<![0-9\-])\d{1,3}[栋幢座]?[\-－]\d{1,2}[\-－]\d{3,4}(?:室|号)?(?![0-9\-])")
_ROAD_HOUSE = re.compile(
    rf"(?:路|街|巷|弄|里|道|村|胡同)({_NUMBER}\s?号(?:之[一二三四五])?(?:\d{{3,4}}室?)?)(?![线楼院公])"
)
_HOME = re.compile(
    r"(?:家住|住址|家庭住址|住在|地址)(?:是|为|[:：])?\s?([^\s,，。;；!！?？]{2,40}?(?:号|室|组|栋|幢))"
)

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣邓郁"
    "单杭洪包诸左石崔吉龚程嵇邢裴陆荣翁荀羊甄曲封芮储靳汲松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉戎祖武符刘"
    "景詹束龙叶幸司韶黎薄印宿白怀蒲邰从索咸籍赖卓蔺屠蒙池乔阴胥苍双闻党翟谭贡劳姬申扶堵冉宰雍桑桂牛寿通边燕冀尚农温别庄晏柴瞿"
    "阎充慕连茹习艾鱼容向古易廖终步耿满弘匡国文寇广禄东欧利越师巩聂晁勾敖融冷辛阚那简饶空曾沙养鞠须丰巢关查游竺权逯盖益桓公"
    "肖付邸冼覃阳佘苟涂税闫仝涂"
)
_COMPOUND = "欧阳|司马|上官|诸葛|东方|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|端木|宇文|长孙"
_SURNAME = f"(?:{_COMPOUND}|[{_SURNAMES}])"
_NAME_LED = re.compile(
    rf"(?:姓\s?名(?:是|为|叫)?\s?[:：]?|我\s?叫(?:做)?|本人姓名[:：]?|本人叫|我是叫|名叫|联系人\s?[:：]?|"
    rf"举报人\s?[:：]|投诉人\s?[:：]|申请人\s?[:：]|反映人\s?[:：]|收件人\s?[:：]?|户主\s?[:：])\s?"
    rf"({_SURNAME}[\u4e00-\u9fff]{{1,2}}?)(?=[^\u4e00-\u9fff]|$|身份|电话|手机|家住|住在|住|现|系|今年|男|女|是|在|的|户|我|想|要)"
)
_NAME_SELF = re.compile(
    rf"本人\s?[:：]?\s?({_SURNAME}[\u4e00-\u9fff]{{1,2}})(?=[,，。;；:：、\s(（]|身份证|电话|手机|家住|系|，|$)"
)
_NOT_NAMES = re.compile(
    "费用|经办人|单位|公司|方便|平时|常[年在住]|同意|和?家人|和妻子|全家|于今|时常|利益|应[该当]|能够|党费|农民工"
)

_DIGITS = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
_NOISE = re.compile(r"[^0-9Xx]")
_ANY_DIGIT = re.compile(r"[0-9０-９]")
_ENOUGH_DIGITS = re.compile(rf"(?:{_DIGIT}{_GAP}){{6}}{_DIGIT}|[)）]")


def find_personal(text: str) -> list[Span]:
    """Find personal information, in reading order and without overlaps; the longer find wins.

    An identity number counts when its check digit fits, or when it stands after 身份证 with one wrong digit;
    a bank card when its Luhn digit does. Government short numbers (12345, 110) are nobody's secret.
    """
    found: list[Span] = []
    if _ENOUGH_DIGITS.search(text):
        found += _numbers(text)
    if "@" in text or "＠" in text:
        found += _spans(_EMAIL, text, PersonalKind.EMAIL)
    if _ANY_DIGIT.search(text):
        found += _plates_and_houses(text)
    if "住" in text or "地址" in text:
        found += _groups(_HOME, text, PersonalKind.ADDRESS)
    found += _names(text)
    return _without_overlaps(found)


def mask(text: str, spans: Iterable[Span]) -> str:
    """Return the text with each span covered, keeping what lets a reader tell one from another.

    Of a number the first three and last two characters stay when at least four can be hidden, of a name the
    surname, of an email its domain; an address is covered whole. Apply it to the very text that was searched.
    """
    pieces: list[str] = []
    reached = 0
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < reached:
            continue
        pieces += (text[reached : span.start], _masked(text[span.start : span.end], span.kind))
        reached = span.end
    return "".join((*pieces, text[reached:]))


def shift_spans(
    marks: Iterable[tuple[int, int]], text: str, hidden: Iterable[Span]
) -> tuple[tuple[int, int], ...]:
    """Move spans of `text` to where they stand in `mask(text, hidden)`; those that touch a covered part go.

    Covering an address or an email changes the length of the text, so offsets into the raw text would mark
    the wrong words.
    """
    covered = sorted((span.start, span.end, span.kind) for span in hidden)
    moved = []
    for start, end in marks:
        if any(start < last and first < end for first, last, _ in covered):
            continue
        shift = sum(len(_masked(text[a:b], kind)) - (b - a) for a, b, kind in covered if b <= start)
        moved.append((start + shift, end + shift))
    return tuple(moved)


def mask_all(text: str) -> str:
    """Return the text with all personal information that can be found covered."""
    return mask(text, find_personal(text))


def _numbers(text: str) -> list[Span]:
    found = [
        Span(match.start(), match.end(), PersonalKind.IDENTITY_NUMBER)
        for match in _IDENTITY.finditer(text)
        if _is_identity(match.group(), text[max(0, match.start() - 12) : match.start()])
    ]
    found += _spans(_OLD_IDENTITY, text, PersonalKind.IDENTITY_NUMBER)
    found += [
        Span(match.start(), match.end(), PersonalKind.BANK_CARD)
        for match in _CARD.finditer(text)
        if _is_card(match.group())
    ]
    found += _spans(_MOBILE, text, PersonalKind.MOBILE)
    found += _spans(_LANDLINE, text, PersonalKind.LANDLINE)
    return found + _groups(_LOCAL_PHONE, text, PersonalKind.LANDLINE)


def _plates_and_houses(text: str) -> list[Span]:
    found = _spans(_PLATE, text, PersonalKind.PLATE)
    found += _spans(_HOUSE, text, PersonalKind.ADDRESS)
    found += _spans(_HOUSE_DASHED, text, PersonalKind.ADDRESS)
    return found + _groups(_ROAD_HOUSE, text, PersonalKind.ADDRESS)


def _names(text: str) -> list[Span]:
    found = (match for pattern in (_NAME_LED, _NAME_SELF) for match in pattern.finditer(text))
    return [
        Span(match.start(1), match.end(1), PersonalKind.NAME)
        for match in found
        if not _NOT_NAMES.fullmatch(match.group(1))
    ]


def _spans(pattern: re.Pattern[str], text: str, kind: PersonalKind) -> list[Span]:
    return [Span(match.start(), match.end(), kind) for match in pattern.finditer(text)]


def _groups(pattern: re.Pattern[str], text: str, kind: PersonalKind) -> list[Span]:
    return [Span(match.start(1), match.end(1), kind) for match in pattern.finditer(text)]


def _is_identity(raw: str, before: str) -> bool:
    number = _NOISE.sub("", raw.translate(_DIGITS)).upper()
    if len(number) != 18:
        return False
    if "身份证" in before or "证件" in before:
        return True
    # The birth date and the check digit decide; an area code nobody uses yet must not hide a number from us.
    return _has_check_digit(number) and "18" <= number[6:8] <= "21" and "01" <= number[10:12] <= "12"


def _has_check_digit(number: str) -> bool:
    try:
        return bool(ric.calc_check_digit(number) == number[-1])
    except (ValidationError, ValueError):
        return False


def _is_card(raw: str) -> bool:
    number = _NOISE.sub("", raw.translate(_DIGITS))
    return 13 <= len(number) <= 19 and len(set(number)) > 2 and luhn.is_valid(number)


def _without_overlaps(found: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end - span.start > kept[-1].end - kept[-1].start:
            kept[-1] = Span(kept[-1].start, max(span.end, kept[-1].end), span.kind)
        elif span.end > kept[-1].end:
            kept[-1] = Span(kept[-1].start, span.end, kept[-1].kind)
    return kept


def _masked(piece: str, kind: PersonalKind) -> str:
    if kind is PersonalKind.NAME:
        surname = 2 if piece[:2] in _COMPOUND.split("|") else 1
        return piece[:surname] + MASK * (len(piece) - surname)
    if kind is PersonalKind.EMAIL:
        at = max(piece.find("@"), piece.find("＠"))
        return MASK * 4 + piece[at:]
    if kind is PersonalKind.ADDRESS:
        return MASK * min(len(piece), 4)
    if len(piece) >= 9:
        return piece[:3] + MASK * (len(piece) - 5) + piece[-2:]
    return piece[:2] + MASK * (len(piece) - 2)
