"""Modbus RTU devices out of a register map, backwards: values -> registers (Modbus over Serial Line V1.02).

The maps are those of drivers/modbus.py, read here as plain TOML. What a device measures is given by quantity, the
second value of the same one as ``quantity#2``; of a map for several gases it is the one whose quantities are given.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

from drivers import maps
from gateway.sim.bus.unit import Plain, Said, Speed, Unit

_WORDS: Final = {"u16": 1, "s16": 1, "u32": 2, "s32": 2, "f32": 2, "u64": 4, "s64": 4, "f64": 4, "bcd": 1, "bcd32": 2}
_PACKED: Final = {
    "u16": ">H",
    "s16": ">h",
    "u32": ">I",
    "s32": ">i",
    "f32": ">f",
    "u64": ">Q",
    "s64": ">q",
    "f64": ">d",
}
_MOST: Final = {1: 2000, 2: 2000, 3: 125, 4: 125}
_WRITE_BIT, _WRITE = 5, 6
_ON, _OFF = 0xFF00, 0x0000
_NO_FUNCTION, _NO_ADDRESS, _NO_VALUE = 1, 2, 3

Table = Mapping[str, Any]


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS bit by bit, as on the wire: low byte first."""
    register = 0xFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ 0xA001 if register & 1 else register >> 1
    return register.to_bytes(2, "little")


class Modbus(Unit):
    """One unit of a map (a name of those shipped, or a parsed TOML table)."""

    turnaround = 0.005

    def __init__(
        self,
        chart: str | Table,
        address: int,
        values: Mapping[str, Said],
        speed: Speed = Speed(9600),  # noqa: B008 - a NamedTuple never changes
        seed: int = 1,
    ) -> None:
        super().__init__(str(address), speed, values, seed)
        self.unit = address
        self._chart: Table = maps.shipped()[chart] if isinstance(chart, str) else chart
        self.written: dict[int, int] = {}
        """Holding register -> what the gateway wrote into it."""

    def answer(self, heard: bytes, at: float) -> bytes:
        """To a read, or a write of one register or coil; an exception for what it hasn't got."""
        if len(heard) < 4 or heard[0] != self.unit or crc(heard[:-2]) != heard[-2:]:
            return b""
        self.asked += 1
        function = heard[1]
        start, count = int.from_bytes(heard[2:4], "big"), int.from_bytes(heard[4:6], "big")
        if function in _MOST and len(heard) == 8:
            said = self._read(function, start, count, at)
        elif function == _WRITE_BIT and len(heard) == 8:
            said = self._write_bit(start, count, heard)
        elif function == _WRITE and len(heard) == 8:
            self.written[start] = count
            said = heard[:6]
        else:
            said = self._refuse(function, _NO_FUNCTION)
        if self._wrong_address(at):
            said = bytes((said[0] % 247 + 1,)) + said[1:]
        return said + crc(said)

    def _write_bit(self, start: int, wanted: int, heard: bytes) -> bytes:
        """Set a coil of the map (V1.1b3, 6.5): FF00 is on, 0000 off, anything else is refused."""
        named = [(name, table) for name, table, function, first in self._entries() if (function, first) == (1, start)]
        if not named:
            return self._refuse(_WRITE_BIT, _NO_ADDRESS)
        if wanted not in (_ON, _OFF):
            return self._refuse(_WRITE_BIT, _NO_VALUE)
        name, table = named[0]
        self.values[name] = (wanted == _ON) is not table.get("invert", False)
        return heard[:6]

    def _refuse(self, function: int, why: int) -> bytes:
        return bytes((self.unit, function | 0x80, why))

    def _read(self, function: int, start: int, count: int, at: float) -> bytes:
        if not 1 <= count <= _MOST[function]:
            return self._refuse(function, _NO_VALUE)
        bank = self.registers(at).get(function, {})
        wanted = range(start, start + count)
        if not all(number in bank for number in wanted):
            return self._refuse(function, _NO_ADDRESS)
        if function in (1, 2):
            bits = sum(bool(bank[number]) << index for index, number in enumerate(wanted))
            data = bits.to_bytes((count + 7) // 8, "little")
        else:
            data = b"".join(bank[number].to_bytes(2, "big") for number in wanted)
        return bytes((self.unit, function, len(data))) + data

    def registers(self, at: float) -> dict[int, dict[int, int]]:
        """All that it holds now: function -> register as numbered on the wire -> 16 bits; one for functions 1, 2."""
        banks: dict[int, dict[int, int]] = {}
        entries = list(self._entries())
        for _, table, function, first in entries:
            bank = banks.setdefault(function, {})
            condition = int(table["only_if"]["register"]) - self._chart["base"] if "only_if" in table else first
            last = max(condition, first + self._words(table, function) - 1)
            bank.update(dict.fromkeys(range(min(condition, first), last + 1), 0))
        for name, table, function, _ in entries:
            if "only_if" in table and name in self.values:
                self._satisfy(table["only_if"], banks[function])
        for name, table, function, first in entries:
            self._put(table, banks[function], first, name, at)
        banks.setdefault(3, {}).update(self.written)
        return banks

    def _entries(self) -> Iterator[tuple[str, Table, int, int]]:
        """(name of the value, its table, function, first register on the wire) of each value of the map."""
        seen: dict[str, int] = {}
        for table in self._chart["value"]:
            quantity = table.get("quantity", "")
            seen[quantity] = seen.get(quantity, 0) + 1
            name = f"{quantity}#{seen[quantity]}" if seen[quantity] > 1 else quantity
            yield name, table, self._function(table), int(table["register"]) - self._chart["base"]

    def _function(self, table: Table) -> int:
        return int(table.get("function", self._chart.get("function", 3)))

    def _words(self, table: Table, function: int) -> int:
        return 1 if function in (1, 2) else _WORDS[table.get("type", self._chart.get("type", "u16"))]

    def _satisfy(self, condition: Table, bank: dict[int, int]) -> None:
        """Make the register say that this value is to be believed."""
        register, mask = int(condition["register"]) - self._chart["base"], condition.get("mask", 0xFFFF)
        low = (mask & -mask).bit_length() - 1
        if "is" in condition and bank[register] >> low & mask >> low not in condition["is"]:
            bank[register] = bank[register] & ~mask | condition["is"][0] << low
        if "is_not" in condition and (bank[register] & mask) >> low in condition["is_not"]:
            bank[register] &= ~mask

    def _put(self, table: Table, bank: dict[int, int], first: int, name: str, at: float) -> None:
        mask = 1 << table["bit"] if "bit" in table else 1 if self._function(table) in (1, 2) else table.get("mask", 0)
        if "states" in table:
            bank[first] |= self._state(table["states"], at) * (mask & -mask or 1)
        elif mask and (name not in self.values or isinstance(self.value(name, at), bool)):
            rest = bank[first] >> table["rest_bit"] & 1 if "rest_bit" in table else table.get("invert", False)
            if self.value(name, at, False) != bool(rest):
                bank[first] |= mask
        elif mask:
            bank[first] |= round(float(self.value(name, at))) * (mask & -mask)
        elif name in self.values:
            for offset, word in enumerate(self._number(table, self.value(name, at))):
                bank[first + offset] = word

    def _state(self, states: Table, at: float) -> int:
        """The number of the state in which just those things are true that are true now."""
        named = {one for said in states.values() for one in ([said] if isinstance(said, str) else said)} - {"normal"}
        true = {name for name in named if self.value(name, at, False)}
        for number, said in states.items():
            if {said} - {"normal"} == true if isinstance(said, str) else set(said) == true:
                return int(number)
        raise ValueError(f"no state of this map means {sorted(true)}")

    def _number(self, table: Table, value: Plain) -> list[int]:
        """-> the registers of one number; the map's first ``invalid`` number where there is no reading (nan)."""
        kind = table.get("type", self._chart.get("type", "u16"))
        number = (float(value) - table.get("offset", 0)) / table.get("scale", 1)
        if number != number:
            raw = int(table["invalid"][0]).to_bytes(2 * _WORDS[kind], "big")
        elif kind.startswith("bcd"):
            raw = bytes.fromhex(f"{round(number):0{4 * _WORDS[kind]}}")
        else:
            raw = struct.pack(_PACKED[kind], number if kind[0] == "f" else round(number))
        words = [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
        if table.get("byte_order", self._chart.get("byte_order", "big")) == "little":
            words = [word >> 8 | (word & 0xFF) << 8 for word in words]
        return words if table.get("word_order", self._chart.get("word_order", "big")) == "big" else words[::-1]
