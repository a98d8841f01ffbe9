"""Wires and radios: each port turns what arrives into Frames and sends what it is given.

serial/      one task owns one line; the only user of pyserial
ble/         one task owns the radio: all Bluetooth adapters; the only user of bleak
mqtt/        sensors on a broker in the home, acknowledged when stored
thin.py      which of what a sensor says again and again goes on to the journal (pure)
gpio.py      output lines of the gateway's own board; the only user of gpiod
"""

from collections.abc import Callable
from typing import Protocol

Send = Callable[[str, bytes, str], bool]
"""(port of a Frame, bytes, address of the device) -> whether the port took them. Never waits."""


class Way(Protocol):
    """A port at work."""

    @property
    def up(self) -> bool:
        """Whether it is open."""

    def send(self, driver: str, data: bytes, address: str) -> bool:
        """Say something to a device of this driver, now or as soon as may be; False when that can't be."""

    async def run(self) -> None:
        """Own what it is about until cancelled."""
