"""The store does the same on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from bot.storage import (
    Answer,
    Broadcast,
    Claim,
    Conversation,
    Kept,
    KeptPicture,
    Known,
    QuizSeries,
    Recipient,
    Replica,
    Score,
    Store,
    StoreError,
    Subscription,
    Unanswered,
)
from bot.storage.broadcasts import BROADCAST_LEASE_SECONDS
from bot.storage.quizzes import QUIZ_SECONDS
from bot.storage.store import (
    ANSWER_SECONDS,
    CONVERSATION_SECONDS,
    LEASE_SECONDS,
    REPLICA_SECONDS,
    UPDATE_SECONDS,
    VOTE_SECONDS,
)

HERE = Conversation(chat=-1001234567890123, person=7_000_000_000, thread=5)


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(url: str, clock: Clock) -> AsyncIterator[Store]:
    async with Store.at(url, clock) as opened:
        yield opened


def _answer(message: int, question: int, html: str = "<b>4</b> observers", before: str = "") -> Answer:
    choices = (("In 2012?", "who were observers in 2012?"), ("Иран", "когда вступил Иран?"))
    return Answer(HERE.chat, message, question, html, choices, before)


async def test_a_conversation_lasts_half_an_hour_and_is_one_persons_in_one_topic(store: Store, clock: Clock) -> None:
    await store.remember(HERE, 10, '{"turn": 1}', _answer(11, 10))
    assert await store.recall(HERE) == Known(None, '{"turn": 1}', 10)
    for other in (
        Conversation(HERE.chat, HERE.person),
        Conversation(HERE.chat, 8, HERE.thread),
        Conversation(1, HERE.person, 5),
    ):
        assert await store.recall(other) == Known()
    clock.now += CONVERSATION_SECONDS - 1
    await store.remember(HERE, 12, '{"turn": 2}', _answer(13, 12))
    clock.now += CONVERSATION_SECONDS - 1
    assert await store.recall(HERE) == Known(None, '{"turn": 2}', 12)
    clock.now += 1
    assert await store.recall(HERE) == Known()


async def test_an_answer_is_found_by_its_message_and_by_its_question(store: Store, clock: Clock) -> None:
    first = _answer(11, 10, before='{"turn": 0}')
    await store.remember(HERE, 10, "{}", first)
    assert await store.answer(HERE.chat, 11) == first
    assert await store.answer_to(HERE.chat, 10) == first
    changed = _answer(11, 10, html="<b>5</b> observers")
    await store.remember(HERE, 10, None, changed)
    assert await store.answer_to(HERE.chat, 10) == changed
    assert await store.recall(HERE) == Known(None, "{}", 10)
    assert await store.answer(1, 11) is None
    assert await store.answer_to(HERE.chat, 11) is None
    clock.now += ANSWER_SECONDS
    assert await store.answer(HERE.chat, 11) is None


async def test_a_vote_is_one_row_a_person_and_the_last_word_counts(store: Store, clock: Clock) -> None:
    answer = _answer(11, 10)
    assert await store.judge(answer, 7, 1) is None
    assert await store.judge(answer, 7, 0) == 1
    assert await store.judge(answer, 7, 0) == 0
    assert await store.judge(answer, 8, 1) is None
    assert await store.judge(_answer(12, 10), 7, 1) is None
    assert (await store.counts())["votes"] == 3
    clock.now += VOTE_SECONDS
    await store.sweep()
    assert (await store.counts())["votes"] == 0


async def test_a_claim_is_one_persons_until_its_lease_lapses(store: Store, clock: Clock) -> None:
    assert await store.claim(1) is Claim.MINE
    assert await store.claim(1) is Claim.BUSY
    clock.now += LEASE_SECONDS - 1
    await store.renew([1])
    clock.now += LEASE_SECONDS - 1
    assert await store.claim(1) is Claim.BUSY
    clock.now += 1
    assert await store.claim(1) is Claim.MINE
    await store.finish(1)
    clock.now += LEASE_SECONDS
    assert await store.claim(1) is Claim.DONE


async def test_an_update_given_back_can_be_claimed_at_once(store: Store) -> None:
    assert await store.claim(1) is Claim.MINE
    await store.release([1])
    assert await store.claim(1) is Claim.MINE


async def test_of_many_who_claim_one_update_one_gets_it(url: str, store: Store, clock: Clock) -> None:
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(Store.at(url, clock)) for _ in range(4)]
        claims = await asyncio.gather(*(each.claim(number) for number in range(20) for each in stores))
        clock.now += LEASE_SECONDS
        again = await asyncio.gather(*(each.claim(number) for number in range(20) for each in stores))
    assert claims.count(Claim.MINE) == again.count(Claim.MINE) == 20
    assert claims.count(Claim.BUSY) == again.count(Claim.BUSY) == 60


async def test_received_updates_survive_a_crash_and_repeats_are_dropped(store: Store, clock: Clock) -> None:
    assert await store.receive({7: "seven", 5: "five", 6: "six"}) == [5, 6, 7]
    assert await store.receive({7: "seven", 8: "eight"}) == [8]
    assert await store.receive({}) == []
    await store.finish(6)
    assert await store.sending(7)
    assert await store.kept() == 3
    assert await store.take_over() == []
    clock.now += LEASE_SECONDS
    assert await store.take_over() == [Kept(5, "five", False), Kept(7, "seven", True), Kept(8, "eight", False)]
    assert await store.take_over() == []
    assert await store.receive({6: "six"}) == []


async def test_unanswered_questions_are_counted_without_who_asked(store: Store, clock: Clock) -> None:
    began = clock.now
    for question in ("Who won the cup?", "who won  the cup?", "x" * 5000):
        clock.now += 1
        await store.unanswered(question)
    cup = Unanswered("Who won the cup?", 2, began + 1, began + 2)
    assert await store.most_unanswered(9) == [cup, Unanswered("x" * 500, 1, began + 3, began + 3)]
    assert await store.most_unanswered(1) == [cup]


async def test_replicas_see_each_other_and_the_reload_that_was_asked_for(store: Store, clock: Clock) -> None:
    one, two = Replica("host/1", "aaaa", 0, 0), Replica("host/2", "aaaa", 0, 0)
    assert await store.report(one) == await store.report(two) == 0
    assert [await store.ask_reload(), await store.ask_reload()] == [1, 2]
    one = Replica("host/1", "bbbb", 3, 2)
    assert await store.report(one) == 2
    assert await store.replicas() == [one, two]
    clock.now += REPLICA_SECONDS - 1
    await store.report(two)
    clock.now += 1
    assert await store.replicas() == [two]
    await store.leave("host/2")
    assert await store.replicas() == []


async def test_a_picture_is_known_by_its_digest_as_long_as_the_answer(store: Store, clock: Clock) -> None:
    assert await store.picture("0123") is None
    await store.keep_picture("0123", '{"title": "Ж"}')
    assert await store.picture("0123") == KeptPicture('{"title": "Ж"}', "", "")
    await store.uploaded("0123", "style", "file-id")
    clock.now += ANSWER_SECONDS - 1
    await store.keep_picture("0123", '{"title": "Ж"}')  # which keeps it longer, and forgets no file
    clock.now += ANSWER_SECONDS - 1
    assert await store.picture("0123") == KeptPicture('{"title": "Ж"}', "file-id", "style")
    clock.now += 1
    assert await store.picture("0123") is None


async def test_what_is_past_its_time_is_swept(store: Store, clock: Clock) -> None:
    await store.remember(HERE, 10, "{}", _answer(11, 10))
    await store.receive({1: "one", 2: "two"})
    await store.finish(1)
    await store.unanswered("why?")
    await store.keep_picture("0123", "{}")
    await store.subscribe(_subscription(1))
    await store.draft(Broadcast("b1", 9, 50, "html"))
    await store.launch("b1")
    await store.unsubscribe(1)
    assert await store.sweep() == 0
    clock.now += CONVERSATION_SECONDS
    assert await store.sweep() == 1
    clock.now += UPDATE_SECONDS
    assert await store.sweep() == 2
    clock.now += ANSWER_SECONDS
    assert await store.sweep() == 4
    assert {name: count for name, count in (await store.counts()).items() if count} == {"unanswered": 1}


SERIES = QuizSeries(chat=-100, thread=5, seed=77, language="en", rounds=3)


async def test_a_quiz_goes_on_once_however_many_press(url: str, store: Store, clock: Clock) -> None:
    await store.begin_quiz(SERIES)
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(Store.at(url, clock)) for _ in range(4)]
        pressed = await asyncio.gather(*(each.next_question(SERIES) for each in stores))
    first = next(one for one in pressed if one)
    assert [one for one in pressed if one] == [replace(SERIES, number=1)]
    await store.asked(replace(first, poll="p1", message=9), right=2)
    assert await store.quiz(-100, 5) == replace(SERIES, number=1, poll="p1", message=9)
    assert await store.quiz(-100, 0) is None
    assert await store.end_quiz(first)
    assert not await store.end_quiz(first)
    assert await store.next_question(first) is None


async def test_answers_to_polls_are_counted_once_each_and_make_scores(store: Store, clock: Clock) -> None:
    for number, seed in ((1, 77), (2, 77), (3, 78)):
        series = replace(SERIES, seed=seed, number=number, poll=f"p{number}", message=number)
        await store.begin_quiz(series)
        await store.asked(series, right=0)
    assert await store.vote("p1", 1, 0) == -100
    assert await store.vote("p1", 1, 1) == -100, "delivered twice, and the first counts"
    for poll, person, option in (("p2", 1, 3), ("p1", 2, 0), ("p2", 2, 0), ("p3", 1, 0)):
        await store.vote(poll, person, option)
    assert await store.vote("unknown", 1, 0) is None
    assert await store.answers_to("p1") == 2
    assert await store.scores(-100, 77) == [Score(2, 2, 2), Score(1, 1, 2)]
    assert await store.scores(-100) == [Score(2, 2, 2), Score(1, 2, 3)]
    assert await store.scores(-101) == []
    assert await store.score(1) == Score(1, 2, 3)
    assert await store.score(3) == Score(3, 0, 0)
    clock.now += QUIZ_SECONDS
    assert await store.vote("p3", 2, 0) is None
    await store.sweep()
    assert await store.quiz(-100, 5) is None
    assert await store.score(1) == Score(1, 2, 3), "scores stay"


def _subscription(chat: int, due: float = 100.0, thread: int = 0, person: int = 7) -> Subscription:
    return Subscription(chat, thread, person, "en", "Asia/Tashkent", 540, due)


async def test_a_daily_message_is_taken_once_of_many_replicas(url: str, store: Store, clock: Clock) -> None:
    for chat in range(1, 11):
        await store.subscribe(_subscription(chat))
    await store.subscribe(_subscription(11, due=500.0))
    assert await store.due(99.0) == []
    there = await store.due(100.0)
    assert len(there) == 10
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(Store.at(url, clock)) for _ in range(3)]
        taken = await asyncio.gather(*(each.take(one, 900.0) for one in there for each in stores))
    assert taken.count(True) == 10
    assert [one.chat for one in await store.due(500.0)] == [11]


async def test_a_subscription_is_changed_and_ended(store: Store) -> None:
    await store.subscribe(_subscription(1))
    await store.subscribe(_subscription(1, due=200.0))
    await store.subscribe(_subscription(1, thread=4))
    assert await store.subscribers() == 2
    assert await store.subscription(1, 0) == _subscription(1, due=200.0)
    assert await store.unsubscribe(1, 0)
    assert not await store.unsubscribe(1, 0)
    await store.subscribe(_subscription(2, thread=4))
    await store.moved(1, 2)
    assert await store.subscription(2, 4) == _subscription(2, thread=4)
    assert await store.unsubscribe(2)
    assert await store.subscribers() == 0


async def test_a_broadcast_reaches_each_place_once_whatever_dies(store: Store, clock: Clock) -> None:
    for chat in (1, 2, 3):
        await store.subscribe(_subscription(chat))
    draft = Broadcast("b1", person=9, message=50, html="<b>Hello</b>")
    await store.draft(draft)
    assert await store.adopt() is None
    assert await store.launch("b1")
    assert not await store.launch("b1")
    running = replace(draft, state="running")
    assert await store.adopt() == running
    assert await store.adopt() is None, "somebody sends it"
    assert await store.next_recipient("b1") == Recipient("b1", 1, 0)
    clock.now += BROADCAST_LEASE_SECONDS  # the process dies while it sends to the first
    assert await store.adopt() == running
    second = await store.next_recipient("b1")
    assert second == Recipient("b1", 2, 0)
    await store.settle(second, "sent")
    assert await store.progress("b1") == {"taken": 1, "sent": 1, "waiting": 1}
    assert await store.halt("b1", "stopped")
    assert not await store.halt("b1", "done")
    assert await store.next_recipient("b1") is None
    assert await store.broadcast("b1") == replace(draft, state="stopped")


async def test_a_person_is_forgotten_in_all_chats_and_nobody_else(store: Store) -> None:
    about: dict[int, int] = {}
    for person in (7, 8):
        before = sum((await store.counts()).values())
        group, own = Conversation(-100, person, 5), Conversation(person, person)
        await store.remember(group, 10, "{}", Answer(-100, 11 + person, 10, "html"))
        await store.remember(own, 10, "{}", Answer(person, 11, 10, "html"))
        series = replace(SERIES, chat=person, poll=f"p{person}")
        await store.begin_quiz(series)
        await store.asked(series, right=0)
        await store.vote(f"p{person}", person, 0)
        await store.subscribe(_subscription(person, person=person))
        await store.subscribe(_subscription(-200 - person, person=person))
        await store.judge(Answer(-100, 11 + person, 10, "html"), person, 1)
        await store.draft(Broadcast(f"b{person}", person, 1, "html"))
        await store.choose_language(person, "de", "en")
        about[person] = sum((await store.counts()).values()) - before
    await store.launch("b7")
    await store.unanswered("who?")
    counted = {name for name, count in (await store.counts()).items() if count}
    # Of the other tables none is about a person: this fails when a new one has to be thought of.
    assert set(await store.counts()) - counted == {"pictures", "replicas", "reloads", "updates"}
    assert await store.forget(7) == about[7] + 2, "and as a recipient, twice"
    assert await store.recall(Conversation(-100, 8, 5)) == Known("de", "{}", 10)
    assert await store.score(8) == Score(8, 1, 1)
    assert await store.score(7) == Score(7, 0, 0)
    assert await store.subscribers() == 2
    assert await store.recall(Conversation(-100, 7, 5)) == Known()
    assert [one.question for one in await store.most_unanswered(9)] == ["who?"]
    assert await store.forget(7) == 0


async def test_the_language_that_a_person_chooses_is_that_of_what_comes_to_their_own_chat(store: Store) -> None:
    own_chat = Conversation(7, 7)
    assert await store.recall(own_chat) == Known()
    for place in (_subscription(7, person=7), _subscription(-200, person=7), _subscription(8, person=8)):
        await store.subscribe(place)
    await store.begin_quiz(replace(SERIES, chat=7))
    for choice, spoken in (("de", "de"), ("fr", "fr"), (None, "it")):
        await store.choose_language(7, choice, "it")
        assert await store.recall(own_chat) == Known(choice)
        quiz, own, group, other = await store.quiz(7, 5), *[await store.subscription(chat, 0) for chat in (7, -200, 8)]
        assert quiz
        assert own
        assert quiz.language == own.language == spoken
        assert group
        assert other
        assert group.language == other.language == "en"


async def test_what_was_kept_is_there_after_a_restart(url: str) -> None:
    async with Store.at(url) as store:
        await store.remember(HERE, 10, '{"turn": 1}', _answer(11, 10))
        assert await store.claim(3) is Claim.MINE
        await store.finish(3)
    async with Store.at(url) as store:
        assert await store.recall(HERE) == Known(None, '{"turn": 1}', 10)
        assert await store.claim(3) is Claim.DONE


async def test_a_database_out_of_reach_is_one_kind_of_error_without_the_password() -> None:
    for nowhere in ("sqlite+aiosqlite:////nonexistent/bot.sqlite3", "postgresql+asyncpg://bot:hunter2@127.0.0.1:1/bot"):
        with pytest.raises(StoreError) as caught:
            async with Store.at(nowhere):
                pass
        assert "hunter2" not in str(caught.value)
        assert "\n" not in str(caught.value).strip()


def test_a_file_that_cannot_be_opened_leaves_no_thread_that_fails_later(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)

    async def start() -> None:
        async with Store.at("sqlite+aiosqlite:////nonexistent/bot.sqlite3"):
            pass

    for _ in range(50):
        with pytest.raises(StoreError, match="unable to open database file"):
            asyncio.run(start())
    assert not failed


async def test_work_that_fails_takes_none_with_it_that_was_asked_for_at_the_same_time(store: Store) -> None:
    def spoiled(connection: Connection) -> None:
        connection.execute(text("INSERT INTO updates (id) VALUES (NULL)"))

    def wrong(connection: Connection) -> None:
        raise ZeroDivisionError

    numbers = range(200)
    asked = [store.claim(number) for number in numbers]
    found = await asyncio.gather(
        *asked[:50], store.do(spoiled), *asked[50:150], store.do(wrong), *asked[150:], return_exceptions=True
    )
    assert [type(one) for one in found if isinstance(one, Exception)] == [StoreError, ZeroDivisionError]
    assert found.count(Claim.MINE) == len(numbers)
    assert {await store.claim(number) for number in numbers} == {Claim.BUSY}


async def test_who_no_longer_waits_for_the_store_holds_nobody_up(store: Store) -> None:
    waiting = [asyncio.create_task(store.claim(number)) for number in range(10)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert found[1::2] == [Claim.MINE] * 5
    assert await store.claim(100) is Claim.MINE
