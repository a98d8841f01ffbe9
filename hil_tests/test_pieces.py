"""Each piece of the simulated rig by itself: a rig that can't break things proves nothing."""

import contextlib
import os
import random
import select
import socket
import ssl
import statistics
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from hil_tests.broker import Mosquitto, free_port
from hil_tests.link import Link
from hil_tests.node import MAIN, Node
from hil_tests.platform import Platform
from hil_tests.process import Process
from hil_tests.record import Missing, Record
from hil_tests.report import Entry
from hil_tests.rig import Rig, read_plan
from hil_tests.wire import SILENCE, Noise, Wire

pytestmark = pytest.mark.usefixtures("simulated_only")


@pytest.fixture
def echo() -> Iterator[int]:
    """A TCP server that sends back what it gets, on the port that it yields."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(4096):
                    client.sendall(data)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@pytest.fixture
def link(echo: int) -> Iterator[Link]:
    with Link("127.0.0.1", echo) as link:
        yield link


def call(link: Link) -> socket.socket:
    client = socket.create_connection((link.host, link.port), timeout=5)
    client.sendall(b"hello")
    assert client.recv(100) == b"hello"
    return client


def heard(client: socket.socket, seconds: float) -> bytes:
    """What comes within so many seconds; nothing is an answer too."""
    return client.recv(100) if select.select([client], [], [], seconds)[0] else b""


@contextlib.contextmanager
def open_ends(wire: Wire) -> Iterator[tuple[serial.Serial, serial.Serial]]:
    """Both ttys of a line, as node and gateway would open them."""
    with serial.Serial(str(wire.node_path), timeout=5) as node, serial.Serial(str(wire.gateway_path), timeout=5) as end:
        yield node, end


class TestRecord:
    def test_a_waiter_gets_what_comes_later_and_what_was_there(self) -> None:
        record: Record[int] = Record("numbers")
        threading.Timer(0.02, record.add, (5,)).start()
        assert record.wait(lambda one: one == 5, 2) == 5
        assert record.wait(lambda one: one == 5, 0) == 5
        with pytest.raises(Missing, match="numbers"):
            record.wait(lambda one: one == 5, 0.01, after=1)

    async def test_waiting_does_not_stop_the_loop(self) -> None:
        record: Record[int] = Record("numbers")
        threading.Timer(0.02, record.add, (5,)).start()
        assert await record.wait_for(lambda one: one == 5, 2) == 5


class TestMosquitto:
    def test_it_starts_stops_and_starts_again_on_its_port(self, tmp_path: Path) -> None:
        with Mosquitto(tmp_path) as broker:
            port = broker.port
            broker.kill()
            assert not broker.running
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=1)
            broker.start()
            assert broker.port == port
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        assert not broker.running

    def test_a_broker_that_cannot_start_says_why(self, tmp_path: Path) -> None:
        broker = Mosquitto(tmp_path)
        with socket.create_server(("127.0.0.1", broker.port)) as other:
            other.close()
            (tmp_path / "mosquitto.conf").write_text("no such option\n")
            with pytest.raises(RuntimeError, match="Unknown configuration"):
                broker.start()

    def test_tls_takes_its_client_and_no_stranger(self, tmp_path: Path) -> None:
        with Mosquitto(tmp_path, tls=True) as broker:
            for name, welcome in (("client", True), ("stranger", False)):
                raw = socket.create_connection(("127.0.0.1", broker.tls_port), timeout=5)
                with broker.client_context(name).wrap_socket(raw, server_hostname="localhost") as client:
                    # TLS 1.3 tells a refusal at the first read: a CONNECT is answered, or the door is shut.
                    try:
                        client.sendall(bytes.fromhex("101000044d5154540502000a00000361626300"[:36]))
                        answer = client.recv(4)
                    except (ssl.SSLError, ConnectionError):
                        answer = b""
                assert (answer[:1] == b"\x20") is welcome, (name, answer)

    def test_the_platform_keeps_its_session_and_subscribes_again_after_a_kill(self, tmp_path: Path) -> None:
        with Mosquitto(tmp_path) as broker, Platform(broker.host, broker.port, "t/#") as platform:
            platform.publish("t/1", {"n": 1})
            assert platform.arrived.wait(lambda one: one.body == {"n": 1}, 5).topic == "t/1"
            platform.publish("t/none", [])  # type: ignore[arg-type]
            platform.broken.wait(lambda raw: raw == b"[]", 5)
            platform.disconnect()
            with Platform(broker.host, broker.port, "t/#", name="other") as other:
                other.publish("t/2", {"n": 2})
            platform.connect()
            platform.arrived.wait(lambda one: one.body == {"n": 2}, 5)
            broker.kill()
            platform.disconnect()
            broker.start()
            platform.connect()
            platform.publish("t/3", {"n": 3})
            platform.arrived.wait(lambda one: one.body == {"n": 3}, 5)


class TestLink:
    def test_it_forwards_and_counts(self, link: Link) -> None:
        with call(link) as client:
            assert (link.counters.up, link.counters.down, link.connected, len(link.opened)) == (5, 5, 1, 1)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(10) == b"", "the end of a connection goes through, too"

    def test_a_cut_resets_and_lets_new_connections_in(self, link: Link) -> None:
        with call(link) as client:
            link.cut()
            with pytest.raises(ConnectionResetError):
                client.recv(10)
        call(link).close()
        assert link.counters.cuts == 1

    def test_a_stalled_link_is_silent_but_open_and_goes_on_with_what_waited(self, link: Link) -> None:
        with call(link) as client:
            link.stall()
            client.sendall(b"waits")
            assert heard(client, 0.1) == b""
            link.resume()
            assert heard(client, 5) == b"waits"

    def test_one_way_can_stall_alone_and_a_cut_loses_what_waited(self, link: Link) -> None:
        with call(link) as client:
            link.stall("down")
            client.sendall(b"x" * 7)
            deadline = time.monotonic() + 5
            while link.counters.up < 12 and time.monotonic() < deadline:
                time.sleep(0.001)
            assert (link.counters.up, link.counters.down) == (12, 5)
            link.cut()
            link.resume()
            with pytest.raises(ConnectionResetError):
                client.recv(10)
        call(link).close()

    @pytest.mark.parametrize("linger", [False, True], ids=["end", "reset"])
    def test_a_stalled_link_hides_the_death_of_a_caller(self, linger: bool) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, Link(*server.getsockname()[:2]) as link:
            client = socket.create_connection((link.host, link.port), timeout=5)
            far, _ = server.accept()
            with far:
                link.stall()
                if linger:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
                assert not select.select([far], [], [], 0.1)[0]
                link.resume()
                assert select.select([far], [], [], 5)[0]

    def test_a_connection_made_while_stalled_hangs_and_then_works(self, link: Link) -> None:
        link.stall()
        with socket.create_connection((link.host, link.port), timeout=5) as client:
            client.sendall(b"early")
            assert heard(client, 0.1) == b""
            assert link.connected == 0
            link.resume()
            assert heard(client, 5) == b"early"

    def test_a_cut_after_some_bytes_is_exact(self, link: Link) -> None:
        with call(link) as client:
            link.cut_after(3, "down")
            client.sendall(b"abcdef")
            with pytest.raises(ConnectionResetError):
                assert client.recv(10) + client.recv(10) == b"abc", "never a byte more"
            assert link.counters.down == 5 + 3

    def test_refusing_is_heard_by_the_caller_and_ends_with_resume(self, link: Link) -> None:
        link.refuse()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((link.host, link.port), timeout=1)
        link.resume()
        call(link).close()

    def test_a_broker_that_is_gone_is_counted_as_refused(self) -> None:
        with Link("127.0.0.1", free_port()) as link, socket.create_connection((link.host, link.port), 5) as client:
            assert client.recv(1) == b""
            assert link.counters.refused == 1


class TestWire:
    def test_bytes_of_any_value_pass_both_ways_unchanged(self, tmp_path: Path) -> None:
        every = bytes(range(256)) * 4
        with Wire(tmp_path) as wire:
            with open_ends(wire) as (node, gateway):
                node.write(every)
                assert gateway.read(len(every)) == every
                gateway.write(every)
                assert node.read(len(every)) == every
            for side in ("node", "gateway"):
                assert b"".join(one.delivered for one in wire.tape.all() if one.source == side) == every

    def test_what_nobody_listens_to_is_lost_as_on_a_real_line(self, tmp_path: Path) -> None:
        with Wire(tmp_path) as wire, serial.Serial(str(wire.node_path)) as node:
            node.write(b"nobody")
            assert wire.tape.wait(lambda one: one.sent == b"nobody", 5).delivered == b""
            with serial.Serial(str(wire.gateway_path), timeout=5) as gateway:
                node.write(b"somebody")
                assert gateway.read(8) == b"somebody"

    def test_an_unplugged_tty_hangs_up_and_comes_back_under_its_name(self, tmp_path: Path) -> None:
        with Wire(tmp_path) as wire, serial.Serial(str(wire.node_path)) as node:
            end = os.open(wire.gateway_path, os.O_RDWR | os.O_NOCTTY)
            wire.unplug()
            assert not wire.gateway_path.exists()
            with contextlib.suppress(OSError):  # EIO on Linux
                assert os.read(end, 10) == b"", "or the end of the file elsewhere"
            os.close(end)
            node.write(b"into the void")
            wire.tape.wait(lambda one: one.sent.endswith(b"void"), 5)
            wire.replug()
            with serial.Serial(str(wire.gateway_path), timeout=5) as again:
                node.write(b"back")
                assert again.read(4) == b"back"

    def test_mute_is_silent_and_ends(self, tmp_path: Path) -> None:
        with Wire(tmp_path) as wire, open_ends(wire) as (node, gateway):
            wire.mute("node")
            node.write(b"unheard")
            wire.tape.wait(lambda one: one.sent == b"unheard", 5)
            wire.unmute()
            node.write(b"heard")
            assert gateway.read(5) == b"heard"

    @pytest.mark.parametrize(
        ("noise", "changed"),
        [
            (Noise(flip=0.01, seed=1), lambda n: n == 0),
            (Noise(drop=0.01, seed=1), lambda n: n < 0),
            (Noise(insert=0.01, seed=1), lambda n: n > 0),
            (Noise(burst=0.001, seed=1), lambda n: n == 0),
        ],
    )
    def test_noise_hurts_about_as_much_as_it_says_and_the_same_each_time(self, noise: Noise, changed) -> None:  # type: ignore[no-untyped-def]
        clean = bytes(10_000)
        once, again = (noise.hurt(clean, random.Random(3)) for _ in range(2))
        assert once == again
        assert once != clean
        assert changed(len(once) - len(clean))
        assert abs(len(once) - len(clean)) < 200
        assert 20 < sum(byte != 0 for byte in once) < 200 or noise.drop

    def test_a_noisy_wire_hurts_and_silence_heals_it(self, tmp_path: Path) -> None:
        with Wire(tmp_path) as wire, open_ends(wire) as (node, gateway):
            wire.noise(Noise(flip=0.5, seed=9))
            node.write(bytes(200))
            assert gateway.read(200).count(0) < 150
            wire.noise(SILENCE)
            node.write(bytes(200))
            assert gateway.read(200) == bytes(200)

    def test_the_pump_adds_little(self, tmp_path: Path, report: Entry) -> None:
        """The simulated line adds less than 1 ms (median) to a byte's way."""
        with Wire(tmp_path) as wire:
            node = os.open(wire.node_path, os.O_RDWR | os.O_NOCTTY)
            gateway = os.open(wire.gateway_path, os.O_RDWR | os.O_NOCTTY)
            took = []
            for _ in range(300):
                began = time.perf_counter()
                os.write(node, b"x")
                os.read(gateway, 1)
                took.append(time.perf_counter() - began)
            os.close(node)
            os.close(gateway)
        median = statistics.median(took)
        figures = {"median_us": round(median * 1e6), "p99_us": round(sorted(took)[297] * 1e6)}
        report(did="300 single bytes", figures=figures)
        assert median < 0.001

    def test_direct_mode_is_one_pty(self, tmp_path: Path) -> None:
        with Wire(tmp_path, direct=True) as wire, serial.Serial(str(wire.gateway_path), timeout=5) as gateway:
            os.write(wire.direct_fd, b"direct")
            assert gateway.read(6) == b"direct"
            gateway.write(b"\x00\x03\x04\r\n")
            assert os.read(wire.direct_fd, 10) == b"\x00\x03\x04\r\n"


class TestProcess:
    def test_lines_of_all_lives_are_kept_and_a_kill_loses_none_written(self) -> None:
        with Process("cat", ["cat"]) as cat:
            cat.say('{"ev": "first"}')
            assert cat.lines.wait(lambda line: True, 5).event() == {"ev": "first"}
            cat.freeze()
            cat.thaw()
            cat.kill()
            assert not cat.running
            cat.start()
            cat.say("second")
            assert cat.lines.wait(lambda line: line.text == "second", 5).event() == {}
        assert cat.lives == 2


class TestRealRig:
    """A rig of real parts, played by simulated ones that the rig itself doesn't know."""

    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[Rig]:
        with Mosquitto(tmp_path / "b") as broker, Wire(tmp_path / "w") as wire, Node(wire.node_path, "a1b2c3d4") as node:
            power = os.openpty()
            path = tmp_path / "rig.toml"
            path.write_text(
                f'[node]\ntty = "{wire.gateway_path}"\naddress = "a1b2c3d4"\n[broker]\nhost = "127.0.0.1"\n'
                f'port = {broker.port}\n[power]\ntty = "{os.ttyname(power[1])}"\non = "01"\noff = "00"\n'
            )
            with Rig(tmp_path, read_plan(path)) as rig:
                self.node, self.relay = node, power[0]
                yield rig
            for end in power:
                os.close(end)

    def test_an_alarm_goes_its_way_and_the_relay_is_told(self, rig: Rig) -> None:
        rig.gateway.up()
        self.node.set("smoke", 1)
        rig.platform.wait_event(5, rule="smoke", state="firing")
        rig.needs("power")
        rig.power.power_cut()
        rig.power.start()
        assert os.read(self.relay, 1) + os.read(self.relay, 1) == b"\x00\x01"

    def test_what_it_cannot_do_is_skipped_with_a_sentence(self, rig: Rig) -> None:
        for ability in ("account", "wire", "broker", "freeze"):
            with pytest.raises(pytest.skip.Exception, match="this rig can't: it has no "):
                rig.needs(ability)

    def test_a_plan_without_its_parts_is_refused_by_name(self, tmp_path: Path) -> None:
        path = tmp_path / "rig.toml"
        path.write_text('[node]\ntty = "/dev/ttyS0"\n[broker]\nhost = "h"\nport = 1\n')
        with pytest.raises(pytest.UsageError, match="lacks address"):
            read_plan(path)
        assert read_plan(Path(__file__).with_name("rig.example.toml"))["power"]["on"]


@pytest.mark.skipif(not MAIN.exists(), reason="the firmware isn't in this checkout")
@pytest.mark.parametrize("cpython", [False, True], ids=["micropython", "cpython"])
class TestNode:
    def test_it_boots_repeats_and_keeps_its_account(self, tmp_path: Path, cpython: bool) -> None:
        with Wire(tmp_path) as wire, Node(wire.node_path, cpython=cpython) as node:
            if node.program == "CPython" and not cpython:
                pytest.skip("there is no MicroPython for this machine")
            with serial.Serial(str(wire.gateway_path), timeout=5):
                before = time.monotonic()
                node.set("smoke", 1)
                sent = node.wait_event("sent", 5, alarm=True)
                assert before <= sent["at"] <= time.monotonic()
                said = len(wire.tape)
                wire.tape.wait(lambda one: one.source == "node", 5, after=said)
                (made,) = node.made()
                assert made.key == ("kitchen", node.events("boot")[0]["boot"], sent["seq"])
                assert node.waiting() == 1
                node.power_cut()
                node.start()
                assert [one.forgotten for one in node.made()] == [True]
                assert node.waiting() == 0
