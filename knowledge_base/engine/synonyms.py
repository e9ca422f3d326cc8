"""Words that mean the same to a citizen, and courtesies that mean nothing for the comparison.

Editors add their own groups; the shipped ones are general Chinese and the vocabulary of a town hall. A synonym
is weaker evidence than the very word, so it is counted apart and never replaces what somebody wrote.
"""

import re
from collections.abc import Sequence

from knowledge_base.engine.normalise import CLAUSE_BREAK, folded

SHIPPED: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split())
    for line in """
怎么 怎样 如何 怎么样 咋样 咋个 咋 啷个 怎麼
为什么 为何 为啥 因何 咋回事 怎么回事 什么原因 啥原因
什么 啥子 啥 么子
哪里 哪儿 哪块 何处 什么地方 啥地方
什么时候 何时 几时 啥时候 啥时 什么时间
多久 多长时间 多少时间
多少钱 多少元 什么价 啥价
能不能 能否 可否 可不可以 是否可以 是否能 可以不可以
是不是 是否
有没有 有无
不能 无法 没办法 没法 没法子
需要 须要 得要
材料 资料
登录 登陆 登入
账户 帐户 账号 帐号
到账 到帐
修改 更改 变更 更换
丢失 遗失 丢了 弄丢 弄丢了 搞丢 不见了
查询 查看 查一下
缴费 交费
缴纳 交纳 缴交
网上 在线 线上
手机号 手机号码 电话号码
身份证 居民身份证
户口本 户口簿
户口 户籍
落户 入户 迁户口 户口迁入
居住证 暂住证
医保 医疗保险
社保 社会保险
公积金 住房公积金
养老金 退休金 退休工资
低保 最低生活保障
驾驶证 驾照 驾驶执照
残疾证 残疾人证
不动产证 房产证 不动产权证 房产权证 产权证 房本
土地证 国土证 土地使用证
营业执照 工商执照
准生证 生育证 生育服务证
二孩 二胎
三孩 三胎
拖欠工资 欠薪 不发工资 欠工资 拖欠薪水
工资 薪水 薪资 薪酬
物业 物业公司 物管 物管公司
公交 公交车 公共汽车 巴士
出租车 的士
地铁 轨道交通
自行车 单车
电动车 电瓶车 电动自行车 电单车
摩托车 摩托
红绿灯 交通信号灯 信号灯
年检 年审 审车
噪音 噪声
养狗 养犬
遛狗 溜狗 遛犬
烟花爆竹 烟花 鞭炮 爆竹 炮竹
停水 断水 没水
停电 断电 没电
老人 老年人
孩子 小孩 小孩子 小朋友 娃娃
老师 教师
医生 大夫
幼儿园 幼稚园
贷款 借款 借钱
还清 结清
快递 快件
电脑 计算机
妻子 老婆
丈夫 老公
父亲 爸爸
母亲 妈妈
补办 补领
过期 到期
新冠 新冠肺炎
""".strip().splitlines()
)

_GREETING_LINES = """
尊敬的各位领导 尊敬的领导 尊敬的书记 尊敬的市长 尊敬的县长 各位领导 领导您好 领导你好 领导们好 领导好 书记您好 书记你好
市长您好 市长你好 县长您好 县长你好 您好 你好 大家好 请问一下 请问 想问一下 想问下 问一下 问下 我想咨询一下 想咨询一下
麻烦问一下 麻烦问下 谢谢各位 谢谢您 谢谢你 谢谢了 谢谢 盼回复 盼复 急盼 望回复 望答复
"""

_GREETING = re.compile("|".join(sorted(_GREETING_LINES.split(), key=len, reverse=True)))


def without_greetings(line: str) -> str:
    """Return a folded text with greetings and thanks blanked out, unless nothing else would be left."""
    bare = _GREETING.sub(lambda match: CLAUSE_BREAK * len(match[0]), line)
    return bare if bare.strip() else line


class Synonyms:
    """An immutable list of groups of words that mean the same; a word may stand in one group."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        self._group_of: dict[str, tuple[str, ...]] = {}
        for group in groups:
            words = tuple(dict.fromkeys(word for word in (folded(w).strip() for w in group) if word))
            known = dict.fromkeys(
                other for word in words for other in self._group_of.get(word, ()) if other not in words
            )
            joined = (*words, *known)
            self._group_of.update(dict.fromkeys(joined, joined))
        longest_first = sorted(self._group_of, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def alternatives(self, line: str) -> list[str]:
        """Return the other words of every group that a folded text names, each once."""
        if self._pattern is None:
            return []
        found = dict.fromkeys(self._pattern.findall(line))
        others = dict.fromkeys(other for word in found for other in self._group_of[word])
        return [word for word in others if word not in found]
