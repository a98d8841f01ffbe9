"""The control socket: a unix socket beside the store, one JSON object a line each way.

    {"call": "status", "home": "flat-501"}      ->  {"ok": true, "result": {…}}
    {"call": "act", "verb": "acknowledge", …}   ->  {"ok": false, "why": "no such open alert"}

Who may open the file may ask: it belongs to the gateway's user, and to the group that [control] names. The kernel says
who that is. Whatever is written there, the gateway goes on: lines are short, connections few, and waiting has an end.
"""

import asyncio
import json
import logging
import os
import pwd
import shutil
import socket
import stat
import struct
from contextlib import suppress
from pathlib import Path

from gateway.control.asker import Asker, Json
from gateway.control.calls import Calls
from gateway.control.name import short
from gateway.control.session import is_remote
from gateway.places import Place, Places

log = logging.getLogger(__name__)

LONGEST = 16_384
"""Bytes of a line asked."""
MOST, EACH = 16, 6
"""Connections at once, of all and of one user; one more takes the place of one that says nothing (places.py)."""
IDLE = 60.0
"""Seconds for the next line, and for an answer to be taken."""


class Server:
    """The socket of one gateway."""

    def __init__(self, path: Path, group: str, calls: Calls) -> None:
        self.path, self._group, self._calls = path, group, calls
        self._connections: set[asyncio.Task[None]] = set()
        self._places = Places(MOST, EACH)

    async def run(self) -> None:
        """Serve until cancelled; the file is there while we are."""
        try:
            listening = self._listen()
        except (OSError, LookupError) as error:
            log.error("no control socket at %s: %s", self.path, error)
            await asyncio.Event().wait()
            return
        server = await asyncio.start_unix_server(self._connected, sock=listening, limit=LONGEST)
        try:
            async with server:
                await server.serve_forever()
        finally:
            self.path.unlink(missing_ok=True)
            for task in list(self._connections):
                task.cancel()

    def use(self, group: str) -> None:
        """Let this group ask from now on; who asks already goes on."""
        if group == self._group:
            return
        self._group = group
        try:
            self._open_to_group()
        except (OSError, LookupError) as error:
            log.error("the control socket %s stays the gateway's own user's: %s", self.path, error)

    def _open_to_group(self) -> None:
        self.path.chmod(0o600)  # first nobody else, whoever it was before
        if self._group:
            shutil.chown(self.path, group=self._group)
            self.path.chmod(0o660)
            self._let_through(self.path.parent)

    def _let_through(self, folder: Path) -> None:
        """The group must get to the socket through a folder that is the gateway's alone; it sees nothing else there."""
        found = folder.stat()
        if not found.st_mode & 0o011:
            shutil.chown(folder, group=self._group)
            folder.chmod(stat.S_IMODE(found.st_mode) | 0o010)

    def _listen(self) -> socket.socket:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)  # the store's lock says that it is no living gateway's
        listening = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            with short(self.path) as name:
                listening.bind(name)
        except BaseException:
            listening.close()
            raise
        finally:
            os.umask(before)
        if self._group:
            self._open_to_group()
        return listening

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task, asker = asyncio.current_task(), caller(writer)
        assert task is not None
        place = self._places.take(asker.actor, writer.transport.abort)
        self._connections.add(task)
        try:
            if place is None:
                await self._say(writer, {"ok": False, "why": "too many ask at once"})
                return
            await self._talk(reader, writer, asker, place)
        except (OSError, TimeoutError):
            log.debug("a caller of the control socket went away")
            writer.transport.abort()  # who reads nothing must not hold its answer in our memory for ever
        finally:
            self._connections.discard(task)
            if place is not None:
                self._places.free(place)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asker: Asker, place: Place
    ) -> None:
        while True:
            place.waits = True
            try:
                line = await asyncio.wait_for(reader.readline(), IDLE)
            except ValueError:
                await self._say(writer, {"ok": False, "why": f"a line has at most {LONGEST} bytes"})
                return
            if not line:
                return
            place.waits = False
            answer = await self._calls.line(line, asker)
            place.waits = True  # for it to be read
            await self._say(writer, answer)

    async def _say(self, writer: asyncio.StreamWriter, answer: Json) -> None:
        writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
        await asyncio.wait_for(writer.drain(), IDLE)


def caller(writer: asyncio.StreamWriter) -> Asker:
    """Who is at the other end, as the kernel says: the user's login name is the actor unless another is named."""
    sock = writer.get_extra_info("socket")
    pid, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    return Asker(name, "property", f"{'remote ' if is_remote(pid) else ''}socket {name}")
