"""A home under attack: a rig with two real nodes in which things happen, and what is done to it.

A fault is one attack. It may leave things broken for the next one to find; ``Home.mend`` makes all whole again.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from bench import killed
from gateway.sim.link import WAYS, Way
from gateway.sim.node import Account
from gateway.sim.record import Missing
from hil_tests.rig import Rig

TOGGLES = ("smoke", "gas_alarm", "co_alarm", "flood", "tamper")
"""States whose every change is an alarm frame."""
PAUSE = 0.08
"""Mean seconds between two things that happen in the home."""
COMMIT = 0.004
"""Seconds after an alarm's bytes on the tty within which its commit and its acknowledgement lie."""
KEEPALIVE = 2


class Life(threading.Thread):
    """Things happen at random moments until told to rest; a thread, because faults don't wait for them."""

    def __init__(self, nodes: Sequence[Account], dice: random.Random) -> None:
        super().__init__(name="life", daemon=True)
        self._nodes, self._dice = nodes, dice
        self._states: dict[tuple[str, str], int] = {}
        self._ended = threading.Event()
        self._on = threading.Event()
        self._idle = threading.Event()

    def run(self) -> None:
        """Until ``end``."""
        while not self._ended.wait(self._dice.expovariate(1 / PAUSE)):
            if not self._on.is_set():
                self._idle.set()
                self._on.wait()
            self.happen()

    def happen(self) -> None:
        """One thing: mostly an alarm, sometimes ordinary telemetry."""
        node, dice = self._dice.choice(self._nodes), self._dice
        what = dice.random()
        if what < 0.55:
            self.toggle(node, dice.choice(TOGGLES))
        elif what < 0.75:
            node.press(dice.randrange(1, 4))
        elif what < 0.80:
            node.test()
        elif what < 0.90:
            node.set("temperature_c", round(dice.uniform(19, 23), 2))
        else:
            self.toggle(node, "door_open")

    def toggle(self, node: Account, quantity: str) -> None:
        """On if it was off, off if it was on."""
        state = self._states[node.device, quantity] = 1 - self._states.get((node.device, quantity), 0)
        node.set(quantity, state)

    def go_on(self) -> None:
        """Let things happen."""
        self._idle.clear()
        self._on.set()

    def rest(self) -> None:
        """Returns when nothing happens any more."""
        self._on.clear()
        self._idle.wait(10)

    def end(self) -> None:
        """For good."""
        self._ended.set()
        self._on.set()
        self.join(10)


class Home(Rig):
    """A simulated rig in which things happen. ``kills`` counts how far the newest alarm was at the gateway's deaths."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        super().__init__(folder, devices=("kitchen", "bath"), keepalive=KEEPALIVE)
        self.dice = dice
        self.kills: Counter[str] = Counter()

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.gateway.up()
            self.life = Life(self.nodes, random.Random(self.dice.random()))
            self.life.start()
        except BaseException:
            super().__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.life.end()
        super().__exit__(*exc)

    def wait(self, least: float, most: float) -> None:
        """A random time in which life goes on."""
        time.sleep(self.dice.uniform(least, most))

    def kill_gateway(self) -> None:
        """SIGKILL; notes how far the newest alarm was, by the store that is left and what the nodes heard."""
        self.gateway.kill()
        self.kills[killed.stage(self.store, self.made())] += 1

    def start_gateway(self) -> None:
        """Again, on the same store."""
        self.gateway.up()

    def mend(self) -> None:
        """Nothing stands in the way any more. Raises Missing if the gateway ended by itself."""
        self.link.resume()
        if not self.gateway.running:
            raise Missing(f"the gateway ended by itself:\n{self.gateway.tail()}")


def kill_in_commit(home: Home) -> None:
    """SIGKILL some microseconds after an alarm's bytes reached the gateway's tty."""
    at = home.dice.randrange(len(home.nodes))
    node, wire = home.nodes[at], home.wires[at]
    home.life.rest()
    before = len(wire.tape)
    node.press()
    wire.tape.wait(lambda taken: taken.source == "node" and len(taken.delivered) > 0, 5, after=before)
    _spin(home.dice.uniform(0, COMMIT))
    home.kill_gateway()
    home.life.go_on()
    home.start_gateway()


def kill_anytime(home: Home) -> None:
    """SIGKILL at a random moment."""
    home.wait(0, 0.4)
    home.kill_gateway()
    home.start_gateway()


def kill_in_boot(home: Home) -> None:
    """SIGKILL, and again while it boots."""
    home.wait(0, 0.2)
    home.kill_gateway()
    home.gateway.start()
    home.wait(0.05, 0.8)
    home.kill_gateway()
    home.start_gateway()


def kill_broker(home: Home) -> None:
    """SIGKILL of the broker at a random moment."""
    home.wait(0, 0.4)
    home.restart_broker()


def cut(home: Home) -> None:
    """All connections are reset."""
    home.wait(0, 0.4)
    home.link.cut()


def cut_in_packet(home: Home) -> None:
    """Reset after a random number of bytes: in the middle of a message, or before its acknowledgement is through."""
    way: Way = home.dice.choice(WAYS)
    home.link.cut_after(home.dice.randrange(1, 3000 if way == "up" else 60), way)
    home.wait(0.1, 0.6)


def refuse(home: Home) -> None:
    """Reset, and nobody answers for a while."""
    home.wait(0, 0.2)
    home.link.refuse()
    home.wait(0.05, 0.8)
    home.link.resume()


def stall(home: Home) -> None:
    """Nothing is forwarded, one way or both, and nobody is told; goes on before or after keep-alive notices."""
    _stall(home)
    home.link.resume()


def stall_then_cut(home: Home) -> None:
    """What waits in a stalled link is lost."""
    _stall(home)
    home.link.cut()
    home.link.resume()


def stall_then_kill_broker(home: Home) -> None:
    """The broker dies behind a stalled link."""
    _stall(home)
    home.restart_broker()


def stall_then_kill_gateway(home: Home) -> None:
    """The gateway dies before a stalled link; what waits there may still be delivered, or not."""
    _stall(home)
    home.kill_gateway()
    home.dice.choice((home.link.resume, home.link.cut))()
    home.link.resume()
    home.start_gateway()


def _stall(home: Home) -> None:
    """Mostly short; some last into, some beyond, the seconds in which keep-alive notices."""
    home.wait(0, 0.2)
    home.link.stall(*home.dice.choice((WAYS, WAYS, ("up",), ("down",))))
    if home.dice.random() < 0.85:
        home.wait(0.05, 0.8)
    else:
        home.wait(KEEPALIVE * 0.75, KEEPALIVE * 2.25)


def _spin(seconds: float) -> None:
    """Wait more exactly than sleep does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


Fault = Callable[[Home], None]
KILLS: Mapping[Fault, int] = {kill_in_commit: 6, kill_anytime: 2, kill_in_boot: 1, stall_then_kill_gateway: 2}
"""Faults that end a life of the gateway, and how often each is drawn."""
OTHERS: Mapping[Fault, int] = {
    kill_broker: 3, cut: 3, cut_in_packet: 4, refuse: 2, stall: 3, stall_then_cut: 2, stall_then_kill_broker: 1,
}  # fmt: skip
"""Faults that it lives through."""
