"""The network between two processes, which a test cuts, slows down, and mends again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Passes on what comes to its port. `delay` is in seconds, for each piece."""

    def __init__(self, reach: Callable[[], Awaitable[Streams]]) -> None:
        self._reach = reach
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        self.delay = 0.0

    @classmethod
    @asynccontextmanager
    async def to(cls, reach: Callable[[], Awaitable[Streams]]) -> AsyncIterator[Wire]:
        """A wire to whatever `reach` connects to."""
        wire = cls(reach)
        await wire.mend()
        try:
            yield wire
        finally:
            wire.cut()

    def cut(self) -> None:
        """Break every connection and refuse new ones, as when the network is away."""
        if self._server:
            self._server.close()
            self._server = None
        self.shake()

    def shake(self) -> None:
        """Break every connection; new ones can be made."""
        for end in self._ends:
            end.transport.abort()

    async def mend(self) -> None:
        """Let connections be made (again)."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await self._reach()
            self._ends.add(there)
            await asyncio.gather(self._pass(reader, there), self._pass(back, writer))
        except OSError:
            pass
        finally:
            for end in (writer, there):
                if end:
                    self._ends.discard(end)
                    end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1 << 16):
            if self.delay:
                await asyncio.sleep(self.delay)
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()


def reach(host: str, port: int) -> Callable[[], Awaitable[Streams]]:
    """How a wire gets to a port."""
    return lambda: asyncio.open_connection(host, port)


def reach_socket(path: str) -> Callable[[], Awaitable[Streams]]:
    """How a wire gets to a socket in the file system."""
    return lambda: asyncio.open_unix_connection(path)
