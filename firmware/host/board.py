"""The node's board on a computer, for MicroPython's unix port and for CPython: a tty, sensors told by stdin.

Commands on stdin, one a line (``#2`` behind a quantity means the second of its kind):
    set smoke 1        set temperature_c 23.4        set temperature_c none
    press button 1     (1 press, 2 long press, 3 double press)        test
    battery 2950 80    (millivolt, percent)          noise 20 (random bytes on the line)        quit
On stdout one JSON object a line: what this node made and did, an account apart from the gateway's. ``t_us``
is the monotonic clock in microseconds, the same as CPython's time.monotonic().
"""

import json
import os
import sys
import time

import wire
from line import Stdin, Tty
from node import HAS_BATTERY, HAS_RELAY, HAS_SOUNDER, POINTS, SOUNDER, Equipment, Event, Node

USAGE = """usage: main.py --port TTY [--id HEX8] [options]
  --port TTY        a tty or pty; its speed is left as it is
  --id HEX8         node id, 8 hex digits                      (a1b2c3d4)
  --heartbeat S     seconds between heartbeats                 (60)
  --reading S       seconds between readings without change    (300)
  --relays N        relays, numbered from 1                    (2)
  --shared          several nodes on one line: speak only when polled
  --set Q=V         a sensor's state at the start; may be repeated
  --exit-on-eof     end when stdin is closed"""
MOST = 0x7FFFFFFF
SHORTEST_S, LONGEST_S = 0.01, 86400
MOST_RELAYS = 15
MOST_NOISE = 100_000
RESET_CAUSE = 1
"""Power on: a process has no other."""
_ticks_us = getattr(time, "ticks_us", lambda: time.monotonic_ns() // 1000)


class Fault(Exception):
    """A mistake in the arguments or in a command; its text says which."""


class Options:
    """The arguments; raises Fault for the first mistake."""

    def __init__(self, arguments: "list[str]") -> None:
        self.port = ""
        self.ident = 0xA1B2C3D4
        self.heartbeat_s = 60.0
        self.reading_s = 300.0
        self.relays = 2
        self.shared = False
        self.exit_on_eof = False
        self.changes: list[tuple[str, int, int, int]] = []
        rest = list(arguments)
        while rest:
            self._take(rest.pop(0), rest)
        if not self.port:
            raise Fault("--port is missing")

    def _take(self, name: str, rest: "list[str]") -> None:
        if name == "--shared":
            self.shared = True
        elif name == "--exit-on-eof":
            self.exit_on_eof = True
        elif not rest:
            raise Fault(name + " is unknown or needs a value")
        else:
            self._take_value(name, rest.pop(0))

    def _take_value(self, name: str, value: str) -> None:
        if name == "--port":
            self.port = value
        elif name == "--id":
            self.ident = int(value, 16) & wire.EVERYONE
        elif name == "--heartbeat":
            self.heartbeat_s = within(float(value), SHORTEST_S, LONGEST_S)
        elif name == "--reading":
            self.reading_s = within(float(value), SHORTEST_S, LONGEST_S)
        elif name == "--relays":
            self.relays = whole(value, MOST_RELAYS)
        elif name == "--set":
            quantity, _, text = value.partition("=")
            self.changes.append(setting(quantity, text))
        else:
            raise Fault("unknown argument " + name)


def within(number: float, least: float, most: float) -> float:
    """-> the number; raises Fault if it isn't between the two."""
    if not least <= number <= most:
        raise Fault("%s is not within %s … %s" % (number, least, most))
    return number


def whole(text: str, most: int) -> int:
    """-> a number from 0 to ``most``; raises Fault or ValueError."""
    return int(within(int(text), 0, most))


def point(text: str) -> "tuple[str, int]":
    """``temperature_c#2`` -> (quantity, index from 0); raises Fault or ValueError."""
    quantity, _, number = text.partition("#")
    if quantity not in wire.QUANTITIES:
        raise Fault("unknown quantity " + quantity)
    return quantity, int(within(int(number or 1), 1, 256)) - 1


def setting(name: str, text: str) -> "tuple[str, int, int, int]":
    """A quantity and its value in its unit -> the change in wire units; raises Fault or ValueError."""
    quantity, index = point(name)
    code, steps = wire.QUANTITIES[quantity]
    if code in (wire.TEST, wire.BUTTON):
        raise Fault(quantity + " happens, it is not set")
    if text == "none":
        return ("set", code, index, wire.NO_READING)
    return ("set", code, index, round(within(float(text) * steps, -MOST, MOST)))


def give_up(text: str) -> SystemExit:
    """Say why on stderr -> the exit to raise."""
    sys.stderr.write("node: %s\n" % text)
    return SystemExit(2)


class Board:
    """What main.py and the node ask of a board."""

    def __init__(self, arguments: "list[str]") -> None:
        try:
            options = Options(arguments)
        except (Fault, ValueError) as fault:
            raise give_up("%s\n%s" % (fault, USAGE))
        try:
            self._tty = Tty(options.port)
        except OSError as error:
            raise give_up("cannot open %s: %s" % (options.port, error))
        self.running = True
        self.ident = options.ident
        self.heartbeat_s = options.heartbeat_s
        self.reading_s = options.reading_s
        self.shared = options.shared
        self.equipment = Equipment("host", HAS_SOUNDER | HAS_RELAY | HAS_BATTERY, options.relays, RESET_CAUSE)
        self._exit_on_eof = options.exit_on_eof
        self._changes = options.changes
        self._battery = (3000, 100)
        self._stdin = Stdin()
        self._typed = b""

    # ---- time and identity

    def ticks(self) -> int:
        """Milliseconds that don't wrap."""
        return self._monotonic_us() // 1000

    def boot_id(self) -> int:
        """A random number that names this start."""
        return int.from_bytes(os.urandom(4), "little") or 1

    def _monotonic_us(self) -> int:
        return int(_ticks_us())

    # ---- sensors

    def changes(self) -> "list[tuple[str, int, int, int]]":
        """-> what was set or pressed since the last call."""
        for line in self._typed_lines():
            try:
                self._command(line.decode().split())
            except (Fault, ValueError, IndexError) as fault:
                self._print({"ev": "error", "text": "%s: %s" % (repr(line)[2:-1], fault)})
        changes, self._changes = self._changes, []
        return changes

    def battery(self) -> "tuple[int, int]":
        """-> (millivolt, percent)"""
        return self._battery

    def _typed_lines(self) -> list[bytes]:
        self._typed += self._stdin.read()
        if self._stdin.closed and self._exit_on_eof:
            self.running = False
        *lines, self._typed = self._typed.split(b"\n")
        return [line.strip() for line in lines if line.strip()]

    def _command(self, words: "list[str]") -> None:
        verb = words[0]
        if verb == "set":
            self._changes.append(setting(words[1], words[2]))
        elif verb == "press":
            self._changes.append(("press", point(words[1])[1], whole(words[2], MOST), 0))
        elif verb == "test":
            self._changes.append(("test", 0, 0, 0))
        elif verb == "battery":
            self._battery = (whole(words[1], 0xFFFF), whole(words[2], 0xFF))
        elif verb == "noise":
            self._tty.write(os.urandom(whole(words[1], MOST_NOISE)))
        elif verb == "quit":
            self.running = False
        else:
            raise Fault("unknown command")

    # ---- line, outputs, account

    def wait(self, milliseconds: int) -> None:
        """Until bytes come in on the line or on stdin, at most so long."""
        if self.running:
            self._tty.wait(self._stdin, int(milliseconds))

    def read(self) -> bytes:
        """-> what came in on the line."""
        return self._tty.read()

    def write(self, frame: bytes) -> None:
        """Send what the line takes; the rest of a frame that doesn't fit is lost, as on any wire."""
        self._tty.write(frame)

    def output(self, number: int, on: bool) -> None:
        """Switch a relay, or the sounder (0). Here nothing hangs on them but the account."""

    def began(self, node: Node) -> None:
        """The node lives."""
        self._print({"ev": "boot", "node": "%08x" % node.ident, "boot": node.boot})

    def tell(self, event: Event) -> None:
        """Put into the account what the node did."""
        told: dict[str, object] = {"ev": event.name}
        if event.alarm:
            told["seq"] = event.alarm.seq
            told["kind"] = wire.ALARM
            told["alarm"] = True
            told["values"] = meaning(event.alarm.code, event.alarm.index, event.alarm.raw)
        elif event.name == "acked":
            told["seq"] = event.number
            told["status"] = "durable" if event.value == wire.DURABLE else "volatile"
        elif event.name == "refused":
            told = {"ev": "error", "text": "more than %d sensors, code %d" % (POINTS, event.number)}
        elif event.name == "gateway":
            told["lost"] = bool(event.value)
        elif event.number == SOUNDER:
            told = {"ev": "sounder", "on": bool(event.value)}
        else:
            told["output"] = event.number
            told["on"] = bool(event.value)
        self._print(told)

    def _print(self, told: "dict[str, object]") -> None:
        told["t_us"] = self._monotonic_us()
        sys.stdout.write(json.dumps(told) + "\n")
        if hasattr(sys.stdout, "flush"):
            sys.stdout.flush()


def meaning(code: int, index: int, raw: int) -> "dict[str, bool | float | str]":
    """One value of the wire -> {quantity: value}, as the gateway's driver names it."""
    for quantity, (known, steps) in wire.QUANTITIES.items():
        if known == code:
            name = quantity if index == 0 else "%s#%d" % (quantity, index + 1)
            if code == wire.BUTTON:
                return {name: {raw: press for press, raw in wire.PRESSES.items()}.get(raw, "press")}
            return {name: bool(raw) if wire.is_boolean(code) or code == wire.TEST else raw / steps}
    return {}
