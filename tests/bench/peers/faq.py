"""A list of frequently asked questions with their answers, for the peers that know nothing but such a list.

It is made from the same knowledge that the bot answers from: every example of the intents, and questions in the usual
wordings over every fact, every year and every thing. Each is answered by the bot itself, on the day of the question
suite and in no context, and kept when it gets a reply other than "I don't know". For the shipped pack that is about as
many entries as there are facts and then some; the comparison prints how many.

That is generous: nobody writes thousands of entries by hand, nor keeps them right when a fact changes. What it shows is
how far a list gets when all the facts are in it, under wordings that its author thought of. It does not show what a
list would get that somebody tuned for years, nor does it hold what has to be computed for the one who asks: the
combinations of times, statuses, countries and conditions have no end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.dialogue import Context
from bot.engine import Engine
from bot.knowledge.model import Fact, Knowledge
from bot.pack import Pack
from bot.reply import Reply

LANGUAGE = "en"

BY_FACT: dict[str, tuple[str, ...]] = {
    "status": (
        "When did {subject} become {a_value}?", "When did {subject} join the SCO as {a_value}?",
        "When did {subject} join the SCO?",
        "Is {subject} {a_value} of the SCO?", "Was {subject} ever {a_value}?", "How long has {subject} been {a_value}?",
        "{subject} {value} since when?", "What is the status of {subject} in the SCO?",
        "Was {subject} {a_value} in {year}?",
        "What statuses has {subject} had in the SCO?",
    ),
    "belongs_to": (
        "Is {subject} a member of the {value}?", "Which organisations does {subject} belong to?",
        "Which SCO members are in the {value}?",
    ),
    "capital": ("What is the capital of {subject}?",),
    "chairmanship": ("When did {subject} chair the SCO?", "Who chaired the SCO in {year}?"),
    "founded": ("When was the {subject} founded?", "When was the {subject} established?"),
    "founded_in": ("Where was the {subject} founded?",),
    "founder": ("Who founded the {subject}?", "Is {value} a founder of the {subject}?"),
    "seat": ("Where is the {subject} located?", "Where is the headquarters of the {subject}?"),
    "language": ("What are the working languages of the {subject}?",),
    "purpose": ("What is the purpose of the {subject}?", "What does the {subject} do?"),
    "principle": ("What are the principles of the {subject}?",),
    "head": ("Who is the head of the {subject}?", "Who heads the {subject}?"),
    "office": (
        "What was the office of {subject}?", "Who was {value} of {of} in {year}?",
        "Who was the {value} in {year}?",
    ),
    "nationality": ("Which country is {subject} from?",),
    "held": (
        "Where was the {event} held?", "When was the {event}?", "Who attended the {event}?", "Who chaired the {event}?",
        "Which country hosted the {event}?", "What was decided at the {event}?",
        "Which documents were adopted at the {event}?",
        "Who were the guests at the {event}?", "Was the {event} online?",
    ),
    "attended": ("Did {value} attend the {event}?",),
    "guest": ("Was {value} a guest at the {event}?",),
    "signed": (
        "When was the {subject} signed?", "When was the {subject} adopted?",
        "Which documents were signed in {year}?",
    ),
    "signed_in": ("Where was the {subject} signed?",),
    "signed_by": ("Who signed the {subject}?", "Did {value} sign the {subject}?"),
    "in_force": ("When did the {subject} enter into force?",),
    "binding": ("Is the {subject} legally binding?",),
    "provides": ("What does the {subject} say?", "What is the {subject} about?"),
    "subject": ("What is the {subject} about?",),
    "budget_share": (
        "What share of the SCO budget does {subject} pay?",
        "What share of the budget did {subject} pay in {year}?",
    ),
    "budget": ("What is the budget of the {subject}?", "How big was the budget of the {subject} in {year}?"),
    "population": ("What is the population of the {subject}?",),
    "area": ("What is the area of the {subject}?",),
    "staff": ("How many people work at the {subject}?",),
}  # fmt: skip
"""Wordings by the relation of a fact. {event} is a meeting as people tell it, {year} each year in which a fact held."""

BY_YEAR = (
    "Who were the members of the SCO in {year}?", "How many members did the SCO have in {year}?", "SCO members {year}",
    "Who were the observers in {year}?", "How many observers did the SCO have in {year}?", "observers in {year}",
    "Who were the dialogue partners in {year}?", "How many dialogue partners were there in {year}?",
    "dialogue partners {year}",
    "Which countries joined the SCO in {year}?", "Where was the {year} SCO summit held?", "When was the {year} summit?",
    "Who chaired the {year} SCO summit?", "Who attended the {year} SCO summit?",
    "What was decided at the {year} summit?",
    "Which documents did the SCO adopt in {year}?", "Who was the Secretary-General of the SCO in {year}?",
    "Who was the director of RATS in {year}?", "Which country chaired the SCO in {year}?",
    "Which exercises were held in {year}?",
)  # fmt: skip

BY_COUNTRY = ("Is {subject} a member of the SCO?", "When did {subject} join the SCO?", "Is {subject} in the SCO?")
BY_PERSON = ("Who is {subject}?", "Who was {subject}?")
BY_THING = ("Tell me about the {subject}", "What is the {subject}?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A question of the list, and the reply that stands beside it."""

    question: str
    reply: Reply


def entries(pack: Pack, today: date) -> list[Entry]:
    """The list for a pack as of a day. Takes a few seconds."""
    engine = Engine(pack)
    found = (
        Entry(text, engine.answer(text, Context(), today=today)[0]) for text in dict.fromkeys(questions(pack, today))
    )
    return [entry for entry in found if entry.reply.kind != "unknown"]


def questions(pack: Pack, today: date) -> Iterator[str]:
    """Every question that the list may hold, some more than once."""
    yield from (example.ask for example in pack.examples)
    for fact in pack.knowledge.facts:
        yield from _of_fact(fact, pack.knowledge, today)
    starts = [fact.start.year for fact in pack.knowledge.facts_with("status") if fact.start]
    yield from (
        (form.format(year=year) for year in range(min(starts), today.year + 1) for form in BY_YEAR) if starts else ()
    )
    for entity in pack.knowledge.entities.values():
        forms = _forms_of_thing(entity.id, pack.knowledge)
        yield from (form.format(subject=entity.name(LANGUAGE)) for form in forms)


def _of_fact(fact: Fact, knowledge: Knowledge, today: date) -> Iterator[str]:
    value = _name(fact.value, knowledge)
    named = {
        "subject": knowledge.entities[fact.subject].name(LANGUAGE),
        "value": value,
        "a_value": f"{'an' if value[:1].lower() in set('aeiou') else 'a'} {value}",
        "of": _name(fact.of or knowledge.about, knowledge),
        "event": _told(fact.subject, knowledge),
    }
    for form in BY_FACT.get(fact.relation, ()):
        years = _years(fact, today) if "{year}" in form else (0,)
        yield from (form.format(**named, year=year) for year in years)
    if fact.words:
        yield f"{named['subject']} {' '.join(fact.words)}"


def _forms_of_thing(entity: str, knowledge: Knowledge) -> tuple[str, ...]:
    if knowledge.is_a(entity, "country"):
        return BY_COUNTRY
    if entity not in knowledge.subjects:
        return ()
    return BY_PERSON if knowledge.is_a(entity, "person") else BY_THING


def _name(value: object, knowledge: Knowledge) -> str:
    return knowledge.entities[value].name(LANGUAGE) if isinstance(value, str) and value in knowledge.entities else ""


def _told(entity: str, knowledge: Knowledge) -> str:
    """A meeting by its place and year, anything else by its name."""
    held = next((fact for fact in knowledge.facts_of(entity, "held") if fact.start), None)
    if (
        held is None
        or held.start is None
        or not (knowledge.is_a(entity, "summit") or knowledge.is_a(entity, "meeting"))
    ):
        return knowledge.entities[entity].name(LANGUAGE)
    noun = "summit" if knowledge.is_a(entity, "summit") else "heads of government meeting"
    return f"{held.start.year} {_name(held.value, knowledge)} {noun}"


def _years(fact: Fact, today: date) -> range:
    if fact.start is None:
        return range(0)
    last = fact.end.year if fact.end else today.year
    return range(fact.start.year, min(last, today.year) + 1)
