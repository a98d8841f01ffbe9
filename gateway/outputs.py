"""Outputs: siren, strobe, gas valve, door release. They act before the disk and the network.

Level-driven: the wanted state is a function of the open alerts and of who hushed what. It is compared with what
the device reads back at every alert change, every second, and at boot; an output that doesn't follow is a
trouble, and so is one that is on without an owner: that one stays on for a minute, somebody may have wanted it.
A gas valve is shut by a rule and never opened by one: a person who is there opens it by hand. A water valve is opened
again only where a rule had shut it.

Once a week, and a minute after the start, each output that is at rest is tested, and nothing moves: a siren or a strobe
is told to rest, and its read-back shows that it would have heard; a valve or a door is only asked how it stands.
"""

import json
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
VALVES = frozenset({"gas-valve", "water-valve"})
"""Kinds that stay as somebody left them: nobody here can see why water or gas was shut off by hand."""
UNMOVED = VALVES | {"door-release"}
"""Kinds that a test asks and never tells: "rest" would open a valve, or lock a door that somebody had let open."""
ORDER: Mapping[str, int] = {"gas-valve": 0, "siren": 1, "strobe": 2, "door-release": 3, "water-valve": 4}
"""Which goes first where one line carries several: gas that goes on flowing is the worst."""
DAY = 86_400.0
WEEK, FIRST = 7 * DAY, 60.0
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
        self.number = 0
        """Of the last command: some devices tell a repetition by it."""
        self._opened = _NOBODY
        self._calm = True
        """Nothing is open that asks for any output: a time for tests."""
        self._leaving: dict[str, Wanted] = {}
        """Outputs on that a new site doesn't name, or names otherwise: nobody switches them on any more."""
        self._turn_to(site, drivers, {})

    def use(self, site: Site, drivers: Mapping[str, Driver], now: float) -> list[Frame]:
        """The outputs of this site from now on; what is known of one that didn't change stays.

        Returns what became of those that were on and are gone, for the record; ``let_go`` comes first.
        """
        gone = [self._parted(name, state, now) for name, state in self._leaving.items()]
        self._leaving.clear()
        self._turn_to(site, drivers, {name: one for name, one in self.state.items() if self._stays(name, site)})
        return gone

    def _turn_to(self, site: Site, drivers: Mapping[str, Driver], kept: Mapping[str, Wanted]) -> None:
        self._site, self._drivers = site, drivers
        self.state = {name: kept.get(name) or Wanted() for name in site.outputs}
        self._by_line = {(o.device, o.line): name for name, o in site.outputs.items() if o.device}
        self._ordered = sorted(site.outputs.items(), key=lambda pair: ORDER[pair[1].kind])

    def _stays(self, name: str, site: Site) -> bool:
        """Whether a site means the same thing by a name: the same output, on the same device at the same address."""
        mine, its = self._site.outputs.get(name), site.outputs.get(name)
        if mine is None or mine != its:
            return False
        return not mine.device or _reached(self._site, mine) == _reached(site, mine)

    def let_go(self, site: Site, now: float) -> bool:
        """Switch off what is on and stays no longer in that site, while its port is open -> whether one doesn't follow.

        Call it until nothing is left to follow, or for as long as a reload may wait. Valves stay as they are.
        """
        for name, state in self.state.items():
            if name not in self._leaving and (state.on or state.seen) and not self._stays(name, site):
                self._leaving[name] = state
                state.on, state.sent = False, -1e9
        waits = False
        for name, state in self._leaving.items():
            output = self._site.outputs[name]
            if output.kind in VALVES or state.seen is False:
                continue
            waits = True
            if now - state.sent >= PATIENCE[output.kind][0]:
                state.sent = now
                self._command(output, False, state)
        return waits

    def _parted(self, name: str, state: Wanted, now: float) -> Frame:
        """What became of one that is gone."""
        output = self._site.outputs[name]
        did = "left-shut" if output.kind in VALVES else "switched-off" if state.seen is False else "no-answer"
        log.warning("output %s is gone from the site: %s", name, did)
        said = {"output": name, "home": output.home, "output_kind": output.kind, "did": did}
        return Frame("output", now, json.dumps(said, ensure_ascii=False, sort_keys=True).encode())

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
        for name, output in self._ordered:
            if name in self._leaving:
                continue
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
            return self._judge(name, state, wanted or self._rests(output, state, on, now), now)
        unmoved = output.gpio is None or output.kind in VALVES
        if state.seen == on or (state.seen is None and not on and unmoved):
            state.ownerless = None
            state.since = 0.0 if state.seen is on is False else state.since
            return self._judge(name, state, self._rests(output, state, on, now), now)
        if state.seen and not on and state.since == 0.0:
            state.ownerless = now if state.ownerless is None else state.ownerless
            if output.kind in VALVES or now - state.ownerless < OWNERLESS:
                return self._judge(name, state, False, now)
        again, overdue = PATIENCE[output.kind]
        if now - state.sent >= again:
            state.sent = now
            self._command(output, on, state)
        return self._judge(name, state, now - max(state.since, state.ownerless or 0.0) < overdue, now)

    def _rests(self, output: Output, state: Wanted, on: bool, now: float) -> bool:
        """An output that does what it should; its test, when that is due, changes nothing but shows that it hears."""
        state.test = now + FIRST if state.test is None else state.test
        if now >= state.test and not on and self._calm:
            state.test, state.testing, state.sent = now + WEEK, now, now
            self._try(output, state)
        if on or state.testing is None:
            return state.ok or state.seen is not None
        again, overdue = PATIENCE[output.kind]
        overdue = DAY if self._is_polled(output) else overdue
        late = now - state.testing >= overdue
        if now - state.sent >= (OWNERLESS if late else again):
            state.sent = now
            self._try(output, state)
        return not late

    def _is_polled(self, output: Output) -> bool:
        """Whether how it stands is only heard when its device's turn comes."""
        return output.kind in UNMOVED and output.gpio is None and self._drivers_of(output).query is None

    def _drivers_of(self, output: Output) -> Driver:
        return self._drivers[self._site.devices[output.device].driver]

    def _try(self, output: Output, state: Wanted) -> None:
        """Test it without moving anything."""
        if output.kind not in UNMOVED:
            self._command(output, False, state)
            if output.gpio is not None and state.seen is False:
                state.testing = None
        elif output.gpio is not None:
            try:
                self._board.look(output.gpio)
                state.testing = None
            except OSError as error:
                log.debug("output %s: %s", output.name, error)
        elif (query := self._drivers_of(output).query) is not None:
            device = self._site.devices[output.device]
            self._send(self._site.frame_port(device.port, device.driver), query(device.address), device.address)

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
        switch = self._drivers_of(output).switch
        if switch is None:
            return
        self.number += 1
        port = self._site.frame_port(device.port, device.driver)
        self._send(port, switch(device.address, output.line, on, self.number), device.address)


def _reached(site: Site, output: Output) -> tuple[str, str, str]:
    device = site.devices[output.device]
    return device.port, device.driver, device.address
