"""A site, a node's voice, a fold that has begun: what the tests of the hub feed it."""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from drivers.reading import Frame
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.site import loads
from rules.rulefile import packs

SIGNED = 'tested = {by = "anna", on = "2026-01-31", address = "a1b2c3d4"}\n'
TOML = f"""
[gateway]
id = "gw-1"
site = "estate"
timezone = "Asia/Shanghai"
[homes.flat]
share = ["temperature_c"]
[ports.line-1]
type = "serial"
path = "/dev/ttyUSB0"
driver = "node"
[devices.kitchen]
home = "flat"
room = "kitchen"
driver = "node"
port = "line-1"
address = "a1b2c3d4"
silent_after = "10m"
{SIGNED}[outputs.siren]
home = "flat"
kind = "siren"
device = "kitchen"
line = 1
[uplinks.platform]
type = "mqtt"
host = "127.0.0.1"
"""


SITE = loads(json.dumps({"format": 1, "site": TOML, "packs": packs(), "files": {}}))


def _wire() -> ModuleType:
    """The node's own codec, so that the gateway is fed what a node really says."""
    path = Path(__file__).parents[2] / "firmware/lib/wire.py"
    spec = importlib.util.spec_from_file_location("node_wire", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WIRE = _wire()


def say(
    kind: str,
    seq: int,
    *,
    node: int = 0xA1B2C3D4,
    boot: int = 77,
    values: Mapping[str, float] | None = None,
    **more: float,
) -> bytes:
    """say("ALARM", seq, smoke=1) -> one frame of the kitchen's node, without delimiters."""
    triples = []
    for name, value in {**(values or {}), **more}.items():
        code, steps = WIRE.QUANTITIES[name]
        triples.append((code, 0, round(value * steps)))
    body = WIRE.values(triples)
    if kind == "HEARTBEAT":
        body = WIRE.heartbeat(1, WIRE.NO_BATTERY, (1, 0, 0), 0, 0, 0, triples)
    frame: bytes = WIRE.frame(getattr(WIRE, kind), node, boot, seq, body)
    return frame.strip(b"\0")


WALL = 1_800_000_000.0


def boot_frame(at: float = 0.0, epoch: str = "e" * 16, deaf: float = 0.0) -> Frame:
    """A start of the gateway, at some wall time."""
    said = {"gateway": "gw-1", "epoch": epoch, "downtime": 0.0, "deaf": deaf, "offset": WALL, "synced": True}
    return Frame("boot", at, json.dumps(said).encode())


def begun() -> Fold:
    """A fold that has heard of its start and its site."""
    fold = Fold({SITE.hash: SITE.text})
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, SITE.hash.encode()))
    return fold


def act(at: float, verb: str, act_id: str, **rest: object) -> Frame:
    """Anna does this."""
    said = {"act_id": act_id, "verb": verb, "actor": "anna", "via": "test", **rest}
    return Frame("act", at, json.dumps(said).encode())


def bodies(out: Outcome) -> list[dict[str, Any]]:
    """Of its messages."""
    return [json.loads(message.body) for message in out.messages]


def only(out: Outcome) -> dict[str, Any]:
    """The body of its one message."""
    (body,) = bodies(out)
    return body


def take(rows: dict[str, str], changed: dict[str, str | None]) -> None:
    """Write what changed into the rows of a checkpoint."""
    for key, row in changed.items():
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row
