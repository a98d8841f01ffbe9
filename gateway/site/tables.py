"""site.toml -> the parts of a Site, table by table. A wrong value is noted and a harmless one takes its place.

    [gateway]            id, site, timezone = "Asia/Shanghai", language = "zh" | "en"
    [store]              path = "data/anju.db" (relative to the file), max_mb = 2048, keep_days = 30
    [rules]              packs = [..] (all shipped ones), files = [..] (relative to the file)
    [homes.NAME]         title, share = [quantity, ..]
    [ports.NAME]         type = "serial", path, baud = 115200, driver, shared = false
    [devices.NAME]       home, room, driver (its port's), port, address, silent_after (its driver's)
    [outputs.NAME]       home, kind, and either device and line or gpio = {chip, line, active_low = false}
    [uplinks.NAME]       type = "mqtt", profile = "anju", host, port, version = 5 | 3, keepalive = 30, username,
                         password_file | password_env, tls = {ca, cert, key}, inflight = 20

examples/site.toml shows each of them with its comment.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, cast

from drivers.driver import BadFrame, Driver
from gateway.site.model import (
    Device,
    GatewayConfig,
    Gpio,
    Home,
    Output,
    OutputKind,
    SerialPort,
    StoreConfig,
    Tls,
    Uplink,
)
from rules.document import Mistake, Table, nearest

BAUDS = (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
"""What ttys and adapters offer."""
LONGEST_NAME = 64
"""Characters. A topic holds three names; MQTT's own limit of 65,535 bytes is far."""
NO_PORTS = frozenset({"act", "boot", "clock", "mode", "config", "output", "channel", "receipt", "health"})
"""Frames that come from no port carry these names in its place (drivers.reading.Frame)."""

_GATEWAY_ID = re.compile(r"[a-z0-9-]+")
_NO_TOPIC = re.compile(r"[/+#\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|^\s|\s$|^\Z")
"""What MQTT 5 (section 4.7) gives a meaning in a topic, or advises against (1.5.4), and space that nobody sees."""
_NO_HOST = re.compile(r"[\s/@\x00-\x1f]|^\Z")

T = TypeVar("T")


class Parts(NamedTuple):
    """A Site without its rules."""

    gateway: GatewayConfig
    store: StoreConfig
    homes: Mapping[str, Home]
    ports: Mapping[str, SerialPort]
    devices: Mapping[str, Device]
    outputs: Mapping[str, Output]
    uplinks: Mapping[str, Uplink]


def parts(root: Table, base: Path, drivers: Mapping[str, Driver], quantities: Collection[str]) -> Parts:
    """Read all tables but [rules] of a site file in folder ``base``; mistakes are noted in ``root``."""
    homes = _each(root, "homes", lambda name, table: _home(name, table, quantities))
    ports = _each(root, "ports", lambda name, table: _port(name, table, drivers))
    devices = _each(root, "devices", lambda name, table: _device(name, table, homes, ports, drivers))
    outputs = _each(root, "outputs", lambda name, table: _output(name, table, homes, devices, drivers))
    uplinks = _each(root, "uplinks", lambda name, table: _uplink(name, table, base))
    return Parts(
        _gateway(root.table("gateway")), _store(root.table("store"), base), homes, ports, devices, outputs, uplinks
    )


def _each(root: Table, kind: str, build: Callable[[str, Table], T]) -> dict[str, T]:
    found = {}
    for name, table in root.named(kind):
        _topic_name(table, "", name)
        found[name] = build(name, table)
    return found


def _gateway(table: Table) -> GatewayConfig:
    gateway_id = table.text("id")
    if gateway_id and not _GATEWAY_ID.fullmatch(gateway_id):
        table.mistake("id", f'"{gateway_id}" is no gateway id', "use only a-z, 0-9 and -")
    site = table.text("site")
    if site:
        _topic_name(table, "site", site)
    timezone = table.text("timezone", "Asia/Shanghai")
    _zone(table, timezone)
    language = table.text("language", "zh", choices=("zh", "en"))
    return GatewayConfig(gateway_id, site, timezone, cast(Literal["zh", "en"], language))


def _zone(table: Table, timezone: str) -> None:
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        remedy = nearest(timezone, known) if len(known) > 1 else "this machine knows no time zones: install tzdata"
        if remedy.startswith("known here"):
            remedy = 'write an IANA name, such as "Asia/Shanghai"'
        table.mistake("timezone", f'"{timezone:.60}" is no time zone', remedy)


def _store(table: Table, base: Path) -> StoreConfig:
    return StoreConfig(
        _path(table, "path", base, "data/anju.db") or base,
        table.whole("max_mb", 2048, low=16),
        table.whole("keep_days", 30, low=1, high=36500),
    )


def _home(name: str, table: Table, quantities: Collection[str]) -> Home:
    return Home(name, table.text("title", name), names(table, "share", "quantity", quantities))


def _port(name: str, table: Table, drivers: Mapping[str, Driver]) -> SerialPort:
    if name in NO_PORTS:
        table.mistake("", f'port name "{name}" is taken by a kind of input that is no port', "choose another name")
    table.text("type", choices=("serial",))
    path = table.text("path")
    if path and (path[0] != "/" or "\0" in path):
        table.mistake("path", f'"{path}" is no device path', 'write it in full, such as "/dev/serial/by-id/…"')
    baud = table.whole("baud", 115200)
    if "baud" in table.data and baud not in BAUDS:
        table.mistake("baud", f"{baud} is no usual baud rate", f"use one of {', '.join(map(str, BAUDS))}")
    serial = [driver.name for driver in drivers.values() if driver.link == "serial"]
    return SerialPort(name, path, baud, table.text("driver", choices=serial), table.flag("shared", False))


def _device(
    name: str,
    table: Table,
    homes: Mapping[str, Home],
    ports: Mapping[str, SerialPort],
    drivers: Mapping[str, Driver],
) -> Device:
    if name.startswith("gateway"):
        table.mistake("", f'device name "{name}": "gateway…" is the gateway itself', "choose another name")
    port = ports.get(_name_of(table, "port", ports, "ports"))
    cuts = port.driver if port and port.driver in drivers else ""
    driver = table.text("driver", cuts, choices=drivers)
    if cuts and driver != cuts and driver in drivers:
        table.mistake("driver", f'this port carries frames of "{cuts}"', f'write driver = "{cuts}"')
    budget = drivers[driver].silent_after if driver in drivers else 1.0
    return Device(
        name,
        _name_of(table, "home", homes, "homes"),
        table.text("room", ""),
        driver,
        port.name if port else "",
        _address(table, drivers.get(driver)),
        table.seconds("silent_after", budget, low=1.0),
    )


def _address(table: Table, driver: Driver | None) -> str:
    """Lower case, as drivers say it. A driver that asks its devices is asked whether it could ask this one."""
    address = table.text("address").strip().lower()
    if address and driver and driver.query:
        try:
            driver.query(address)
        except BadFrame as error:
            table.mistake("address", error.why, "write it as it stands on the device, in quotes")
    return address


def _output(
    name: str,
    table: Table,
    homes: Mapping[str, Home],
    devices: Mapping[str, Device],
    drivers: Mapping[str, Driver],
) -> Output:
    home = _name_of(table, "home", homes, "homes")
    kind = cast(OutputKind, table.text("kind", choices=("siren", "strobe", "gas-valve", "water-valve", "door-release")))
    if "gpio" in table:
        if "device" in table or "line" in table:
            table.mistake("gpio", "an output has a device or a gpio line, not both", "remove one of them")
        pin = table.table("gpio")
        gpio = Gpio(pin.text("chip"), pin.whole("line", high=1023), pin.flag("active_low", False))
        return Output(name, home, kind, "", gpio.line, gpio)
    device = _name_of(table, "device", devices, "devices")
    driver = drivers.get(devices[device].driver) if device in devices else None
    if driver and driver.switch is None:
        able = [one.name for one in devices.values() if one.driver in drivers and drivers[one.driver].switch]
        remedy = f"devices that can: {', '.join(able)}" if able else "write gpio = {chip = …, line = …} instead"
        table.mistake("device", f'driver "{driver.name}" of device "{device}" switches nothing', remedy)
    return Output(name, home, kind, device, table.whole("line", high=255), None)


def _uplink(name: str, table: Table, base: Path) -> Uplink:
    table.text("type", choices=("mqtt",))
    table.text("profile", "anju", choices=("anju",))
    host = table.text("host")
    if host and _NO_HOST.search(host):
        table.mistake(
            "host", "host is more than a host", "write only a name or an address, without user, path or mqtt://"
        )
    version = table.whole("version", 5)
    if version not in (3, 5):
        table.mistake("version", f"{version} is no MQTT version", "write 5, or 3 for MQTT 3.1.1")
    tls = _tls(table, base) if "tls" in table else None
    password_file, password_env = _password(table, base)
    return Uplink(
        name=name,
        profile="anju",
        host=host,
        port=table.whole("port", 8883 if tls else 1883, low=1, high=65535),
        version=cast(Literal[3, 5], version),
        keepalive=table.whole("keepalive", 30, low=1, high=3600),
        username=table.text("username", ""),
        password_file=password_file,
        password_env=password_env,
        tls=tls,
        inflight=table.whole("inflight", 20, low=1, high=1000),
    )


def _password(table: Table, base: Path) -> tuple[Path | None, str]:
    """Where the password is found; one that stands in the file itself is never repeated, not even in the mistake."""
    if "password" in table:
        remedy = "write password_file (readable by its owner only) or password_env, and change that password"
        table.mistake("password", "a password must not stand in this file", remedy)
    path, variable = _path(table, "password_file", base), table.text("password_env", "")
    if path and variable:
        table.mistake("password_env", "a password has one place, not two", "remove password_file or password_env")
    if (path or variable) and "username" not in table:
        table.mistake("", f'"username" is missing in {table.name}', 'write username = "…", a password needs one')
    return path, variable


def _tls(table: Table, base: Path) -> Tls:
    inner = table.table("tls")
    tls = Tls(_path(inner, "ca", base), _path(inner, "cert", base), _path(inner, "key", base))
    if (tls.cert is None) != (tls.key is None):
        missing = "key" if tls.key is None else "cert"
        inner.mistake("", f'"{missing}" is missing in {inner.name}', "a client certificate needs cert and key")
    return tls


def _path(table: Table, key: str, base: Path, default: str = "") -> Path | None:
    """A path relative to the site file; None if there is none."""
    text = table.text(key, default)
    if "\0" in text:
        table.mistake(key, f"{key} holds a NUL character", "write a path")
        return None
    return base / text if text else None


def _name_of(table: Table, key: str, known: Iterable[str], kind: str) -> str:
    """A text that must be the name of another table; "" if it is not."""
    name = table.text(key)
    if not name or name in known:
        return name
    remedy = nearest(name, known) if known else f"write a table [{kind}.{name}]"
    table.mistake(key, f'there is no {key} "{name}"', remedy)
    return ""


def names(table: Table, key: str, noun: str, known: Collection[str]) -> tuple[str, ...]:
    """A list of names, each of them known; mistakes stand in the line of their own item."""
    found = table.texts(key)
    for index, name in enumerate(found):
        if name not in known:
            line = table.document.line(*table.path, key, index)
            what = f'there is no {noun} "{name}"'
            table.mistakes.append(Mistake(table.document.file, line, what, nearest(name, known)))
    return found


def _topic_name(table: Table, key: str, name: str) -> None:
    if _NO_TOPIC.search(name):
        table.mistake(key, f"{name!r} cannot stand in an MQTT topic", "use no / + # and no space at its ends")
    elif len(name) > LONGEST_NAME:
        table.mistake(key, f"{name!r:.20} is longer than {LONGEST_NAME} characters", "choose a shorter name")


def doubles(root: Table, found: Parts) -> None:
    """Note what is there twice: a tty, an address on a port, a line of a device or of a chip."""
    _unique(root, "ports", "path", {name: port.path for name, port in found.ports.items()})
    _unique(
        root,
        "devices",
        "address",
        {name: (one.port, one.address) for name, one in found.devices.items() if one.port and one.address},
    )
    lines = {name: (one.gpio.chip if one.gpio else one.device, one.line) for name, one in found.outputs.items()}
    _unique(root, "outputs", "line", {name: line for name, line in lines.items() if line[0]})


def _unique(root: Table, kind: str, key: str, values: Mapping[str, object]) -> None:
    first: dict[object, str] = {}
    for name, value in values.items():
        other = first.setdefault(value, name)
        if value and other != name:
            what = f"{kind}.{name} has the same {key} as {kind}.{other}"
            line = root.document.line(kind, name, key)
            root.mistakes.append(Mistake(root.document.file, line, what, f"give each its own {key}"))
