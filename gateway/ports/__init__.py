"""Wires and radios: each port turns what arrives into Frames and sends what it is given.

serial.py    one task owns one tty; the only user of pyserial
ble/         one task owns the radio: all Bluetooth adapters; the only user of bleak
gpio.py      output lines of the gateway's own board; the only user of gpiod
"""

from collections.abc import Callable
from typing import Protocol

Send = Callable[[str, bytes], bool]
"""(port, bytes) -> whether the port took them. Never waits."""


class Way(Protocol):
    """A port at work."""

    @property
    def up(self) -> bool:
        """Whether it is open."""

    def send(self, data: bytes) -> bool:
        """Write now; False when that can't be."""

    async def run(self) -> None:
        """Own what it is about until cancelled."""
