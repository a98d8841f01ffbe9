"""What a Site is: everything the gateway was told about its place, read once and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gateway.site.channels import Channel
from gateway.site.people import Person
from gateway.site.voice import Answers, Speaker, Voice
from rules.rule import Rule

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


@dataclass(frozen=True, slots=True)
class SerialPort:
    """One tty. ``shared``: an RS-485 line with several devices, on which the gateway polls."""

    name: str
    path: str
    baud: int
    driver: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Device:
    """One device with an address, in lower case. ``silent_after`` in seconds: its supervision budget."""

    name: str
    home: str
    room: str
    driver: str
    port: str
    address: str
    silent_after: float


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


@dataclass(frozen=True, slots=True)
class Site:
    """One place as told in site.toml and its rule files. A reload is a new Site."""

    gateway: GatewayConfig
    store: StoreConfig
    homes: Mapping[str, Home]
    ports: Mapping[str, SerialPort]
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
    rules: tuple[Rule, ...] = field(repr=False)
    text: str = field(repr=False)
    """All that is needed to build this Site again: canonical JSON, for `loads`."""
    hash: str
    """16 hex digits of ``text``."""
