"""The node's board for RP2040 and ESP32: the only file that imports machine. What is wired stands in config.py."""

import os
import select
import sys
import time
from binascii import crc32

import config
import console
import machine
import wire
from contacts import Button, Contact
from node import HAS_BATTERY, HAS_RELAY, HAS_SOUNDER, Equipment, Event, Node

WATCHDOG_MS = 8000
POLL_MS = 10
"""Pause between looks at pins and UART."""
UART_BUFFER = 512
ADC_FULL_MV = 3300


class Input:
    """A pin and the level that means true."""

    def __init__(self, wiring: "dict[str, int]") -> None:
        active = wiring["active"]
        self._active = active
        self._pin = machine.Pin(wiring["pin"], machine.Pin.IN, machine.Pin.PULL_DOWN if active else machine.Pin.PULL_UP)

    def on(self) -> bool:
        """True if the contact says so now."""
        return self._pin.value() == self._active


class Board:
    """What main.py and the node ask of a board."""

    def __init__(self, arguments: "list[str]") -> None:
        self.running = True
        self.ident = crc32(machine.unique_id())
        self.shared = config.SHARED_LINE
        self.heartbeat_s = config.HEARTBEAT_S
        self.reading_s = config.READING_S
        self.equipment = Equipment(config.HARDWARE, capabilities(), len(config.RELAYS), reset_cause())
        self._uart = machine.UART(
            config.UART["id"],
            baudrate=config.UART["baud"],
            tx=machine.Pin(config.UART["tx"]),
            rx=machine.Pin(config.UART["rx"]),
            rxbuf=UART_BUFFER,
            txbuf=UART_BUFFER,
        )
        self._drive = output_pin(config.DRIVE_ENABLE)
        self._states = [(key, Input(wiring), Contact(wiring["settle_ms"])) for key, wiring in config.STATES.items()]
        self._buttons = [(index, Input(wiring), Button()) for index, wiring in config.BUTTONS.items()]
        self._test = (Input(config.TEST_BUTTON), Contact()) if config.TEST_BUTTON else None
        self._relays = [output_pin(pin) for pin in config.RELAYS]
        self._sounder = output_pin(config.SOUNDER)
        self._adc = machine.ADC(machine.Pin(config.BATTERY["adc"])) if config.BATTERY else None
        self._console = console.Console() if config.CONSOLE else None
        self._typed = select.poll()
        self._typed.register(sys.stdin, select.POLLIN)
        self._ticks = time.ticks_ms()
        self._elapsed = 0
        self._watchdog = machine.WDT(timeout=WATCHDOG_MS)

    def ticks(self) -> int:
        """Milliseconds since the start that don't wrap."""
        now = time.ticks_ms()
        self._elapsed += time.ticks_diff(now, self._ticks)
        self._ticks = now
        return self._elapsed

    def boot_id(self) -> int:
        """A random number that names this start."""
        return int.from_bytes(os.urandom(4), "little") or 1

    def changes(self) -> "list[tuple[str, int, int, int]]":
        """-> contacts that changed and buttons that were pressed since the last call."""
        now = self.ticks()
        changes = []
        for key, pin, contact in self._states:
            if contact.feed(pin.on(), now):
                changes.append(("set", wire.QUANTITIES[key[0]][0], key[1], 1 if contact.on else 0))
        for index, pin, button in self._buttons:
            press = button.feed(pin.on(), now)
            if press:
                changes.append(("press", index, press, 0))
        if self._test and self._test[1].feed(self._test[0].on(), now) and self._test[1].on:
            changes.append(("test", 0, 0, 0))
        return changes + (self._typed_changes(self._console) if self._console else [])

    def _typed_changes(self, typed: console.Console) -> "list[tuple[str, int, int, int]]":
        while self._typed.poll(0):
            typed.feed(sys.stdin.buffer.read(1))
        if typed.quit:
            self.running = False
        noise = typed.take_noise()
        if noise:
            self.write(os.urandom(noise))
        return typed.take_changes()

    def battery(self) -> "tuple[int, int]":
        """-> (millivolt, percent)"""
        if self._console and self._console.battery:
            return self._console.battery
        if self._adc is None:
            return wire.NO_BATTERY
        millivolt = self._adc.read_u16() * ADC_FULL_MV * config.BATTERY["ratio"] // 65535
        empty = config.BATTERY["empty_mv"]
        percent = 100 * (millivolt - empty) // (config.BATTERY["full_mv"] - empty)
        return millivolt, max(0, min(100, percent))

    def wait(self, milliseconds: int) -> None:
        """Feed the watchdog and sleep until bytes are there, but never past the next look at the pins."""
        self._watchdog.feed()
        if milliseconds > 0 and not self._uart.any():
            time.sleep_ms(min(milliseconds, POLL_MS))

    def read(self) -> bytes:
        """-> what came in on the line."""
        return self._uart.read() or b""

    def write(self, frame: bytes) -> None:
        """Send; on RS-485 the transceiver is turned back once the last bit is out."""
        if self._drive is None:
            self._uart.write(frame)
            return
        self._drive.value(1)
        self._uart.write(frame)
        self._uart.flush()
        self._drive.value(0)

    def output(self, number: int, on: bool) -> None:
        """Switch a relay, or the sounder (0)."""
        pin = self._relays[number - 1] if number else self._sounder
        if pin is not None:
            pin.value(1 if on else 0)

    def began(self, node: Node) -> None:
        """The node lives."""
        if self._console:
            console.tell_boot(node)

    def tell(self, event: Event) -> None:
        """What the node did."""
        if self._console:
            console.tell_event(event)


def output_pin(number: "int | None") -> "machine.Pin | None":
    """-> a pin that drives low, or None where nothing is wired."""
    return None if number is None else machine.Pin(number, machine.Pin.OUT, value=0)


def capabilities() -> int:
    """-> the bits of HELLO that say what is wired."""
    bits = HAS_SOUNDER if config.SOUNDER is not None else 0
    bits |= HAS_RELAY if config.RELAYS else 0
    return bits | (HAS_BATTERY if config.BATTERY else 0)


def reset_cause() -> int:
    """-> 1 power on, 2 pin, 3 watchdog, 4 software, 0 unknown."""
    names = (("PWRON_RESET", 1), ("HARD_RESET", 2), ("WDT_RESET", 3), ("SOFT_RESET", 4))
    cause = machine.reset_cause()
    for name, code in names:
        if getattr(machine, name, None) == cause:
            return code
    return 0
