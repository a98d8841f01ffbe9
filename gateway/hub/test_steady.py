"""What costs flash and concerns nobody isn't taken in; nothing that a rule might mind is held back, by no second."""

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Frame
from drivers.shipped import shipped
from gateway.hub.conftest import TOML, boot_frame, say
from gateway.hub.fold import Fold
from gateway.hub.steady import OFTEN, THIN, Steady
from gateway.sim.bus.modbus import Modbus
from gateway.sim.bus.unit import Said
from gateway.site import loads
from rules.rulefile import packs

LINE = """
[homes.shaft]
share = ["pressure_kpa"]
[ports.line-2]
type = "serial"
path = "/dev/ttyUSB1"
[devices.gas]
home = "flat"
port = "line-2"
driver = "modbus-generic-gas"
address = "1"
[devices.main]
home = "shaft"
port = "line-2"
driver = "modbus-generic-pump"
every = "1s"
address = "2"
[devices.meter]
home = "flat"
port = "line-2"
driver = "modbus-sdm120"
every = "1s"
address = "3"
"""
SITE = loads(json.dumps({"format": 1, "site": TOML + LINE, "packs": packs(), "files": {}}))
DRIVERS = shipped()
UNITS = {"gas": ("generic-gas", 1), "main": ("generic-pump", 2), "meter": ("sdm120", 3)}


class Gateway:
    """A fold, with what is let go in front of it."""

    def __init__(self, steady: bool = True) -> None:
        self.fold = Fold({SITE.hash: SITE.text})
        self.fold.handle(boot_frame())
        self.fold.handle(Frame("config", 0.0, SITE.hash.encode()))
        self.steady = Steady() if steady else None
        self.kept: list[float] = []
        self.changes: list[tuple[str, str, float]] = []
        self.heard: set[str] = set()

    def hear(self, device: str, at: float, **values: Said) -> bool:
        """All frames of one round; -> whether they were taken in."""
        name, unit = UNITS[device]
        driver = DRIVERS[f"modbus-{name}"]
        played = Modbus(name, unit, values)
        assert driver.ask is not None
        before = len(self.kept)
        self.heard.add(device)
        for request in driver.ask(str(unit)):
            self.take(Frame(f"line-2:modbus-{name}", at, request + played.answer(request, at)))
        return len(self.kept) > before

    def take(self, frame: Frame) -> None:
        if self.steady is not None and self.steady.is_idle(self.fold, frame):
            return
        out = self.fold.handle(frame)
        assert not out.bad, out.bad
        self.kept.append(frame.at)
        self.changes += [(alert.rule, alert.state, alert.at) for alert in out.alerts if alert.device in self.heard and alert.n]


def test_a_last_digit_that_never_rests_costs_a_frame_a_minute_and_not_one_a_second() -> None:
    gateway, dice = Gateway(), random.Random(1)
    for second in range(1, 3601):
        gateway.hear("gas", float(second), gas_lel_pct=dice.choice([0, 1, 2]), gas_alarm=False, fault=False)
    thin = min(DRIVERS["modbus-generic-gas"].silent_after / THIN[0], THIN[1])
    assert 3600 / thin <= len(gateway.kept) <= 3600 / thin + OFTEN + 1
    assert gateway.changes == []
    assert gateway.fold.engine.heard("gas") is not None


def test_an_alarm_and_its_end_are_taken_in_at_once_and_each_second_in_between() -> None:
    gateway = Gateway()
    for second in range(1, 100):
        gateway.hear("gas", float(second), gas_lel_pct=second % 3)
    assert not gateway.hear("gas", 100.0, gas_lel_pct=2)
    for second in range(101, 110):
        assert gateway.hear("gas", float(second), gas_lel_pct=30 + second % 2), "near an alarm nothing is let go"
    assert [change[:2] for change in gateway.changes] == [("gas-leak", "firing")]
    assert gateway.changes[0][2] == 104.0
    assert all(gateway.hear("gas", 110.0 + second, gas_lel_pct=second % 3) for second in range(100)), "it burns still"
    assert gateway.hear("gas", 300.0, gas_alarm=True)


@pytest.mark.parametrize(
    ("device", "values"),
    [
        ("gas", lambda n: {"gas_alarm": bool(n % 2)}),
        ("gas", lambda n: {"fault": bool(n % 2)}),
        ("main", lambda n: {"pressure_kpa": 300 + 10 * (n % 2)}),
        ("meter", lambda n: {"energy_kwh": n / 4}),
    ],
)
def test_truths_shared_values_and_registers_are_taken_as_they_come(
    device: str, values: Callable[[int], dict[str, Said]]
) -> None:
    gateway = Gateway()
    assert all(gateway.hear(device, float(n), **values(n)) for n in range(1, 200))


def test_after_another_site_came_into_use_all_is_heard_again() -> None:
    gateway = Gateway()
    for second in range(1, 20):
        gateway.hear("gas", float(second), gas_lel_pct=second % 3)
    assert not gateway.hear("gas", 20.0, gas_lel_pct=2)
    other = loads(json.dumps({"format": 1, "site": TOML + LINE + "\n# other\n", "packs": packs(), "files": {}}))
    gateway.fold.configs[other.hash] = other.text
    gateway.take(Frame("config", 20.5, other.hash.encode()))
    assert gateway.hear("gas", 21.0, gas_lel_pct=1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1.0, 1.0, 1.0, 7.0, 70.0]),
            st.sampled_from([0, 1, 2, 4, 5, 6, 9, 10, 11, 12, 19, 21, 60]),
            st.booleans(),
            st.sampled_from([False] * 9 + [True]),
        ),
        min_size=5,
        max_size=200,
    )
)
def test_the_alerts_are_those_of_a_gateway_that_takes_in_everything(said: list[tuple[float, int, bool, bool]]) -> None:
    plain, spared, at = Gateway(steady=False), Gateway(), 0.0
    for pause, lel, same, alarm in said:
        at += pause
        for gateway in (plain, spared):
            gateway.hear("gas", at, gas_lel_pct=3 if same else lel, gas_alarm=alarm)
    for gateway in (plain, spared):
        gateway.take(Frame("clock", at + 500.0, json.dumps({"offset": 1.8e9, "synced": True, "deaf": 0}).encode()))
    assert [of for of in plain.changes if of[0] != "sensor-silent"] == [
        of for of in spared.changes if of[0] != "sensor-silent"
    ]  # silence counts from the last word that was taken in, as from one that the line handed on


def test_a_loose_contact_costs_a_few_commits_and_not_one_a_second() -> None:
    fold = Fold({SITE.hash: SITE.text})
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, SITE.hash.encode()))
    outs = [fold.handle(Frame("line-1", float(n), say("READING", n, smoke=n % 2))) for n in range(1, 3600)]
    assert sum(out.urgent for out in outs) < 30
    assert [alert.state for alert in fold.engine.open() if alert.rule == "smoke"] == ["firing"]
