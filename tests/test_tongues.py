"""The language of a message: told by its script and small words, whatever keyboard it was typed on, and said when not
spoken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import today
from bot.dialogue import Context
from bot.engine import Engine
from bot.pack import load_pack
from bot.reply import Reply

KNOWLEDGE = """\
pack: {title: The Club, about: club, reviewed: 2026-01-01, languages: [en, ru, zh]}
types: {group: {own: yes}, team: {own: yes}}
relations: {founded: {of: team, value: text, label: founded, asked: [founded]}}
sources: {book: {title: The Book}}
entities:
  club: {type: group, name: {en: The Club, ru: Клуб, zh: 俱乐部}}
  chess:
    type: team
    name: {en: Chess team, ru: Шахматная команда, zh: 象棋队}
    facts: [{founded: {en: In spring, ru: Весной, zh: 春天}, sources: [book]}]
  rowing:
    type: team
    name: {en: Rowers, ru: Гребцы, zh: 划船队}
    facts: [{founded: {en: In autumn, ru: Осенью, zh: 秋天}, sources: [book]}]
"""
INTENTS = """\
words:
  en: {stop: [the, was, when], questions: [when, was]}
  ru: {stop: [в, была, был, когда], questions: [когда, была], phrases: {sources: Источники}}
  zh: {stop: [什么, 时候, 是], questions: [什么, 时候], phrases: {sources: 来源}}
rules: {en: {goes_on: (and), leaning: (and)}, ru: {goes_on: (а), leaning: (а)}}
intents:
  founded:
    templates:
      en: ["when was {team} founded"]
      ru: ["когда (была основана|основаны) {team}"]
      zh: ["{team} 成立"]
    query: {facts: founded, about: $team}
    answer:
      en: "Founded: {{ rows.facts[0].value }}"
      ru: "Основана: {{ rows.facts[0].value }}"
      zh: "成立：{{ rows.facts[0].value }}"
    examples:
      - {ask: "when was the Chess team founded?"}
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("club")
    for name, text in {"knowledge/z.yaml": KNOWLEDGE, "intents/z.yaml": INTENTS}.items():
        (folder / name).parent.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    return Engine(load_pack(folder / "knowledge", folder / "intents"))


def ask(engine: Engine, *messages: str, lang: str | None = None) -> Reply:
    *before, last = messages
    context = Context()
    for message in before:
        _, context = engine.answer(message, context, today=today(), lang=lang)
    return engine.answer(last, context, today=today(), lang=lang)[0]


@pytest.mark.parametrize(
    ("message", "language", "says"),
    [
        ("when was the Chess team founded?", "en", "In spring"),
        ("Когда была основана шахматная команда?", "ru", "Весной"),
        ("象棋队 成立", "zh", "春天"),
        ("когда была основана Chess team?", "ru", "Весной"),
        ("when was Гребцы founded?", "en", "In autumn"),
        ("rjulf ,skf jcyjdfyf if[vfnyfz rjvfylf?", "ru", "Весной"),
        ("RJULF ,SKF JCYJDFYF IF{VFNYFZ RJVFYLF", "ru", "Весной"),
        ("црут цфы еру Сруыы еуфь ащгтвув&", "en", "In spring"),
        ("kogda byla osnovana shakhmatnaya komanda?", "ru", "Весной"),
    ],
)
def test_the_language_of_a_message(engine: Engine, message: str, language: str, says: str) -> None:
    reply = ask(engine, message)
    assert (reply.language, reply.kind) == (language, "answer")
    assert says in reply.text


@pytest.mark.parametrize(("lang", "language"), [("ru", "ru"), ("zh", "zh"), ("en", "en"), ("xx", "en"), (None, "en")])
def test_a_set_language_counts_where_a_message_does_not_tell(engine: Engine, lang: str | None, language: str) -> None:
    for message in ("2005?", "!!!", "Chess team", ""):
        assert ask(engine, message, lang=lang).language == language
    assert ask(engine, "when was the Chess team founded?", lang=lang).language == "en"
    assert ask(engine, "когда была основана шахматная команда?", lang=lang).language == "ru"


def test_a_conversation_goes_on_in_another_language(engine: Engine) -> None:
    reply = ask(engine, "when was the Chess team founded?", "а гребцы?")
    assert (reply.language, "Осенью" in reply.text) == ("ru", True)
    assert ask(engine, "когда была основана шахматная команда?", "2005").language == "ru"


@pytest.mark.parametrize(
    ("message", "language", "says"),
    [
        ("Wer war 2005 Beobachter in der Organisation?", "de", "Englisch, Russisch und Chinesisch"),
        ("Quels sont les pays membres de l'organisation ?", "fr", "anglais, russe et chinois"),
        ("¿Cuándo se fundó el equipo?", "es", "inglés, ruso y chino"),
        ("Örgüt ne zaman kuruldu?", "tr", "İngilizce, Rusça ve Çince"),
        ("کدام کشورها عضو سازمان هستند؟", "fa", "روسی، و چینی"),
        ("संगठन के सदस्य कौन हैं?", "hi", "अंग्रेज़ी"),
        ("Ұйым қашан құрылды?", "kk", "ағылшын"),
        ("Tashkilot qachon tashkil etilgan?", "uz", "inglizcha"),
        ("من هم أعضاء المنظمة؟", "ar", "الإنجليزية"),
        ("チームはいつできましたか", "ja", "英語"),
        ("Коли була заснована команда і хто її члени?", "uk", "англійська"),
    ],
)
def test_a_language_that_is_not_spoken_is_told_so_in_its_own_words(
    engine: Engine, message: str, language: str, says: str
) -> None:
    reply = ask(engine, message)
    assert (reply.kind, reply.language) == ("unknown", language)
    assert says in reply.text
    assert reply.explanation is not None
    assert reply.explanation.language == language


@pytest.mark.parametrize(
    "message",
    [
        "who is die Linke?", "asdf qwer zxcv", "фывапро олдж", "Ürümqi", "le monde", "de facto", "who was Erdoğan",
        "кто такой Әуезов", "what is la niña", "какой-то бред", "xyzzy", "the rain in spain", "when de la",
    ],
)  # fmt: skip
def test_noise_is_not_taken_for_a_language(engine: Engine, message: str) -> None:
    assert ask(engine, message).language in ("en", "ru")


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_no_ascii_is_read_as_a_strange_script(engine: Engine, message: str) -> None:
    latin = {one.code for one in engine.pack.intents.others if "latin" in one.scripts}
    assert ask(engine, message).language in {*engine.pack.languages, *latin}
