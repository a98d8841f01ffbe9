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

USAGE = """usage: main.py --port TTY [--id HEX8] [options]
  --port TTY        a tty or pty; its speed is left as it is
  --id HEX8         node id, 8 hex digits                      (a1b2c3d4)
  --heartbeat S     seconds between heartbeats                 (60)
  --reading S       seconds between readings without change    (300)
  --relays N        relays, numbered from 1                    (2)
  --shared          several nodes on one line: speak only when polled
  --set Q=V         a sensor's state at the start; may be repeated
  --exit-on-eof     end when stdin is closed"""
RESET_CAUSE = 1
"""Power on: a process has no other."""


class Fault(Exception):
    """A mistake in the arguments or in a command; its text says which."""


def parse(arguments):
    """Arguments -> dict of options; raises Fault."""
    options = {"--port": None, "--id": "a1b2c3d4", "--heartbeat": "60", "--reading": "300", "--relays": "2"}
    flags = {"--shared": False, "--exit-on-eof": False}
    sets = []
    rest = list(arguments)
    while rest:
        name = rest.pop(0)
        if name in flags:
            flags[name] = True
        elif name in options or name == "--set":
            if not rest:
                raise Fault(name + " needs a value")
            value = rest.pop(0)
            if name == "--set":
                sets.append(value)
            else:
                options[name] = value
        else:
            raise Fault("unknown argument " + name)
    if options["--port"] is None:
        raise Fault("--port is missing")
    options.update(flags)
    options["--set"] = sets
    return options


def point(text):
    """``temperature_c#2`` -> (quantity, index from 0); raises Fault."""
    quantity, _, number = text.partition("#")
    if quantity not in wire.QUANTITIES:
        raise Fault("unknown quantity " + quantity)
    return quantity, int(number or 1) - 1


def setting(name, text):
    """A quantity and its value in its unit -> the change in wire units; raises Fault or ValueError."""
    quantity, index = point(name)
    code, steps = wire.QUANTITIES[quantity]
    if code in (wire.TEST, wire.BUTTON):
        raise Fault(quantity + " happens, it is not set")
    return ("set", code, index, wire.NO_READING if text == "none" else int(round(float(text) * steps)))


class Board:
    """What main.py and the node ask of a board."""

    hardware = "host"
    capabilities = 1 | 2 | 4
    cause = RESET_CAUSE

    def __init__(self, arguments):
        self.running = True
        self._changes = []
        self._battery = (3000, 100)
        try:
            self._configure(parse(arguments))
        except (Fault, ValueError) as fault:
            self._give_up("%s\n%s" % (fault, USAGE))
        self._stdin = Stdin()
        try:
            self._tty = Tty(self._port)
        except OSError as error:
            self._give_up("cannot open %s: %s" % (self._port, error))
        self._typed = b""

    def _configure(self, options):
        self._port = options["--port"]
        self.ident = int(options["--id"], 16)
        self.heartbeat_s = float(options["--heartbeat"])
        self.reading_s = float(options["--reading"])
        self.relays = int(options["--relays"])
        self.shared = options["--shared"]
        self._exit_on_eof = options["--exit-on-eof"]
        for assignment in options["--set"]:
            name, _, value = assignment.partition("=")
            self._changes.append(setting(name, value))

    def _give_up(self, text):
        sys.stderr.write("node: %s\n" % text)
        sys.exit(2)

    # ---- time and identity

    def ticks(self):
        """Milliseconds that don't wrap."""
        return self._monotonic_us() // 1000

    def boot_id(self):
        """A random number that names this start."""
        return int.from_bytes(os.urandom(4), "little") or 1

    def _monotonic_us(self):
        if hasattr(time, "ticks_us"):
            return time.ticks_us()
        return time.monotonic_ns() // 1000

    # ---- sensors

    def changes(self):
        """-> what was set or pressed since the last call."""
        for text in self._commands():
            try:
                self._command(text.split())
            except (Fault, ValueError, IndexError) as fault:
                self._print({"ev": "error", "text": "%s: %s" % (text, fault)})
        changes, self._changes = self._changes, []
        return changes

    def battery(self):
        """-> (millivolt, percent)"""
        return self._battery

    def _commands(self):
        self._typed += self._stdin.read()
        if self._stdin.closed and self._exit_on_eof:
            self.running = False
        *whole, self._typed = self._typed.split(b"\n")
        return [line.decode().strip() for line in whole if line.strip()]

    def _command(self, words):
        verb = words[0]
        if verb == "set":
            self._changes.append(setting(words[1], words[2]))
        elif verb == "press":
            self._changes.append(("press", point(words[1])[1], int(words[2])))
        elif verb == "test":
            self._changes.append(("test",))
        elif verb == "battery":
            self._battery = (int(words[1]), int(words[2]))
        elif verb == "noise":
            self._tty.write(os.urandom(int(words[1])))
        elif verb == "quit":
            self.running = False
        else:
            raise Fault("unknown command")

    # ---- line, outputs, account

    def wait(self, milliseconds):
        """Until bytes come in on the line or on stdin, at most so long."""
        if self.running:
            self._tty.wait(self._stdin, int(milliseconds))

    def read(self):
        """-> what came in on the line."""
        return self._tty.read()

    def write(self, frame):
        """Send what the line takes; the rest of a frame that doesn't fit is lost, as on any wire."""
        self._tty.write(frame)

    def output(self, number, on):
        """Switch a relay, or the sounder (0). Here nothing hangs on them but the account."""

    def began(self, node):
        """The node lives."""
        self._print({"ev": "boot", "node": "%08x" % node.ident, "boot": node.boot})

    def tell(self, event):
        """Put into the account what the node did."""
        name = event[0]
        told = {"ev": name}
        if name in ("sent", "dropped"):
            told["seq"] = event[1]
            told["kind"] = wire.ALARM
            told["alarm"] = True
            told["values"] = meaning(event[2], event[3], event[4])
        elif name == "acked":
            told["seq"] = event[1]
            told["status"] = "durable" if event[2] == wire.DURABLE else "volatile"
        elif name == "output":
            told["output"] = event[1]
            told["on"] = event[2]
        else:
            told["lost" if name == "gateway" else "on"] = event[1]
        if name == "gateway":
            self._tty.careful = event[1]
        self._print(told)

    def _print(self, told):
        told["t_us"] = self._monotonic_us()
        sys.stdout.write(json.dumps(told) + "\n")
        if hasattr(sys.stdout, "flush"):
            sys.stdout.flush()


def meaning(code, index, raw):
    """One value of the wire -> {quantity: value}, as the gateway's driver names it."""
    for quantity, (known, steps) in wire.QUANTITIES.items():
        if known == code:
            name = quantity if index == 0 else "%s#%d" % (quantity, index + 1)
            if code == wire.BUTTON:
                return {name: {raw: press for press, raw in wire.PRESSES.items()}.get(raw, "press")}
            return {name: bool(raw) if wire.is_boolean(code) or code == wire.TEST else raw / steps}
    return {}
