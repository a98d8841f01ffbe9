"""What hangs on this node. Edit it for your wiring; the numbers are pins of the board.

Here: an RP2040 with a smoke contact and a call button, one relay, a piezo sounder and two AA cells.
"""

HARDWARE = "rp2040"
UART = {"id": 0, "tx": 0, "rx": 1, "baud": 115200}
DRIVE_ENABLE = None
"""Pin that turns an RS-485 transceiver to sending, or None for plain UART."""
SHARED_LINE = False
"""True if several nodes sit on one RS-485 line: this one then speaks only when polled."""

STATES = {("smoke", 0): {"pin": 15, "active": 0, "settle_ms": 50}}
"""(quantity, index) -> contact: the level that means true, and how long it must hold."""
BUTTONS = {0: {"pin": 14, "active": 0}}
"""Index -> pin of a call button. Two presses within 0.5 s are a double press, 2 s are a long one."""
TEST_BUTTON = {"pin": 13, "active": 0}
RELAYS = (16,)
SOUNDER = 17
BATTERY = {"adc": 26, "ratio": 2, "full_mv": 3000, "empty_mv": 2000}
"""ADC pin, the divider before it and the cells' range, or None."""

CONSOLE = False
"""True on a test rig: commands and the account on the USB console, see lib/console.py."""
HEARTBEAT_S = 60
READING_S = 300
