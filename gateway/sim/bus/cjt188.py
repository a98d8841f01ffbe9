"""Water, hot water, heat and gas meters on RS-485 or M-Bus couplers as CJ/T 188 has them, 2004 and 2018."""

from collections.abc import Mapping
from typing import Final, Literal

from gateway.sim.bus.dlt645 import digits
from gateway.sim.bus.unit import Said, Speed, Unit

COLD, HOT, HEAT, GAS = 0x10, 0x11, 0x20, 0x30
_MAIN: Final = {COLD: "water_m3", HOT: "hot_water_m3", GAS: "gas_m3"}
_READ, _READ_ADDRESS, _WRITE = 0x01, 0x03, 0x04
_READING, _ADDRESS, _VALVE = 0x901F, 0x810A, 0xA017
_M3, _KWH, _KW, _M3_H = 0x2C, 0x05, 0x17, 0x35
_OPEN, _SHUT = 0x55, 0x99
_SHUT_BIT, _VALVE_FAULT, _BATTERY_LOW = 1, 2, 4


class Cjt188(Unit):
    """A meter of one kind; its valve takes ``travel`` seconds, or never arrives if it is ``jammed``."""

    travel = 2.0

    def __init__(
        self,
        address: str,
        values: Mapping[str, Said],
        kind: int = COLD,
        speed: Speed = Speed(2400, "E"),  # noqa: B008 - a NamedTuple never changes
        *,
        edition: Literal[2004, 2018] = 2004,
        seed: int = 1,
    ) -> None:
        super().__init__(address.zfill(14), speed, values, seed)
        self.kind, self._edition = kind, edition
        self.jammed = False
        self._shut = False
        self._wanted: tuple[bool, float] | None = None
        """(shut?, when it was told)"""

    def answer(self, heard: bytes, at: float) -> bytes:
        """To a read of 901F, to "your address?" and to a command of the valve; an abnormal one to anything else."""
        frame = _frame_in(heard)
        if frame is None or frame[1] not in (self.kind, 0xAA) or not self._is_mine(frame[2:9]):
            return b""
        control, data = frame[9], frame[11:-2]
        di = int.from_bytes(data[:2], "big" if self._edition == 2004 else "little")
        if control & 0x80 or len(data) < 3 or di not in (_READING, _ADDRESS, _VALVE):
            return b""
        self.asked += 1
        if control == _READ and di == _READING:
            return self._frame(0x81, data[:3] + self._reading(at), at)
        if control == _READ_ADDRESS and di == _ADDRESS:
            return self._frame(0x83, data[:3], at)
        if control == _WRITE and di == _VALVE and len(data) == 4 and data[3] in (_OPEN, _SHUT):
            self._shut = self.shut(at)
            self._wanted = (data[3] == _SHUT, at)
            return self._frame(0x84, data[:3] + self._status(at), at)
        return self._frame(0xC0 | control, data[2:3] + self._status(at), at)

    def shut(self, at: float) -> bool:
        """Where its valve is."""
        if self._wanted is not None and not self.jammed and at >= self._wanted[1] + self.travel:
            return self._wanted[0]
        return self._shut

    def _is_mine(self, wire: bytes) -> bool:
        return wire in (b"\xaa" * 7, bytes.fromhex(self.address)[::-1])

    def _frame(self, control: int, data: bytes, at: float) -> bytes:
        address = bytearray(bytes.fromhex(self.address)[::-1])
        if self._wrong_address(at):
            address[0] = 0x01 if address[0] != 0x01 else 0x02
        body = bytes((0x68, self.kind)) + address + bytes((control, len(data))) + data
        return b"\xfe" * 2 + body + bytes((sum(body) & 0xFF, 0x16))

    def _reading(self, at: float) -> bytes:
        clock = digits(float(f"{self.clock(at):%Y%m%d%H%M%S}"), 14)
        return (self._heat(at) if self.kind == HEAT else self._register(at)) + clock + self._status(at)

    def _register(self, at: float) -> bytes:
        name = _MAIN[self.kind]
        return self._amount(name, _M3, at) + self._amount(f"{name}_settled", _M3, at)

    def _heat(self, at: float) -> bytes:
        amounts = (
            self._amount("heat_kwh_settled", _KWH, at),
            self._amount("heat_kwh", _KWH, at),
            self._amount("power_w", _KW, at, 0.001),
            self._amount("flow_m3_h", _M3_H, at, decimals=4),
            self._amount("volume_m3", _M3, at),
        )
        warm = (self._digits(name, at, 6, 2) for name in ("supply_temperature_c", "return_temperature_c"))
        return b"".join((*amounts, *warm, self._digits("operating_h", at, 6, 0)))

    def _amount(self, name: str, unit: int, at: float, times: float = 1.0, decimals: int = 2) -> bytes:
        return self._digits(name, at, 8, decimals, times) + bytes((unit,))

    def _digits(self, name: str, at: float, count: int, decimals: int, times: float = 1.0) -> bytes:
        if name not in self.values:
            return b"\xff" * (count // 2)
        return digits(float(self.value(name, at)) * times, count, decimals)

    def _status(self, at: float) -> bytes:
        stuck = self.jammed and self._wanted is not None and at >= self._wanted[1] + self.travel
        bits = _SHUT_BIT * self.shut(at) | _VALVE_FAULT * stuck
        return bytes((bits | _BATTERY_LOW * bool(self.value("battery_low", at, False)), 0))


def _frame_in(heard: bytes) -> bytes | None:
    """The request in what was heard, behind any wake-up bytes."""
    for at in range(len(heard) - 12):
        end = at + 13 + heard[at + 10]
        frame = heard[at:end]
        if frame[0] == 0x68 and len(frame) == end - at and frame[-1] == 0x16 and sum(frame[:-2]) & 0xFF == frame[-2]:
            return frame
    return None
