"""All pieces wired together: node - line - gateway - link - broker - platform. From nothing, or as rig.toml names them.

What a rig can do is a set of words; a test that needs more is skipped with a sentence that says so.
"""

import os
import time
import tomllib
import tty
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import pytest

from gateway.sim.judge import compare
from gateway.sim.ledger import Made, Verdict
from gateway.sim.link import Link
from gateway.sim.node import Account, Node
from gateway.sim.platform import Platform
from gateway.sim.record import Missing
from gateway.sim.wire import Wire
from hil_tests.board import Board
from hil_tests.broker import Mosquitto
from hil_tests.gateway import Gateway

ABILITIES = {
    "account": "a node whose console tells what it made ([node] console)",
    "power": "a relay that cuts the node's power ([power])",
    "wire": "a simulated line, which can be noisy, deaf or unplugged",
    "broker": "a broker of its own, which can be killed",
    "freeze": "a node that can be frozen",
}
SITE, GATEWAY = "rig", "gw-rig"


class Power(Protocol):
    """What cuts a node's power and gives it back."""

    def power_cut(self) -> None:
        """Off."""

    def start(self) -> None:
        """On."""


class Relay:
    """A relay on a tty of its own that takes fixed bytes for on and off."""

    def __init__(self, path: Path, on: bytes, off: bytes) -> None:
        self._path, self._on, self._off = path, on, off

    def power_cut(self) -> None:
        """Off."""
        self._write(self._off)

    def start(self) -> None:
        """On."""
        self._write(self._on)

    def _write(self, data: bytes) -> None:
        end = os.open(self._path, os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(end)
            os.write(end, data)
        finally:
            os.close(end)


@dataclass(frozen=True, slots=True)
class Line:
    """One node as the site file names it."""

    device: str
    address: str
    tty: Path
    baud: int = 115200


def site_text(
    lines: Sequence[Line],
    store: Path,
    broker: tuple[str, int],
    *,
    version: int = 5,
    keepalive: int = 2,
    silent_after: str = "5m",
) -> str:
    """A site of one home with a node on each line, a siren at the first one, and one uplink."""
    parts = [
        f'[gateway]\nid = "{GATEWAY}"\nsite = "{SITE}"\nlanguage = "en"\n[store]\npath = "{store}"\n',
        '[homes.flat]\ntitle = "Rig"\nshare = ["door_open", "temperature_c", "motion"]\n',
    ]
    for number, line in enumerate(lines, 1):
        parts.append(
            f'[ports.line-{number}]\ntype = "serial"\npath = "{line.tty}"\nbaud = {line.baud}\ndriver = "node"\n'
        )
        parts.append(
            f'[devices.{line.device}]\nhome = "flat"\nroom = "{line.device}"\ndriver = "node"\n'
            f'port = "line-{number}"\naddress = "{line.address}"\nsilent_after = "{silent_after}"\n'
        )
    parts.append(f'[outputs.siren]\nhome = "flat"\nkind = "siren"\ndevice = "{lines[0].device}"\nline = 1\n')
    host, port = broker
    parts.append(
        f'[uplinks.platform]\ntype = "mqtt"\nhost = "{host}"\nport = {port}\n'
        f"version = {version}\nkeepalive = {keepalive}\n"
    )
    return "\n".join(parts)


class Rig:
    """Use it as a context manager: all but the gateway runs inside; ``rig.gateway.up()`` starts that.

    ``plan`` is a parsed rig.toml; without one all is simulated. ``devices`` are the nodes of a simulated rig.
    """

    def __init__(
        self,
        folder: Path,
        plan: dict[str, Any] | None = None,
        *,
        devices: Sequence[str] = ("kitchen",),
        version: int = 5,
        keepalive: int = 2,
        silent_after: str = "5m",
        node_options: Sequence[str] = ("--heartbeat", "5"),
    ) -> None:
        self.folder, self.store = folder, folder / "anju.db"
        self.simulated = plan is None
        self.abilities = set(ABILITIES) if plan is None else _abilities(plan)
        self.wires: list[Wire] = []
        self.nodes: list[Account] = []
        self._plan = plan or {}
        self._devices = devices
        self._site: dict[str, Any] = {"version": version, "keepalive": keepalive, "silent_after": silent_after}
        self._node_options = node_options
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _open(self) -> None:
        enter = self._stack.enter_context
        self.broker: Mosquitto | None = None
        if self.simulated:
            self.broker = enter(Mosquitto(self.folder / "broker"))
            address = (self.broker.host, self.broker.port)
        else:
            address = (self._plan["broker"]["host"], self._plan["broker"]["port"])
        self.platform = enter(Platform(*address, topic=f"anju/v1/{SITE}/{GATEWAY}/#"))
        self.link = enter(Link(*address))
        lines = self._simulated_lines() if self.simulated else [self._real_line()]
        site = self.folder / "site.toml"
        uplink = (self.link.host, self.link.port)
        site.write_text(site_text(lines, self.store, uplink, **self._site))
        self.gateway = Gateway(site)
        self._stack.callback(self.gateway.stop)

    def _simulated_lines(self) -> list[Line]:
        lines = []
        for number, device in enumerate(self._devices, 1):
            wire = self._stack.enter_context(Wire(self.folder / "tty", f"line-{number}"))
            address = f"a1b2c3{number:02x}"
            node = Node(wire.node_path, address, device, *self._node_options)
            self._stack.enter_context(node)
            self.wires.append(wire)
            self.nodes.append(node)
            lines.append(Line(device, address, wire.gateway_path))
        self.power: Power = _first_node(self.nodes)
        return lines

    def _real_line(self) -> Line:
        node = self._plan["node"]
        if "console" in node:
            board = Board(Path(node["console"]))
            self._stack.callback(board.close)
            self.nodes.append(Account(board, "kitchen", same_clock=False))
        if "power" in self._plan:
            power = self._plan["power"]
            self.power = Relay(Path(power["tty"]), bytes.fromhex(power["on"]), bytes.fromhex(power["off"]))
        return Line("kitchen", node["address"], Path(node["tty"]), node.get("baud", 115200))

    def needs(self, *abilities: str) -> None:
        """Skip this test, with the reason said aloud, if the rig can't do one of these (the words of ``ABILITIES``)."""
        for ability in abilities:
            if ability not in self.abilities:
                pytest.skip(f"this rig can't: it has no {ABILITIES[ability]}")

    @property
    def node(self) -> Node:
        """The first simulated node; ``needs("freeze")`` before."""
        return _first_node(self.nodes)

    @property
    def account(self) -> Account:
        """What the first node says of itself; ``needs("account")`` before."""
        return self.nodes[0]

    @property
    def wire(self) -> Wire:
        """The first line; ``needs("wire")`` before."""
        return self.wires[0]

    def restart_broker(self) -> None:
        """SIGKILL it; nobody gets in before the platform has read all that the old one sent and listens to the new."""
        assert self.broker is not None
        self.broker.kill()
        self.link.refuse()
        self.platform.drained()
        self.broker.start()
        self.platform.join()
        self.link.resume()

    def made(self) -> list[Made]:
        """What all nodes sent and repeat until acknowledged."""
        return [one for node in self.nodes for one in node.made()]

    def judge(self) -> Verdict:
        """The two ledgers compared, as they are now."""
        return compare(self.made(), self.platform.arrived.all(), self.link.connections)

    def settle(self, timeout: float, quiet: float = 0.3) -> Verdict:
        """Judge once everything that was promised is told and nothing new came for ``quiet`` s; at the latest then."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            verdict = self.judge()
            if not verdict.lost and not verdict.missing:
                break
            try:
                self.platform.arrived.wait(lambda _: True, 0.2, after=len(self.platform.arrived))
            except Missing:
                continue
        with suppress(Missing):  # Traffic that never ends isn't a fault; the ledger is judged as it stands.
            self.platform.arrived.quiet(quiet, max(quiet, deadline - time.monotonic()))
        return self.judge()


def _first_node(nodes: Sequence[Account]) -> Node:
    first = nodes[0]
    assert isinstance(first, Node)
    return first


def _abilities(plan: dict[str, Any]) -> set[str]:
    found = {"power"} if "power" in plan else set()
    return found | ({"account"} if "console" in plan["node"] else set())


def read_plan(path: Path) -> dict[str, Any]:
    """rig.toml as a dict; raises pytest.UsageError with the missing part's name."""
    try:
        plan = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise pytest.UsageError(f"{path}: {error}; see hil_tests/rig.example.toml") from None
    wanted = {"node": {"tty", "address"}, "broker": {"host", "port"}, "power": {"tty", "on", "off"}}
    for table, keys in wanted.items():
        missing = keys - plan.get(table, {}).keys()
        if missing and (table != "power" or table in plan):
            lacks = f"{path}: [{table}] lacks {', '.join(sorted(missing))}"
            raise pytest.UsageError(f"{lacks}; see hil_tests/rig.example.toml")
    return plan
