"""A package of a third party, installed where the gateway's Python looks: with a driver that can do anything wrong."""

import json
from pathlib import Path

import pytest

from gateway.guests import cards, host
from gateway.site import Site, loads
from rules.rulefile import packs

SOURCE = '''
"""One line of text is a frame: ``ADDRESS what``; what it does is what it says."""

import os, sys, time
from drivers.driver import BadFrame, Decoded, Driver, Head
from drivers.reading import Value


def cut(buffer):
    if b"hang-cut" in buffer:
        time.sleep(60)
    *lines, rest = buffer.split(b"\\n")
    return lines, rest[-64:]


def head(frame):
    address, _, body = frame.partition(b" ")
    if not address or not body:
        raise BadFrame("no line", frame)
    return Head(address.decode("ascii", "replace"), body)


def decode(head, memory):
    body = head.body.decode("ascii", "replace")
    if body == "raise":
        raise KeyError("a bug")
    if body == "hang":
        time.sleep(60)
    if body == "spin":
        while True:
            pass
    if body == "exit":
        os._exit(3)
    if body == "stop":
        os.kill(os.getpid(), 19)
    if body == "fork":
        if os.fork() == 0:
            time.sleep(60)
        time.sleep(60)
    if body == "print":
        print("what a day", flush=True); os.write(1, b"\\x00\\xff{}\\n")
        body = "2"
    if body == "shout":
        while True:
            os.write(1, b"x" * 65536)
    if body == "inject":
        for fd in range(3, 64):
            try:
                os.write(fd, b'{"frames": 7}\\n[]\\n\\xff\\n')
            except OSError:
                continue
        body = "3"
    if body == "eat":
        eaten = [bytearray(1 << 24) for _ in range(200)]
    if body == "write":
        with open(os.path.dirname(__file__) + "/guest-was-here", "w") as file:
            file.write("x")
    if body == "nonsense":
        return Decoded([Value("Not A Quantity", float("nan"))], memory)
    if body == "secret":
        return Decoded([Value("model", memory.get("key", "none"))], {})
    if body == "environment":
        return Decoded([Value("model", os.environ.get("ANJU_PASSWORD", "none"))], {})
    count = int(memory.get("count", 0)) + 1
    return Decoded([Value("temperature_c", float(body)), Value("uptime_s", count)], {"count": count})


def ask(address):
    if not address.startswith("t"):
        raise BadFrame(f"address {address!r} begins with no t")
    return [address.encode() + b"?\\n"]


DRIVER = Driver(name="odd", link="serial", cut=cut, head=head, decode=decode, silent_after=600)
ASKED = Driver(name="asked", link="serial", cut=cut, head=head, decode=decode, silent_after=900, ask=ask, every=30)
ANSWERS = Driver(name="answers", link="serial", cut=cut, head=head, decode=decode, silent_after=600,
                 acknowledge=lambda head, durable: b"ok", switch=lambda address, line, on, n: b"on")
NAMELESS = Driver(name="other", link="serial", cut=cut, head=head, decode=decode, silent_after=600)
'''

SITE = """
gateway = {id = "g", site = "s"}
homes.flat = {}
[ports.line-1]
type = "serial"
path = "/dev/ttyUSB0"
driver = "DRIVER"
[devices.warm]
home = "flat"
port = "line-1"
address = "t1"
"""


def install(folder: Path, source: str, *entries: str) -> None:
    """What pip leaves of a package ``odd-driver`` 0.1."""
    (folder / "odd_driver.py").write_text(source, "utf-8")
    info = folder / "odd_driver-0.1.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-driver\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text("[anju.drivers]\n" + "".join(f"{entry}\n" for entry in entries))


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which it is installed."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    names = (
        "odd = odd_driver:DRIVER",
        "asked = odd_driver:ASKED",
        "answers = odd_driver:ANSWERS",
        "nameless = odd_driver:NAMELESS",
        "gone = odd_driver:NO",
    )
    install(folder, SOURCE, *names, "nowhere = no_such_module:DRIVER", "number = odd_driver:time")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("ANJU_PASSWORD", "not for a driver")
    monkeypatch.setattr(host, "BACKOFF", (0.02, 0.05))
    return folder


def site_with(driver: str, address: str = "t1") -> Site:
    """A site of one such device, as read from a file."""
    text = SITE.replace("DRIVER", driver).replace('"t1"', f'"{address}"')
    document = __import__("tomllib").loads(text)
    said = {"format": 1, "site": text, "packs": packs(), "files": {}, "guests": cards.cards(document, ())}
    return loads(json.dumps(said))
