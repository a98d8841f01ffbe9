"""Each sensor of the radio with each fault: what the hub makes of it is what docs/bluetooth.md says, until it is well."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

import pytest

from drivers.reading import Frame
from gateway.hub.fold import Fold
from gateway.ports.ble.port import senders
from gateway.ports.ble.sift import Sift
from gateway.sim.bluez.air import long_uuid
from gateway.sim.bluez.sensor import FAULTS, KEY, SERVICE, AirFault, Sensor
from gateway.site import Site, loads
from rules.rulefile import packs

PAGE = (Path(__file__).parents[3] / "docs/bluetooth.md").read_text("utf-8")
HEAD, *ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| fault | `bthome`") or (line.startswith("| `") and line.split("`")[1] in FAULTS)
]
KINDS = ["bthome", "bthome-key", "xiaomi", "xiaomi-key"]
TABLE = {
    (kind, row[0].split("`")[1]): None if cell == "–" else frozenset(cell.split(", ")) - {"nothing"}
    for row in ROWS
    for kind, cell in zip(KINDS, row[1:], strict=True)
}
"""(kind, fault) -> what is seen of it; None: it can't have that."""
WORDS = {"read", "sensor-silent", "refused", "sensor-doubted", "battery-low"}
ADDRESS, PAUSE, SOUND, FAULTY = "a4:c1:38:00:00:09", 120, 2400, 8000


def site_of(driver: str, *, sealed: bool) -> Site:
    said = {"home": "flat", "port": "ble", "driver": driver, "address": ADDRESS, "silent_after": "2h"}
    device = "\n".join(f'{key} = "{value}"' for key, value in said.items())
    toml = f'gateway = {{id = "gw", site = "s"}}\nhomes.flat = {{}}\n[ports.ble]\ntype = "ble"\n[devices.smoke]\n{device}\n'
    site = loads(json.dumps({"format": 1, "site": toml, "packs": packs(), "files": {}}))
    return replace(site, keys={"smoke": KEY.hex()} if sealed else {})


class Life:
    """A sensor, the radio's sieve and the hub behind it."""

    def __init__(self, kind: str) -> None:
        driver, _, key = kind.partition("-")
        self.sensor = Sensor(cast(Literal["bthome", "xiaomi"], driver), ADDRESS, sealed=bool(key))
        site, self.at = site_of(driver, sealed=bool(key)), 0.0
        self.uuid = long_uuid(SERVICE[driver])
        self.sift = Sift(senders(site, "ble"), lambda: self.at)
        self.fold = Fold({site.hash: site.text}, site)
        boot = {"gateway": "gw", "epoch": "e" * 16, "downtime": 0.0, "deaf": 0.0, "offset": 1.8e9, "synced": True}
        self.seen: set[str] = set()
        self.fired: list[tuple[str, str]] = []
        self._feed(Frame("boot", 0.0, json.dumps(boot).encode()))
        self._feed(Frame("config", 0.0, site.hash.encode()))

    def live(self, seconds: int, die_after: int = 0) -> set[str]:
        """It says an advert each two minutes, twice -> what was seen of it in these seconds."""
        self.seen = set()
        for second in range(0, seconds, PAUSE):
            if die_after and second >= die_after:
                self.sensor.die()
            said = self.sensor.say()
            for again in range(2 if said else 0):
                self.at += again
                for taken in self.sift.take("hci0", ADDRESS.upper(), {self.uuid: said}, -60 - again):
                    self._feed(taken.frame)
            self.at += PAUSE - bool(said)
        self._feed(Frame("health", self.at, b'{"device":"gateway","values":{"mains_lost":false}}'))
        return self.seen

    def _feed(self, frame: Frame) -> None:
        out = self.fold.handle(frame)
        self.seen |= {"refused"} if out.bad else set()
        for reading in out.readings:
            self.seen |= {"read"} if reading.quantity == "smoke" else set()
        for alert in out.alerts:
            if alert.n and alert.device == "smoke" and alert.rule in (*WORDS, "sensor-silent"):
                self.fired.append((alert.rule, alert.state))
                self.seen |= {alert.rule} if alert.state == "firing" else set()


@pytest.mark.parametrize(("kind", "fault"), [case for case, wanted in TABLE.items() if wanted is not None])
def test_the_hub_takes_each_fault_as_the_page_says_and_the_sensor_is_heard_again(kind: str, fault: AirFault) -> None:
    wanted = TABLE[kind, fault]
    assert wanted is not None
    life, seconds = Life(kind), FAULTY * (2 if fault == "battery" else 1)
    assert life.live(SOUND) == {"read"}
    life.sensor.fail(fault)
    before = life.live(SOUND) - {"read", "refused"}  # what it said just before may still be told
    assert before | life.live(seconds, FAULTY if fault == "battery" else 0) == set(wanted)
    life.sensor.fail(None)
    assert "read" in life.live(SOUND)
    told = [rule for rule, state in life.fired if state == "firing"]
    assert len(told) == len(set(told)), "each once"
    assert not [rule for rule in set(told) if rule not in {one for one, state in life.fired if state == "resolved"}]


def test_the_page_names_each_sensor_and_each_fault_with_words_that_are_looked_for() -> None:
    assert len(TABLE) == len(KINDS) * len(FAULTS)
    assert set().union(*filter(None, TABLE.values())) == WORDS
