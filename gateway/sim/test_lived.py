"""A household's days as real bytes through the whole fold say what its rows say, and end as they end."""

import json

import pytest

from drivers.reading import Frame
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.sim.household import DAY, HOUR, MONDAY, Household
from gateway.sim.lived import frames, site
from gateway.site import loads
from rules.rulefile import packs

SITE = loads(json.dumps({"format": 1, "site": site(), "packs": packs(), "files": {}}))


def live(of: Household) -> list[Outcome]:
    """The life, folded; with a look at the clock each minute of the last two days."""
    fold = Fold({SITE.hash: SITE.text})
    said = {"gateway": "sim", "epoch": "e" * 16, "downtime": 0.0, "deaf": 0.0, "offset": MONDAY, "synced": True}
    outs = [fold.handle(Frame("boot", 0.0, json.dumps(said).encode()))]
    outs.append(fold.handle(Frame("config", 0.0, SITE.hash.encode())))
    outs += [fold.handle(frame) for frame in frames(of)]
    clock = json.dumps({"offset": MONDAY, "synced": True, "deaf": 0}).encode()
    outs.append(fold.handle(Frame("clock", max(fold.now, of.days * DAY), clock)))
    return outs


@pytest.mark.parametrize("seed", [1, 2])
def test_the_bytes_say_what_the_rows_say(seed: int) -> None:
    life = Household(seed, 5)
    outs = live(life)
    assert [out.bad for out in outs if out.bad] == []
    points = {(row.device, row.quantity) for row in life.rows()}
    heard = [
        (reading.device, reading.quantity, reading.value, reading.at)
        for out in outs
        for reading in out.readings
        if (reading.device, reading.quantity) in points
    ]
    rows = [(row.device, row.quantity, row.value, row.at - MONDAY) for row in life.rows()]
    assert len(heard) == len(rows) > 500
    for one, row in zip(heard, rows, strict=True):
        assert one[:2] == row[:2]
        assert one[2] == pytest.approx(row[2])
        assert one[3] == pytest.approx(row[3])


def test_a_fall_is_told_by_the_whole_gateway_and_a_quiet_week_is_not() -> None:
    fall = MONDAY + 3 * DAY + 10 * HOUR
    told = [alert for out in live(Household(3, 5, fall=fall)) for alert in out.alerts if alert.n]
    missed = [alert for alert in told if alert.rule in ("inactivity", "water-12h") and alert.at > fall - MONDAY]
    assert missed, "nobody asked after a person on the floor"
    assert min(alert.at for alert in missed) < fall - MONDAY + 13 * HOUR
    calm = {alert.rule for out in live(Household(3, 3)) for alert in out.alerts if alert.n}
    assert not calm & {"sensor-silent", "emergency-call", "smoke", "flood", "not-supervised"}


def test_a_seed_is_a_life_byte_for_byte() -> None:
    assert list(frames(Household(7, 2))) == list(frames(Household(7, 2)))
    assert list(frames(Household(7, 2))) != list(frames(Household(8, 2)))
