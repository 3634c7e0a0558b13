"""Requests to the Bot API over aiohttp, which takes a fraction of the processor time of the framework's default."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

if TYPE_CHECKING:
    from telegram._utils.types import ODVInput  # the framework's signature names it, and exports it nowhere


class NotSentError(NetworkError):
    """No connection could be made, so nothing was sent."""


class LostError(NetworkError):
    """The call was sent and its answer did not come whole. `part` is what came of one that says it was carried out."""

    def __init__(self, message: str, part: bytes = b"") -> None:
        super().__init__(message)
        self.part = part


class AiohttpRequest(BaseRequest):
    """One pool of connections. Times are in seconds.

    Failures become the framework's errors: TimedOut when time ran out, NotSentError when nothing was sent, LostError
    for anything else on the way, half an answer included.
    """

    def __init__(self, connections: int, read_timeout: float = 15.0, connect_timeout: float = 10.0) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if self._session is None or self._session.closed:
            raise RuntimeError("the request class is not initialised")
        read = _given(read_timeout, self._read_timeout)
        connect = _given(connect_timeout, self._connect_timeout)
        files = bool(request_data and request_data.contains_files)
        write = _given(write_timeout, 60.0 if files else 5.0)
        total = None if read is None or connect is None or write is None else read + connect + write
        timeout = aiohttp.ClientTimeout(total=total, sock_connect=connect)
        try:
            async with self._session.request(
                method,
                url,
                data=_body(request_data),
                timeout=timeout,
                allow_redirects=False,
                proxy=_proxy(*_origin(url)),
            ) as response:
                return response.status, await _whole(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(f"{type(error).__name__}: {error}") from None
        except TimeoutError as error:
            raise TimedOut from error
        except (aiohttp.ClientError, OSError) as error:
            raise LostError(f"{type(error).__name__}: {error}") from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, object]:
        """The answer as JSON; what is none was broken on the way, and may be asked for again."""
        try:
            answer = json.loads(payload)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise LostError("the answer of the Bot API server is no JSON object")
        return answer


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """The body; if it breaks off, the part that came, as a LostError. Of a refusal the status says enough."""
    body = bytearray()
    try:
        async for piece in response.content.iter_any():
            body += piece
    except aiohttp.ClientError as error:
        if response.ok:
            raise LostError(f"half an answer: {type(error).__name__}", bytes(body)) from None
        return b""
    return bytes(body)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or ""


@cache  # aiohttp's own `trust_env` reads the environment and the netrc file anew for each request
def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for a host."""
    return None if proxy_bypass(host) else getproxies().get(scheme)


def _given(value: ODVInput[float], default: float) -> float | None:
    """What the framework passed for a time, or `default` for its marker of "not given"."""
    return value if value is None or isinstance(value, int | float) else default


def _body(data: RequestData | None) -> aiohttp.FormData | aiohttp.BytesPayload | None:
    """The parameters as JSON, which takes a fraction of the time of a form; files come in a form only."""
    if data is None or not data.parameters:
        return None
    if not data.contains_files:
        return aiohttp.BytesPayload(json.dumps(data.parameters).encode(), content_type="application/json")
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form
