"""What the kernel says of the machine becomes troubles; a machine that says nothing has none. Files stand in for sysfs."""

import json
from pathlib import Path

from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.machine import Machine


class Board:
    """A machine whose kernel says what is written here."""

    def __init__(self, root: Path) -> None:
        self.root, self.inbox = root, Inbox()
        self.machine = Machine(Clock(), self.inbox, root)

    def says(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def look(self) -> dict[str, bool]:
        self.machine.look()
        values: dict[str, bool] = {}
        for frame in self.inbox.take(9):
            values |= json.loads(frame.data)["values"]
        return values


def test_a_machine_that_says_nothing_has_no_trouble(tmp_path: Path) -> None:
    assert Board(tmp_path).look() == {}


def test_heat_has_a_band(tmp_path: Path) -> None:
    board, said = Board(tmp_path), []
    for heat in (60_000, 79_900, 80_000, 76_000, 74_000, 79_000):
        board.says("sys/class/thermal/thermal_zone0/temp", f"{heat}\n")
        said.append(board.look())
    assert said == [{"overheated": False}, {}, {"overheated": True}, {}, {"overheated": False}, {}]


def test_memory_that_runs_out(tmp_path: Path) -> None:
    board = Board(tmp_path)
    for left, low in ((400_000, False), (50_000, True), (70_000, False)):
        board.says("proc/meminfo", f"MemTotal:  948304 kB\nMemFree: 1 kB\nMemAvailable:  {left} kB\n")
        assert board.look() == {"memory_low": low}
    board.says("proc/meminfo", "nonsense: x\nMemTotal:\n")
    assert board.look() == {}


def test_a_supply_that_sags_is_told_by_the_pis_own_driver_alone(tmp_path: Path) -> None:
    board = Board(tmp_path)
    board.says("sys/class/hwmon/hwmon0/name", "other\n")
    board.says("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1\n")
    assert board.look() == {}
    board.says("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    board.says("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
    assert board.look() == {"undervoltage": True}
    board.says("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
    assert board.look() == {"undervoltage": False}


def test_mains_are_lost_when_no_supply_is_on(tmp_path: Path) -> None:
    board = Board(tmp_path)
    for name, kind, online in (("battery", "Battery", "1"), ("ac", "Mains", "1"), ("usb", "USB", "0")):
        board.says(f"sys/class/power_supply/{name}/type", kind)
        board.says(f"sys/class/power_supply/{name}/online", online)
    assert board.look() == {"mains_lost": False}
    board.says("sys/class/power_supply/ac/online", "0")
    assert board.look() == {"mains_lost": True}


def test_this_very_machine_can_be_looked_at() -> None:
    inbox = Inbox()
    Machine(Clock(), inbox).look()
    values = [value for frame in inbox.take(9) for value in json.loads(frame.data)["values"].values()]
    assert all(isinstance(value, bool) for value in values)
