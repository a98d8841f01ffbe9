"""A third party's driver beside ours on a broker: whatever it does, ours are heard, and the broker is acknowledged."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hil_tests.gateway import Gateway
from hil_tests.test_local_broker import SITE, House

SOURCE = '''
"""ID/says: a word. It does what the word is."""

import os, time
from drivers.driver import BadFrame, Decoded, Driver, Head
from drivers.reading import Value
from drivers.topics import unpacked


def cut(buffer):
    return [buffer], b""


def head(frame):
    said = unpacked(frame)
    return Head(said.topic.partition("/")[0].lower(), said.payload)


def decode(head, memory):
    word = head.body.decode("ascii", "replace")
    if word == "bad":
        raise BadFrame("no word", head.body)
    if word == "raise":
        raise KeyError(word)
    if word == "hang":
        time.sleep(60)
    if word == "exit":
        os._exit(1)
    if word == "eat":
        eaten = [bytearray(1 << 24) for _ in range(200)]
    if word == "press":
        return Decoded([Value("button", "press")], memory)
    return Decoded([Value("temperature_c", float(word))], memory)


DRIVER = Driver(name="acme", link="mqtt", cut=cut, head=head, decode=decode, silent_after=600, base="acme",
                topics=("+/says",))
'''
MORE = """
devices.acme = {home = "flat", port = "home", driver = "acme", address = "t1"}
"""


def installed(folder: Path) -> Path:
    """What pip leaves of a package that brings the driver."""
    info = folder / "acme-0.1.dist-info"
    info.mkdir(parents=True)
    (folder / "acme.py").write_text(SOURCE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text("[anju.drivers]\nacme = acme:DRIVER\n")
    return folder


class Shared(House):
    """Its site has a device of the third party's, too."""

    def __init__(self, folder: Path, stack: ExitStack, version: int) -> None:
        super().__init__(folder, stack, version, inflight=20)
        packages = installed(folder / "packages")
        text = SITE.format(port=self.broker.port, home=self.broker.port, version=version) + MORE
        (folder / "site.toml").write_text(text)
        self.gateway = Gateway(folder / "site.toml", {"PYTHONPATH": str(packages)})
        stack.callback(self.gateway.stop)

    def acme(self, *words: str) -> None:
        """What its device says, at QoS 1."""
        for word in words:
            self.sensors.publish("acme/t1/says", word)


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shared]:
    with ExitStack() as stack:
        yield Shared(tmp_path, stack, request.param)


@pytest.mark.parametrize("house", [3], indirect=True)
@pytest.mark.parametrize("word", ["bad", "hang", "exit", "eat"])
def test_whatever_it_does_our_alarms_are_heard_at_once(house: Shared, word: str) -> None:
    """More of it than a broker sends before the first is acknowledged."""
    house.up()
    house.acme("press")
    house.platform.wait_event(10, rule="emergency-call", state="firing", device="acme")
    house.acme(*[word] * 60)
    began = time.monotonic()
    house.sensors.say("Kitchen Smoke", {"smoke": True})
    house.platform.wait_event(5, rule="smoke", state="firing")
    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("house", [5], indirect=True)
def test_after_many_bad_publications_the_next_one_is_acknowledged(house: Shared) -> None:
    """An acknowledgement that is owed for ever would come again with each connection."""
    house.up()
    house.acme(*["bad"] * 100, "press")
    house.platform.wait_event(10, rule="emergency-call", state="firing", device="acme")
    house.gateway.interrupt()
    before = len(house.changes("emergency-call"))
    house.up()
    house.acme("press")
    house.platform.wait_event(10, rule="emergency-call", n=before + 1)
    assert len(house.changes("emergency-call")) == before + 1
