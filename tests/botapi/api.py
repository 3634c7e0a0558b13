"""The bot's side of the server: its methods by name, and a record of every call."""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .delivery import Updates
from .faults import Faults, Rates
from .wire import ApiError, Json, Parameters
from .world import Signal, World

Method = Callable[["Api", Parameters], Any]

F = TypeVar("F", bound=Method)

METHODS: dict[str, Method] = {}


def method(function: F) -> F:
    """Registers a method of the Bot API: send_message is sendMessage, in any case."""
    METHODS[function.__name__.replace("_", "")] = function
    return function


@dataclass(frozen=True)
class Options:
    token: str
    username: str = "test_bot"
    first_name: str = "Test Bot"
    read_all: bool = False  # privacy mode off
    retry_unit: float = 1.0  # seconds; how long the webhook's second of waiting is
    query_seconds: float = 150.0  # how long a callback or an inline query can be answered


class Api:
    def __init__(self, options: Options) -> None:
        self.options = options
        bot_id = int(options.token.partition(":")[0])
        bot = {"id": bot_id, "is_bot": True, "first_name": options.first_name, "username": options.username}
        self.world = World(bot)
        self.updates = Updates(self._carry_out_answer, options.retry_unit)
        self.faults = Faults()
        self.rates = Rates()
        self.texts: dict[tuple[str, str], str] = {}  # name, description, short_description by language
        self.commands: dict[tuple[str, str], list[Json]] = {}  # by scope and language
        self.menu_buttons: dict[int, Json] = {}  # by person; 0 is the default
        self.calls: list[Json] = []
        self.called = Signal()

    async def call(self, name: str, parameters: Parameters, **noted: str) -> Any:
        """Carries out a method; the call and what came of it are recorded."""
        record = self.note(name, parameters, **noted)
        try:
            function = METHODS.get(name.lower())
            if function is None:
                raise ApiError(404, "Not Found: method not found")
            result = function(self, parameters)
            result = await result if inspect.isawaitable(result) else result
        except ApiError as error:
            record["error"] = error.as_json()
            raise
        if name.lower() != "getupdates":
            record["result"] = result
        return result

    def note(self, name: str, parameters: Parameters, **fields: Any) -> Json:
        """A line of the record."""
        files = {key: {"name": file.name, "size": len(file.content)} for key, file in parameters.uploads.items()}
        call = {"number": len(self.calls) + 1, "at": time.time(), "method": name, "parameters": parameters.values}
        self.calls.append(call | {"files": files} | fields)
        self.called.fire()
        return self.calls[-1]

    async def _carry_out_answer(self, name: str, parameters: Parameters) -> Any:
        return await self.call(name, parameters, via="webhook")
