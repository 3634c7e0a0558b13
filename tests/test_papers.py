"""Questions as exams print them: options, names, pairs and statements, turned round or not."""

from __future__ import annotations

import pytest

from bot import clock
from bot.dialogue import Context
from bot.engine import Engine
from tests import shipped

ENGINE = Engine(shipped.pack())


@pytest.mark.parametrize(
    ("paper", "first"),
    [
        ("The Charter was signed in: a) Shanghai b) Saint Petersburg c) Moscow", "B) Saint Petersburg"),
        ("Which of these is not a member of the SCO? (A) India (B) Japan (C) Iran", "B) Japan"),
        ("Which are official languages of the SCO? A) English B) Russian C) Chinese D) B and C", "D) B and C"),
        ("Which are not SCO members?\n1. Iran\n2. Turkey\n3. Belarus\n(a) 1 only (b) 2 only", "B) 2 only"),
        (
            "Pairs rightly matched?\n1. 2018 summit - Qingdao\n2. 2022 summit - Tashkent\n(a) 1 only (b) 1 and 2",
            "A) 1 only",
        ),
        ("Which statement is correct? A. It was founded in 1996. B. Its secretariat sits in Beijing.", "B) Its"),
        ("Which statement is incorrect? A. It was founded in 2001. B. Its secretariat sits in Moscow.", "B) Its"),
        ("关于上合组织，下列说法错误的是\nA. 前身是上海五国\nB. 秘书处设在上海\nC. 2001年成立", "B) 秘书处设在上海"),
        ("上合组织（ ）\n①是军事同盟\n②不针对第三方\n③维护地区安全稳定\nA. ①②\nB. ②③", "B) ②③"),
    ],
)
def test_the_right_option_comes_first(paper: str, first: str) -> None:
    reply, _ = ENGINE.answer(paper, Context(), today=clock.today())
    assert reply.kind == "answer"
    assert reply.text.startswith(first)


def test_names_that_are_judged_together_are_answered_once() -> None:
    paper = "Which were founders of the SCO?\n1. China\n2. Mongolia\n3. India\n(a) 1 only (b) 2 and 3"
    text = ENGINE.answer(paper, Context(), today=clock.today())[0].text
    assert text.startswith("A) 1 only")
    assert "2. ✗ Mongolia" in text
    assert text.count("was founded by") == 1


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("True or false: the SCO was founded in 1996.", "False."),
        ("The Secretariat is located in Beijing (true/false)", "True."),
        ("True or false: The official languages are Russian and Chinese.", "True."),
        ("Верно или неверно: Индия — основатель ШОС", "Неверно."),
        ("判断题：上合组织是军事同盟。（ ）", "错误。"),
        ("印度不是上合组织的创始成员国。（√ / ×）", "正确。"),
        ("宪章于2001年签署。（ ）", "错误。"),
        ("判断题：2022年上合峰会在塔什干举行", "错误。"),
    ],
)
def test_a_claim_is_judged(claim: str, verdict: str) -> None:
    assert ENGINE.answer(claim, Context(), today=clock.today())[0].text.startswith(verdict)


@pytest.mark.parametrize("claim", ["True or false: NATO was founded in 1949.", "判断题：北约成立于1949年。（ ）"])
def test_a_claim_about_others_is_not(claim: str) -> None:
    assert ENGINE.answer(claim, Context(), today=clock.today())[0].kind == "unknown"
