"""[ports.NAME] and [devices.NAME] of site.toml: what is connected, how, and who speaks there.

    [ports.NAME]    type = "serial", path | url, driver, baud, parity, stop_bits, shared = false,
                    rs485 = "itself" | "rts-high" | "rts-low"
    [ports.NAME]    type = "ble", adapters, driver (radio.py)
    [ports.NAME]    type = "mqtt", brokers.py
    [devices.NAME]  home, room, port, driver, address, silent_after, baud, parity, stop_bits, every, key_file | key_env,
                    tested = false | {by, on, address}, battery_every (radio.py), protects, says (says.py)

A device takes from its port what it doesn't say itself, and from its driver what neither says.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from drivers.driver import BadFrame, Driver, Settings
from gateway.site.brokers import broker
from gateway.site.model import BlePort, Device, Direction, Home, MqttPort, Parity, Port, SerialPort, StopBits
from gateway.site.radio import LINKS, battery_every, ble, radio_address
from gateway.site.values import name_of, secret
from rules.document import Mistake, Table
from rules.quantities import LIFE
from rules.sentence import Sentence

BAUDS = (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
"""What ttys and adapters offer."""
SCHEMES = ("socket", "rfc2217")
NO_PORTS = frozenset({"act", "boot", "clock", "mode", "config", "output", "channel", "receipt", "health"})
"""Frames that come from no port carry these names in its place (drivers.reading.Frame)."""
ANSWER, DAY = 60.0, 86_400.0
"""Seconds that an answer may come after its time, on a line that is busy; and those of a day."""
OFTEN = 0.05
"""Seconds; nobody is asked more often."""
_NO_HOST = re.compile(r"[\s/@\x00-\x1f]|^\Z")


def port(name: str, table: Table, base: Path, drivers: Mapping[str, Driver]) -> Port:
    """[ports.NAME] by its type."""
    if name in NO_PORTS:
        table.mistake(
            "", 'port name "{name}" is taken by a kind of input that is no port', "choose another name", name=name
        )
    kind = table.text("type", choices=("serial", "ble", "mqtt"))
    if kind == "mqtt":
        return broker(name, table, base, drivers)
    return ble(name, table, drivers) if kind == "ble" else _serial(name, table, drivers)


def _serial(name: str, table: Table, drivers: Mapping[str, Driver]) -> SerialPort:
    path, url = _place(table)
    driver = table.text("driver", "", choices=sorted(one.name for one in drivers.values() if one.link == "serial"))
    own = drivers[driver].settings if driver in drivers else Settings()
    settings, shared = _settings(table, own), table.flag("shared", False)
    return SerialPort(name, driver, path, url, *settings, shared, _direction(table, url))


def _direction(table: Table, url: str) -> Direction:
    """How a tty is told who speaks: most adapters know by themselves."""
    said = table.text("rs485", "itself", choices=("itself", "rts-high", "rts-low"))
    if url and said != "itself":
        table.mistake("rs485", "a serial server turns its line round itself", "remove rs485, or set it at the server")
    return cast(Direction, "" if said == "itself" else said)


def _place(table: Table) -> tuple[str, str]:
    """Where a line is: a tty, or a serial server."""
    if "url" not in table:
        path = table.text("path")
        if path and (path[0] != "/" or "\0" in path):
            table.mistake(
                "path", '"{path}" is no device path', 'write it in full, such as "/dev/serial/by-id/…"', path=path
            )
        return path, ""
    if "path" in table:
        table.mistake("path", "a line has a path or a url, not both", "remove one of them")
    url = table.text("url")
    if url and not is_url(url):
        remedy = 'write "socket://HOST:PORT" for raw TCP, "rfc2217://HOST:PORT" for a server that sets the speed'
        table.mistake("url", '"{url:.60}" is no serial server', remedy, url=url)
    return "", url


def is_url(url: str) -> bool:
    """Whether this names a serial server, and nothing else beside it."""
    try:
        parts = urlsplit(url)
        host, number = parts.hostname or "", parts.port or 0
    except ValueError:
        return False
    plain = not (parts.path or parts.query or parts.fragment or parts.username)
    return parts.scheme in SCHEMES and plain and 0 < number < 65536 and not _NO_HOST.search(host)


def _settings(table: Table, otherwise: Settings) -> tuple[int, Parity, StopBits]:
    """baud, parity and stop_bits, each of them this table's or the other's."""
    baud = table.whole("baud", otherwise.baud)
    if "baud" in table.data and baud not in BAUDS:
        table.mistake("baud", "{baud} is no usual baud rate", "use one of {known}", baud=baud, known=BAUDS)
    parity = table.text("parity", otherwise.parity, choices=("N", "E", "O"))
    stop_bits = table.whole("stop_bits", otherwise.stop_bits, low=1, high=2)
    return baud, cast(Parity, parity), cast(StopBits, stop_bits)


def device(
    name: str,
    table: Table,
    base: Path,
    homes: Mapping[str, Home],
    ports: Mapping[str, Port],
    tables: Mapping[str, Table],
    drivers: Mapping[str, Driver],
) -> Device:
    """[devices.NAME]; ``tables`` are those of the ports, for what they say and a device doesn't."""
    if name.startswith("gateway"):
        table.mistake("", 'device name "{name}": "gateway…" is the gateway itself', "choose another name", name=name)
    on = ports.get(name_of(table, "port", ports, "ports"))
    driver = _driver(table, on, drivers)
    known = drivers.get(driver)
    own = known.settings if known else Settings()
    if on:
        own = _said(tables[on.name], own)
    key_file, key_env = secret(table, base, "key")
    every = table.seconds("every", known.every if known else 1.0, low=OFTEN)
    says = frozenset(table.texts("says"))
    return Device(
        name,
        name_of(table, "home", homes, "homes"),
        table.text("room", ""),
        driver,
        on.name if on else "",
        _address(table, known, on),
        table.seconds("silent_after", _budget(known, every), low=1.0),
        *_settings(table, own),
        every,
        key_file,
        key_env,
        _tested(table),
        battery_every(table, known, on),
        _protects(table, says.union(known.says or () if known else ())),
        says,
    )


def _budget(known: Driver | None, every: float) -> float:
    """Seconds for which it may be silent where the site doesn't say: its driver's; asked less often, two missed polls.

    One that is asked once a day has a day more.
    """
    if known is None:
        return 1.0
    if known.ask is None or every <= known.every:
        return known.silent_after
    return max(known.silent_after, 2 * every + ANSWER + DAY * (every >= DAY))


def _tested(table: Table) -> bool | None:
    """Who triggered it and saw it arrive, when, and under which address: a sensor put in its place is another one."""
    if "tested" not in table:
        return None
    if not isinstance(table.data["tested"], dict):
        if table.flag("tested"):
            remedy = 'write tested = {by = "NAME", on = "2026-01-31", address = "…"}, or let `anju walk-test` do it'
            table.mistake("tested", "who tested it, and when?", remedy)
        return False
    inner = table.table("tested")
    inner.text("by")
    inner.text("on")
    return inner.text("address").strip().lower() == str(table.data.get("address", "")).strip().lower()


def _protects(table: Table, says: frozenset[str]) -> bool:
    """Whether a home rests on it; nobody may say that it does not of one that is known to say what saves lives."""
    said = table.flag("protects", True)
    if not said and says & LIFE:
        what = Sentence("it says {known}: without it its home is not protected", known=sorted(says & LIFE))
        table.mistake("protects", what, "remove protects")
    return said


def _said(port: Table, otherwise: Settings) -> Settings:
    """What a port itself says of its settings; a mistake there is noted already."""
    said = {key: port.data[key] for key in ("baud", "parity", "stop_bits") if key in port.data}
    sound = {key: value for key, value in said.items() if type(value) is type(getattr(otherwise, key))}
    return otherwise._replace(**sound)  # type: ignore[arg-type]


def _driver(table: Table, on: Port | None, drivers: Mapping[str, Driver]) -> str:
    """The device's own driver or its port's; one that speaks over such a port."""
    links = {SerialPort: ("serial",), BlePort: LINKS, MqttPort: ("mqtt",)}.get(type(on), ()) if on else ()
    able = sorted(one.name for one in drivers.values() if not links or one.link in links)
    own = on.driver if on and on.driver in drivers else ""
    if not own and "driver" not in table and on:
        table.mistake(
            "", '"driver" is missing in {table}, and its port names none', 'write driver = "…"', table=table.name
        )
        return ""
    return table.text("driver", own, choices=able)


def _address(table: Table, driver: Driver | None, on: Port | None) -> str:
    """Lower case, as drivers say it. A driver that asks its devices is asked whether it could ask this one."""
    address = table.text("address").strip().lower()
    if address and isinstance(on, BlePort):
        if not radio_address(address):
            remedy = 'write it as printed on the device or shown by `anju scan ble`, such as "a4:c1:38:00:00:01"'
            table.mistake("address", '"{address:.40}" is no Bluetooth address', remedy, address=address)
        return radio_address(address)
    asks = [ask for ask in (driver.query, driver.ask) if ask] if driver else []
    if address and asks:
        try:
            asks[0](address)
        except BadFrame as error:
            what = Sentence("{refusal}", refusal=Sentence(error.why))
            table.mistake("address", what, "write it as it stands on the device, in quotes")
    return address


def shared(root: Table, port: SerialPort, devices: Sequence[Device], drivers: Mapping[str, Driver]) -> None:
    """Note what cannot be together on one line: who speaks unasked beside others, two speeds on raw TCP."""
    spoken = {one.name: drivers[one.driver] for one in devices if one.driver in drivers}
    unasked = [name for name, driver in spoken.items() if not driver.ask]
    turns = port.shared or len(unasked) < len(spoken)
    kinds = {spoken[name].name for name in unasked}
    for name in unasked:
        mute = turns and not spoken[name].poll
        if mute or (not turns and len(kinds) > 1):
            what = Sentence(
                "devices.{name} speaks when it likes, and others speak on ports.{port} too", name=name, port=port.name
            )
            _noted(root, name, "port", what, "give it a line of its own")
    speeds = {(one.baud, one.parity, one.stop_bits) for one in devices}
    if len(speeds) > 1 and port.url.startswith("socket:"):
        said = [f"{baud} 8{parity}{stop}" for baud, parity, stop in sorted(speeds)]
        what = Sentence(
            "the devices on ports.{port} want {said}, and raw TCP cannot set the line", port=port.name, said=said
        )
        line = root.document.line("ports", port.name, "url")
        remedy = 'use a server that can, by "rfc2217://…", or set all devices alike'
        root.mistakes.append(Mistake(root.document.file, line, what, remedy))


def _noted(root: Table, device: str, key: str, what: str, remedy: str) -> None:
    root.mistakes.append(Mistake(root.document.file, root.document.line("devices", device, key), what, remedy))
