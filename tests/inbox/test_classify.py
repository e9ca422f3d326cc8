"""The kind of a message and the tags that change its time limits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.classify import asks_nothing, classify
from inbox.kinds import Kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("请问居住证怎么办理？需要什么材料？", Kind.INQUIRY),
        ("独生子女奖励多少岁可以领？", Kind.INQUIRY),
        ("建议在学校门口加装红绿灯，希望增设斑马线", Kind.SUGGESTION),
        ("投诉物业不作为，垃圾堆了半个月，严重影响生活！", Kind.COMPLAINT),
        ("举报有人半夜偷排污水，请查处", Kind.REPORT),
        ("求求你们帮帮我，老母亲瘫痪在床没钱看病", Kind.HELP),
        ("感谢派出所民警，为你们点赞👍", Kind.OTHER),
    ],
)
def test_the_wording_tells_the_kind(text: str, kind: Kind) -> None:
    found = classify(text)

    assert found.kind is kind
    assert 0 < found.confidence <= 1
    assert any(reason.code == "wording" and reason.params["words"] for reason in found.reasons)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("楼道里好大煤气味，不敢开灯", "danger"),
        ("电线裸露在外面，铜芯都看得见", "danger"),
        ("煤·气·味很大", "danger"),
        ("小孩掉进河里了快来", "danger"),
        ("我不想活了", "danger"),
        ("电線裸露，會出人命", "danger"),
        ("望江社区又停水了", "utility_outage"),
        ("加 薇 信 lant9900 无抵押贷款秒到账", "spam"),
        ("代开发票，加V信：abc12345", "spam"),
        ("听说昨天有人偷小孩！大家转发看好娃", "rumour"),
        ("再不解决我就炸了政府", "harmful"),
    ],
)
def test_tags_are_found_through_variants(text: str, tag: str) -> None:
    found = classify(text)

    assert tag in found.tags
    assert any(reason.params.get("tag") == tag and reason.params["words"] for reason in found.reasons)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("我轻信网上刷单被骗了两万，加微信聊的", "spam"),
        ("举报有人发广告说无抵押贷款秒到账", "spam"),
        ("停车位太少了", "utility_outage"),
        ("水费怎么交", "utility_outage"),
        ("请问消防许可怎么办", "danger"),
    ],
)
def test_speaking_of_it_is_not_being_it(text: str, tag: str) -> None:
    assert tag not in classify(text).tags


@pytest.mark.parametrize(
    "text", ["你好", "您好！在吗", "今天天气不错", "测试", "test 123", "哈哈哈", "路灯", "。。。"]
)
def test_small_talk_and_words_without_a_matter_are_nobodys_kind(text: str) -> None:
    found = classify(text)

    assert found.kind is Kind.OTHER
    assert found.confidence < 0.2
    assert not found.tags


@pytest.mark.parametrize(
    "text", ["停水了", "你好，居住证怎么办？", "有人要放火", "测试一下路灯为什么不亮", "您好，我要投诉"]
)
def test_a_short_message_with_a_matter_keeps_its_kind(text: str) -> None:
    found = classify(text)

    assert found.kind is not Kind.OTHER
    assert found.confidence > 0.2


@pytest.mark.parametrize(
    "text",
    [
        "热得差点晕倒，空调能不能修",
        "消防宣传栏写着放火烧山牢底坐穿",
        "不接受道德绑架",
        "这是老人看病的救命钱",
        "只能跳楼价卖房",
        "信息大爆炸的时代",
        "家里深水井的水质不好",
        "晚上休息被打扰",
        "打人的还在逍遥法外，去年殴打我的人一直没抓",
        "物业收费的纠纷，前年有过打人的事",
        "单位怎么申请持枪证",
        "父亲走了，我的天塌了",
        "屋顶落水管坏了",
        "路边的树没有人来砍青",
        "本是火灾高发期",
        "为了减轻生产成本",
    ],
)
def test_words_of_danger_that_mean_something_else_raise_no_alarm(text: str) -> None:
    assert "danger" not in classify(text).tags


@pytest.mark.parametrize(
    "text",
    [
        "我妈在家晕倒了",
        "他说要放火烧了我家",
        "我女儿被绑架了",
        "救命，水已经淹到二楼",
        "有人在楼顶要跳楼",
        "小区刚刚发生火灾",
        "楼上起火了",
        "孩子掉进深水井里",
        "孩子在河里游泳",
        "他被打了，流了很多血",
        "物业保安正在小区门口殴打业主",
        "昨晚十几个人持棍堵在我家门口",
        "他扬言要打死我们一家",
        "后山塌了压到房子",
        "有人落水",
        "有人来砍我",
        "我不想活了，想死",
        "变压器爆炸了",
    ],
)
def test_danger_to_life_still_alarms(text: str) -> None:
    assert "danger" in classify(text).tags


def test_spam_is_of_the_kind_other() -> None:
    assert classify("高价回收烟酒，加V信：abc12345").kind is Kind.OTHER


def test_the_title_counts_too() -> None:
    assert classify("情况如下。", title="关于路灯的建议").kind is Kind.SUGGESTION


def test_kinds_know_their_chinese_words() -> None:
    assert [kind.chinese for kind in Kind] == ["咨询", "求助", "建议", "投诉", "举报", "其他"]
    assert Kind.from_chinese(" 举报 ") is Kind.REPORT
    assert Kind.from_chinese("表扬") is Kind.OTHER


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_kind(text: str) -> None:
    assert classify(text).kind in set(Kind)


def test_a_megabyte_is_read_from_its_start() -> None:
    assert classify("请问怎么办理？" + "啊" * 1_000_000).kind in set(Kind)


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        (
            "咨询汽车站南边工程",
            "一年多了几乎看不到人施工，工地没有进展，路也堵，什么时候能通？",
            Kind.INQUIRY,
        ),
        ("职工医保能在网上查吗", "每次都要跑窗口，白跑了三趟，还要排队。", Kind.INQUIRY),
        ("举报村民违法占田建房", "占了三亩水田，村里一直没人管，拖了半年！", Kind.REPORT),
        ("请求给学校门口装红绿灯", "孩子放学被撞倒，车太多太乱，天天堵，没有人管。", Kind.HELP),
        ("建议路灯晚点关", "早上六点二十路灯就关了，一片漆黑，非常不安全。", Kind.SUGGESTION),
        ("幼儿园要拖到什么时候？", "规划改了又改，一直拖着不动工，没有人管。", Kind.COMPLAINT),
    ],
)
def test_a_title_says_its_kind_whatever_grievance_follows(title: str, text: str, kind: Kind) -> None:
    assert classify(text, title=title).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "县体育馆的游泳池里没水换，池底全是青苔，脏得不敢下水。",
        (
            "物业不作为：门禁坏了，绿化没人管，保安随便放人，垃圾堆在楼下，楼道灯不亮，停车位乱收费，电梯三天两头出毛病，报修没人来，"
            "业主群里一说就被踢出去，去年夏天还停过一次水，停水那天也没有通知，我们要求换物业公司，请住建局管一管。"
        ),
        "物业拖欠电费，擅自关停电梯，老人下不了楼。",
    ],
)
def test_a_dry_pool_and_a_passing_word_are_no_outage(text: str) -> None:
    assert "utility_outage" not in classify(text).tags


def test_an_outage_in_a_long_message_is_found_where_it_begins() -> None:
    text = "我们小区停水三天了。" + "物业说是泵房的事，自来水公司说是物业的事，两边推来推去。" * 8

    assert "utility_outage" in classify(text).tags


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("谢谢你们，路灯修好了，晚上接孩子不怕了", True),
        ("点赞，当天就回电话了", True),
        ("路过", True),
        ("互赞互粉，必回", True),
        ("改名字难不难", False),
        ("大件家具扔哪", False),
        ("码头厕所没法进人", False),
        ("我想在自家屋顶装光伏发电，需要先报备吗？谢谢", False),
        ("感谢领导，请问居住证怎么办理？", False),
    ],
)
def test_thanks_and_small_talk_ask_nothing(text: str, nothing: bool) -> None:
    assert asks_nothing(text, classify(text)) is nothing
