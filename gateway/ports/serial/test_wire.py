"""Lines behind a network: raw TCP and RFC 2217, against pyserial's own server on the loopback."""

import asyncio
import contextlib
import fcntl
import os
import select
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import pytest
import serial
import serial.rfc2217
from hypothesis import given
from hypothesis import strategies as st

from drivers.driver import Settings
from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.ports.serial import Line
from gateway.ports.serial.conftest import Heard, answers, gas, known, until
from gateway.ports.serial.member import Member
from gateway.ports.serial.telnet import BINARY, COM_PORT, DO, IAC, LONGEST, SB, SE, WILL, Telnet
from gateway.ports.serial.wire import PACE, Tcp, Tty
from gateway.sim.bus.dlt645 import Dlt645
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.unit import Speed, Unit
from gateway.sim.wire import open_pty
from gateway.site import SerialPort


class Bridge:
    """A serial server on the loopback before a tty; one client at a time. ``plain``: raw TCP, else RFC 2217."""

    def __init__(self, tty: Path, *, plain: bool) -> None:
        self._tty, self._plain = tty, plain
        self._server = socket.create_server(("127.0.0.1", 0))
        self._client: socket.socket | None = None
        self._stop, self._stopped = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def port(self) -> int:
        number: int = self._server.getsockname()[1]
        return number

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.send(b"x")
        self._thread.join(5)
        self._server.close()
        self._stop.close()
        self._stopped.close()

    def hang_up(self) -> None:
        client = self._client
        assert client is not None
        client.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while self._stopped not in (ready := select.select([self._server, self._stopped], [], [])[0]):
            assert ready
            self._client, _ = self._server.accept()
            with self._client, Plain(str(self._tty), 9600, timeout=0) as tty, contextlib.suppress(OSError):
                if self._serve(self._client, tty):
                    return

    def _serve(self, client: socket.socket, tty: serial.Serial) -> bool:
        class Connection:
            def write(self, data: bytes) -> None:
                client.sendall(data)

        # Its stubs ask for a client's Serial where its own example gives a tty and a connection.
        manager = None if self._plain else serial.rfc2217.PortManager(tty, Connection())  # type: ignore[arg-type]
        while True:
            ready = select.select([client.fileno(), tty.fileno(), self._stopped.fileno()], [], [], 1)[0]
            if self._stopped.fileno() in ready:
                return True
            if client.fileno() in ready:
                data = client.recv(4096)
                if not data:
                    return False
                tty.write(data if manager is None else b"".join(manager.filter(data)))
            if tty.fileno() in ready:
                said = os.read(tty.fileno(), 4096)
                client.sendall(said if manager is None else b"".join(manager.escape(said)))


class Plain(serial.Serial):
    """A tty without modem lines, as a pty is."""

    cts = dsr = ri = cd = False


@contextlib.asynccontextmanager
async def over(url: str, units: Sequence[Unit], inbox: Inbox) -> AsyncIterator[tuple[Line, list[Member]]]:
    members = [known(unit) for unit in units]
    line = Line(SerialPort("line-1", "", "", url, 9600, "N", 1, False), None, members, inbox, Clock().now)
    task = asyncio.create_task(line.run())
    try:
        yield line, members
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_raw_tcp_carries_a_line_and_a_connection_that_goes_is_found_again(tmp_path: Path) -> None:
    units = [gas(1, Speed(9600)), gas(2, Speed(9600))]
    inbox = Inbox()
    heard = Heard(inbox)
    with BusLine(tmp_path, units) as bus, Bridge(bus.path, plain=True) as bridge:
        async with over(f"socket://127.0.0.1:{bridge.port}", units, inbox) as (line, members):
            await until(lambda: all(answers(line, one) >= 2 for one in members))
            bridge.hang_up()
            await until(lambda: heard.fault("port_down") == [False, True])
            before = answers(line, members[0])
            await until(lambda: answers(line, members[0]) > before)
            assert heard.fault("port_down") == [False, True, False]
            assert heard.values["modbus-generic-gas-1"]["gas_lel_pct"] == 1.5


async def test_a_server_gone_mad_waits_and_takes_nobody_s_time() -> None:
    """It floods a line with what looks like the beginning of answers; the loop goes on, and so does the reading."""
    sent, stop = 0, threading.Event()

    def flood(server: socket.socket) -> None:
        nonlocal sent
        client, _ = server.accept()
        client.settimeout(0.2)
        while not stop.is_set():
            with contextlib.suppress(OSError):
                sent += client.send(b"\x01\x03\x04" * 20_000)
        client.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=flood, args=(server,), daemon=True)
        thread.start()
        inbox, loop = Inbox(), asyncio.get_running_loop()
        async with over(f"socket://127.0.0.1:{server.getsockname()[1]}", [gas(1, Speed(9600))], inbox) as (line, _):
            await until(lambda: line.up)
            began = loop.time()
            await until(lambda: line.figures.received > 30_000)
            assert loop.time() - began > 0.8 * 30_000 / PACE[0] * PACE[1]
            heard = Heard(inbox)
            await until(lambda: heard.fault("line_babble") == [True])
        stop.set()
        thread.join(5)


async def test_a_server_by_rfc_2217_sets_the_speed_of_each_turn(tmp_path: Path) -> None:
    units: list[Unit] = [gas(1, Speed(9600)), Dlt645("12", {"energy_kwh": 12.5}, Speed(2400))]
    inbox = Inbox()
    heard = Heard(inbox)
    with BusLine(tmp_path, units) as bus, Bridge(bus.path, plain=False) as bridge:
        async with over(f"rfc2217://127.0.0.1:{bridge.port}", units, inbox) as (line, members):
            await until(lambda: all(answers(line, one) >= 2 for one in members))
            assert heard.look().values["dlt645-000000000012"]["energy_kwh"] == 12.5
            assert heard.values["modbus-generic-gas-1"]["gas_lel_pct"] == 1.5
            assert all(line.figures.devices[one.name].errors == 0 for one in members)
        assert {one.speed.baud for one in bus.tape.all() if one.source == "gateway"} == {9600, 2400}


async def test_a_server_that_is_no_rfc_2217_is_a_port_that_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ports.serial.wire.CONNECT", 0.3)
    units = [gas(1, Speed(9600))]
    inbox = Inbox()
    heard = Heard(inbox)
    with BusLine(tmp_path, units) as bus, Bridge(bus.path, plain=True) as bridge:
        async with over(f"rfc2217://127.0.0.1:{bridge.port}", units, inbox):
            await until(lambda: heard.fault("port_down") == [True])


async def test_nobody_at_the_address_is_an_error_of_the_operating_system() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(OSError, match="Connect call failed"):
        await Tcp("127.0.0.1", port).open(Settings())
    with pytest.raises(OSError, match="No such file"):
        await Tty("/dev/there-is-none").open(Settings())
    with pytest.raises(OSError, match="Inappropriate ioctl"):
        await Tty("/dev/null").open(Settings())


async def test_a_tty_that_hangs_while_it_is_set_is_given_up_and_closed_when_it_lets_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.ports.serial.wire.HANGS", 0.1)
    far, path = open_pty()
    tty, gate = Tty(path), threading.Event()
    await tty.open(Settings())
    monkeypatch.setattr(tty, "_set", lambda tty, settings: gate.wait(10))
    with pytest.raises(OSError, match="no answer from the system"):
        await tty.set(Settings(2400))
    tty.close()
    again = Tty(path)
    with pytest.raises(OSError, match="exclusively lock"):
        await again.open(Settings())
    gate.set()
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(OSError):
                await again.open(Settings())
                break
    again.close()
    os.close(far)


def test_a_command_to_set_the_line_is_as_rfc_2217_writes_it() -> None:
    said = Telnet().wanted(Settings(2400, "E", 1))
    assert said.hex(" ") == (
        "ff fa 2c 01 00 00 09 60 ff f0 ff fa 2c 02 08 ff f0 ff fa 2c 03 03 ff f0 ff fa 2c 04 01 ff f0 ff fa 2c 05 01 ff f0"
    )


def test_another_speed_than_the_one_asked_for_is_an_error() -> None:
    telnet = Telnet()
    telnet.wanted(Settings(2400))
    telnet.hear(bytes((IAC, SB, COM_PORT, 101, 0, 0, 0x25, 0x80, IAC, SE)))
    with pytest.raises(OSError, match="does not set the line"):
        telnet.is_set(Settings(2400))


def test_what_the_server_offers_is_accepted_once_and_never_in_circles() -> None:
    telnet = Telnet()
    said = telnet.hello()
    for _ in range(5):
        _, said = telnet.hear(said.replace(bytes((WILL,)), bytes((DO,))))
    assert said == b""
    assert telnet.hear(bytes((IAC, DO, 99)))[1] == bytes((IAC, 252, 99))
    assert telnet.hear(bytes((IAC, DO, 99)))[1] == b""
    assert telnet.hear(bytes((IAC, DO, BINARY)))[1] == b""


@given(st.binary(max_size=300), st.sets(st.integers(0, 600)))
def test_every_byte_of_the_line_comes_through_however_it_is_cut_up(data: bytes, cuts: set[int]) -> None:
    telnet = Telnet()
    notice = bytes((IAC, SB, COM_PORT, 107, 0xFF, 0xFF, 0, IAC, SE))
    wire = Telnet.escaped(data[:100]) + notice + Telnet.escaped(data[100:])
    places = sorted({0, len(wire), *(cut for cut in cuts if cut < len(wire))})
    heard = b"".join(telnet.hear(wire[first:end])[0] for first, end in pairwise(places))
    assert heard == data
    assert telnet.confirmed[7] == b"\xff\0"


@given(st.lists(st.binary(max_size=64), max_size=20))
def test_whatever_a_server_says_is_lived_with_in_bounded_memory(pieces: list[bytes]) -> None:
    telnet = Telnet()
    for piece in [*pieces, bytes((IAC, SB)) + bytes(LONGEST * 3)]:
        telnet.hear(piece)
        assert len(telnet._command) <= LONGEST + 1


async def test_an_adapter_that_cannot_switch_direction_by_rts_says_so_and_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A pty has no RTS, as most USB adapters have no TIOCSRS485: the port is down, with the remedy in the log."""
    units: list[Unit] = [gas(1)]
    with BusLine(tmp_path, units) as bus:
        port = SerialPort("line-1", "", str(bus.path), "", 9600, "N", 1, False, "rts-high")
        inbox = Inbox()
        task = asyncio.create_task(Line(port, None, [known(units[0])], inbox, Clock().now).run())
        heard = Heard(inbox)
        await until(lambda: heard.fault("port_down") == [True])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert any('rs485 = "itself"' in record.message for record in caplog.records)


@pytest.mark.parametrize(("rs485", "level"), [("rts-high", (True, False)), ("rts-low", (False, True))])
async def test_the_kernel_is_told_at_which_level_rts_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rs485: str, level: tuple[bool, bool]
) -> None:
    told: list[list[int]] = []
    real = fcntl.ioctl

    def ioctl(fd: int, request: int, *rest: Any) -> int:
        """A UART of which the kernel knows how to turn it round."""
        if request in (0x542E, 0x542F):
            told.extend([list(rest[0])] if request == 0x542F else [])
            return 0
        return int(real(fd, request, *rest))

    monkeypatch.setattr("serial.serialposix.fcntl.ioctl", ioctl)
    with BusLine(tmp_path, [gas(1)]) as bus:
        wire = Tty(str(bus.path), rs485)
        await wire.open(Settings())
        wire.close()
    enabled, on_send, after_send = 1, 2, 4  # linux/serial.h
    assert [flags & enabled for flags, *_ in told] == [1]
    assert (bool(told[0][0] & on_send), bool(told[0][0] & after_send)) == level
