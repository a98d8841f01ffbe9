import asyncio
import os
import tomllib
from pathlib import Path

import drivers
from drivers.driver import shipped
from gateway.sim.line import CHUNK, Line, Tap

CAPTURED = Path(drivers.__file__).parent / "frames" / "node.toml"


def captured() -> list[bytes]:
    frames = tomllib.loads(CAPTURED.read_text(encoding="utf-8"))["frame"]
    return [bytes.fromhex(frame["hex"]) for frame in frames if "hex" in frame]


async def read(end: int, count: int) -> bytes:
    """So many bytes off a tty that doesn't block."""
    loop, readable, data = asyncio.get_running_loop(), asyncio.Event(), b""
    loop.add_reader(end, readable.set)
    try:
        async with asyncio.timeout(5):
            while len(data) < count:
                await readable.wait()
                readable.clear()
                data += os.read(end, CHUNK)
    finally:
        loop.remove_reader(end)
    return data


async def test_every_byte_passes_both_ways_unchanged() -> None:
    line = Line(Tap(shipped()["node"]))
    node, gateway = (
        os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) for path in (line.node_path, line.gateway_path)
    )
    everything = bytes(range(256)) * 4
    try:
        for source, target in ((node, gateway), (gateway, node)):
            os.write(source, everything)
            assert await read(target, len(everything)) == everything
    finally:
        os.close(node)
        os.close(gateway)
        line.close()


def test_the_tap_reads_along_whatever_the_pieces_are() -> None:
    frames = captured()
    assert len(frames) >= 5
    stream = b"noise" + b"".join(frames)
    whole, bytewise = Tap(shipped()["node"]), Tap(shipped()["node"])
    assert whole.heard is None
    whole.feed(stream)
    for byte in stream:
        bytewise.feed(bytes((byte,)))
    assert whole.heard is not None
    assert whole.values
    assert whole.values == bytewise.values
