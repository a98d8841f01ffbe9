"""Commands as text and the account as JSON lines: how a rig plays a node's sensors and learns what it did.

A computer's stdin and stdout, or the USB console of a board whose config says CONSOLE. Commands, one a line
(``#2`` behind a quantity means the second of its kind):
    set smoke 1        set temperature_c 23.4        set temperature_c none
    press button 1     (1 press, 2 long press, 3 double press)        test
    battery 2950 80    (millivolt, percent)          noise 20 (random bytes on the line)        quit
The account is kept apart from the gateway's; ``t_us`` is the node's clock, on a computer the same as CPython's
time.monotonic().
"""

import json
import sys
import time

import wire
from node import POINTS, SOUNDER, Event, Node

MOST = 0x7FFFFFFF
MOST_NOISE = 100_000
LONGEST_LINE = 200
_NATIVE = not hasattr(time, "ticks_us")
_clock = getattr(time, "monotonic_ns" if _NATIVE else "ticks_us")


class Fault(Exception):
    """A mistake in the arguments or in a command; its text says which."""


class Console:
    """Takes commands; ``changes``, ``battery``, ``noise`` and ``quit`` are what they asked for."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, int, int, int]] = []
        self.battery: "tuple[int, int] | None" = None
        self.noise = 0
        self.quit = False
        self._typed = b""

    def feed(self, data: bytes) -> None:
        """What was typed, in pieces of any size; a mistake is told in the account."""
        lines = (self._typed + data).split(b"\n")
        self._typed = lines.pop()[-LONGEST_LINE:]
        for line in lines:
            line = line.strip()
            try:
                if line:
                    self._obey(line.decode().split())
            except (Fault, ValueError, IndexError) as fault:
                tell({"ev": "error", "text": "%s: %s" % (repr(line)[2:-1], fault)})

    def take_changes(self) -> "list[tuple[str, int, int, int]]":
        """-> what was set or pressed since the last call."""
        changes, self.changes = self.changes, []
        return changes

    def take_noise(self) -> int:
        """-> bytes of noise asked for since the last call."""
        noise, self.noise = self.noise, 0
        return noise

    def _obey(self, words: "list[str]") -> None:
        verb = words[0]
        if verb == "set":
            self.changes.append(setting(words[1], words[2]))
        elif verb == "press":
            self.changes.append(("press", point(words[1])[1], whole(words[2], MOST), 0))
        elif verb == "test":
            self.changes.append(("test", 0, 0, 0))
        elif verb == "battery":
            self.battery = (whole(words[1], 0xFFFF), whole(words[2], 0xFF))
        elif verb == "noise":
            self.noise += whole(words[1], MOST_NOISE)
        elif verb == "quit":
            self.quit = True
        else:
            raise Fault("unknown command")


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


def ticks_us() -> int:
    """Microseconds of the monotonic clock."""
    return int(_clock()) // (1000 if _NATIVE else 1)


def tell(told: "dict[str, object]") -> None:
    """One line of the account."""
    told["t_us"] = ticks_us()
    sys.stdout.write(json.dumps(told) + "\n")
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()


def tell_boot(node: Node) -> None:
    """The node lives."""
    tell({"ev": "boot", "node": "%08x" % node.ident, "boot": node.boot})


def tell_event(event: Event) -> None:
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
    tell(told)


def meaning(code: int, index: int, raw: int) -> "dict[str, bool | float | str]":
    """One value of the wire -> {quantity: value}, as the gateway's driver names it."""
    for quantity, (known, steps) in wire.QUANTITIES.items():
        if known == code:
            name = quantity if index == 0 else "%s#%d" % (quantity, index + 1)
            if code == wire.BUTTON:
                return {name: {raw: press for press, raw in wire.PRESSES.items()}.get(raw, "press")}
            return {name: bool(raw) if wire.is_boolean(code) or code == wire.TEST else raw / steps}
    return {}
