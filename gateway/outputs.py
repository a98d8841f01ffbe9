"""Outputs: siren, strobe, gas valve, door release. They act before the disk and the network.

Level-driven: the wanted state is a function of the open alerts and of who hushed what. It is compared with what
the device reads back at every alert change, every second, and at boot; an output that doesn't follow is a
trouble, and so is one that is on without an owner: that one stays on for a minute, somebody may have wanted it.
A gas valve is shut by a rule and never opened by one: a person who is there opens it by hand. Once a week, and a
minute after the start, each output that is at rest is told to rest: its read-back shows that it would have heard.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from drivers.driver import Driver
from drivers.reading import Frame, Reading
from gateway.health import report
from gateway.ports import Send
from gateway.ports.gpio import Board
from gateway.site import Output, Site
from rules.alert import Alert

log = logging.getLogger(__name__)

KINDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "siren": ("siren", frozenset({"firing"})),
    "strobe": ("strobe", frozenset({"firing"})),
    "close-gas-valve": ("gas-valve", frozenset({"firing", "cleared"})),
    "close-water-valve": ("water-valve", frozenset({"firing", "cleared"})),
    "release-doors": ("door-release", frozenset({"firing", "cleared"})),
}
"""What a rule's ``act`` asks for -> kind of output, and the alert states in which it is wanted: a siren is
quiet when the smoke is gone, a gas valve stays shut until a person has reset the alarm."""
BESIDE = {"siren": "strobe"}
"""Where a siren sounds a strobe of the same home flashes, for those who hear badly; nobody needs to hush it."""
HUSHED = frozenset({"siren"})
BY_HAND = frozenset({"gas-valve"})
"""Kinds that are never switched off by a rule's end: gas is let in again by somebody who is there and smells none."""
WEEK, FIRST = 7 * 86_400.0, 60.0
"""Seconds between two silent tests of an output, and from the start to the first."""
PATIENCE: Mapping[str, tuple[float, float]] = {
    "siren": (1.0, 3.0),
    "strobe": (1.0, 3.0),
    "door-release": (1.0, 5.0),
    "gas-valve": (2.0, 30.0),
    "water-valve": (2.0, 60.0),
}
"""Kind of output -> seconds after which a command that wasn't confirmed is sent again, and after which the output is in
trouble. A motor turns a valve in 5 to 30 s, a meter's own valve, which a slow line reads back, takes up to a minute."""
_NOBODY: Mapping[str, float] = {}
OWNERLESS = 60.0
"""Seconds for which an output that is on without an owner is left on."""


@dataclass(slots=True)
class Wanted:
    """What one output should do and what it was last seen to do."""

    on: bool = False
    since: float = 0.0
    sent: float = -1e9
    seen: bool | None = None
    ownerless: float | None = None
    """Since when it is on without anybody wanting it."""
    ok: bool = True
    test: float | None = None
    """When it is tested next; None before the first look."""
    testing: float | None = None
    """Since when a test waits for its read-back."""


class Outputs:
    """All outputs of a site. ``send`` writes to a port at once and says whether it could."""

    def __init__(self, site: Site, drivers: Mapping[str, Driver], send: Send, board: Board | None = None) -> None:
        self._site, self._drivers, self._send = site, drivers, send
        self._board = board or Board()
        self._number = 0
        self._opened = _NOBODY
        self._calm = True
        """Nothing is open that asks for any output: a time for tests."""
        self.state: dict[str, Wanted] = {}
        self._by_line: dict[tuple[str, int], str] = {}
        self.use(site, drivers)

    def use(self, site: Site, drivers: Mapping[str, Driver]) -> None:
        """The outputs of this site from now on; what is known of one that didn't change stays."""
        kept = {name: one for name, one in self.state.items() if site.outputs.get(name) == self._site.outputs.get(name)}
        self._site, self._drivers = site, drivers
        self.state = {name: kept.get(name) or Wanted() for name in site.outputs}
        self._by_line = {(o.device, o.line): name for name, o in site.outputs.items() if o.device}

    def want(
        self, alerts: Iterable[Alert], hushed: Mapping[str, float], now: float, opened: Mapping[str, float] = _NOBODY
    ) -> list[Frame]:
        """Set every output to what the open alerts ask for; returns troubles that came or went.

        ``hushed`` and ``opened``: home -> gateway time until which somebody there hushed its siren, opens its gas.
        """
        self._opened = opened
        asked, alerts = set(), list(alerts)
        self._calm = not any(alert.act for alert in alerts)
        for alert in alerts:
            for act in alert.act:
                kind, states = KINDS.get(act, ("", frozenset()))
                quiet = hushed.get(alert.home, 0.0) > now
                if alert.state in states:
                    kinds = {kind, BESIDE.get(kind, kind)}
                    asked |= {(alert.home, one) for one in kinds if not (quiet and one in HUSHED)}
        frames: list[Frame] = []
        for name, output in self._site.outputs.items():
            frames += self._steer(name, output, (output.home, output.kind) in asked, now)
        return frames

    def seen(self, readings: Iterable[Reading]) -> None:
        """Take in what devices read back."""
        for reading in readings:
            if reading.quantity != "output_on":
                continue
            line = int(reading.point.partition("#")[2] or 1) - 1
            name = self._by_line.get((reading.device, line))
            if name is not None:
                self.state[name].seen, self.state[name].testing = bool(reading.value), None

    def _steer(self, name: str, output: Output, on: bool, now: float) -> list[Frame]:
        state = self.state[name]
        if on != state.on:
            state.on, state.since, state.sent = on, now, -1e9
        if not on and output.kind in BY_HAND:
            wanted = self._opened.get(output.home, 0.0) > now and state.seen is not False
            if wanted and now - state.sent >= PATIENCE[output.kind][0]:
                state.sent = now
                self._command(output, False, state)
            return self._judge(name, state, True, now)
        if state.seen == on or (state.seen is None and not on and output.gpio is None):
            state.ownerless = None
            return self._judge(name, state, self._rests(output, state, on, now), now)
        if state.seen and not on and state.since == 0.0:
            state.ownerless = now if state.ownerless is None else state.ownerless
            if now - state.ownerless < OWNERLESS:
                return self._judge(name, state, False, now)
        again, overdue = PATIENCE[output.kind]
        if now - state.sent >= again:
            state.sent = now
            self._command(output, on, state)
        return self._judge(name, state, now - state.since < overdue, now)

    def _rests(self, output: Output, state: Wanted, on: bool, now: float) -> bool:
        """An output that does what it should; its test, when that is due, changes nothing but shows that it hears."""
        state.test = now + FIRST if state.test is None else state.test
        if now >= state.test and not on and self._calm:
            state.test, state.testing, state.sent = now + WEEK, now, now
            self._command(output, on, state)
            state.testing = None if output.gpio is not None and state.seen is False else state.testing
        if on or state.testing is None:
            return state.ok or state.seen is not None
        again, overdue = PATIENCE[output.kind]
        if now - state.sent >= again and now - state.testing < overdue:
            state.sent = now
            self._command(output, on, state)
        return now - state.testing < overdue

    def _judge(self, name: str, state: Wanted, ok: bool, now: float) -> list[Frame]:
        if ok == state.ok:
            return []
        state.ok = ok
        (log.info if ok else log.error)("output %s %s", name, "follows again" if ok else "does not follow")
        return [report(now, f"gateway:{name}", output_fault=not ok)]

    def _command(self, output: Output, on: bool, state: Wanted) -> None:
        if output.gpio is not None:
            try:
                state.seen = self._board.drive(output.gpio, on)
            except OSError as error:
                log.debug("output %s: %s", output.name, error)
            return
        device = self._site.devices[output.device]
        switch = self._drivers[device.driver].switch
        if switch is None:
            return
        self._number += 1
        port = self._site.frame_port(device.port, device.driver)
        self._send(port, switch(device.address, output.line, on, self._number), device.address)
