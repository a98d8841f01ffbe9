"""Wired M-Bus (EN 13757-2 and -3): water, heat, gas and electricity meters on a two-wire bus, 2400 8E1 by default.

==========  ====================================  =====================================================
on the bus  bytes                                 here
==========  ====================================  =====================================================
single      ``E5``                                a meter's "understood"; a frame only when it stands alone
short       ``10 C A CS 16``                      the master asks; refused as an answer
long        ``68 L L 68 C A CI data CS 16``       C = 08 18 28 38 is an answer, anything else the master's
==========  ====================================  =====================================================

L counts C … data, CS is their sum modulo 256. Of the answers, CI 72 (76: highest byte first) has records of any
kind, 73 two counters, 70 an error of the application, which is refused with its name.

**Address.** A meter's name is its secondary address as other M-Bus tools print it: 16 hex digits in small letters,
identification number (8, as on its face), manufacturer (4) and version (2) and medium (2) as on the wire. CI 73 has
the identification number alone (8 digits). In an answer without either (CI 70) it is the primary address (1 … 3
digits). ``ask`` takes all three. A meter may be registered under any of them: ``Head.also`` has the identification
number and the primary address. ``select`` takes ``f`` for any digit as well, to search; a meter can't be registered so:
it answers under its own number, and several may answer at once.

**Values.** Records of now (instantaneous, storage 0, tariff 0, device 0, no VIFE that changes the meaning):
volume, energy, power, flow, flow and return temperature, named by medium; records(head) gives all the others.
``battery_low`` and ``fault`` by the status byte, as long as they are true, and once when they no longer are.
"Forward only" (VIFE 3B) counts as the energy itself, "backward only" (3C) of electricity as export.

**Telegrams.** ``ask`` resets the meter, so it begins with its first telegram; while more follow (DIF 1F), ``follow``
asks for the next one, for TELEGRAMS at most.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from drivers.driver import BadFrame, Decoded, Driver, Head, Manners, Memory, Settings
from drivers.mbus_link import check, cut, short
from drivers.mbus_records import INSTANT, Order, Record, Slot, read, record, scaled, slots
from drivers.mbus_units import FIXED, NEGATIVE, OURS, POSITIVE, UNKNOWN
from drivers.reading import Value

ACKNOWLEDGE: Final = 0xE5
SELECTED: Final = 0xFD
"""Primary address of the meter that was selected by its secondary address."""
_WHOEVER: Final = 254
"""Primary address that any meter answers to, under its own."""
TELEGRAMS: Final = 32
"""More telegrams than this to one answer are a meter that goes in circles."""

_ANY: Final = re.compile(r".{0,7}f|(?:..)+ff")
"""A place for any digit: f in the identification number, a whole byte behind it. Half a byte may be a maker's."""
_SND_NKE, _SND_UD, _REQ_UD2, _FCB = 0x40, 0x53, 0x5B, 0x20
_ERROR, _VARIABLE, _FIXED, _VARIABLE_BIG = 0x70, 0x72, 0x73, 0x76
_RSP_UD: Final = frozenset({0x08, 0x18, 0x28, 0x38})
_FIRST_RECORD: Final = 13
"""Offset in a body (CI first) behind identification, maker, version, medium, access, status and signature."""
_ENCRYPTED, _OPENED = frozenset({5, 7}), b"\x2f\x2f"
"""Modes of the configuration word with AES (EN 13757-7, 7.6), and what plain text under them begins with. One of 200
frames of cipher text would pass for records. Other modes are out of use, and old meters have anything in that word."""
_ERRORS: Final = {
    0: "unspecified", 1: "CI field not known", 2: "too long", 3: "too many records", 4: "a record broke off",
    5: "too many DIFEs", 6: "too many VIFEs", 8: "busy", 9: "read out too often",
}  # fmt: skip

_STATUS: Final = ((0x04, "battery_low"), (0x08, "fault"))
"""Bits of the status byte (EN 13757-3, table 6): power low, permanent error."""
_ELECTRICITY: Final = 0x02
_WATER: Final = {0x03: "gas_m3", 0x06: "hot_water_m3", 0x07: "water_m3", 0x15: "hot_water_m3", 0x16: "water_m3"}
_HEAT: Final = frozenset({0x04, 0x0A, 0x0B, 0x0C, 0x0D})
"""Heat and cooling, by the volume measured in flow or return."""
_OLD_MEDIA: Final = (0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0F, 0x03, 0x04, 0x06, 0x07, 0x08, 0x0F)
"""Medium of the fixed data structure -> medium of the variable one."""
_PLAIN: Final = frozenset({(), (POSITIVE,)})
_NOW: Final = (INSTANT, 0, 0, 0)


def head(data: bytes) -> Head:
    """One frame -> Head: address (see above), body from CI on, kind CI (E5 for the single byte); raises BadFrame."""
    if data == b"\xe5":
        return Head("", b"", ACKNOWLEDGE)
    check(data)
    if data[0] == 0x10 or data[4] not in _RSP_UD:
        raise BadFrame("a request of the master, no answer", data)
    body = data[6:-2]
    name = _address(body, data[5])
    return Head(name, body, body[0], also=(name[:8], str(data[5])))


def _address(body: bytes, primary: int) -> str:
    if body[0] == _VARIABLE and len(body) >= _FIRST_RECORD:
        return body[4:0:-1].hex() + body[5:9].hex()
    if body[0] == _VARIABLE_BIG and len(body) >= _FIRST_RECORD:
        return body[1:5].hex() + body[6:4:-1].hex() + body[7:9].hex()
    if body[0] == _FIXED and len(body) >= 5:
        return body[4:0:-1].hex()
    return str(primary)


def decode(frame: Head, memory: Memory) -> Decoded:
    """-> the values of now, and troubles of the meter while there are any; raises BadFrame.

    Memory holds the troubles that were said, so that their end is said once.
    """
    kept: Memory = {name: 1 for _, name in _STATUS if memory.get(name)}
    if frame.kind == ACKNOWLEDGE:
        return Decoded((), kept)
    found, medium, _, _ = _contents(frame)
    values: list[Value] = []
    seen: Counter[str] = Counter()
    for slot in found:
        if slot[:4] == _NOW:
            named = _named(slot, medium)
            if named:
                values.append(Value(*named, (), seen[named[0]]))
                seen[named[0]] += 1
    bits = frame.body[6 if frame.body[0] == _FIXED else 10]
    now: Memory = {name: 1 for bit, name in _STATUS if bits & bit}
    values += [Value(name, name in now) for _, name in _STATUS if name in now or name in kept]
    return Decoded(values, now)


def records(frame: Head) -> list[Record]:
    """Everything that a frame says, in its order; a maker's block comes last, as hex; raises BadFrame."""
    if frame.kind == ACKNOWLEDGE:
        return []
    found, _, block, _ = _contents(frame)
    said = [record(slot) for slot in found]
    return [*said, Record(*_NOW, "manufacturer", "", block.hex())] if block else said


def more(frame: Head) -> bool:
    """Do more telegrams belong to this answer? Raises BadFrame."""
    return frame.kind != ACKNOWLEDGE and _contents(frame)[3]


def _contents(frame: Head) -> tuple[list[Slot], int, bytes, bool]:
    """-> (records, medium, the maker's block, more telegrams follow?)"""
    body = frame.body
    if not body:
        raise BadFrame("an empty frame", body)
    if body[0] in (_VARIABLE, _VARIABLE_BIG):
        if len(body) < _FIRST_RECORD:
            raise BadFrame("the header breaks off", body)
        order: Order = "little" if body[0] == _VARIABLE else "big"
        mode = body[12 if order == "little" else 11] & 0x1F
        if mode in _ENCRYPTED and body[_FIRST_RECORD : _FIRST_RECORD + 2] != _OPENED:
            raise BadFrame(f"its records are encrypted (mode {mode}): let the meter send them plain on the wire", body)
        found, block, following = slots(body, _FIRST_RECORD, order)
        return found, body[8], block, following
    if body[0] == _FIXED:
        return *_fixed(body), b"", False
    if body[0] == _ERROR:
        raise BadFrame(_refused(frame), body)
    raise BadFrame(f"CI {body[0]:02x} is none that is read here", body)


def _fixed(body: bytes) -> tuple[list[Slot], int]:
    """CI 73: identification 4, access, status, two units with the medium in their top bits, two counters of 4."""
    if len(body) != 17:
        raise BadFrame(f"a fixed data structure has 16 bytes, not {len(body) - 1}", body)
    status, first, second = body[6:9]
    field = 4 if status & 1 else 0x0C
    found = []
    for unit, data in ((first & 0x3F, body[9:13]), (second & 0x3F, body[13:17])):
        stored = int(bool(status & 2) or unit == 0x3E)
        # 3E: the same unit as the other counter, but its value at the fixed date.
        said = FIXED.get(first & 0x3F if unit == 0x3E else unit, UNKNOWN)
        found.append(Slot(INSTANT, stored, 0, 0, said, field, data))
    return found, _OLD_MEDIA[first >> 6 | (second & 0xC0) >> 4]


def _named(slot: Slot, medium: int) -> tuple[str, float] | None:
    """-> (quantity, value) of a record of now, or None if the table of quantities doesn't have it."""
    said = slot.meaning
    if said.modifiers not in _PLAIN and said.modifiers != (NEGATIVE,):
        return None
    name = _quantity(said.quantity, medium)
    if not name or (said.modifiers == (NEGATIVE,) and name != "energy_kwh"):
        return None
    raw = read(slot)
    if raw is None or isinstance(raw, str):
        return None
    unit = OURS.get((said.quantity, said.unit))
    if unit is None:
        return None
    value = scaled(raw, said.power + unit.power, unit.times, said.plus)
    if not isinstance(value, int | float):
        return None
    value = (value - unit.zero) / unit.of if (unit.zero, unit.of) != (0, 1) else value
    return "energy_export_kwh" if said.modifiers == (NEGATIVE,) else name, value


def _quantity(quantity: str, medium: int) -> str:
    if quantity == "volume":
        return _WATER.get(medium, "volume_m3")
    if quantity == "energy":
        return "heat_kwh" if medium in _HEAT else "energy_kwh"
    return _NAMES.get(quantity, "")


_NAMES: Final = {
    "power": "power_w", "volume_flow": "flow_m3_h", "flow_temperature": "supply_temperature_c",
    "return_temperature": "return_temperature_c",
}  # fmt: skip


# ---- what the master says


def ask(address: str) -> Sequence[bytes]:
    """-> reset, select (if the address is a secondary one), give your first telegram; raises BadFrame."""
    if re.fullmatch(r"[0-9]{1,3}", address, re.ASCII) and int(address) <= 254:
        return [short(_SND_NKE, int(address)), short(_REQ_UD2 | _FCB, int(address))]
    selection = select(address)
    if _ANY.match(address.lower()):
        raise BadFrame(f"address {address!r} stands for several meters: f is any digit; write this one's own number")
    return [short(_SND_NKE, SELECTED), selection, short(_REQ_UD2 | _FCB, SELECTED)]


def follow(address: str, frame: Head, nth: int) -> bytes | None:
    """-> the request for the next telegram after the nth (from 1) of an answer, None if that was the last."""
    try:
        wanted = nth < TELEGRAMS and more(frame)
    except BadFrame:
        return None
    primary = int(address) if len(address) <= 3 else SELECTED
    return short(_REQ_UD2 | (0 if nth % 2 else _FCB), primary) if wanted else None


def _answers(address: str, request: bytes, frame: Head) -> bool:
    """A reset and a selection are answered by E5, a request for data by a long frame of whom it was for."""
    data = request[0] == 0x10 and request[1] & ~_FCB == _REQ_UD2
    if frame.kind == ACKNOWLEDGE or not data:
        return (frame.kind == ACKNOWLEDGE) is not data
    if len(address) <= 3:
        return int(address) in (SELECTED, _WHOEVER) or str(int(address)) in frame.also[1:]
    if frame.kind == _ERROR:
        return True
    return frame.address.startswith(address) or address.startswith(frame.address)


def _refused(frame: Head) -> str:
    if frame.kind != _ERROR:
        return ""
    code = frame.body[1] if len(frame.body) > 1 else 0
    return f"the meter answers error {code}, {_ERRORS.get(code, 'reserved')}"


def _may_be_mute(request: bytes) -> bool:
    """A reset of whoever is selected: nobody may be."""
    return request == short(_SND_NKE, SELECTED)


def select(address: str) -> bytes:
    """-> bytes that select the one meter of a secondary address (8 or 16 hex digits, f for any); raises BadFrame."""
    if not re.fullmatch(r"[0-9a-f]{8}(?:[0-9a-f]{8})?", address.lower(), re.ASCII):
        raise BadFrame(f"address {address!r} is neither 0 … 254 nor 8 or 16 hex digits")
    wanted = bytes.fromhex(address.ljust(16, "f"))
    content = bytes((_SND_UD | _FCB, SELECTED, 0x52)) + wanted[3::-1] + wanted[4:]
    return bytes((0x68, len(content), len(content), 0x68)) + content + bytes((sum(content) & 0xFF, 0x16))


DRIVER: Final = Driver(
    name="mbus",
    link="serial",
    cut=cut,
    head=head,
    decode=decode,
    silent_after=7260.0,  # two missed polls
    ask=ask,
    settings=Settings(2400, "E"),
    manners=Manners(
        patience=0.35,  # EN 13757-2, 5.7: 330 bit times and 50 ms, 0.19 s at 2400 baud; a level converter takes more
        gap=0.05,
        quiet=0.014,  # 33 bit times
        unbroken=True,
        answers=_answers,
        refused=_refused,
        follow=follow,
        mute=_may_be_mute,
    ),
    every=3600.0,
)
