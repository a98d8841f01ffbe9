"""Electricity meters on RS-485 as DL/T 645-2007 has them (chapters 5 to 7, annex A)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from gateway.sim.bus.unit import Said, Speed, Unit

_TIME, _READ, _READ_ON, _READ_ADDRESS = 0x08, 0x11, 0x12, 0x13
_NO_DATA = 0x02
_PHASES: Final = ("l1", "l2", "l3")
_ENERGY: Final = {0: "energy_net_kwh", 1: "energy_kwh", 2: "energy_export_kwh"}
_VARIABLES: Final = {
    1: ("voltage_v", 4, 1, 1.0, False), 2: ("current_a", 6, 3, 1.0, False), 3: ("power_w", 6, 4, 0.001, True),
    6: ("power_factor", 4, 3, 1.0, True),
}  # fmt: skip
"""DI2 -> quantity, digits, decimals, kW of a W, with a total in front."""
_SINGLE: Final = {2: ("frequency_hz", 4, 2), 8: ("battery_v", 4, 2)}
_CORRECTION: Final = 300.0
"""Seconds: a clock that is farther off isn't set by the broadcast (5 minutes), nor is one a second time that day."""


def digits(number: float, count: int, decimals: int = 0, *, signed: bool = False) -> bytes:
    """A number as so many decimal digits, low byte first; the top bit of the last byte is a minus."""
    text = f"{round(abs(number) * 10**decimals):0{count}}"[-count:]
    data = bytearray(bytes.fromhex(text)[::-1])
    if signed and number < 0:
        data[-1] |= 0x80
    return bytes(data)


class Dlt645(Unit):
    """A meter of one phase or three; ``most`` bytes of data go into one frame of an answer, the rest on demand."""

    def __init__(
        self,
        address: str,
        values: Mapping[str, Said],
        speed: Speed = Speed(2400, "E"),  # noqa: B008 - a NamedTuple never changes
        *,
        most: int = 200,
        seed: int = 1,
    ) -> None:
        super().__init__(address.zfill(12), speed, values, seed)
        self._most = most
        self._left: list[bytes] = []
        self._set: date | None = None

    def answer(self, heard: bytes, at: float) -> bytes:
        """To a read, the next part of one, or "your address?"; an error reply where there is no such register."""
        frame = _frame_in(heard)
        if frame is None or not self._is_mine(frame[1:7]):
            return b""
        self.asked += 1
        control, data = frame[8], bytes(byte - 0x33 & 0xFF for byte in frame[10:-2])
        if control == _READ_ADDRESS:
            return self._frame(0x93, bytes.fromhex(self.address)[::-1], at)
        if control == _TIME and frame[1:7] == b"\x99" * 6:
            self._set_clock(data, at)
            return b""
        if control == _READ and len(data) >= 4:
            return self._read(data[:4], at)
        if control == _READ_ON and len(data) == 5 and self._left:
            more = len(self._left) > 1
            return self._frame(0xB2 if more else 0x92, data[:4] + self._left.pop(0) + data[4:], at)
        return b"" if control & 0x80 else self._frame(0xC0 | control & 0x1F, bytes((_NO_DATA,)), at)

    def _is_mine(self, wire: bytes) -> bool:
        """Its own address, the one of all, or its low digits with AA in place of the high ones (7.1.1.3)."""
        own = bytes.fromhex(self.address)[::-1]
        return wire == b"\x99" * 6 or all(one in (0xAA, mine) for one, mine in zip(wire, own, strict=True))

    def _read(self, di: bytes, at: float) -> bytes:
        said = self.register(int.from_bytes(di, "little"), at)
        if said is None:
            return self._frame(0xD1, bytes((_NO_DATA,)), at)
        first, self._left = said[: self._most], [
            said[begin : begin + self._most] for begin in range(self._most, len(said), self._most)
        ]  # fmt: skip
        return self._frame(0xB1 if self._left else 0x91, di + first, at)

    def _frame(self, control: int, data: bytes, at: float) -> bytes:
        address = bytearray(bytes.fromhex(self.address)[::-1])
        if self._wrong_address(at):
            address[0] = 0x01 if address[0] != 0x01 else 0x02
        body = b"\x68" + address + bytes((0x68, control, len(data))) + bytes(byte + 0x33 & 0xFF for byte in data)
        return b"\xfe" * 4 + body + bytes((sum(body) & 0xFF, 0x16))

    def _set_clock(self, data: bytes, at: float) -> None:
        try:
            said = datetime.strptime("20" + data[5::-1].hex(), "%Y%m%d%H%M%S").replace(tzinfo=self.started.tzinfo)
        except ValueError:
            return
        own = self.clock(at)
        if self._set != own.date() and abs((said - own).total_seconds()) <= _CORRECTION:
            self.started += said - own
            self._set = own.date()

    # ---- annex A

    def register(self, di: int, at: float) -> bytes | None:
        """What stands under a data identifier, without it; None: there is no such one."""
        di3, di2, di1, di0 = di.to_bytes(4, "big")
        if di3 == 0 and di2 in _ENERGY and di0 == 0:
            return self._tariffs(_ENERGY[di2], di1, at)
        if di3 == 2 and di2 in _VARIABLES and di0 == 0:
            return self._variable(di2, di1, at)
        if di >> 8 == 0x028000 and di0 in _SINGLE and _SINGLE[di0][0] in self.values:
            name, count, decimals = _SINGLE[di0]
            return digits(float(self.value(name, at)), count, decimals)
        if di3 == 4:
            return self._parameter(di, at)
        if di == 0x05060001:
            return digits(float(f"{self._midnight(at):%y%m%d%H%M}"), 10)
        if di >> 16 == 0x0506 and di1 in _ENERGY and di0 == 1:
            return self._tariffs(_ENERGY[di1], 0xFF, at, "_day_end")
        return None

    def _tariffs(self, name: str, tariff: int, at: float, end: str = "") -> bytes | None:
        names = [f"{name}{end}", *(f"{name}_t{number}{end}" for number in range(1, 64))]
        there = [one for one in names if one in self.values]
        wanted = there if tariff == 0xFF else [one for one in there if one == names[min(tariff, 63)]]
        if not wanted:
            return None
        return b"".join(digits(float(self.value(one, at)), 8, 2, signed="net" in name) for one in wanted)

    def _variable(self, di2: int, which: int, at: float) -> bytes | None:
        quantity, count, decimals, times, total = _VARIABLES[di2]
        names = [quantity] * total + [f"{quantity}_{phase}" for phase in _PHASES]
        if which != 0xFF:
            names = names[which - (not total) :][:1] if which >= (not total) else []
        if not any(name in self.values for name in names):
            return None
        absent = b"\xff" * (count // 2)
        return b"".join(
            digits(float(self.value(name, at)) * times, count, decimals, signed=di2 != 1)
            if name in self.values else absent
            for name in names
        )  # fmt: skip

    def _parameter(self, di: int, at: float) -> bytes | None:
        now = self.clock(at)
        if di == 0x04000101:
            return bytes((now.isoweekday() % 7,)) + digits(float(f"{now:%y%m%d}"), 6)
        if di == 0x04000102:
            return digits(float(f"{now:%H%M%S}"), 6)
        if di == 0x04000401:
            return bytes.fromhex(self.address)[::-1]
        if di == 0x040005FF:
            return b"".join(self._status(word, at) for word in range(1, 8))
        return self._status(di & 0xFF, at) if di >> 8 == 0x040005 and 1 <= di & 0xFF <= 7 else None

    def _status(self, word: int, at: float) -> bytes:
        bits = 0
        if word == 1:
            bits = 0x0C * bool(self.value("battery_low", at, False))
        elif word in (4, 5, 6):
            names = {0: "phase_lost", 1: "undervoltage", 2: "overvoltage", 4: "overcurrent"}
            bits = sum(bool(self.value(f"{name}_l{word - 3}", at, False)) << bit for bit, name in names.items())
        return bits.to_bytes(2, "little")

    def _midnight(self, at: float) -> datetime:
        return self.clock(at).replace(hour=0, minute=0, second=0, microsecond=0)


def _frame_in(heard: bytes) -> bytes | None:
    """The request in what was heard, behind any wake-up bytes."""
    for at in range(len(heard) - 11):
        end = at + 12 + heard[at + 9]
        frame = heard[at:end]
        whole = frame[0] == frame[7] == 0x68 and len(frame) == end - at
        if whole and frame[-1] == 0x16 and sum(frame[:-2]) & 0xFF == frame[-2]:
            return frame
    return None
