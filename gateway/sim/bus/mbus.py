"""Meters on wired M-Bus as EN 13757-2 and -3 have them: a slave's link layer and the records of its answer."""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.sim.bus.dlt645 import digits
from gateway.sim.bus.unit import Said, Speed, Unit

ELECTRICITY, GAS, HEAT, HOT_WATER, WATER = 0x02, 0x03, 0x04, 0x06, 0x07
_ANY, _SELECTED, _ALL = 254, 253, 255
_RESET, _SEND, _ASK, _FCB = 0x40, 0x53, 0x5B, 0x20
_ACKNOWLEDGED: Final = b"\xe5"
_LOW_POWER = 4

_RECORDS: Final = {
    "water_m3": ("0c13", 8, 3), "hot_water_m3": ("0c13", 8, 3), "gas_m3": ("0c13", 8, 3), "volume_m3": ("0c13", 8, 3),
    "energy_kwh": ("0c05", 8, 1), "heat_kwh": ("0c06", 8, 0), "power_w": ("0b2b", 6, 0), "flow_m3_h": ("0b3b", 6, 3),
    "supply_temperature_c": ("0a5a", 4, 1), "return_temperature_c": ("0a5e", 4, 1),
}  # fmt: skip
"""Quantity -> DIF and VIF, BCD digits, decimals (EN 13757-3, tables 4 and 10)."""


class Mbus(Unit):
    """A meter. ``primary`` 0 … 250; its address is the secondary one: 8 digits, maker, version, medium."""

    def __init__(
        self,
        number: str,
        values: Mapping[str, Said],
        medium: int = WATER,
        primary: int = 0,
        *,
        maker: str = "ANJ",
        version: int = 1,
        telegrams: int = 1,
        speed: Speed = Speed(2400, "E"),  # noqa: B008 - a NamedTuple never changes
        seed: int = 1,
    ) -> None:
        letters = [ord(letter) - 64 for letter in maker]
        self._maker = struct.pack("<H", letters[0] << 10 | letters[1] << 5 | letters[2])
        self._identity = bytes.fromhex(number)[::-1] + self._maker + bytes((version, medium))
        super().__init__(number + self._identity[4:].hex(), speed, values, seed)
        self.primary, self._telegrams = primary, telegrams
        self.selected = False
        self._at, self._fcb, self._access = 0, -1, 0

    def answer(self, heard: bytes, at: float) -> bytes:
        """To a reset, a selection by secondary address, and a request for data."""
        frame = _frame_in(heard)
        if frame is None:
            return b""
        control, primary = (frame[4], frame[5]) if frame[0] == 0x68 else (frame[1], frame[2])
        if frame[0] == 0x68 and primary == _SELECTED and frame[6] in (0x52, 0x56):
            return self._select(frame)
        if primary not in (self.primary, _ANY) and not (primary == _SELECTED and self.selected):
            return b""
        self.asked += 1
        if control == _RESET:
            self._at, self._fcb, self.selected = 0, -1, self.selected and primary != _SELECTED
            return _ACKNOWLEDGED
        if control & ~_FCB == _ASK:
            return self._data(control & _FCB, at)
        return _ACKNOWLEDGED if control & ~_FCB == _SEND else b""

    def _select(self, frame: bytes) -> bytes:
        """F in the number, FF in the rest stand for anything."""
        wanted, own = frame[7:15], self._identity
        number = all(w in ("f", o) for w, o in zip(wanted[:4].hex(), own[:4].hex(), strict=True))
        maker = wanted[4:6] in (b"\xff\xff", own[4:6])
        rest = all(w in (0xFF, o) for w, o in zip(wanted[6:], own[6:], strict=False))
        self.selected = len(wanted) == 8 and number and maker and rest
        if self.selected:
            self.asked += 1
            self._at, self._fcb = 0, -1
        return _ACKNOWLEDGED if self.selected else b""

    def _data(self, fcb: int, at: float) -> bytes:
        """The next telegram when the frame count bit changed, else the last one again (EN 13757-2, 5.7.6)."""
        if self._fcb not in (-1, fcb):
            self._at = (self._at + 1) % self._telegrams
        self._fcb = fcb
        self._access = self._access + 1 & 0xFF
        status = _LOW_POWER * bool(self.value("battery_low", at, False))
        header = self._identity + bytes((self._access, status, 0, 0))
        body = bytes((0x08, self.primary, 0x72)) + header + self._part(at)
        if self._wrong_address(at):
            body = body[:3] + bytes((body[3] ^ 1,)) + body[4:]
        return bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 0xFF, 0x16))

    def _part(self, at: float) -> bytes:
        """Its records, shared out over the telegrams; 1F says that more follow."""
        found = self.records(at)
        each = -(-len(found) // self._telegrams)
        mine: Sequence[bytes] = found[self._at * each : (self._at + 1) * each]
        return b"".join(mine) + (b"\x1f" if self._at < self._telegrams - 1 else b"")

    def records(self, at: float) -> list[bytes]:
        """Everything that it measures, and its date and time (type F)."""
        said = [
            bytes.fromhex(head) + digits(float(self.value(name, at)), count, decimals)
            for name, (head, count, decimals) in _RECORDS.items() if name in self.values
        ]  # fmt: skip
        now = self.clock(at)
        year = now.year % 100
        date = (now.minute, now.hour, now.day | (year & 7) << 5, now.month | (year & 0x78) << 1)
        return [*said, b"\x04\x6d" + bytes(date)]


def _frame_in(heard: bytes) -> bytes | None:
    """The last whole frame of the master."""
    for at in range(len(heard) - 1, -1, -1):
        frame = heard[at:]
        short = frame[0] == 0x10 and len(frame) == 5
        long = len(frame) > 8 and frame[:4] == bytes((0x68, len(frame) - 6 & 0xFF, len(frame) - 6 & 0xFF, 0x68))
        if (short or long) and frame[-1] == 0x16 and sum(frame[4 if long else 1 : -2]) & 0xFF == frame[-2]:
            return frame
    return None
