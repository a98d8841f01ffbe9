"""Feeder: nodes as bytes on a pty, made by the firmware's own codec, as fast as one wants and without a firmware.

And the Stage on which they play: mosquitto, a platform behind it, a gateway before it, all as a home would have them.
"""

import os
import select
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from firmware.lib import wire as codec
from gateway.sim.ledger import Key
from gateway.sim.link import Link
from gateway.sim.platform import Platform
from gateway.sim.wire import Wire
from hil_tests.broker import Mosquitto
from hil_tests.gateway import Gateway

SITE, GATEWAY = "bench", "gw-bench"
BOOT = 7
Triple = tuple[int, int, int]
"""Code, index and value of the wire."""


class Down(NamedTuple):
    """One packet from the gateway."""

    at: float
    """Monotonic seconds."""
    kind: int
    node: int
    seq: int
    body: bytes


class Feeder:
    """Some nodes on one line; ``fd`` is the far end of the gateway's tty."""

    def __init__(self, fd: int, nodes: Sequence[int]) -> None:
        self.fd = fd
        self.nodes = list(nodes)
        self._seqs = dict.fromkeys(self.nodes, 0)
        self._cutter = codec.Cutter()

    def frame(self, kind: int, node: int, triples: list[Triple]) -> tuple[Key, bytes]:
        """The next frame of a node, made of values: its name in any ledger, and its bytes."""
        return self.frame_of(kind, node, codec.values(triples))

    def frame_of(self, kind: int, node: int, body: bytes) -> tuple[Key, bytes]:
        """The next frame of a node with any body."""
        seq = self._seqs[node]
        self._seqs[node] += 1
        return Key(name(node), BOOT, seq), codec.frame(kind, node, BOOT, seq, body)

    def write(self, data: bytes) -> None:
        """All of it; waits while the tty's buffer is full."""
        while data:
            try:
                data = data[os.write(self.fd, data) :]
            except BlockingIOError:
                select.select([], [self.fd], [], 1)

    def listen(self, timeout: float) -> Iterator[Down]:
        """What the gateway says, until nothing came for ``timeout`` seconds; outputs are read back as a node does."""
        until = time.monotonic() + timeout
        while select.select([self.fd], [], [], max(0.0, until - time.monotonic()))[0]:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:  # Nobody has the tty open: select can't wait for that.
                if time.monotonic() > until:
                    return
                time.sleep(0.001)
                continue
            at = time.monotonic()
            until = at + timeout
            for chunk in self._cutter.feed(data):
                packet = codec.packet(chunk)
                if packet is None:
                    continue
                kind, node, _, seq, body = packet
                if kind == codec.SWITCH:
                    self._read_back(node, seq, body)
                yield Down(at, kind, node, seq, body)

    def _read_back(self, node: int, number: int, body: bytes) -> None:
        output, on, _ = codec.command(body) or (0, 0, 0)
        self.write(self.frame_of(codec.OUTPUT, node, codec.readback(number, output, on))[1])


def name(node: int) -> str:
    """The device's name in the site."""
    return f"node-{node}"


class Stage:
    """Broker, platform, link, lines and gateway. Use it as a context manager; ``gateway.up()`` starts the gateway.

    ``lines`` lists the nodes of each line; the siren is relay 1 of the first one. ``share`` is what leaves the home.
    """

    def __init__(self, folder: Path, lines: Sequence[Sequence[int]], share: Sequence[str] = ("temperature_c",)) -> None:
        self.folder, self.store = folder, folder / "anju.db"
        self._lines, self._share = lines, share
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        enter = self._stack.enter_context
        try:
            self.broker = enter(Mosquitto(self.folder / "broker"))
            self.platform = enter(Platform(self.broker.host, self.broker.port, "#"))
            self.link = enter(Link(self.broker.host, self.broker.port))
            self.wires = [
                enter(Wire(self.folder / "tty", f"line-{place}", direct=True)) for place in range(len(self._lines))
            ]
            wired = zip(self.wires, self._lines, strict=True)
            self.feeders = [Feeder(wire.direct_fd, nodes) for wire, nodes in wired]
            site = self.folder / "site.toml"
            site.write_text(self._site())
            self.gateway = Gateway(site)
            self._mark = 0
            """What had arrived when the gateway was started last."""
            self._stack.callback(self.gateway.stop)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _site(self) -> str:
        share = ", ".join(f'"{quantity}"' for quantity in self._share)
        parts = [
            f'[gateway]\nid = "{GATEWAY}"\nsite = "{SITE}"\n[store]\npath = "{self.store}"\n',
            f"[homes.flat]\nshare = [{share}]\n",
        ]
        for wire, nodes in zip(self.wires, self._lines, strict=True):
            line = wire.gateway_path.name
            parts.append(f'[ports.{line}]\ntype = "serial"\npath = "{wire.gateway_path}"\ndriver = "node"\n')
            parts += [
                f'[devices.{name(node)}]\nhome = "flat"\nport = "{line}"\naddress = "{node:08x}"\nsilent_after = "1d"\n'
                for node in nodes
            ]
        parts.append(
            f'[outputs.siren]\nhome = "flat"\nkind = "siren"\ndevice = "{name(self._lines[0][0])}"\nline = 1\n'
            f'[uplinks.platform]\ntype = "mqtt"\nhost = "{self.link.host}"\nport = {self.link.port}\nkeepalive = 5\n'
        )
        return "\n".join(parts)

    def up(self) -> None:
        """Start the gateway; returns when it has asked on every line: what is written before may be flushed."""
        for feeder in self.feeders:
            for _ in feeder.listen(0):
                pass
        self._mark = len(self.platform.arrived)
        self.gateway.up()
        for feeder in self.feeders:
            if not any(down.kind == codec.QUERY for down in feeder.listen(10)):
                raise TimeoutError("the gateway asks nothing on its line")

    def wait_online(self, timeout: float = 15) -> None:
        """Return once the platform hears the gateway, in its present life."""
        self.platform.wait_online(timeout, after=self._mark)
