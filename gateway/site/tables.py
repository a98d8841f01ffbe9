"""site.toml -> the parts of a Site, table by table. A wrong value is noted and a harmless one takes its place.

    [gateway]            id, site, timezone = "Asia/Shanghai", language = "zh" | "en"
    [store]              path = "data/anju.db" (relative to the file), max_mb = 2048, keep_days = 30
    [rules]              packs = [..] (all shipped ones), files = [..] (relative to the file)
    [homes.NAME]         title, building, share = [quantity, ..]; living.py
    [calendar]           living.py
    [ports.NAME]         devices.py
    [devices.NAME]       devices.py
    [registers], [topics]  maps.py
    [outputs.NAME]       home, kind, and either device and line or gpio = {chip, line, active_low = false}
    [uplinks.NAME]       type = "mqtt", profile = "anju", host, port, version = 5 | 3, keepalive = 30, username,
                         password_file | password_env, tls = {ca, cert, key}, inflight = 20, receipts, vouches

    [channels.NAME]      channels.py
    [people.NAME]        people.py
    [voice], [speakers.NAME], [answers], [control]      voice.py

examples/site.toml shows each of them with its comment.
"""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, cast

from drivers.driver import Driver
from gateway.site.brokers import overlaps, reach
from gateway.site.channels import Channel, channel
from gateway.site.devices import device, port, shared
from gateway.site.living import Living, living
from gateway.site.model import (
    BlePort,
    Device,
    GatewayConfig,
    Gpio,
    Home,
    MqttPort,
    Output,
    OutputKind,
    Port,
    SerialPort,
    StoreConfig,
    Uplink,
)
from gateway.site.people import Person, person
from gateway.site.values import name_of, names, path_of, topic_name, unique
from gateway.site.voice import Answers, Speaker, Voice, answers, speaker, voice
from rules.document import Mistake, Table
from rules.hours import Calendar, read_calendar, read_zone
from rules.sentence import Sentence

_GATEWAY_ID = re.compile(r"[a-z0-9-]+")
T = TypeVar("T")


class Parts(NamedTuple):
    """A Site without its rules."""

    gateway: GatewayConfig
    store: StoreConfig
    homes: Mapping[str, Home]
    ports: Mapping[str, Port]
    devices: Mapping[str, Device]
    outputs: Mapping[str, Output]
    uplinks: Mapping[str, Uplink]
    channels: Mapping[str, Channel]
    people: Mapping[str, Person]
    voice: Voice
    speakers: Mapping[str, Speaker]
    answers: Answers
    control_group: str
    living: Mapping[str, Living]
    calendar: Calendar


class Read(NamedTuple):
    """A site file as read, but for its rules."""

    parts: Parts
    own_rules: Mapping[str, Table]
    """Home -> its table of rules, where it has one."""


def parts(root: Table, base: Path, drivers: Mapping[str, Driver], quantities: Collection[str]) -> Read:
    """Read all tables but [rules] of a site file in folder ``base``; mistakes are noted in ``root``."""
    lived: dict[str, Table] = {}
    homes = _each(root, "homes", lambda name, table: _home(name, lived.setdefault(name, table), quantities))
    tables: dict[str, Table] = {}
    ports = _each(root, "ports", lambda name, table: port(name, tables.setdefault(name, table), base, drivers))
    devices = _each(root, "devices", lambda name, table: device(name, table, base, homes, ports, tables, drivers))
    outputs = _each(root, "outputs", lambda name, table: _output(name, table, homes, devices, drivers))
    uplinks = _each(root, "uplinks", lambda name, table: _uplink(name, table, base))
    gateway = _gateway(root.table("gateway"))
    language = gateway.language
    channels = _each(root, "channels", lambda name, table: channel(name, table, base))
    people = _each(root, "people", lambda name, table: person(name, table, homes, channels, language))
    speakers = _each(root, "speakers", lambda name, table: speaker(name, table, homes, language, base))
    own_rules = {name: table.table("rules") for name, table in lived.items() if "rules" in table}
    made = Parts(
        gateway,
        _store(root.table("store"), base),
        homes,
        ports,
        devices,
        outputs,
        uplinks,
        channels,
        people,
        voice(root.table("voice"), base),
        speakers,
        answers(root),
        root.table("control").text("group", ""),
        {name: living(one, [own for own in devices if devices[own].home == name]) for name, one in lived.items()},
        read_calendar(root.table("calendar")),
    )
    return Read(made, own_rules)


def _each(root: Table, kind: str, build: Callable[[str, Table], T]) -> dict[str, T]:
    found = {}
    for name, table in root.named(kind):
        topic_name(table, "", name)
        found[name] = build(name, table)
    return found


def _gateway(table: Table) -> GatewayConfig:
    gateway_id = table.text("id")
    if gateway_id and not _GATEWAY_ID.fullmatch(gateway_id):
        table.mistake("id", '"{gateway_id}" is no gateway id', "use only a-z, 0-9 and -", gateway_id=gateway_id)
    site = table.text("site")
    if site:
        topic_name(table, "site", site)
    timezone = read_zone(table, "timezone", "Asia/Shanghai")
    language = table.text("language", "zh", choices=("zh", "en"))
    return GatewayConfig(gateway_id, site, timezone, cast(Literal["zh", "en"], language))


def _store(table: Table, base: Path) -> StoreConfig:
    return StoreConfig(
        path_of(table, "path", base, "data/anju.db") or base,
        table.whole("max_mb", 2048, low=16),
        table.whole("keep_days", 30, low=1, high=36500),
    )


def _home(name: str, table: Table, quantities: Collection[str]) -> Home:
    share, building = names(table, "share", Sentence("quantity"), quantities), table.text("building", "")
    return Home(name, table.text("title", name), share, building)


def _output(
    name: str,
    table: Table,
    homes: Mapping[str, Home],
    devices: Mapping[str, Device],
    drivers: Mapping[str, Driver],
) -> Output:
    home = name_of(table, "home", homes, "homes")
    kind = cast(OutputKind, table.text("kind", choices=("siren", "strobe", "gas-valve", "water-valve", "door-release")))
    if "gpio" in table:
        if "device" in table or "line" in table:
            table.mistake("gpio", "an output has a device or a gpio line, not both", "remove one of them")
        pin = table.table("gpio")
        gpio = Gpio(pin.text("chip"), pin.whole("line", high=1023), pin.flag("active_low", False))
        return Output(name, home, kind, "", gpio.line, gpio)
    device = name_of(table, "device", devices, "devices")
    driver = drivers.get(devices[device].driver) if device in devices else None
    if driver and driver.switch is None:
        able = [one.name for one in devices.values() if one.driver in drivers and drivers[one.driver].switch]
        remedy = (
            Sentence("devices that can: {known}", known=able)
            if able
            else Sentence("write gpio = {chip = …, line = …} instead")
        )
        table.mistake(
            "device",
            'driver "{driver}" of device "{device}" switches nothing',
            remedy,
            driver=driver.name,
            device=device,
        )
    return Output(name, home, kind, device, table.whole("line", high=255), None)


def _uplink(name: str, table: Table, base: Path) -> Uplink:
    if name == "people":
        table.mistake("", 'the uplink name "people" is taken by messages to persons', "choose another name")
    table.text("type", choices=("mqtt",))
    table.text("profile", "anju", choices=("anju",))
    inflight, receipts = table.whole("inflight", 20, low=1, high=1000), table.flag("receipts", False)
    vouches = table.flag("vouches", False)
    return Uplink(name, "anju", **reach(table, base)._asdict(), inflight=inflight, receipts=receipts, vouches=vouches)


def doubles(root: Table, found: Parts, drivers: Mapping[str, Driver]) -> None:
    """Note what is there twice: a line, a radio, an address of a driver on a port, an output of a device or a chip."""
    serial = {name: port for name, port in found.ports.items() if isinstance(port, SerialPort)}
    unique(root, "ports", "path", {name: port.path for name, port in serial.items() if port.path})
    unique(root, "ports", "url", {name: port.url for name, port in serial.items() if port.url})
    for line in serial.values():
        shared(root, line, [device for device in found.devices.values() if device.port == line.name], drivers)
    radios = [name for name, port in found.ports.items() if isinstance(port, BlePort)]
    for name in radios[1:]:
        what = Sentence("ports.{name} is a second Bluetooth port beside ports.{other}", name=name, other=radios[0])
        place = root.document.line("ports", name, "type")
        remedy = "one port hears with all adapters: name them in its adapters"
        root.mistakes.append(Mistake(root.document.file, place, what, remedy))
    for one in found.ports.values():
        if isinstance(one, MqttPort):
            spoken = {device.driver for device in found.devices.values() if device.port == one.name} | {one.driver}
            overlaps(root, one, [drivers[name] for name in sorted(spoken) if name in drivers])
    unique(root, "people", "login", {name: one.login for name, one in found.people.items()})
    addressed = {name: one for name, one in found.devices.items() if one.port and one.address}
    unique(root, "devices", "address", {name: (one.port, one.driver, one.address) for name, one in addressed.items()})
    lines = {name: (one.gpio.chip if one.gpio else one.device, one.line) for name, one in found.outputs.items()}
    unique(root, "outputs", "line", {name: line for name, line in lines.items() if line[0]})
