"""The ways to reach a line: a tty, raw TCP, a serial server by RFC 2217. The only user of pyserial.

What may take long (a hung USB adapter keeps an ioctl for seconds) is done in a thread, so that no alarm waits for it.
All of them raise OSError alone.
"""

import asyncio
import logging
import os
import socket
import termios
from typing import Protocol
from urllib.parse import urlsplit

import serial
import serial.rs485

from drivers.driver import Settings
from gateway.ports.serial.aside import aside
from gateway.ports.serial.telnet import Telnet

log = logging.getLogger(__name__)

CHUNK = 65_536
PACE = (1024, 0.01)
"""Bytes taken from a network at once, and seconds before more than that: faster than any line, and a server gone mad
waits."""
HANGS = 5.0
"""Seconds after which a tty that is to be opened or set counts as hung."""
CONNECT = 5.0
"""Seconds for a connection, and for a server to confirm its settings."""
MOST = 65_536
"""Bytes that wait for a server that takes nothing."""
NETWORK = 0.25
"""Seconds that a network may add to an answer."""


class Wire(Protocol):
    """A line that is open. Reading gives b"" at its end and raises BlockingIOError where there is nothing."""

    delay: float
    """Seconds that an answer may need on its way to us, beside the line itself."""
    pace: tuple[int, float]
    """Bytes that one reading gives at the most, and seconds to pause after such a one."""

    async def open(self, settings: Settings) -> None:
        """Open and set it."""

    async def set(self, settings: Settings) -> None:
        """Set speed, parity and stop bits."""

    def fileno(self) -> int:
        """For a selector."""

    def read(self) -> bytes:
        """What is there."""

    def write(self, data: bytes) -> int:
        """-> how much of it was taken."""

    def close(self) -> None:
        """Close it, now; what waits is dropped."""


def wire(path: str, url: str, rs485: str = "") -> Wire:
    """The way to a tty or to a serial server; ``rs485`` as SerialPort says."""
    if not url:
        return Tty(path, rs485)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 0
    return Remote(host, port) if parts.scheme == "rfc2217" else Tcp(host, port)


class Tty:
    """A tty of this computer."""

    delay = 0.0
    pace = (CHUNK, 0.0)

    def __init__(self, path: str, rs485: str = "") -> None:
        self._path, self._rs485 = path, rs485
        self._tty: serial.Serial | None = None
        self._busy = False
        """A thread is setting it: its file must stay its own until that has ended."""
        self._refused: set[str] = set()
        """Parities that it doesn't take."""

    async def open(self, settings: Settings) -> None:
        """Open and set it; raises OSError."""
        self._tty = await aside(lambda: self._open(settings), HANGS, lambda tty: tty.close())

    def _open(self, settings: Settings) -> serial.Serial:
        try:
            tty = serial.Serial(self._path, settings.baud, timeout=0, write_timeout=0, exclusive=True)
        except (ValueError, termios.error) as error:
            raise OSError(str(error)) from error
        try:
            tty.set_low_latency_mode(True)  # FTDI's adapters else hand on what they hear 16 ms later
        except (OSError, ValueError, AttributeError):
            log.debug("%s has no low latency mode", self._path)
        try:
            self._turn_round(tty)
            self._set(tty, settings)
        except OSError:
            tty.close()
            raise
        return tty

    def _turn_round(self, tty: serial.Serial) -> None:
        """Let the kernel switch the transceiver by RTS (TIOCSRS485); raises OSError where its driver can't."""
        if not self._rs485:
            return
        speaks = self._rs485 == "rts-high"
        try:
            tty.rs485_mode = serial.rs485.RS485Settings(rts_level_for_tx=speaks, rts_level_for_rx=not speaks)
        except (OSError, ValueError) as error:
            why = f'{self._path} does not switch direction by RTS ({error}): rs485 = "itself", or another adapter'
            raise OSError(why) from error

    async def set(self, settings: Settings) -> None:
        """Set speed, parity and stop bits; raises OSError."""
        assert self._tty is not None
        tty, self._busy = self._tty, True

        def work() -> None:
            try:
                self._set(tty, settings)
            finally:
                self._busy = False
                if self._tty is not tty:
                    tty.close()  # it hung, and was given up meanwhile

        await aside(work, HANGS)

    def _set(self, tty: serial.Serial, settings: Settings) -> None:
        parity = "N" if settings.parity in self._refused else settings.parity
        wanted = {"baudrate": settings.baud, "parity": parity, "stopbits": settings.stop_bits}
        try:
            tty.apply_settings(wanted)
        except (OSError, ValueError, termios.error) as error:
            if parity == "N":
                raise OSError(str(error)) from error
            # A pty has no parity, and an adapter without it must not take the other devices of its line along.
            log.warning("%s does not take parity %s: going on without", self._path, settings.parity)
            self._refused.add(parity)
            self._set(tty, settings)

    def fileno(self) -> int:
        """For a selector."""
        assert self._tty is not None
        return int(self._tty.fileno())

    def read(self) -> bytes:
        """What is there."""
        return os.read(self.fileno(), CHUNK)

    def write(self, data: bytes) -> int:
        """-> how much of it the tty took."""
        return os.write(self.fileno(), data)

    def close(self) -> None:
        """What was not sent yet is dropped: the kernel else waits for a hung adapter, and all of us with it."""
        tty, self._tty = self._tty, None
        if tty is not None and not self._busy:
            try:
                tty.reset_output_buffer()
            except (OSError, termios.error) as error:
                log.debug("%s: %s", self._path, error)
            tty.close()


class Tcp:
    """A serial server that hands on bytes and nothing else; its own pages set the speed."""

    delay = NETWORK
    pace = PACE

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._socket: socket.socket | None = None

    async def open(self, settings: Settings) -> None:
        """Connect; raises OSError."""
        try:
            async with asyncio.timeout(CONNECT):
                sock = await self._connected()
        except TimeoutError:
            raise OSError(f"{self._host}:{self._port} does not answer") from None
        # Bytes leave at once; a server that has gone without a word is noticed within half a minute.
        for level, option, value in (
            (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000),
        ):
            sock.setsockopt(level, option, value)
        self._socket = sock

    async def _connected(self) -> socket.socket:
        """The first of the host's addresses that takes the connection."""
        loop, failed = asyncio.get_running_loop(), OSError(f"{self._host} has no address")
        for family, kind, protocol, _, address in await loop.getaddrinfo(
            self._host, self._port, type=socket.SOCK_STREAM
        ):
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            try:
                await loop.sock_connect(sock, address)
            except OSError as error:
                sock.close()
                failed = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise failed

    async def set(self, settings: Settings) -> None:
        """Nothing can be set here."""

    def fileno(self) -> int:
        """For a selector."""
        assert self._socket is not None
        return self._socket.fileno()

    def read(self) -> bytes:
        """What is there."""
        assert self._socket is not None
        return self._socket.recv(PACE[0])

    def write(self, data: bytes) -> int:
        """-> how much of it the connection took."""
        assert self._socket is not None
        return self._socket.send(data)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Remote(Tcp):
    """A serial server by RFC 2217: it sets the line as it is told."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._telnet = Telnet()
        self._out = b""

    async def open(self, settings: Settings) -> None:
        """Connect, and agree on the settings; raises OSError."""
        self._telnet, self._out = Telnet(), b""
        await super().open(settings)
        try:
            self._post(self._telnet.hello())
            await self.set(settings)
        except BaseException:
            self.close()
            raise

    async def set(self, settings: Settings) -> None:
        """Set speed, parity and stop bits, and wait until the server has; raises OSError."""
        self._post(self._telnet.wanted(settings))
        try:
            async with asyncio.timeout(CONNECT):
                while not self._telnet.is_set(settings):
                    await asyncio.sleep(0.002)
                    try:
                        ended = not self.read()  # what the line says while its speed changes is nothing
                    except BlockingIOError:
                        continue
                    if ended:
                        raise OSError("the server hung up")
        except TimeoutError:
            raise OSError(f"{self._host}:{self._port} does not set the line: is it a server by RFC 2217?") from None

    def read(self) -> bytes:
        """What is there; what the server says of itself is obeyed and left out."""
        raw = super().read()
        data, answer = self._telnet.hear(raw)
        self._post(answer)
        if raw and not data:
            raise BlockingIOError
        return data

    def write(self, data: bytes) -> int:
        """Take all of it; raises OSError when the server has taken nothing for long."""
        self._post(self._telnet.escaped(data))
        return len(data)

    def _post(self, data: bytes) -> None:
        self._out += data
        if not self._out:
            return
        if len(self._out) > MOST:
            raise OSError("the server takes nothing")
        try:
            taken = super().write(self._out)
        except BlockingIOError:
            taken = 0
        self._out = self._out[taken:]
