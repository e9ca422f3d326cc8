"""Personal information: found in every spelling, covered, and nothing else."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.privacy import PersonalKind, find_personal, mask, mask_all


def found(text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.kind.value) for span in find_personal(text)]


@pytest.mark.parametrize(
    ("text", "secret", "kind"),
    [
        ("身份证990305199204012228，急", "990305199204012228", PersonalKind.IDENTITY_NUMBER),
        ("我的号码是11010519491231002X", "11010519491231002X", PersonalKind.IDENTITY_NUMBER),
        ("号码11010519491231002x。", "11010519491231002x", PersonalKind.IDENTITY_NUMBER),
        (
            "１１０１０５１９４９１２３１００２Ｘ",
            "１１０１０５１９４９１２３１００２Ｘ",
            PersonalKind.IDENTITY_NUMBER,
        ),
        ("110105 19491231 002X", "110105 19491231 002X", PersonalKind.IDENTITY_NUMBER),
        ("电话19900001234快来", "19900001234", PersonalKind.MOBILE),
        ("199-0000-1234", "199-0000-1234", PersonalKind.MOBILE),
        ("１９９００００１２３４", "１９９００００１２３４", PersonalKind.MOBILE),
        ("+86 19900001234", "+86 19900001234", PersonalKind.MOBILE),
        ("打0000-6123110", "0000-6123110", PersonalKind.LANDLINE),
        ("（0000）6123110", "（0000）6123110", PersonalKind.LANDLINE),
        ("座机：6123110", "6123110", PersonalKind.LANDLINE),
        ("车牌浙A12345停在门口", "浙A12345", PersonalKind.PLATE),
        ("新能源浙AD12345", "浙AD12345", PersonalKind.PLATE),
        ("卡号6222 0212 3456 7890 128", "6222 0212 3456 7890 128", PersonalKind.BANK_CARD),
        ("邮箱abc.d@example.com谢谢", "abc.d@example.com", PersonalKind.EMAIL),
        ("我在3栋2单元501室", "3栋2单元501室", PersonalKind.ADDRESS),
        ("就是5栋1201", "5栋1201", PersonalKind.ADDRESS),
        ("文澜路12号", "12号", PersonalKind.ADDRESS),
        ("我叫刘盼，", "刘盼", PersonalKind.NAME),
        ("姓名：欧阳修文", "欧阳修文", PersonalKind.NAME),
        ("本人张三，系石栖村人", "张三", PersonalKind.NAME),
        ("联系人：李小满 电话", "李小满", PersonalKind.NAME),
    ],
)
def test_personal_information_is_found_and_covered(text: str, secret: str, kind: PersonalKind) -> None:
    assert (secret, kind.value) in found(text)
    assert secret not in mask_all(text)


@pytest.mark.parametrize(
    "text",
    [
        "请拨打12345或110",
        "2021年10月20日13:40到16:20",
        "建筑面积118平方米，总价1280000元",
        "南渡新村3栋有人赌博",
        "3栋90户都停水",
        "我叫你来你不来",
        "本人于2020年买房",
        "退还本人费用",
        "办件编号20261120000123",
        "7路公交改线后",
        "订单6222021234567890129",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_wrong_check_digit_counts_only_after_the_word() -> None:
    assert found("编号990305199204012229") == []
    assert found("身份证990305199204012229") == [("990305199204012229", "identity_number")]


def test_the_mask_keeps_what_tells_one_from_another() -> None:
    assert mask_all("我叫欧阳修，电话19900001234，邮箱a@b.cn") == "我叫欧阳*，电话199******34，邮箱****@b.cn"


def test_the_longer_find_wins_where_two_overlap() -> None:
    spans = find_personal("住址：水岸嘉园3栋2单元501室")

    assert len(spans) == 1
    assert mask("住址：水岸嘉园3栋2单元501室", spans) == "住址：****"


def test_planted_numbers_are_all_found() -> None:
    dice = random.Random(20261120)
    for _ in range(300):
        mobile = "1" + str(dice.randint(3, 9)) + "".join(str(dice.randint(0, 9)) for _ in range(9))
        before, after = (
            dice.choice(["电话", "打我", "，", "tel:", ""]),
            dice.choice(["谢谢", "。", "", " 急"]),
        )

        assert mobile not in mask_all(f"请{before}{mobile}{after}")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_spans_lie_in_order_within_any_text(text: str) -> None:
    reached = 0
    for span in find_personal(text):
        assert reached <= span.start < span.end <= len(text)
        reached = span.end
    assert isinstance(mask_all(text), str)
