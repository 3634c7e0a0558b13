"""Chinese as it is read: words without spaces, two scripts, numbers in characters, dates from the year on."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dialogue import Context
from bot.engine import Engine
from bot.language.chinese import number
from bot.language.dates import find_times
from tests import shipped

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(shipped.pack())


def words(text: str) -> list[str]:
    return shipped.pack().languages["zh"].lexicon.read(text).words


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("上合组织有哪些成员国", ["上合", "组织", "有", "哪些", "成员国"]),
        ("上合組織有哪些成員國", ["上合", "组织", "有", "哪些", "成员国"]),
        ("ＳＣＯ成员国", ["sco", "成员国"]),
        ("俄白哈", ["俄罗斯", "白俄罗斯", "哈萨克斯坦"]),
        ("中、俄、哈", ["中国", "俄罗斯", "哈萨克斯坦"]),
        ("哈呢？", ["哈萨克斯坦", "呢"]),
        ("哈哈哈", ["哈", "哈哈"]),
        ("其中哪些", ["其中", "哪些"]),
        ("番茄炒蛋", ["番茄", "茄炒", "炒蛋"]),
        ("第二十三次", ["第23", "次"]),
        ("第21次", ["第21", "次"]),
    ],
)
def test_a_text_is_cut_into_the_words_of_the_pack(text: str, cut: list[str]) -> None:
    assert words(text) == cut


@pytest.mark.parametrize(
    ("text", "start", "end", "how"),
    [
        ("2005年7月5日", date(2005, 7, 5), date(2005, 7, 5), "in"),
        ("二〇〇五年七月五日", date(2005, 7, 5), date(2005, 7, 5), "in"),
        ("05年7月", date(2005, 7, 1), date(2005, 7, 31), "in"),
        ("两千零五年", date(2005, 1, 1), date(2005, 12, 31), "in"),
        ("九十年代", date(1990, 1, 1), date(1999, 12, 31), "in"),
        ("2010年代", date(2010, 1, 1), date(2019, 12, 31), "in"),
        ("2023年底", date(2023, 12, 31), date(2023, 12, 31), "in"),
        ("2010年以前", None, date(2009, 12, 31), "before"),
        ("2010年之后", date(2011, 1, 1), None, "after"),
        ("2010年以来", date(2010, 1, 1), None, "since"),
        ("自2010年起", date(2010, 1, 1), None, "since"),
        ("2001年至2005年", date(2001, 1, 1), date(2005, 12, 31), "between"),
        ("2018到2024年", date(2018, 1, 1), date(2024, 12, 31), "between"),
        ("十年前", date(2016, 1, 1), date(2016, 12, 31), "in"),
        ("去年", date(2025, 1, 1), date(2025, 12, 31), "in"),
        ("过去五年", date(2021, 11, 24), TODAY, "between"),
    ],
)
def test_times(text: str, start: date | None, end: date | None, how: str) -> None:
    (span,) = find_times(words(text), shipped.pack().languages["zh"].lexicon.times, TODAY)
    assert (span.when.interval.start, span.when.interval.end, span.when.how) == (start, end, how)


@pytest.mark.parametrize(
    ("text", "value"),
    [("十", 10), ("十五", 15), ("二十三", 23), ("一百零八", 108), ("二〇〇五", 2005), ("两千零五", 2005)],
)
def test_numbers(text: str, value: int) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("asks", "says"),
    [
        (["印度加入时上合组织有几个成员国？"], "8个成员国"),
        (["上合组织成立五年后的观察员国有哪些？"], "4个观察员国"),
        (["上合组织什么时候成立？总部在哪里？"], "北京"),
        (["2005年的观察员国有哪些？", "那2013年呢？"], "5个观察员国"),
        (["上合组织成立于（ ）A.1996年 B.2001年 C.2003年"], "B) 2001年"),
        (["下列国家中不是上合组织创始成员国的是\nA. 中国\nB. 印度\nC. 俄罗斯"], "B) 印度"),
    ],
)
def test_answers(engine: Engine, asks: list[str], says: str) -> None:
    *before, last = asks
    context = Context()
    for ask in before:
        _, context = engine.answer(ask, context, today=TODAY, lang="zh")
    reply, _ = engine.answer(last, context, today=TODAY, lang="zh")
    assert says in reply.text


def test_answers_in_the_characters_of_the_question(engine: Engine) -> None:
    old, after = engine.answer("上合組織秘書處設在哪個城市？", Context(), today=TODAY, lang="zh")
    new, _ = engine.answer("那伊朗什么时候加入？", after, today=TODAY, lang="zh")
    assert "中國<b>北京</b>" in old.html
    assert "伊朗成为<b>成员国</b>" in new.html


def test_then_is_the_time_of_the_last_answer(engine: Engine) -> None:
    _, after = engine.answer("印度什么时候加入的？", Context(), today=TODAY, lang="zh")
    then, _ = engine.answer("当时秘书长是谁？", after, today=TODAY, lang="zh")
    assert "阿利莫夫" in then.html
