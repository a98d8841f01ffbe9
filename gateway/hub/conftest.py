"""A site, and a node's voice: what the tests of the hub feed it."""

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from gateway.site import loads
from rules.rule import packs

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
