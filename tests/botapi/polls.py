"""Polls and quizzes (core.telegram.org/bots/api#sendpoll)."""

import asyncio
import time

from .api import Api, method
from .markup import formatted, utf16
from .messages import inline_keyboard_of, post, target
from .wire import Json, Parameters, bad_request
from .world import Poll

MAX_QUESTION, MAX_OPTION, MAX_EXPLANATION, MAX_LINE_FEEDS = 300, 100, 200, 2
MAX_OPTIONS = 12
OPEN_PERIODS = range(5, 2_628_001)  # seconds


@method
def send_poll(api: Api, p: Parameters) -> Json:
    message = post(api, p, lambda: {"poll": _poll(api, p)})
    body = message["poll"]
    poll = Poll(body, api.world.chat(message["chat"]["id"]), message["message_id"])
    api.world.polls[body["id"]] = poll
    seconds = body.get("open_period") or body.get("close_date", 0) - time.time()
    if seconds > 0 and not body["is_closed"]:
        asyncio.get_running_loop().call_later(seconds, close, api, poll)
    return message


@method
def stop_poll(api: Api, p: Parameters) -> Json:
    chat = target(api, p)
    message = chat.messages.get(p.number("message_id"))
    if message is None or message["from"]["id"] != api.world.bot["id"]:
        raise bad_request("message with poll to stop not found")
    if "poll" not in message:
        raise bad_request("message is not a poll")
    poll = api.world.polls[message["poll"]["id"]]
    if poll.body["is_closed"]:
        raise bad_request("poll has already been closed")
    without = {key: value for key, value in message.items() if key != "reply_markup"}
    chat.messages[message["message_id"]] = without | inline_keyboard_of(p)
    close(api, poll)
    return poll.body


def close(api: Api, poll: Poll) -> None:
    if not poll.body["is_closed"]:
        poll.body["is_closed"] = True
        _tell(api, poll)
        api.world.event("edited", poll.chat.id, message=poll.chat.messages.get(poll.message_id))


def vote(api: Api, poll: Poll, user: Json, chosen: list[int]) -> None:
    """A person's choice, or taking it back when it is empty; both kinds of update, each in the lane of the poll."""
    body = poll.body
    if body["is_closed"]:
        raise bad_request("poll has already been closed")
    if body["type"] == "quiz" and user["id"] in poll.votes:
        raise bad_request("REVOTE_NOT_ALLOWED")
    if len(chosen) > 1 and not body["allows_multiple_answers"]:
        raise bad_request("OPTIONS_TOO_MUCH")
    options = body["options"]
    if any(not 0 <= index < len(options) for index in chosen):
        raise bad_request("OPTION_INVALID")
    poll.votes[user["id"]] = chosen
    for index, option in enumerate(options):
        option["voter_count"] = sum(index in votes for votes in poll.votes.values())
    body["total_voter_count"] = sum(bool(votes) for votes in poll.votes.values())
    _tell(api, poll)
    if not body["is_anonymous"]:
        names = [options[index]["persistent_id"] for index in chosen]
        answer = {"poll_id": body["id"], "user": user, "option_ids": chosen, "option_persistent_ids": names}
        api.updates.add("poll_answer", answer, ("poll", body["id"]))


def _tell(api: Api, poll: Poll) -> None:
    api.updates.add("poll", poll.body, ("poll", poll.body["id"]))


def _poll(api: Api, p: Parameters) -> Json:
    question, kind = formatted(p, "question", "question_entities", "question_parse_mode"), p.text("type", "regular")
    options = _options(p)
    if not question.text:
        raise bad_request("poll question must be non-empty")
    if utf16(question.text) > MAX_QUESTION:
        raise bad_request(f"poll question length must not exceed {MAX_QUESTION}")
    if kind not in ("regular", "quiz"):
        raise bad_request("unsupported poll type specified")
    poll: Json = {"id": str(api.world.count("poll", 5_000_000_001)), **question.fields("question", "question_entities")}
    poll |= {"options": options, "total_voter_count": 0, "is_closed": p.flag("is_closed"), "type": kind}
    poll |= {"is_anonymous": p.flag("is_anonymous", True), "allows_multiple_answers": p.flag("allows_multiple_answers")}
    poll |= {"allows_revoting": p.flag("allows_revoting", kind == "regular"), "members_only": p.flag("members_only")}
    return poll | (_quiz(p, len(options)) if kind == "quiz" else {}) | _closing(p)


def _options(p: Parameters) -> list[Json]:
    """InputPollOptions, or plain strings as before Bot API 7.3."""
    given = p.nested("options") or []
    if not 1 <= len(given) <= MAX_OPTIONS:
        few = "poll must have at least 1 option"
        raise bad_request(few if not given else f"poll can't have more than {MAX_OPTIONS} options")
    options = []
    for index, option in enumerate(given):
        inner = Parameters(option if isinstance(option, dict) else {"text": option})
        text = formatted(inner, "text", "text_entities", "text_parse_mode")
        if not text.text:
            raise bad_request("poll options must be non-empty")
        if utf16(text.text) > MAX_OPTION:
            raise bad_request(f"poll options length must not exceed {MAX_OPTION}")
        options.append(text.fields("text", "text_entities") | {"persistent_id": str(index), "voter_count": 0})
    return options


def _quiz(p: Parameters, options: int) -> Json:
    """The right answers; since Bot API 9.6 they are several, and `correct_option_id` is what they were before."""
    correct = p.nested("correct_option_ids")
    if correct is None:
        correct = [p.number("correct_option_id", -1)]
    if not correct or any(not 0 <= int(index) < options for index in correct):
        raise bad_request("wrong correct option ID specified")
    explanation = formatted(p, "explanation", "explanation_entities", "explanation_parse_mode")
    if utf16(explanation.text) > MAX_EXPLANATION or explanation.text.count("\n") > MAX_LINE_FEEDS:
        raise bad_request("MESSAGE_TOO_LONG")
    fields = explanation.fields("explanation", "explanation_entities")
    return {"correct_option_ids": correct, "correct_option_id": correct[0], **fields}


def _closing(p: Parameters) -> Json:
    """When the poll closes by itself."""
    if "open_period" in p and "close_date" in p:
        raise bad_request("parameters open_period and close_date can't be used together")
    if "open_period" in p:
        if p.number("open_period") not in OPEN_PERIODS:
            raise bad_request("OPEN_PERIOD_INVALID")
        return {"open_period": p.number("open_period")}
    return {"close_date": p.number("close_date")} if "close_date" in p else {}
