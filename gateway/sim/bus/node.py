"""A sensor node on a shared line: its own firmware's state machine behind the faults that all devices have.

The firmware's files are those that run on the board; only the pins and the clock are played. They are found beside the
repository's gateway, and not in an installed package.
"""

import importlib
import sys
from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Final

from gateway.sim.bus.unit import EMPTY, Said, Speed, Unit
from gateway.sim.process import ROOT

LIB: Final = ROOT / "firmware" / "lib"
FULL_MV: Final = 3000
HEARTBEAT: Final = 0.3
"""Seconds between two of them; a real one is not in such a hurry."""


@lru_cache(maxsize=2)
def firmware(name: str) -> ModuleType:
    """A module of the node's firmware, whose own imports are found beside it."""
    sys.path.insert(0, str(LIB))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(LIB))


class NodeUnit(Unit):
    """Answers a POLL with one frame; ``values`` by quantity, as in its firmware's table."""

    turnaround = 0.002

    def __init__(self, address: str, values: Mapping[str, Said], speed: Speed, seed: int = 1, boot: int = 7) -> None:
        super().__init__(address, speed, values, seed)
        machine = firmware("node")
        equipment = machine.Equipment("played", machine.SHARED_LINE | machine.HAS_BATTERY, 0, 1)
        self._wire = firmware("wire")
        self._node = machine.Node(int(address, 16), boot, 0, equipment, HEARTBEAT, 300, True)

    def answer(self, heard: bytes, at: float) -> bytes:
        """To a POLL of its own; what else is on the line it takes in."""
        now = round(self.clock(at).timestamp() * 1000 - self.started.timestamp() * 1000)
        for name in self.values:
            code, steps = self._wire.QUANTITIES[name]
            self._node.set(code, 0, round(float(self.value(name, at)) * steps), now)
        left = round(self.battery(at))
        self._node.battery = (max(1, FULL_MV * left // 100), left)
        said = b"".join(self._node.receive(heard, now))
        self.asked += bool(said)
        return self._another(said) if said and left > EMPTY and self._wrong_address(at) else said

    def _another(self, said: bytes) -> bytes:
        """The same frame under the address after its own."""
        kind, node, boot, seq, body = self._wire.packet(said.strip(b"\0"))
        frame: bytes = self._wire.frame(kind, node + 1, boot, seq, body)
        return frame
