"""Who is on a line: each protocol's own way to find addresses, at the speeds that its devices usually have.

Every question is one that only reads, and one at a time; nothing on the line is changed.

==========  =======================================================================================================
node        they speak by themselves: listened to
modbus      units 1 … 16 at each speed are asked for their first register (functions 3, then 4; an exception is an
            answer too), then all others (function 3), at the speeds at which somebody answered, if anybody did. Then
            the maps are tried: a device is believed to be what all of a map's questions bring values for
dlt645      "your address?" to all; where several answer at once, to all whose last digits are 00 … 99, and so on
cjt188      "your address?" to all of a kind, as 2004 and as 2018 have it
mbus        reset all; then selection by secondary address, a digit more wherever several answer at once; of several
            with one identification number by their media
==========  =======================================================================================================
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from drivers import cjt188, dlt645, mbus, rtu
from drivers.driver import BadFrame, Driver, Head, Settings
from drivers.reading import Scalar
from gateway.ports.serial.probe import Probe

SPEEDS: Final[Mapping[str, tuple[Settings, ...]]] = {
    "node": (Settings(115_200), Settings(9600)),
    "modbus": (Settings(9600), Settings(4800), Settings(19_200), Settings(9600, "E"), Settings(19_200, "E")),
    "dlt645": (Settings(2400, "E"), Settings(9600, "E"), Settings(4800, "E"), Settings(1200, "E")),
    "cjt188": (Settings(2400, "E"), Settings(9600), Settings(9600, "E")),
    "mbus": (Settings(2400, "E"), Settings(300, "E"), Settings(9600, "E")),
}
"""Protocol -> its usual settings, the most usual first."""
UNITS: Final = range(1, 248)
LISTEN: Final = 3.0
"""Seconds for our own nodes: they say something every ten, more often where something happens."""
USUAL: Final = 16
"""Units of Modbus that are asked first, at each speed: the first ones, as makers and installers number them."""
_MODBUS, _METER, _MBUS = 0.08, 0.6, 0.3
"""Seconds for an answer to begin."""
_QUESTION: Final = 0.1
"""Seconds of a Modbus question that nobody answers, all in all."""
_MEDIA: Final = (7, 6, 0x15, 0x16, 4, 0xC, 0xD, 0xA, 0xB, 2, 3, 8, 9, 0, 1, 5, 0xE, 0xF)
"""Of meters, the usual ones first (EN 13757-3, table 11)."""
_COSTS: Final = {"node": 3.1, "dlt645": 0.8, "cjt188": 6.0, "mbus": 0.6}
"""The same of one setting of the other protocols."""
_WAKE: Final = b"\xfe" * 4
_OWN_ADDRESS: Final = 0x04000401
_KINDS: Final = {0x10: "cjt188", 0x11: "cjt188-hot-water", 0x20: "cjt188-heat", 0x30: "cjt188-gas"}


@dataclass(slots=True)
class Device:
    """Somebody on the line: what it is believed to be (``also``: or that), and what it says."""

    driver: str
    address: str
    settings: Settings
    values: dict[str, Scalar] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)
    note: str = ""


class _Step(NamedTuple):
    """One protocol at one setting, and about how long that takes when nobody answers."""

    protocol: str
    settings: Settings
    seconds: float
    units: Sequence[int] = ()
    functions: Sequence[int] = ()
    spared: bool = False
    """It takes long, and isn't worth it where the protocol is spoken at another speed."""


def _plan(protocols: Sequence[str], speeds: Sequence[int], units: Sequence[int]) -> list[_Step]:
    """What is quick first; of Modbus the units that are usual at each speed, then all the others."""
    quick, slow = [], []
    for protocol in protocols:
        known = SPEEDS[protocol]
        usual = [one for one in known if not speeds or one.baud in speeds] or _at(known[0], speeds)
        for settings in usual:
            if protocol != "modbus":
                quick.append(_Step(protocol, settings, _COSTS[protocol], spared=protocol == "cjt188"))
                continue
            both = ((units[:USUAL], (3, 4), False), (units[USUAL:], (3, 4) if speeds else (3,), True))
            first, rest = (
                _Step(protocol, settings, len(part) * len(functions) * _QUESTION, part, functions, spared)
                for part, functions, spared in both
            )
            slow.append((first, rest))
    return [*quick, *(first for first, _ in slow), *(rest for _, rest in slow if rest.units)]


class Search:
    """A search over some protocols. ``doing`` says what is asked just now, ``tell`` is called whenever it changes."""

    def __init__(
        self,
        probe: Probe,
        drivers: Mapping[str, Driver],
        units: Sequence[int] = UNITS,
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        self.doing = ""
        self._steps: list[_Step] = []
        self._step: _Step | None = None
        self._done = 0.0
        """The part of this step that is done."""
        self._probe, self._drivers, self._units, self._tell = probe, drivers, units, tell
        self._ways: Mapping[str, Callable[[Settings], AsyncIterator[Device]]] = {
            "node": self._nodes,
            "modbus": self._modbus,
            "dlt645": self._dlt645,
            "cjt188": self._cjt188,
            "mbus": self._mbus,
        }

    async def run(self, protocols: Sequence[str], speeds: Sequence[int] = ()) -> AsyncIterator[Device]:
        """Each device once, as soon as it is found; ``speeds``: all of these baud rates, and no other. Raises OSError.

        What takes long is left out at other speeds than those at which somebody answered, unless they are named.
        """
        seen: set[tuple[str, str]] = set()
        found: set[tuple[str, Settings]] = set()
        self._steps = _plan(protocols, speeds, self._units)
        while self._steps:
            self._step, *self._steps = self._steps
            protocol, settings = self._step.protocol, self._step.settings
            elsewhere = any(one == protocol for one, _ in found) and (protocol, settings) not in found
            if elsewhere and not speeds and self._step.spared:
                continue
            self._done = 0.0
            self._say(f"{protocol} {settings.baud} 8{settings.parity}{settings.stop_bits}")
            async for device in self._ways[protocol](settings):
                found.add((protocol, settings))
                if (device.driver, device.address) not in seen:
                    seen.add((device.driver, device.address))
                    yield device

    @property
    def left(self) -> float:
        """Seconds that the rest will take, about; less if something is found."""
        begun = self._step.seconds * (1 - self._done) if self._step else 0.0
        return begun + sum(step.seconds for step in self._steps)

    def _say(self, what: str) -> None:
        self.doing = what
        self._tell()

    async def _nodes(self, settings: Settings) -> AsyncIterator[Device]:
        driver = self._drivers["node"]
        found: dict[str, Device] = {}
        for head in _heads(driver, await self._probe.listen(settings, LISTEN)):
            device = found.setdefault(head.address, Device("node", head.address, settings))
            device.values |= _values(driver, head)
        for device in found.values():
            yield device

    async def _modbus(self, settings: Settings) -> AsyncIterator[Device]:
        begin, step = self.doing, self._step
        assert step is not None
        for nth, unit in enumerate(step.units):
            self._done = nth / len(step.units)
            self._say(f"{begin}, {unit} / {step.units[-1]}")
            for function in step.functions:
                request = rtu.read(unit, function, 0, 1)
                if await self._pair(settings, request):
                    yield await self._believed(unit, settings)
                    break

    async def _pair(self, settings: Settings, request: bytes) -> bytes:
        """-> request and answer, or nothing."""
        heard = await self._probe.ask(settings, request, _MODBUS)
        first, end = rtu.answer_in(request, heard)
        return request + heard[first:end] if end else b""

    async def _believed(self, unit: int, settings: Settings) -> Device:
        """Try the maps: the one of whose quantities most are there; half as good if it is no maker's."""
        device = Device("modbus", str(unit), settings)
        best: list[tuple[float, str, dict[str, Scalar]]] = []
        for name, driver in self._drivers.items():
            if name.startswith("modbus-") and driver.ask is not None:
                values = await self._all_of(driver, unit, settings)
                if values:
                    share = len(values) / max(1, len(driver.says or values))
                    best.append((share - 0.5 * ("generic" in name), name, values))
        if best:
            best.sort(key=lambda one: (-one[0], one[1]))
            device.driver, device.values = best[0][1:]
            device.also = [name for _, name, _ in best[1:]]
        return device

    async def _all_of(self, driver: Driver, unit: int, settings: Settings) -> dict[str, Scalar]:
        """The values of a map, if each of its questions is answered with some."""
        values: dict[str, Scalar] = {}
        assert driver.ask is not None
        for request in driver.ask(str(unit)):
            pair = await self._pair(settings, request)
            said = _values(driver, driver.head(pair)) if pair else {}
            if not said:
                return {}
            values |= said
        return values

    async def _dlt645(self, settings: Settings) -> AsyncIterator[Device]:
        """Addresses whose low digits are known; the high ones are AA, which stands for any (7.1.1.3)."""
        begin, driver = self.doing, self._drivers["dlt645"]
        waiting = [""]
        while waiting:
            low = waiting.pop()
            self._say(f"{begin} …{low}")
            request = dlt645.read(f"{low:a>12}", _OWN_ADDRESS) if low else dlt645.read_address()
            heard = await self._probe.ask(settings, _WAKE + request, _METER)
            heads = _heads(driver, heard)
            for head in heads:
                address = str(_values(driver, head).get("meter_address", head.address))
                device = Device("dlt645", address, settings)
                for said in _heads(driver, await self._probe.ask(settings, dlt645.ask(address)[0], _METER)):
                    device.values |= _values(driver, said)
                device.values.pop("meter_address", None)
                yield device
            if heard and not heads and len(low) < 12:
                waiting += [f"{two:02}{low}" for two in range(99, -1, -1)]

    async def _cjt188(self, settings: Settings) -> AsyncIterator[Device]:
        for kind, name in _KINDS.items():
            driver = self._drivers[name]
            for edition in (2004, 2018):
                heard = await self._probe.ask(settings, _WAKE + cjt188.read_address(kind, edition=edition), _METER)
                heads = _heads(driver, heard)
                for head in heads:
                    request = _WAKE + cjt188.read(kind, head.address, edition=edition)
                    device = Device(name, head.address, settings)
                    for said in _heads(driver, await self._probe.ask(settings, request, _METER)):
                        device.values |= _values(driver, said)
                    yield device
                if heard and not heads:
                    yield Device(name, "", settings, note="several answer at once")

    async def _mbus(self, settings: Settings) -> AsyncIterator[Device]:
        begin, driver = self.doing, self._drivers["mbus"]
        if not await self._probe.ask(settings, mbus.ask("254")[0], _MBUS + 44 * settings.byte):
            return
        waiting = [""]
        while waiting:
            number = waiting.pop()
            self._say(f"{begin} {number:f<8}")
            if not await self._probe.ask(settings, mbus.select(f"{number:f<8}"), _MBUS + 44 * settings.byte):
                continue
            heard = await self._probe.ask(settings, mbus.ask("253")[-1], _MBUS + 44 * settings.byte)
            heads = [head for head in _heads(driver, heard) if len(head.address) >= 8]
            for head in heads:
                yield Device("mbus", head.address, settings, _values(driver, head))
            if heard and not heads and len(number) < 8:
                waiting += [f"{number}{digit}" for digit in range(9, -1, -1)]
            elif heard and not heads and len(number) == 8:
                waiting += [f"{number}ffffff{medium:02x}" for medium in _MEDIA]


def _at(settings: Settings, speeds: Sequence[int]) -> list[Settings]:
    return [settings._replace(baud=baud) for baud in speeds]


def _heads(driver: Driver, heard: bytes) -> list[Head]:
    """The sound frames in what was heard that say something."""
    found = []
    for frame in driver.cut(heard)[0]:
        try:
            head = driver.head(frame)
        except BadFrame:
            continue
        if head.address:
            found.append(head)
    return found


def _values(driver: Driver, head: Head) -> dict[str, Scalar]:
    try:
        values = driver.decode(head, {}).values
    except BadFrame:
        return {}
    return {value.quantity + (f"#{value.nth + 1}" if value.nth else ""): value.value for value in values}
