"""What shows that a sensor of the radio lives, and what doesn't: from the air to the rule that says it is silent."""

import json
from dataclasses import replace
from itertools import count

import pytest

from drivers.reading import Frame
from drivers.test_bthome import KEY, MAC, seal
from gateway.hub.fold import Fold
from gateway.ports.ble.port import senders
from gateway.ports.ble.sift import Sift
from gateway.site import loads
from rules.rulefile import packs

TOML = f"""
[gateway]
id = "gw"
site = "estate"
[homes.flat]
[ports.ble]
type = "ble"
[devices.sealed]
home = "flat"
port = "ble"
driver = "bthome"
address = "{MAC}"
silent_after = "10m"
[devices.plain]
home = "flat"
port = "ble"
driver = "xiaomi"
address = "a4:c1:38:00:00:07"
silent_after = "10m"
"""
SITE = loads(json.dumps({"format": 1, "site": TOML, "packs": packs(), "files": {}}))
UUIDS = {"sealed": "0000fcd2-0000-1000-8000-00805f9b34fb", "plain": "0000fe95-0000-1000-8000-00805f9b34fb"}
CALM = b"\x29\x00"
DAY = 86400


class Home:
    """The radio's sieve and the hub behind it; ``key`` of the sealed sensor."""

    def __init__(self, key: str = KEY.hex()) -> None:
        site = replace(SITE, keys={"sealed": key} if key else {})
        self.at = 0.0
        self.sift = Sift(senders(site, "ble"), lambda: self.at)
        self.fold = Fold({site.hash: site.text}, site)
        boot = {"gateway": "gw", "epoch": "e" * 16, "downtime": 0.0, "deaf": 0.0, "offset": 1.8e9, "synced": True}
        self.silent: list[tuple[str, str]] = []
        self.frames = 0
        self._feed(Frame("boot", 0.0, json.dumps(boot).encode()))
        self._feed(Frame("config", 0.0, site.hash.encode()))

    def hear(self, at: float, body: bytes, of: str = "sealed", rssi: int = -60) -> None:
        self.at = at
        address = SITE.devices[of].address.upper()
        for taken in self.sift.take("hci0", address, {UUIDS[of]: body}, rssi):
            self.frames += 1
            self._feed(taken.frame)

    def wait(self, at: float) -> None:
        self._feed(Frame("health", at, b'{"device":"gateway","values":{"mains":true}}'))

    def states(self, of: str = "sealed") -> list[str]:
        return [state for device, state in self.silent if device == of]

    def _feed(self, frame: Frame) -> None:
        told = [one for one in self.fold.handle(frame).alerts if one.n and one.rule == "sensor-silent"]
        self.silent += [(one.device, one.state) for one in told]


def test_the_last_advert_of_a_dead_sensor_sent_again_and_again_keeps_it_not_alive() -> None:
    home, counter = Home(), count(100)
    for second in range(0, 600, 10):
        last = seal(CALM, next(counter))
        for again in range(3):
            home.hear(second + again, last, rssi=-60 - again)
    for second in range(600, 1800, 2):
        home.hear(second, last, rssi=-50 - second % 9)
    home.wait(1799)
    assert home.states() == ["firing"]
    home.hear(1800, seal(CALM, next(counter)))
    assert home.states() == ["firing", "resolved"]


def test_two_old_adverts_in_turn_keep_it_not_alive_either() -> None:
    """Their check holds, the bytes differ, the counter is behind."""
    home = Home()
    for second in range(0, 600, 10):
        home.hear(second, seal(CALM, 100 + second // 10))
    for second in range(600, 1800, 2):
        home.hear(second, seal(CALM, 120 + second // 2 % 2))
    home.wait(1800)
    assert home.states() == ["firing"]


def test_an_encrypted_sensor_whose_counter_moves_lives_and_does_not_fill_the_disk() -> None:
    """A counter that moves each 10 s with nothing new, each advert said five times."""
    home = Home()
    for second in range(0, DAY // 4, 10):
        for again in range(5):
            home.hear(second + again, seal(CALM, 1000 + second // 10), rssi=-60 - again)
    home.wait(DAY // 4)
    assert home.states() == []
    assert home.frames <= 3 + DAY // 4 / 150


def test_an_encrypted_sensor_that_says_only_what_nobody_knows_lives_and_its_old_adverts_do_not() -> None:
    """A packet id, and no object that a rule could use: its counter moves."""
    home, nothing = Home(), b"\x00\x05"
    home.hear(0, seal(CALM, 100))
    for second in range(10, 3600, 10):
        home.hear(second, seal(nothing, 100 + second // 10))
    home.wait(3600)
    assert home.states() == []
    assert home.frames <= 1 + 3600 / 150
    for second in range(3600, 5400, 2):
        home.hear(second, seal(nothing, 150 + second // 2 % 200))
    home.wait(5400)
    assert home.states() == ["firing"]


def test_a_changed_battery_is_believed_before_the_sensor_passes_for_silent() -> None:
    """Its counter begins anew, its values don't change: three frames are to be seen by the hub, each 140 s."""
    home = Home()
    for number in range(40):
        home.hear(number * 140.0, seal(CALM, (5000 if number < 20 else 0) + number))
    home.wait(40 * 140.0)
    assert home.states() == []


@pytest.mark.parametrize("key", ["", "00" * 16])
def test_what_nobody_can_read_is_no_sign_of_life_however_often_it_comes(key: str) -> None:
    """A sensor that encrypts, and a site without its key or with a wrong one."""
    home = Home(key)
    for second in range(0, 1200, 2):
        home.hear(second, seal(CALM, 1), rssi=-50 - second % 9)
    home.wait(1300)
    assert home.states() == ["firing"]


def test_a_plain_sensor_that_says_the_same_lives_and_so_does_one_that_says_nothing_at_all() -> None:
    """Anybody can send those; a MiBeacon without an object says only that it is there, and takes no other's turn."""
    home = Home()
    smoke = "5050970902a5808fe64854151001000a10015a"
    said = bytes.fromhex(smoke.replace("a5808fe64854", "07000038c1a4"))
    for second in range(0, 3600, 2):
        home.hear(second, said, "plain", rssi=-50 - second % 9)
    home.wait(3600)
    assert home.states("plain") == []
    empty = Home()
    for second in range(0, 3600, 2):
        empty.hear(second, bytes((0x10, 0x50, 0x97, 0x09, second // 2 % 256, *bytes.fromhex("07000038c1a4"))), "plain")
    empty.wait(3600)
    assert empty.states("plain") == []
    assert 3600 / 600 <= empty.frames <= 3 + 3600 / 150
