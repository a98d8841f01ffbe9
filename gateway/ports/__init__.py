"""Wires and radios: each port turns what arrives into Frames and sends what it is given.

serial.py    one task owns one tty; the only user of pyserial
gpio.py      output lines of the gateway's own board; the only user of gpiod
"""

from collections.abc import Callable

Send = Callable[[str, bytes], bool]
"""(port, bytes) -> whether the port took them. Never waits."""
