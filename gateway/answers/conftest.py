"""The answer page on a real socket."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlencode

from gateway.answers.html import Shown
from gateway.answers.page import Found, Page
from gateway.clock import Clock
from gateway.site import Answers

KEY = b"k" * 32
PUBLIC = "https://anju.example.org"
POST_HEAD = b"POST /look HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


class Door:
    """A page with one alarm behind the code 4711."""

    def __init__(self, public: str = "") -> None:
        self.acts: list[Mapping[str, str]] = []
        self.refuse, self.asks, self.ends = "", True, True
        self.seen: list[str] = []
        self.waiting = 0
        self.waits: asyncio.Event | None = None
        config = Answers("127.0.0.1", 0, public, ("anju.lan",))
        self.page = Page(config, "zh", KEY, clock=Clock(), find=self._find, act=self._act, seen=self.seen.append)

    def _find(self, code: str) -> Found | None:
        if code != "4711":
            return None
        shown = [Shown("紧急", "烟雾 <b>", "501 室、厨房", "03:12", "请立即撤离。")]
        who = "王芳" if self.acts and self.ends else ""
        return Found("wang", lambda language: shown, who, ("acknowledge", "fine") if self.asks else ("acknowledge",))

    async def _act(self, said: Mapping[str, str]) -> None:
        self.waiting += 1
        if self.waits is not None:
            await self.waits.wait()
        if self.refuse:
            raise ValueError(self.refuse)
        self.acts.append(said)

    async def raw(self, data: bytes) -> bytes:
        """Say this over a new connection -> all that is answered."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.page.http.port)
        except ConnectionRefusedError:
            return b""
        with suppress(OSError):
            writer.write(data)
            if data:
                writer.write_eof()
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def get(self, path: str, *headers: str) -> tuple[int, str]:
        """-> status and body."""
        lines = [f"GET {path} HTTP/1.1", "Host: 192.168.1.10", *headers, "", ""]
        return _split(await self.raw("\r\n".join(lines).encode()))

    async def post(self, path: str, fields: Mapping[str, str], *headers: str) -> tuple[int, str]:
        """A form -> status and body."""
        body = urlencode(fields)
        head = ["Host: 192.168.1.10", "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        return _split(await self.raw("\r\n".join([f"POST {path} HTTP/1.1", *head, *headers, "", body]).encode()))


def _split(data: bytes) -> tuple[int, str]:
    head, _, body = data.decode().partition("\r\n\r\n")
    assert "content-security-policy: default-src 'none'" in head.lower()
    return int(head.split()[1]), body


@asynccontextmanager
async def door(public: str = "") -> AsyncIterator[Door]:
    """The page, served; ``public``: what it is called from outside."""
    there = Door(public)
    task = asyncio.create_task(there.page.http.run())
    async with asyncio.timeout(5):
        while not there.page.http.port:  # noqa: ASYNC110 - it says so nowhere else
            await asyncio.sleep(0.001)
    yield there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
