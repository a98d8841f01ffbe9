"""What the firmware's tests share: its modules as top-level names, as on the node, and a world in virtual time."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "lib"))

import wire
from node import HAS_SOUNDER, Equipment, Node

IDENT, BOOT = 0xA1B2C3D4, 0x5EED


class World:
    """Time passes only here. ``heard`` lists (ms, kind, seq, body) of each frame the node sent."""

    def __init__(self, boot=BOOT, capabilities=HAS_SOUNDER, seed=0, loss=0.0, **options):
        self.now = 0
        self.node = Node(IDENT, boot, 0, Equipment("test", capabilities, 2, 1), **options)
        self.heard = []
        self.events = []
        self.answer = lambda frame: None
        self._cutter = wire.Cutter()
        self._rng = random.Random(seed)
        self._loss = loss

    def run(self, until):
        """Let the node live until then, waking it when it asks to be woken."""
        while True:
            self.hear(self.node.step(self.now))
            pause = self.node.wait(self.now)
            if self.now + pause > until:
                self.now = until
                self.hear(self.node.step(self.now))
                return self
            self.now += max(1, pause)

    def hear(self, frames):
        self._take_events()
        for frame in frames:
            if self._rng.random() < self._loss:
                continue
            (chunk,) = self._cutter.feed(frame)
            kind, ident, boot, seq, body = wire.packet(chunk)
            assert (ident, boot) == (IDENT, self.node.boot)
            self.heard.append((self.now, kind, seq, body))
            self.answer((kind, boot, seq, body))

    def tell(self, kind, seq=0, body=b"", boot=0, ident=IDENT):
        """The gateway says something -> what the node answers at once."""
        if self._rng.random() < self._loss:
            return
        self.hear(self.node.receive(wire.frame(kind, ident, boot, seq, body), self.now))

    def acknowledge(self, seq, status=wire.DURABLE):
        self.tell(wire.ACK, seq, wire.ack(status), self.node.boot)

    def beat(self, interval=10):
        self.tell(wire.BEAT, 0, bytes([interval]), ident=wire.EVERYONE)

    def of(self, kind):
        return [(at, seq, wire.triples(body)) for at, known, seq, body in self.heard if known == kind]

    def told(self, name):
        return [(at, event) for at, event in self.events if event.name == name]

    def sounder(self):
        return [(at, event.value) for at, event in self.told("output") if event.number == 0]

    def set(self, code, raw, index=0):
        self.node.set(code, index, raw, self.now)

    def _take_events(self):
        self.events += [(self.now, event) for event in self.node.events]
        self.node.events.clear()


def greeted(**options):
    """A node that has heard its gateway, at 1 s."""
    world = World(**options)
    world.run(1000)
    world.beat(255)
    world.heard.clear()
    return world


@pytest.fixture(name="greeted")
def fixture_greeted():
    return greeted


@pytest.fixture(name="new_world")
def fixture_new_world():
    return World
