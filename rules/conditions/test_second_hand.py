"""What somebody else says of a sensor is no sign of life, and takes none away."""

import random

import pytest

from drivers.reading import Reading, Scalar
from rules.conditions.test_inactive import HOMELY, HOUR, Life
from rules.engine import Device

WORDS = (("pir-1", "motion", True), ("pir-1", "motion", False), ("hall", "door_open", True), ("hall", "door_open", False))


def heard(life: Life, said: list[tuple[float, str, str, Scalar, str]]) -> list[tuple[float, str, str]]:
    """What is told of a home whose sensors said so."""
    for n, (at, device, quantity, value, flag) in enumerate(said, 1):
        flags = (flag,) if flag else ()
        life.alerts += life.engine.feed(Reading(device, quantity, quantity, value, at, flags, n))
    return [(alert.at, alert.state, alert.reason) for alert in life.alerts]


@pytest.mark.parametrize("flag", ["retained", "hearsay"])
def test_motion_just_after_the_brokers_old_word_of_it_is_a_sign_of_life(flag: str) -> None:
    """A broker that comes back says first what it kept; the sensor's own word a second later was passed over."""
    life = Life()
    told = heard(life, [
        (0.0, "pir-1", "motion", True, ""),
        (60.0, "pir-1", "motion", False, ""),
        *((hour * HOUR, "pir-1", "motion", False, "") for hour in range(1, 10)),
        (9.5 * HOUR, "pir-1", "motion", True, flag),
        (9.5 * HOUR + 1, "pir-1", "motion", True, ""),
    ])  # fmt: skip
    assert told == []
    vigil = life.engine.vigil("h", 9.6 * HOUR)
    assert vigil is not None
    assert vigil.since == 9.5 * HOUR + 1


def test_words_at_second_hand_change_nothing() -> None:
    home = {"pir-1": HOMELY["pir-1"], "hall": Device("h", "", 2 * HOUR)}
    cases = fired = 0
    for seed in range(60):
        chance = random.Random(seed)
        said, at = [(float(n), *word, "") for n, word in enumerate(WORDS)], 60.0
        for _ in range(chance.randrange(10, 60)):
            at += chance.choice([1.0, 60.0, 600.0, HOUR, 9 * HOUR])
            flag = chance.choice(["", "", "retained", "hearsay"])
            said.append((at, *chance.choice(WORDS), flag))
        hours = range(int(at / HOUR) + 20)
        beats = [(hour * HOUR + 5.5, device, "rssi_dbm", -60.0, "") for hour in hours for device in home]
        own = [word for word in said if not word[4]]
        both = [heard(Life(devices=home), sorted([*one, *beats])) for one in (said, own)]
        assert both[0] == both[1], seed
        cases += 1
        fired += bool(both[0])
    assert cases == 60
    assert fired > 10
