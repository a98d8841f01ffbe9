import tomllib
from pathlib import Path

import drivers
from drivers.shipped import shipped
from gateway.sim.tap import Tap
from gateway.sim.wire import Taken

CAPTURED = Path(drivers.__file__).parent / "frames" / "node.toml"


def test_it_reads_along_whatever_the_pieces_are_and_hears_only_the_node() -> None:
    frames = [frame["hex"] for frame in tomllib.loads(CAPTURED.read_text(encoding="utf-8"))["frame"] if "hex" in frame]
    assert len(frames) >= 5
    stream = b"noise" + bytes.fromhex("".join(frames))
    whole, bytewise, deaf = (Tap(shipped()["node"]) for _ in range(3))
    assert whole.heard is None
    whole.hear(Taken(0, "node", stream, stream))
    for byte in stream:
        bytewise.hear(Taken(0, "node", bytes((byte,)), b""))
    deaf.hear(Taken(0, "gateway", stream, stream))
    assert whole.heard is not None
    assert whole.values
    assert whole.values == bytewise.values
    assert (deaf.heard, deaf.values) == (None, {})
