"""The node's board on a computer, under MicroPython's unix port or CPython: a tty, its console on stdin and stdout."""

import os
import sys

import console
import wire
from console import Fault, setting, whole, within
from line import Stdin, Tty
from node import HAS_BATTERY, HAS_RELAY, HAS_SOUNDER, Equipment, Event, Node

USAGE = """usage: main.py --port TTY [--id HEX8] [options]
  --port TTY        a tty or pty; its speed is left as it is
  --id HEX8         node id, 8 hex digits                      (a1b2c3d4)
  --heartbeat S     seconds between heartbeats                 (60)
  --reading S       seconds between readings without change    (300)
  --relays N        relays, numbered from 1                    (2)
  --shared          several nodes on one line: speak only when polled
  --set Q=V         a sensor's state at the start; may be repeated
  --exit-on-eof     end when stdin is closed"""
SHORTEST_S, LONGEST_S = 0.01, 86400
MOST_RELAYS = 15
RESET_CAUSE = 1
"""Power on: a process has no other."""


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
        self._console = console.Console()
        self._console.changes = options.changes
        self._stdin = Stdin()

    # ---- time and identity

    def ticks(self) -> int:
        """Milliseconds that don't wrap."""
        return console.ticks_us() // 1000

    def boot_id(self) -> int:
        """A random number that names this start."""
        return int.from_bytes(os.urandom(4), "little") or 1

    # ---- sensors

    def changes(self) -> "list[tuple[str, int, int, int]]":
        """-> what was set or pressed since the last call."""
        typed = self._console
        typed.feed(self._stdin.read())
        if typed.quit or (self._stdin.closed and self._exit_on_eof):
            self.running = False
        noise = typed.take_noise()
        if noise:
            self._tty.write(os.urandom(noise))
        return typed.take_changes()

    def battery(self) -> "tuple[int, int]":
        """-> (millivolt, percent)"""
        return self._console.battery or (3000, 100)

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
        console.tell_boot(node)

    def tell(self, event: Event) -> None:
        """Put into the account what the node did."""
        console.tell_event(event)
