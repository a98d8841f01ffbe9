"""What a Site is: everything the gateway was told about its place, read once and never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from drivers.driver import Driver
from drivers.guest import Card
from gateway.ladder.policy import Ladder
from gateway.site.channels import Channel
from gateway.site.living import Living
from gateway.site.people import Person
from gateway.site.voice import Answers, Speaker, Voice
from rules.hours import Calendar
from rules.known import Device as Place
from rules.rule import Rule
from rules.wall import Facts

Parity = Literal["N", "E", "O"]
Direction = Literal["", "rts-high", "rts-low"]
StopBits = Literal[1, 2]
OutputKind = Literal["siren", "strobe", "gas-valve", "water-valve", "door-release"]


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """Who this gateway is. ``id`` and ``site`` stand in every MQTT topic; ``timezone`` is an IANA name."""

    id: str
    site: str
    timezone: str
    language: Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """Where the journal and the outbox are kept, and how much of them: MB (1,000,000 bytes) and days."""

    path: Path
    max_mb: int
    keep_days: int


@dataclass(frozen=True, slots=True)
class Home:
    """One home. ``share`` names the quantities that may leave it besides alerts and daily meter registers."""

    name: str
    title: str
    share: tuple[str, ...]
    building: str = ""
    """In which it is; homes of which nobody says it are all in one."""


@dataclass(frozen=True, slots=True)
class Port:
    """A way in. ``driver`` is that of its devices that name none; "" where each names its own."""

    name: str
    driver: str


@dataclass(frozen=True, slots=True)
class SerialPort(Port):
    """A tty (``path``), or a serial server by ``url`` (socket://HOST:PORT, rfc2217://HOST:PORT); the other is "".

    ``shared``: an RS-485 line with several nodes, which the gateway lets speak in turn. The settings are those of
    its own driver's devices.
    """

    path: str
    url: str
    baud: int
    parity: Parity
    stop_bits: StopBits
    shared: bool
    rs485: Direction = ""
    """Who turns a two-wire adapter round: "" itself, "rts-high" and "rts-low" the kernel, by RTS at that level."""


@dataclass(frozen=True, slots=True)
class BlePort(Port):
    """Bluetooth LE adapters: ``hci0`` or an adapter's address in lower case; all there are where none is named."""

    adapters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MqttPort(Port):
    """A broker in the home. ``base`` stands before all topics of its devices; "" = as their driver says."""

    host: str
    port: int
    version: Literal[3, 5]
    keepalive: int
    username: str
    password_file: Path | None
    password_env: str
    tls: "Tls | None"
    base: str


@dataclass(frozen=True, slots=True)
class Device:
    """One device with an address, in lower case. ``silent_after`` in seconds: its supervision budget.

    On a line it is asked ``every`` so many seconds, with these settings. Its key, where it encrypts, is in a file or
    a variable; never here.
    """

    name: str
    home: str
    room: str
    driver: str
    port: str
    address: str
    silent_after: float
    baud: int = 9600
    parity: Parity = "N"
    stop_bits: StopBits = 1
    every: float = 900.0
    key_file: Path | None = None
    key_env: str = ""
    tested: bool | None = field(default=None, compare=False)
    """Whether somebody signed off that it was triggered and heard, at this address; None: nobody asks for it."""
    battery_every: float = 0.0
    """Of a radio's sensor: seconds between two connections that read its battery; 0: none is made."""
    protects: bool = field(default=True, compare=False)
    """Whether its home is less protected without it; a lamp's plug says no."""
    says: frozenset[str] = field(default=frozenset(), compare=False)
    """Quantities of which the installer promises that it says them, others perhaps too (says.py)."""


@dataclass(frozen=True, slots=True)
class Gpio:
    """One line of a GPIO chip of the gateway itself."""

    chip: str
    line: int
    active_low: bool


@dataclass(frozen=True, slots=True)
class Output:
    """Something that acts: line ``line`` of ``device``, or a line of the gateway's own (``device`` is then empty)."""

    name: str
    home: str
    kind: OutputKind
    device: str
    line: int
    gpio: Gpio | None


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate files. Without ``ca`` the system's authorities, without ``cert`` no client certificate."""

    ca: Path | None
    cert: Path | None
    key: Path | None


@dataclass(frozen=True, slots=True)
class Uplink:
    """One connection to a platform. ``version`` is 5, or 3 for MQTT 3.1.1; ``keepalive`` in seconds."""

    name: str
    profile: Literal["anju"]
    host: str
    port: int
    version: Literal[3, 5]
    keepalive: int
    username: str
    password_file: Path | None
    password_env: str
    tls: Tls | None
    inflight: int
    """How many messages may be on their way at once, not yet confirmed."""
    receipts: bool = False
    """The platform confirms each alarm; one that it doesn't confirm is a trouble."""
    vouches: bool = False
    """The platform knows each of its users by a login of their own, and says truly who acts."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place as told in site.toml and its rule files. A reload is a new Site."""

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
    """The group that may use the control socket; empty = the gateway's own user alone."""
    living: Mapping[str, Living]
    """How each home is lived in."""
    calendar: Calendar
    rules: tuple[Rule, ...] = field(repr=False)
    text: str = field(repr=False)
    """All that is needed to build this Site again: canonical JSON, for `loads`."""
    hash: str
    """16 hex digits of ``text``."""
    ladders: tuple[Ladder, ...] = field(repr=False)
    """The site's own first, then the shipped ones."""
    drivers: Mapping[str, Driver] = field(repr=False, compare=False)
    """The shipped ones, one for each register map of the site's own, and a stand-in for each of a third party."""
    guests: Mapping[str, Card] = field(default_factory=dict, repr=False, compare=False)
    """Third parties' drivers that the site names -> what they said of themselves."""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Device -> its secret as hex digits. Read from where the site says, and kept in memory alone."""
    refused: bool = field(default=False, compare=False)
    """Its file has mistakes now; this is what was in use before."""
    _spoken: Mapping[str, Mapping[str, None]] = field(init=False, repr=False, compare=False)
    """Port -> the drivers that it carries frames of; asked for each device and each answer."""

    def __post_init__(self) -> None:
        """Go through the devices once."""
        spoken: dict[str, dict[str, None]] = {
            name: dict.fromkeys([port.driver] if port.driver else []) for name, port in self.ports.items()
        }
        for device in self.devices.values():
            spoken.setdefault(device.port, {})[device.driver] = None
        object.__setattr__(self, "_spoken", spoken)

    @property
    def facts(self) -> Facts:
        """What rules for certain homes and days must know."""
        told = {home: one.persons for home, one in self.living.items() if one.persons is not None}
        return Facts(told, self.calendar)

    @property
    def places(self) -> dict[str, Place]:
        """Device -> what rules must know of it."""
        silent: frozenset[str] = frozenset()
        return {
            name: Place(one.home, one.room, one.silent_after, self.promised(one) if one.protects else silent)
            for name, one in self.devices.items()
        }

    def promised(self, device: Device) -> frozenset[str]:
        """What it is there to say, before it speaks: all that its driver knows of, and what the site promises."""
        driver = self.drivers.get(device.driver)
        return device.says | (driver.says if driver and driver.says else frozenset())

    @property
    def by_id(self) -> Mapping[str, Rule]:
        """Rule id -> the rule; where some homes have a variant of it, the one of all others."""
        return {rule.id: rule for rule in sorted(self.rules, key=lambda rule: rule.homes is None)}

    @property
    def maps(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """File -> text of its own maps of devices, and of topics: drivers made of them can't be compared."""
        said = json.loads(self.text)
        return said.get("registers", {}), said.get("topics", {})

    @property
    def lines(self) -> Mapping[str, SerialPort]:
        """The serial ports."""
        return {name: port for name, port in self.ports.items() if isinstance(port, SerialPort)}

    @property
    def radios(self) -> Mapping[str, BlePort]:
        """The Bluetooth ports."""
        return {name: port for name, port in self.ports.items() if isinstance(port, BlePort)}
    @property
    def brokers(self) -> Mapping[str, MqttPort]:
        """The brokers in the home."""
        return {name: port for name, port in self.ports.items() if isinstance(port, MqttPort)}

    def drivers_of(self, port: str) -> list[str]:
        """The drivers that a port carries frames of: its own one first, each once."""
        return list(self._spoken[port])

    def frame_port(self, port: str, driver: str) -> str:
        """What Frames of a driver on a port carry as theirs: ``PORT``, or ``PORT:DRIVER`` if there are several."""
        return port if self.drivers_of(port) in ([], [driver]) else f"{port}:{driver}"
